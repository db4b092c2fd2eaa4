"""What the town's cameras see: its own streets and houses, drawn as each camera hangs."""
