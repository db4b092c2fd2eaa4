"""The file of live speeds that the routing engine reads while it runs: eight bytes a piece of road. Pure.

It is a tar with one member a tile: a header of 32 bytes, then one number a piece of road in the tile's order. A piece's number is
level and tile in its lower 25 bits, its place in the tile above them. The engine has the file mapped and sees a change at once.
"""

import mmap
import struct
import tarfile
from collections.abc import Mapping
from pathlib import Path

HEADER = struct.Struct("<QQIIII")  # tile, when it changed, how many pieces, version, two unused
SPEED = struct.Struct("<Q")
TILE_BITS = 25
UNKNOWN = 0  # with no breakpoint set, the rest counts for nothing
UNSAID = 127  # of the two parts of a piece that we do not tell apart
WHOLE_LENGTH = 255  # the first part ends at the end
STEP_KMH = 2
LEVELS = 62  # of congestion above 1, which is none


def packed(speed: float, free: float) -> int:
    """What the engine reads for a speed in m/s where one drives `free` otherwise."""
    half = max(1, min(UNSAID - 1, round(speed * 3.6 / STEP_KMH)))  # 0 would close the road
    congestion = 1 + round(LEVELS * (1 - min(1.0, speed / free))) if free > 0 else 1
    return half | half << 7 | UNSAID << 14 | UNSAID << 21 | WHOLE_LENGTH << 28 | congestion << 44


def write(file: Path, values: Mapping[int, int]) -> int:
    """Put the numbers of these pieces of road into the file; returns how many were there to be put. Raises OSError."""
    tiles = _tiles(file)
    done = 0
    with file.open("r+b") as handle, mmap.mmap(handle.fileno(), 0) as memory:
        for edge, value in values.items():
            offset, count = tiles.get(edge & ((1 << TILE_BITS) - 1), (0, 0))
            place = edge >> TILE_BITS
            if place < count:
                SPEED.pack_into(memory, offset + HEADER.size + SPEED.size * place, value)
                done += 1
    return done


def read(file: Path, edge: int) -> int:
    """The number of a piece of road. Raises OSError, KeyError."""
    offset, _count = _tiles(file)[edge & ((1 << TILE_BITS) - 1)]
    with file.open("rb") as handle:
        handle.seek(offset + HEADER.size + SPEED.size * (edge >> TILE_BITS))
        return int(SPEED.unpack(handle.read(SPEED.size))[0])


def _tiles(file: Path) -> dict[int, tuple[int, int]]:
    """Where each tile begins in the file and how many pieces it has."""
    found = {}
    with tarfile.open(file, "r:") as tar, file.open("rb") as handle:
        for member in tar:
            if member.name.endswith(".gph"):
                handle.seek(member.offset_data)
                tile, _at, count, *_rest = HEADER.unpack(handle.read(HEADER.size))
                found[tile] = member.offset_data, count
    return found
