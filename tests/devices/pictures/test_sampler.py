"""Stills of streams: little is decoded, what is broken or too large ends nothing, and they bear the time of what they show."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from devices.pictures import children, decoding, sampler, sampling
from devices.pictures.jpeg import PIXELS_LIMIT, size_of
from devices.pictures.packet import Head, head_of, packed, payload_of
from devices.pictures.pipe import Frames, framed
from devices.pictures.relay import Relay, Viewer
from devices.pictures.sampler import EVERY_S, LONGEST_PX, PATIENCE_S, WAITING_LIMIT, Sampler
from devices.pictures.sampling import Sampling
from operation.faults import spoilt
from tests import clips
from tests.clips import FPS

CODECS = {"h264": "libx264", "h265": "libx265", "vp8": "libvpx"}
OPTIONS = {
    "h264": {"tune": "zerolatency", "preset": "ultrafast", "x264-params": f"keyint={FPS}:scenecut=0"},
    "h265": {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x265-params": f"keyint={FPS}:scenecut=0:log-level=none:repeat-headers=1:pools=1:frame-threads=1",
    },
    "vp8": {"deadline": "realtime", "g": str(FPS), "lag-in-frames": "0"},
}


def coded(codec: str, frames: int = 2 * FPS, width: int = 320, height: int = 180) -> list[bytes]:
    """The moving bar, a packet a picture."""
    encoder = av.CodecContext.create(CODECS[codec], "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1, FPS)
    encoder.options = OPTIONS[codec]
    found: list[bytes] = []
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(clips.drawn(number, width, height), format="rgb24")
        frame.pts = number
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return found + [bytes(packet) for packet in encoder.encode(None)]


def packets(codec: str, units: list[bytes], epoch: int = 1) -> list[bytes]:
    return [
        packed(Head(codec, number % FPS == 0, 7, number, epoch, 66, 1_000_000 + number * 66_000), unit)
        for number, unit in enumerate(units)
    ]


def shown(still: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(bytes(payload_of(still)))).convert("L")).astype(int)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that the test sets."""
    found = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(sampler, "time", SimpleNamespace(monotonic=lambda: found.now))
    return found


@pytest.mark.parametrize("codec", CODECS)
def test_a_still_is_the_picture_whose_number_and_time_it_bears(codec: str, clock: SimpleNamespace) -> None:
    made, one = list[bytes](), Sampler()
    for packet in packets(codec, coded(codec)):
        clock.now += 1 / FPS
        still = one.take(packet)
        made += [still] if still else []
    heads = [head_of(still) for still in made]
    assert [head.sequence for head in heads][:2] == [0, FPS]
    for still, head in zip(made, heads, strict=True):
        assert (head.codec, head.is_key, head.source, head.epoch) == ("jpeg", True, 7, 1)
        assert head.captured_us == 1_000_000 + head.sequence * 66_000
        wanted = clips.drawn(head.sequence, 320, 180)[:, :, 0].astype(int)
        assert np.abs(shown(still) - wanted).mean() < 14


def test_key_pictures_alone_are_decoded_where_they_come_often_enough(
    clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, newest = list[int](), decoding.Decoder.newest

    def counted(self: decoding.Decoder, row: object) -> object:
        found = list(row)  # type: ignore[call-overload]
        given.extend(number for number, _ in found)
        return newest(self, found)

    monkeypatch.setattr(decoding.Decoder, "newest", counted)
    one, stream = Sampler(), packets("h264", coded("h264", 4 * FPS))
    for packet in stream:
        clock.now += 1 / FPS
        one.take(packet)
    assert given == [0, 15, 30, 45]


def test_what_followed_a_key_picture_is_shown_where_the_next_is_far(clock: SimpleNamespace) -> None:
    one, made = Sampler(), list[tuple[float, int]]()
    units = clips.units(6 * FPS, every=1000)
    for number, unit in enumerate(units):
        clock.now += 1 / FPS
        still = one.take(packed(Head("h264", number == 0, 7, number, 1, 0, number), unit))
        if still:
            made.append((clock.now, head_of(still).sequence))
            assert np.abs(shown(still) - clips.drawn(number, 320, 180)[:, :, 0]).mean() < 14
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(made)]
    assert len(made) >= 5
    assert max(gaps) < PATIENCE_S + 2 / FPS, "no longer than a source may be silent while it is live"
    assert min(gaps) >= EVERY_S


def test_a_still_is_small_and_one_of_jpegs_is_as_it_was(clock: SimpleNamespace) -> None:
    [still] = filter(None, map(Sampler().take, packets("h264", coded("h264", 1, 1920, 1080))))
    assert size_of(bytes(payload_of(still))) == (LONGEST_PX, 720)
    body = spoilt.jpeg(64, 48)
    [same] = filter(None, map(Sampler().take, packets("jpeg", [body])))
    assert bytes(payload_of(same)) == body


def test_of_a_stream_that_stands_little_is_kept(clock: SimpleNamespace) -> None:
    one = Sampler()
    for number in range(3 * WAITING_LIMIT):
        one.take(packed(Head("h264", number == 0, 7, number, 1, 66, 1), b"x" * 100))
    assert len(one._waiting) <= WAITING_LIMIT
    assert one.take(packed(Head("h264", True, 7, number + 1, 2, 66, 2), coded("h264", 1)[0])), "and it goes on"


def test_sound_between_pictures_is_none_of_its_business(clock: SimpleNamespace) -> None:
    one, made = Sampler(), list[bytes]()
    for number, unit in enumerate(coded("h264", FPS)):
        clock.now += 0.1
        sound = packed(Head("opus", True, 7, 2 * number, 1, 20, 2 * number), b"sound")
        assert one.take(sound) is None
        still = one.take(packed(Head("h264", number == 0, 7, 2 * number + 1, 1, 66, 2 * number + 1), unit))
        made += [still] if still else []
    assert len(made) == 2


@pytest.mark.parametrize("kind", spoilt.KINDS)
def test_what_is_broken_is_left_out_and_what_is_good_after_it_is_shown(kind: str, clock: SimpleNamespace) -> None:
    good, one = coded("h264", 1)[0], Sampler()
    for number, (codec, body) in enumerate(spoilt.pictures(kind, 30)):
        clock.now += 10
        still = one.take(packed(Head(codec, True, 7, 2 * number, 1, 0, 2 * number), body))
        if still:
            width, height = size_of(bytes(payload_of(still)))
            assert width * height <= PIXELS_LIMIT
        clock.now += 10
        assert one.take(packed(Head("h264", True, 7, 2 * number + 1, 1, 0, 2 * number + 1), good)), (
            "and the good one between"
        )


@pytest.mark.parametrize("size", [(16384, 16384), (65520, 65520), (4000, 4016), (8192, 8192)])
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_size_that_is_too_large_is_refused_by_the_header(codec: str, size: tuple[int, int]) -> None:
    decoder = decoding.Decoder(codec)
    assert decoder.newest([(0, spoilt.lying(codec, *size))]) is None
    assert decoder.refused == 1


# ---- the child


def child(*words: str) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "devices.pictures.sampler", "7", *words]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_the_child_gives_stills_and_a_sign_that_it_has_read() -> None:
    one = child()
    out, _ = one.communicate(b"".join(map(framed, packets("h264", coded("h264", 3)))), timeout=30)
    frames = list(Frames().feed(out))
    assert [head_of(frame).sequence for frame in frames if frame] == [0]
    assert b"" in frames
    assert one.returncode == 0


def test_what_takes_too_long_ends_the_process_and_not_its_neighbours() -> None:
    slow = "from devices.pictures.decoding import in_time\nwith in_time(0.2):\n    while True: pass"
    assert subprocess.run([sys.executable, "-c", slow], timeout=20, check=False).returncode == -signal.SIGPROF


def test_a_child_has_no_more_memory_than_it_may() -> None:
    greedy = "from devices.pictures.decoding import limit\nlimit()\nbytes(600 << 20)"
    done = subprocess.run([sys.executable, "-c", greedy], capture_output=True, timeout=20, check=False)
    assert b"MemoryError" in done.stderr


# ---- its parent


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not what():
            await asyncio.sleep(0.02)


async def test_stills_are_made_while_somebody_wants_them_and_their_names_are_told() -> None:
    relay, got = Relay(), list[bytes]()
    made, source = Sampling(relay), relay.source(7)
    one, other = Viewer(got.append, "墙"), Viewer(got.append, "desk")
    made.want(7, one)
    made.want(7, other)
    await until(lambda: source.viewers)
    assert source.names() == {"墙", "desk"}
    assert len(made.running) == 1
    stream = packets("h264", coded("h264", 1))
    source.take(head_of(stream[0]), stream[0])
    await until(lambda: len(got) == 2)
    assert {head_of(still).codec for still in got} == {"jpeg"}
    made.release(7, one)
    assert source.names() == {"desk"}
    task = made.running[7].task
    made.release(7, other)
    made.release(7, other)
    await until(task.done)
    assert not source.viewers
    assert (made.running, made.stills.sources) == ({}, {})


async def test_a_child_that_died_or_hangs_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "WATCHDOG_S", 4.0)  # on a busy machine a child takes long to begin
    monkeypatch.setattr(children, "LOOK_S", 0.1)
    relay, got = Relay(), list[int]()
    made, source = Sampling(relay), relay.source(7)
    viewer = Viewer(lambda still: got.append(head_of(still).sequence), window=1 << 30)
    made.want(7, viewer)
    unit, sent = coded("h264", 1)[0], 0

    def goes_on() -> bool:
        nonlocal sent
        sent += 1
        head = Head("h264", True, 7, sent, 1, 0, sent)
        source.take(head, packed(head, unit))
        return bool(got)

    for blows, blow in enumerate((signal.SIGKILL, signal.SIGSTOP, None)):
        await until(goes_on)
        assert made.running[7].count > blows
        if blow:
            os.kill(_child_of_this(), blow)
            got.clear()
    assert got == sorted(set(got)), "in their order, and none twice"
    task = made.running[7].task
    made.release(7, viewer)
    await until(task.done)
    assert not source.viewers


def _child_of_this() -> int:
    for tasks in Path("/proc/self/task").glob("*/children"):
        for pid in tasks.read_text().split():
            if b"devices.pictures.sampler" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    raise AssertionError("expected a child that makes stills, found none")


def test_a_bound_on_how_many_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST", 1)
    made = Sampling(Relay())
    made.running[7] = None  # type: ignore[assignment]
    assert (made.has_room(7), made.has_room(8)) == (True, False)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_headers_that_lie_are_read_where_their_size_is_an_ordinary_one(codec: str) -> None:
    """Else they would be refused for another reason than their size."""
    found = decoding.Decoder(codec).newest([(0, spoilt.lying(codec, 640, 368))])
    assert found is not None
    assert (found.width, found.height) == (640, 368)
