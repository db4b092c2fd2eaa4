"""What phones hear while they show the scene: passed on to who watches and listens, and kept by nobody here."""

from typing import Any

from devices.pictures.relay import Relay, Send, Viewer

CODEC = "opus"
SOUNDS = Relay()


class Hearing:
    """What one page hears of the sources that it watches. `send` puts a packet into its connection and does not wait."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.listeners: dict[int, Viewer] = {}  # by source

    def listen(self, number: int, name: str) -> None:
        """Hear a source from now on, as who is told to its bearer by that name; a second time changes nothing."""
        if number not in self.listeners:
            self.listeners[number] = Viewer(self.send, name)
            SOUNDS.source(number).viewers.add(self.listeners[number])  # not `join`: what was heard before is over

    def leave(self, number: int) -> None:
        """Hear it no more."""
        listener = self.listeners.pop(number, None)
        if listener is not None:
            SOUNDS.source(number).leave(listener)

    def leave_all(self) -> None:
        """Hear nothing more."""
        for number in tuple(self.listeners):
            self.leave(number)

    def acknowledge(self, taken: Any) -> None:
        """How many bytes the page has taken of each source, by its number in words."""
        for number, listener in self.listeners.items():
            count = taken.get(str(number)) if isinstance(taken, dict) else None
            listener.acknowledge(count if type(count) is int else 0)
