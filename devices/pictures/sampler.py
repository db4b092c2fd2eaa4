"""One source's child process that makes stills of its stream, for browsers that can't draw it. No Django.

    python -m devices.pictures.sampler SOURCE [EVERY_S]

Standard input: packets of the source; standard output: stills as packets of JPEG, with the number and the time of capture of the
picture that they were made of. Both are framed as in a pipe; an empty frame says that something was read. It decodes little more
than it shows: a key picture soon after the one before, or what followed one, once nothing newer was shown for a while.
"""

import dataclasses
import os
import sys
import time
from typing import NoReturn

from devices.pictures.decoding import Decoder, in_time, jpeg_of, limit
from devices.pictures.jpeg import NoPicture, size_of
from devices.pictures.packet import Head, head_of, packed, payload_of
from devices.pictures.pipe import WELL, Frames, framed

EVERY_S = 0.7  # between stills where the later one is made of a key picture
PATIENCE_S = 1.2  # where it needs what followed one as well: less than a source may be silent while it is live
STREAMS = ("h264", "h265", "vp8", "jpeg")  # what has pictures
WAITING_LIMIT = 1000  # packets: a stream of which so many come while nothing is newly captured stands
LONGEST_PX = 1280  # of a still's sides
PIECE = 256 * 1024  # bytes read at once


class Sampler:
    """Which packets become a still. `every_s`: seconds between two at least; later where no key picture comes."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self.every_s, self.patience_s = every_s, every_s * PATIENCE_S / EVERY_S
        self.made_at = float("-inf")  # monotonic s
        self._newest: Head | None = None  # of what was newly captured
        self._decoder: Decoder | None = None
        # not decoded yet, beginning with a key picture or after what was decoded
        self._waiting: list[tuple[Head, bytes]] = []
        self._heads: dict[int, Head] = {}  # of what is in the decoder, by number

    def take(self, packet: bytes) -> bytes | None:
        """A packet of the source has come: the still that is due with it, as a packet. What is broken is left out.

        Only what is newly captured makes one due: else a source that stands would be shown once more.
        """
        head = head_of(packet)
        if head.codec not in STREAMS:
            return None
        is_new = self._is_new(head)
        if head.is_key or len(self._waiting) >= WAITING_LIMIT:
            self._begin()
        if not head.is_key and self._decoder is None and not self._waiting:
            return None
        self._waiting.append((head, bytes(payload_of(packet))))
        if not is_new or time.monotonic() - self.made_at < (self.every_s if head.is_key else self.patience_s):
            return None
        try:
            with in_time():
                made = self._still()
        except (NoPicture, MemoryError, ValueError, OSError):
            self._begin()
            return None
        if made is not None:
            self.made_at = time.monotonic()
        return made

    def _is_new(self, head: Head) -> bool:
        newest = self._newest
        is_new = newest is None or newest.epoch != head.epoch or head.captured_us > newest.captured_us
        if is_new:
            self._newest = head
        return is_new

    def _begin(self) -> None:
        self._decoder = None
        self._waiting.clear()
        self._heads.clear()

    def _still(self) -> bytes | None:
        """Decode what waits; the newest picture that comes out of it. Some come out only with the next packet."""
        waiting, self._waiting = self._waiting, []
        newest = waiting[-1][0]
        if newest.codec == "jpeg":
            size_of(waiting[-1][1])
            return packed(newest, waiting[-1][1])
        if self._decoder is None:
            self._decoder = Decoder(newest.codec)
        self._heads |= {head.sequence: head for head, _ in waiting}
        frame = self._decoder.newest((head.sequence, payload) for head, payload in waiting)
        made_of = self._heads.get(-1 if frame is None or frame.pts is None else frame.pts)
        if frame is None or made_of is None:
            return None
        self._heads = {number: head for number, head in self._heads.items() if number > made_of.sequence}
        return packed(dataclasses.replace(made_of, codec="jpeg", is_key=True), jpeg_of(frame, LONGEST_PX))


def main(every_s: float) -> NoReturn:
    """Make stills until standard input ends."""
    limit()
    frames, sampler, inlet, outlet = Frames(), Sampler(every_s), sys.stdin.fileno(), sys.stdout.buffer
    while piece := os.read(inlet, PIECE):
        for packet in frames.feed(piece):
            made = sampler.take(packet)
            if made is not None:
                outlet.write(framed(made))
        outlet.write(WELL)
        outlet.flush()
    sys.exit(0)


if __name__ == "__main__":
    main(float(sys.argv[2]) if len(sys.argv) > 2 else EVERY_S)
