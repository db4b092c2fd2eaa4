"""A piece of picture or sound on its way: a head of 24 bytes, big-endian, then the encoded bytes as they are. Pure.

    version u8 · codec u8 · flags u8 (bit 0: key) · length of the head u8 · source u32 · sequence u32 · epoch u16 ·
    duration u16 (ms) · captured u64 (µs since 1970)

A source counts its packets from 0 in each epoch, which is another whenever its encoder begins anew. A key packet can be shown
without any before it. H.264 and H.265 travel as Annex B with the parameter sets before each key picture.
"""

import struct
from dataclasses import dataclass

VERSION = 1
CODECS = {"h264": 1, "h265": 2, "vp8": 3, "jpeg": 4, "opus": 5}
_NAMES = {number: name for name, number in CODECS.items()}
_HEAD = struct.Struct(">BBBBIIHHQ")
HEAD_BYTES = _HEAD.size
KEY = 1
PAYLOAD_LIMIT = 1_000_000  # bytes: a key picture of 4K is smaller


class Malformed(Exception):
    """The bytes are no packet: what was expected, and what came."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the encoded bytes. `captured_us`: µs since 1970; `duration_ms`: 0 where it is not known."""

    codec: str
    is_key: bool
    source: int
    sequence: int
    epoch: int
    duration_ms: int
    captured_us: int


def packed(head: Head, payload: bytes) -> bytes:
    """The packet as it travels."""
    flags = KEY if head.is_key else 0
    counted = (head.source, head.sequence, head.epoch, head.duration_ms, head.captured_us)
    return _HEAD.pack(VERSION, CODECS[head.codec], flags, HEAD_BYTES, *counted) + payload


def head_of(packet: bytes) -> Head:
    """The head of a packet. Raises Malformed."""
    if len(packet) <= HEAD_BYTES:
        raise Malformed(f"expected a head of {HEAD_BYTES} bytes and a payload, found {len(packet)} bytes")
    if len(packet) > HEAD_BYTES + PAYLOAD_LIMIT:
        raise Malformed(f"expected at most {PAYLOAD_LIMIT} bytes of payload, found {len(packet) - HEAD_BYTES}")
    version, codec, flags, length, *counted = _HEAD.unpack_from(packet)
    if version != VERSION or length != HEAD_BYTES:
        raise Malformed(f"expected version {VERSION} and a head of {HEAD_BYTES}, found {version} and {length}")
    if codec not in _NAMES:
        raise Malformed(f"expected a codec of {sorted(_NAMES)}, found {codec}")
    return Head(_NAMES[codec], bool(flags & KEY), *counted)


def of_source(packet: bytes, source: int) -> bytes:
    """The packet as that of the source which the station knows it to be, whatever its sender wrote there."""
    return packet[:4] + source.to_bytes(4, "big") + packet[8:]


def payload_of(packet: bytes) -> memoryview:
    """The encoded bytes, not copied."""
    return memoryview(packet)[HEAD_BYTES:]
