"""Clips for tests: a bar that moves, encoded for real, and a camera that shows it by RTSP."""

import contextlib
import datetime as dt
import io
import subprocess
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from PIL import Image

from devices import recordings, streams
from devices.pictures.packet import Head, packed
from devices.pictures.segments import Segment
from tests.conftest import free_port

FPS = 15
DELIMITERS = {"h264": b"\x00\x00\x00\x01\x09\xf0", "h265": b"\x00\x00\x00\x01\x46\x01\x50"}  # before each picture
SERVER = Path(__file__).parent.parent / "town" / "rtsp_server.py"


def units(frames: int = 30, width: int = 320, height: int = 180, every: int = FPS) -> list[bytes]:
    """H.264 as Annex B, a picture each, a key picture `every` so many."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1, FPS)
    keys = f"aud=1:keyint={every}:scenecut=0"
    encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "x264-params": keys}
    found: list[bytes] = []
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(drawn(number, width, height), format="rgb24")
        frame.pts = number
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return found + [bytes(packet) for packet in encoder.encode(None)]


def film(path: Path) -> list[bytes]:
    """The pictures of an MP4 of H.264 as Annex B, a picture each: its packets as they stand, nothing is encoded anew."""
    with av.open(str(path)) as movie:
        stream = movie.streams.video[0]
        bare = BitStreamFilterContext("h264_mp4toannexb", in_stream=stream)
        came = [out for packet in movie.demux(stream) for out in bare.filter(packet if packet.size else None)]
    return [DELIMITERS["h264"] + bytes(one) for one in came]


def slices(codec: str, unit: bytes) -> tuple[bytes, ...]:
    """Of a picture in Annex B what is picture: its parameter sets and delimiters are put in and taken out on the way."""
    parts = [part.rstrip(b"\x00") for part in unit.split(b"\x00\x00\x01")[1:]]
    is_slice = (lambda one: 1 <= one[0] & 31 <= 5) if codec == "h264" else (lambda one: one[0] >> 1 & 63 < 32)
    return tuple(part for part in parts if is_slice(part))


def drawn(number: int, width: int, height: int) -> np.ndarray:
    """A grey field with a white bar, further right in each picture."""
    field = np.full((height, width, 3), 60, np.uint8)
    field[:, (number * 8) % width : (number * 8) % width + 40] = 255
    return field


def recorded(folder: Path, source: int, begins: dt.datetime, seconds: int) -> None:
    """What the recorder would have written of the moving bar, entered as its files are."""
    clip, at = units(), recordings.us(begins)
    heads = [
        Head("h264", number % FPS == 0, source, number, 1, 66, at + number * (1_000_000 // FPS))
        for number in range(seconds * FPS)
    ]
    _keep(folder, [(head, clip[number % len(clip)]) for number, head in enumerate(heads)])


def recorded_stills(folder: Path, source: int, begins: dt.datetime, count: int) -> list[bytes]:
    """The same of so many still pictures, one a second, as a phone on a narrow way sends them: every other one is larger."""
    stills, at = [still(number) for number in range(count)], recordings.us(begins)
    heads = [Head("jpeg", True, source, number, 1, 0, at + number * 1_000_000) for number in range(count)]
    _keep(folder, list(zip(heads, stills, strict=True)))
    return stills


def still(number: int) -> bytes:
    """A JPEG of the bar at a place of its own, 320 × 180 or, where the number is odd, 480 × 270."""
    image, made = Image.fromarray(drawn(number + 10, 320, 180)), io.BytesIO()
    (image.resize((480, 270)) if number % 2 else image).save(made, "JPEG", quality=90)
    return made.getvalue()


def _keep(folder: Path, packets: list[tuple[Head, bytes]]) -> None:
    segment: Segment | None = None
    for head, payload in packets:
        packet = packed(head, payload)
        if segment is not None and not segment.fits(head):
            recordings.enter(segment.close().said())
            segment = None
        if segment is None:
            segment = Segment(folder, head, packet)
        else:
            segment.add(head, packet)
    assert segment
    recordings.enter(segment.close().said())


class Camera:
    """A camera at an address of this machine, by TLS with a certificate. It can be taken away, and its picture can freeze."""

    def __init__(self, clip: Path, certificate: Path | None = None) -> None:
        self.clip, self.port, self.certificate = clip, free_port(), certificate
        self.url = f"rtsp{'s' if certificate else ''}://127.0.0.1:{self.port}/camera"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        words = ["/usr/bin/python3", str(SERVER), str(self.port), str(self.clip), str(FPS)]
        words += [str(self.certificate)] if self.certificate else []
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout and self.process.stdout.readline().strip() == "listening"

    def say(self, word: str) -> None:
        assert self.process and self.process.stdin
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe:
                    pipe.close()
            self.process = None


@contextlib.contextmanager
def camera(
    folder: Path, pictures: list[bytes] | None = None, codec: str = "h264", certificate: Path | None = None
) -> Iterator[Camera]:
    """A camera that shows these pictures, or else the bar, while the block lasts; the station permits where it is."""
    streams.allow_network("127.0.0.0/8")
    with shown(folder, pictures, codec, certificate) as found:
        yield found


@contextlib.contextmanager
def shown(
    folder: Path, pictures: list[bytes] | None = None, codec: str = "h264", certificate: Path | None = None
) -> Iterator[Camera]:
    """A camera that shows these pictures, or else the bar, while the block lasts."""
    clip = folder / f"clip.{codec}"
    clip.write_bytes(b"".join(pictures or units()))
    found = Camera(clip, certificate)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def until(what: object, seconds: float = 20.0) -> None:
    """Wait for something that is true sooner or later."""
    ends = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.05)
