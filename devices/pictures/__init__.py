"""Pictures and sound on their way: packets, the relay that forwards them, their sources and their sockets."""
