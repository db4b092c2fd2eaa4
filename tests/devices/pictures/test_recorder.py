"""Files of pictures: what was sent is what plays, and whoever kills the recorder takes less than a second with them."""

import asyncio
import hashlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from devices.pictures import recording
from devices.pictures.packet import Head, head_of, packed
from devices.pictures.pipe import framed
from devices.pictures.recorder import FILES_BURST
from devices.pictures.segments import FRAGMENT_S, PART, Segment, Unreadable, picture_of
from tests.clips import FPS, drawn, units

BEGAN = 1_790_000_000_000_000
EVERY = 1_000_000 // FPS


def piece(number: int, clip: list[bytes], *, epoch: int = 1, source: int = 7, begins: int = BEGAN) -> bytes:
    at = begins + number * EVERY
    return packed(Head("h264", number % FPS == 0, source, number, epoch, 66, at), clip[number % len(clip)])


class Child:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "devices.pictures.recorder", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, *packets: bytes) -> None:
        assert self.process.stdin
        for packet in packets:
            self.process.stdin.write(framed(packet))
        self.process.stdin.flush()

    def closed(self) -> Iterator[dict[str, Any]]:
        """The files that it tells of, as it does."""
        assert self.process.stdout
        for line in self.process.stdout:
            said = json.loads(line)
            if "closed" in said:
                yield said["closed"]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def end(self) -> list[dict[str, Any]]:
        """Let it end by itself; the files that it told of."""
        told, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        return [said["closed"] for said in map(json.loads, told.splitlines()) if "closed" in said]


def pictures_in(path: Path) -> int:
    with av.open(str(path)) as movie:
        return sum(1 for _ in movie.decode(video=0))


def test_who_sends_nothing_but_gaps_makes_no_files_without_end(tmp_path: Path) -> None:
    """Each file is a sync of the disk, a row and a link: another source must not wait for a thousand of them."""
    clip, child = units(), Child(tmp_path)
    child.send(*(piece(10 * FPS * number, clip) for number in range(1, 200)), piece(0, clip, source=8))
    made = child.end()
    assert len([one for one in made if one["source"] == 7]) <= FILES_BURST + 5
    assert [one["packets"] for one in made if one["source"] == 8] == [1]


def test_files_follow_each_other_at_key_pictures_and_where_something_is_lost(tmp_path: Path) -> None:
    clip = units()
    child = Child(tmp_path)
    child.send(*(piece(number, clip) for number in range(5, 450) if number != 400))
    first, second, third = child.end()
    assert [one["packets"] for one in (first, second, third)] == [315, 70, 45], "from the first key picture on"
    assert first["began_us"] == BEGAN + 15 * EVERY
    assert second["ended_us"] <= third["began_us"] - EVERY, "what was lost is a gap"
    for one in (first, second, third):
        body = (tmp_path / (one["path"] + PART)).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (one["size"], one["sha256"])
        assert pictures_in(tmp_path / (one["path"] + PART)) == one["packets"]
    assert first["format"].startswith("avc1.")


def test_the_pictures_are_those_that_were_sent(tmp_path: Path) -> None:
    clip = units()
    child = Child(tmp_path)
    child.send(*(piece(number, clip) for number in range(30)))
    (one,) = child.end()
    with av.open(str(tmp_path / (one["path"] + PART))) as movie:
        for number, frame in enumerate(movie.decode(video=0)):
            assert abs(frame.time - number / FPS) < 0.001
            grey = frame.to_ndarray(format="gray").astype(int)
            wanted = drawn(number, 320, 180)[:, :, 0].astype(int)
            assert np.abs(grey - wanted).mean() < 12


def test_who_kills_the_recorder_takes_less_than_a_second(tmp_path: Path) -> None:
    clip = units()
    child = Child(tmp_path)
    child.send(*(piece(number, clip) for number in range(100)))
    part = tmp_path / f"7/{BEGAN // 86_400_000_000}/{BEGAN}.mp4{PART}"
    wanted = 100 / FPS - 2 * FRAGMENT_S
    ends = time.monotonic() + 20
    while not part.exists() or _length(part) < wanted:
        assert time.monotonic() < ends, "it was never written"
        time.sleep(0.05)
    child.kill()
    os.truncate(part, part.stat().st_size - 10)  # and the last write came only in part
    again = Child(tmp_path)
    again.send(*(piece(number, clip, epoch=2, begins=BEGAN + 30_000_000) for number in range(15)))
    before, after = again.end()
    assert before["cut_off"] is True
    assert (before["ended_us"] - BEGAN) / 1e6 > 100 / FPS - 1.0
    assert hashlib.sha256(part.read_bytes()).hexdigest() == before["sha256"]
    assert pictures_in(part) == before["packets"]
    assert (after["cut_off"], after["packets"]) == (False, 15)


def test_older_days_are_looked_through_beside_recording(tmp_path: Path) -> None:
    clip, day = units(), 86_400_000_000
    left = [(source, BEGAN - back * day) for source, back in ((8, 0), (9, 1), (5, 40))]
    child = Child(tmp_path)
    for source, begins in left:
        child.send(*(piece(number, clip, source=source, begins=begins) for number in range(45)))
    for source, begins in left:
        settle(lambda source=source, begins=begins: part_of(tmp_path, source, begins).exists())
    child.kill()
    again = Child(tmp_path)
    again.send(*(piece(number, clip, begins=BEGAN - day) for number in range(FPS)))  # where one of them is found later
    told = list(itertools.islice(again.closed(), len(left)))
    assert {one["source"]: one["cut_off"] for one in told} == {8: True, 9: True, 5: True}
    assert [(one["source"], one["cut_off"], one["packets"]) for one in again.end()] == [(7, False, FPS)]


def part_of(folder: Path, source: int, begins: int) -> Path:
    return folder / f"{source}/{begins // 86_400_000_000}/{begins}.mp4{PART}"


def settle(what: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not what():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.05)


def _length(part: Path) -> float:
    try:
        with av.open(str(part)) as movie:
            return max(
                (float(one.pts * one.time_base) for one in movie.demux(video=0) if one.pts is not None), default=0
            )
    except av.error.FFmpegError:
        return 0.0


def test_what_holds_no_picture_is_not_kept(tmp_path: Path) -> None:
    part = tmp_path / f"7/1/1000.mp4{PART}"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"\x00\x00\x00\x10ftypisom")
    assert Child(tmp_path).end() == []
    assert not part.exists()


def test_vp8_and_jpeg_are_kept_as_they_are(tmp_path: Path) -> None:
    child = Child(tmp_path)
    for source, codec in ((1, "libvpx"), (2, "mjpeg")):
        for number, payload in enumerate(_encoded(codec)):
            head = Head(
                "vp8" if source == 1 else "jpeg",
                source == 2 or number == 0,
                source,
                number,
                1,
                66,
                BEGAN + number * EVERY,
            )
            child.send(packed(head, payload))
    vp8, jpeg = sorted(child.end(), key=lambda one: one["source"])
    assert (vp8["format"], vp8["packets"], vp8["path"].rpartition(".")[2]) == ("vp8", 10, "webm")
    assert (jpeg["format"], jpeg["packets"]) == ("jpeg", 10)
    for one in (vp8, jpeg):
        assert pictures_in(tmp_path / (one["path"] + PART)) == 10


def _encoded(codec: str) -> list[bytes]:
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.time_base = 320, 180, Fraction(1, FPS)
    encoder.pix_fmt = "yuv420p" if codec == "libvpx" else "yuvj420p"
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0"} if codec == "libvpx" else {}
    found: list[bytes] = []
    for number in range(10):
        frame = av.VideoFrame.from_ndarray(drawn(number, 320, 180), format="rgb24").reformat(format=encoder.pix_fmt)
        frame.pts = number
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return found + [bytes(packet) for packet in encoder.encode(None)]


def test_what_is_no_picture_has_no_size() -> None:
    sheet = io.BytesIO()
    Image.new("RGB", (64, 48)).save(sheet, "JPEG")
    assert picture_of("jpeg", sheet.getvalue()) == (64, 48, "jpeg")
    for codec in ("h264", "h265", "vp8", "jpeg"):
        with pytest.raises(Unreadable):
            picture_of(codec, b"\x00\x00\x00\x01nothing of the kind")


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    clip = units(2)
    head = Head("h264", True, 7, 0, 1, 66, BEGAN)
    packet = packed(head, clip[0])
    Segment(tmp_path, head, packet)
    with pytest.raises(FileExistsError):
        Segment(tmp_path, head, packet)


async def test_a_recorder_that_hangs_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[dict[str, Any]] = []

    async def enter(closed: dict[str, Any]) -> None:
        entered.append(closed)

    async def is_there() -> bool:
        return True

    recorder = recording.Recording(tmp_path, lambda _: True, enter, is_there)
    recorder.start()
    clip, begins = units(), time.time_ns() // 1000
    try:
        await settled(lambda: (tmp_path / ".lock").exists() and recorder.entrance is not None)
        patience = recording.WATCHDOG_S
        monkeypatch.setattr(recording, "WATCHDOG_S", 2.5)  # by now it speaks each second
        (hung,) = [int(pid) for pid in children(os.getpid()) if "devices.pictures.recorder" in command_of(pid)]
        packets = [piece(number, clip, begins=begins) for number in range(FPS)]
        for packet in packets:
            recorder.take(head_of(packet), packet)
        await settled(lambda: any(_length(part) > 0 for part in tmp_path.glob(f"*/*/*{PART}")))
        os.kill(hung, signal.SIGSTOP)
        await settled(lambda: recorder.children >= 2)
        monkeypatch.setattr(recording, "WATCHDOG_S", patience)
        await settled(lambda: bool(entered))
        assert entered[0]["cut_off"], "what the hung one had written is kept"
    finally:
        for task in recorder.tasks:
            task.cancel()
        await asyncio.gather(*recorder.tasks, return_exceptions=True)


def children(of: int) -> list[str]:
    return Path(f"/proc/{of}/task/{of}/children").read_text().split()


def command_of(pid: str) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


async def settled(what: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come to pass"
        await asyncio.sleep(0.05)
