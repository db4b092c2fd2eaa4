"""Recorded files as one film: for who asks for a time and not for files. No Django.

The film holds the packets as they were recorded: nothing is decoded.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from devices.pictures.segments import GAP_S

_MOVIE = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
SHORT_US = 250_000  # less between two files is no gap
STILL_US = int(GAP_S * 1e6)  # nor is this between two of still pictures: each stands until the next
_US = Fraction(1, 1_000_000)


@dataclass(frozen=True, slots=True)
class Part:
    """A file and when it began and ended, in µs since 1970."""

    path: Path
    began_us: int
    ended_us: int


@dataclass(frozen=True, slots=True)
class Film:
    """Parts as one MP4. `began_us`: of its first picture, a key picture at or before the start. `gaps`: what is not recorded, and
    `left_out`: what is and can't stand in this film; both (from, to), in µs.
    """

    content: bytes
    began_us: int
    gaps: list[tuple[int, int]]
    left_out: list[tuple[int, int]]


def film(parts: Iterable[Part], start_us: int, end_us: int) -> Film | None:
    """The pictures from `start_us` to `end_us`, in files that follow each other; None where there is none.

    A file whose pictures are of another kind or size than those of the first can't stand in the same film: it is left out.
    """
    out, made, times = io.BytesIO(), None, _Times(start_us, end_us)
    with av.open(out, "w", format="mp4", options=_MOVIE) as movie:
        for part in parts:
            with av.open(str(part.path)) as found:
                if made is None:
                    made = _Made(movie, found, part, start_us)
                if made.fits(found):
                    times.cover(*made.add(found, part, start_us, end_us), _short(found))
                else:
                    times.leave_out(part, _short(found))
    if made is None or made.last is None:
        return None
    times.end()
    return Film(out.getvalue(), made.zero_us, times.gaps, times.left_out)


def _short(found: InputContainer) -> int:
    return STILL_US if found.streams.video[0].codec_context.name == "mjpeg" else SHORT_US


class _Times:
    """What of the time is recorded, what is not, and what is left out; all in µs."""

    def __init__(self, start_us: int, end_us: int) -> None:
        self.start_us, self.end_us, self.reached, self.short = start_us, end_us, start_us, SHORT_US
        self.gaps: list[tuple[int, int]] = []
        self.left_out: list[tuple[int, int]] = []

    def cover(self, began: int | None, ended: int, short: int) -> None:
        """Pictures from then to then, or none; a pause up to `short` after them is no gap."""
        if began is None:
            return
        self._gap_until(began)
        self.reached, self.short = max(self.reached, ended), short

    def leave_out(self, part: Part, short: int) -> None:
        """A part that is recorded and does not fit; two that follow each other are one."""
        began, ended = max(part.began_us, self.start_us), min(part.ended_us, self.end_us)
        if began > ended:
            return
        follows = self.left_out and self.left_out[-1][1] == self.reached and began <= self.reached + self.short
        since = self.left_out.pop()[0] if follows else began
        self.left_out.append((since, ended))
        self.cover(began, ended, short)

    def end(self) -> None:
        """Nothing more comes."""
        self._gap_until(self.end_us)

    def _gap_until(self, us: int) -> None:
        if us > self.reached + self.short:
            self.gaps.append((self.reached, us))


class _Made:
    """The one stream of a film, and how far it goes."""

    def __init__(self, movie: OutputContainer, first: InputContainer, part: Part, start_us: int) -> None:
        self.movie, self.like = movie, first.streams.video[0].codec_context
        self.kind = self.like.name, self.like.width, self.like.height
        self.stream: VideoStream = movie.add_stream_from_template(first.streams.video[0])
        self.zero_us = _key_before(part, start_us)
        self.last: int | None = None

    def fits(self, found: InputContainer) -> bool:
        context = found.streams.video[0].codec_context
        return (context.name, context.width, context.height) == self.kind

    def add(self, found: InputContainer, part: Part, start_us: int, end_us: int) -> tuple[int | None, int]:
        """Take over what lies within; when the first of it was (µs), and when the last ended."""
        first, ended = None, start_us
        for packet in found.demux(found.streams.video[0]):
            if not packet.size or packet.pts is None:
                continue
            at = part.began_us + round(packet.pts * Fraction(packet.time_base or 0) / _US)
            if at < self.zero_us or at >= end_us or (self.last is not None and at <= self.last):
                continue
            first, self.last = (at if first is None else first), at
            ended = at + round((packet.duration or 0) * Fraction(packet.time_base or 0) / _US)
            packet.stream, packet.time_base = self.stream, Fraction(1, 90_000)
            packet.pts = packet.dts = (at - self.zero_us) * 90_000 // 1_000_000
            packet.duration = max(1, (ended - at) * 90_000 // 1_000_000)
            self.movie.mux(packet)
        return first, ended


def _key_before(part: Part, start_us: int) -> int:
    """When the last key picture at or before a moment was, or the first after it."""
    keys = []
    with av.open(str(part.path)) as found:
        for packet in found.demux(found.streams.video[0]):
            if packet.size and packet.pts is not None and packet.is_keyframe:
                keys.append(part.began_us + round(packet.pts * Fraction(packet.time_base or 0) / _US))
    return max((at for at in keys if at <= start_us), default=keys[0] if keys else part.began_us)
