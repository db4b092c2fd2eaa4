"""One camera's child process: it pulls the camera for ever and writes packets; the relay reads them. No Django, no decoding.

    python -m devices.pictures.camera

Standard input: one line of JSON, {"url", "source", "networks"}; it is open as long as the camera is wanted. Until that line it
waits, perhaps for hours; from then on the list of processes names it "camera SOURCE".

Where the camera is away it tries again, later each time. It gives a sign of life before each try, so that a library which hangs
is told from a camera which is away. What the camera refuses is said on standard error, without the address.
"""

import json
import os
import random
import resource
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import av
from av.bitstream import BitStreamFilterContext

from devices.pictures import rtsp
from devices.pictures.hosts import place_of
from devices.pictures.jpeg import NoPicture, Row
from devices.pictures.packet import PAYLOAD_LIMIT, Head, packed
from devices.pictures.pipe import WELL, framed
from devices.pictures.stills import pictures

# Of FFmpeg, with a camera that goes on talking and does not begin, and with one that shows nothing: below WATCHDOG_S
PATIENCE_S = 5.5, 8.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 3.0
MEMORY_LIMIT = 1536 * 1024 * 1024  # bytes of address space: a camera that sends madness ends its own child only
CODECS = {"h264": "h264", "hevc": "h265"}
FILTERS = {"h264": "h264_mp4toannexb,dump_extra=freq=keyframe", "hevc": "hevc_mp4toannexb,dump_extra=freq=keyframe"}
OPTIONS = {
    "rtsp_transport": "tcp",
    "protocol_whitelist": "rtsp,tcp",  # an address leads to a camera, never to a file
    "allowed_media_types": "video",
    "analyzeduration": "1",  # what the packets say themselves is enough: whoever waits for more has lost the first key picture
    "probesize": "32",
}

Piece = tuple[str, bool, int, bytes]  # codec, key, duration in ms, bytes
SAME_LIMIT, SAME_S = 16, 0.5  # packets of one time, and how long they may take to come: more are no picture any more
NOTHING = b""  # as a packet: the camera is there and shows nothing new


def main() -> NoReturn:
    """Pull until nobody wants it any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    av.logging.set_level(av.logging.PANIC)  # it would write the address, and with it a password
    line = sys.stdin.readline()
    if not line:
        sys.exit()  # nobody wanted one
    asked = json.loads(line)
    Path("/proc/self/comm").write_text(f"camera {asked['source']}")
    threading.Thread(target=_end_with_the_relay, daemon=True).start()
    pull(asked["url"], int(asked["source"]), asked.get("networks", ()))


def _end_with_the_relay() -> None:
    sys.stdin.read()
    os._exit(0)


def pull(url: str, source: int, networks: Iterable[str]) -> NoReturn:
    """Write packets of the camera to standard output, for ever. `networks`: where it may be though none are usually."""
    wait, out = FIRST_WAIT_S, sys.stdout.fileno()
    while True:
        _write(out, WELL)
        began = time.monotonic()
        sent = 0
        try:
            for packet in _packets(url, place_of(url, networks), source):
                _write(out, framed(packet))
                sent += bool(packet)
        except Exception as away:  # a camera may send anything: what it was is tried again, later
            print(f"away: {type(away).__name__}", file=sys.stderr, flush=True)
        lasted = sent > 0 and time.monotonic() - began > LONGEST_WAIT_S
        wait = FIRST_WAIT_S if lasted else min(LONGEST_WAIT_S, wait * 2)
        time.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 # nosec B311 - so that a hundred cameras don't come back at once


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


def _packets(url: str, place: str, source: int) -> Iterator[bytes]:
    """Packets of one connection, numbered from 0 in an epoch of its own. `place`: where the address leads, as it was checked."""
    pieces = stills(url, place) if url.startswith("http") else streamed(url, place)
    epoch, sequence = int(time.time() * 4) & 0xFFFF, 0  # no two connections begin in one quarter of a second
    zero_ns = time.time_ns() - time.monotonic_ns()  # within an epoch captures rise, whatever is done to the clock
    for piece in pieces:
        if piece is None:
            yield NOTHING
            continue
        codec, is_key, duration_ms, payload = piece
        if len(payload) > PAYLOAD_LIMIT:
            raise NoPicture(f"expected at most {PAYLOAD_LIMIT} bytes a picture, found {len(payload)}")
        head = Head(codec, is_key, source, sequence, epoch, duration_ms, (zero_ns + time.monotonic_ns()) // 1000)
        yield packed(head, payload)
        sequence = (sequence + 1) & 0xFFFFFFFF


def streamed(url: str, place: str) -> Iterator[Piece | None]:
    """What comes by RTSP, as Annex B with the parameter sets before each key picture. Where its clock stands nothing is new."""
    with rtsp.carried(url, place) as way, av.open(way.url, options=OPTIONS, timeout=PATIENCE_S) as container:
        stream = container.streams.video[0]
        if stream.codec_context.name not in CODECS:
            raise NoPicture(f"expected one of {sorted(CODECS)}, found {stream.codec_context.name}")
        codec, clock = CODECS[stream.codec_context.name], Clock()
        filters = BitStreamFilterContext(FILTERS[stream.codec_context.name], in_stream=stream)
        last: Piece | None = None
        yield None  # it is there
        for packet in container.demux(stream):
            for out in filters.filter(packet if packet.size else None):
                if last:
                    yield last
                is_new = clock.moves(out.dts, time.monotonic())
                piece = (codec, out.is_keyframe, _ms(out), bytes(out)) if is_new else None
                last = piece if way.has_ended else None
                if last is None:
                    yield piece
        if last and way.is_whole:  # a camera that went away within a picture leaves half of it
            yield last


class Clock:
    """A stream's own clock. Some packets of one picture bear the same time; a picture that stands bears it for ever."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._same, self._since = 0, 0.0

    def moves(self, dts: int | None, now: float) -> bool:
        """Whether what bears this time, and came `now` (monotonic s), is to be shown as new."""
        is_same = dts is not None and dts == self._newest
        self._same, self._since = (self._same + 1, self._since) if is_same else (0, now)
        self._newest = dts
        return self._same < SAME_LIMIT and now - self._since <= SAME_S


def _ms(packet: av.Packet) -> int:
    length = Fraction(packet.duration or 0) * Fraction(packet.time_base or 0)
    return min(0xFFFF, round(length * 1000))


def stills(url: str, place: str) -> Iterator[Piece | None]:
    """What comes by HTTP, each a key picture. The same bytes again are no new picture: a feeder that stands is not live."""
    row, wrong = Row(), 0
    for body in pictures(url, place):
        try:
            is_new = row.is_new(body)
        except NoPicture:
            wrong += 1
            if wrong > 20:  # now and then one is broken on its way; a camera that sends nothing else is away
                raise
            continue
        if is_new:
            wrong = 0
        yield ("jpeg", True, 0, body) if is_new else None


if __name__ == "__main__":
    main()
