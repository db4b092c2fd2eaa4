"""How packets pass between this process and its children, and to pages: a length of four bytes, big-endian, before each. Pure.

An empty one says that the child is well and has nothing: who says not even that hangs, and is ended.
"""

from collections.abc import Iterable, Iterator

LIMIT = 4 * 1024 * 1024  # bytes of one packet: a longer one is no packet, and whoever wrote it is lost
WELL = bytes(4)


class Lost(Exception):
    """What came is no row of packets; nothing after it can be read."""


def framed(packet: bytes) -> bytes:
    """A packet as it goes through the pipe."""
    return len(packet).to_bytes(4, "big") + packet


def row(packets: Iterable[bytes]) -> bytes:
    """Packets one after another, each framed."""
    return b"".join([part for packet in packets for part in (len(packet).to_bytes(4, "big"), packet)])


class Frames:
    """Puts packets together from the pieces in which a pipe delivers them."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The packets that are whole by now, b"" for a sign of life. Raises Lost."""
        self._rest += piece
        at = 0
        while len(self._rest) - at >= 4:
            length = int.from_bytes(self._rest[at : at + 4], "big")
            if length > LIMIT:
                raise Lost(f"expected at most {LIMIT} bytes, found a length of {length}")
            if len(self._rest) - at - 4 < length:
                break
            yield bytes(self._rest[at + 4 : at + 4 + length])
            at += 4 + length
        del self._rest[:at]
