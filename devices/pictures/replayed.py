"""What a recorded file holds, as the packets that were passed on: for who shows it by the means of live pictures. No Django.

Nothing is decoded; the heads are made anew, for a file has none.
"""

from fractions import Fraction
from pathlib import Path

import av

from devices.pictures.packet import Head, packed
from devices.pictures.pipe import framed

_US = Fraction(1, 1_000_000)


def stills(path: Path, source: int, number: int, began_us: int) -> bytes:
    """The still pictures (JPEG) of a file, each a packet that is framed: so many bytes as the file has, and 28 for each.

    `number`: the file's, which stands for the epoch. `began_us`: when its first was captured, in µs since 1970. What a file that
    was cut off holds up to there is given; b"" where that is nothing. Raises OSError.
    """
    found, sequence = bytearray(), 0
    try:
        with av.open(str(path)) as movie:
            for packet in movie.demux(movie.streams.video[0]):
                if not packet.size or packet.pts is None or packet.is_corrupt:
                    continue
                at = began_us + round(packet.pts * Fraction(packet.time_base or 0) / _US)
                found += framed(packed(Head("jpeg", True, source, sequence, number % 65536, 0, at), bytes(packet)))
                sequence += 1
    except (av.error.InvalidDataError, IndexError):
        pass  # cut off: what is whole stands in what was found
    return bytes(found)
