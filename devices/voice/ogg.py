"""Opus packets as an Ogg file that any player opens (RFC 7845, RFC 3533). Pure: packets in, pages of bytes out."""

import struct

RATE = 48_000  # Opus counts samples at 48 kHz, whatever it carries
PRE_SKIP = 312  # samples that the encoder needs to settle (6.5 ms)
PAGE_PACKETS = 50  # a second of 20 ms packets: no more is lost with a process that dies
FIRST, LAST = 2, 4  # flags of a page
_HEAD = struct.Struct("<4sBBqIII")


def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        found.append(value & 0xFFFFFFFF)
    return tuple(found)


_CRC = _table()


def checksum(page: bytes) -> int:
    """Ogg's CRC-32: not reflected, begins at 0."""
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _CRC[(value >> 24) ^ byte]
    return value


def _laced(packets: list[bytes]) -> bytes:
    """The lengths of packets as Ogg writes them: 255s and a rest."""
    return b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in packets)


class OggOpus:
    """One mono stream on its way into a file: `begin`, `add` for each packet, `end`; each gives bytes to append."""

    def __init__(self, serial: int) -> None:
        self.serial = serial & 0xFFFFFFFF
        self.samples = 0  # of the packets written, PRE_SKIP among them
        self._number = 0
        self._waiting: list[tuple[bytes, int]] = []  # packets with their samples

    def begin(self) -> bytes:
        """The two pages that say what follows."""
        head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, PRE_SKIP, RATE, 0, 0)
        tags = b"OpusTags" + struct.pack("<I", len(b"station")) + b"station" + struct.pack("<I", 0)
        return self._page([head], FIRST) + self._page([tags], 0)

    def add(self, packet: bytes, duration_ms: int = 20) -> bytes:
        """Take a packet; a page once it is full. The last packet always waits, for the last page needs one."""
        full = len(self._waiting) >= PAGE_PACKETS or len(_laced([one for one, _ in self._waiting] + [packet])) > 255
        done = self._flush(0) if full else b""
        self._waiting.append((packet, duration_ms * RATE // 1000))
        return done

    def end(self) -> bytes:
        """The last page."""
        return self._flush(LAST)

    def _flush(self, flags: int) -> bytes:
        packets, self._waiting = self._waiting, []
        self.samples += sum(samples for _, samples in packets)
        return self._page([packet for packet, _ in packets], flags)

    def _page(self, packets: list[bytes], flags: int) -> bytes:
        laced = _laced(packets)
        head = _HEAD.pack(b"OggS", 0, flags, self.samples, self.serial, self._number, 0)
        self._number += 1
        page = head + bytes([len(laced)]) + laced + b"".join(packets)
        return page[:22] + struct.pack("<I", checksum(page)) + page[26:]
