"""Pictures as H.264: one unit a picture, as a camera's encoder gives them, at the pace of the clock."""

import datetime as dt
import os
import struct
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import PictureType

from town.eyes.camera import Camera
from town.eyes.view import HEIGHT, WIDTH, Array

FPS, KEY_S = 10, 2
SOON, EARLY = FPS // 2, FPS * 4  # whoever begins to look waits for a key picture: at first they come more often
NICENESS = 10
LENGTH = struct.Struct(">I")


class Encoder:
    """Gives each picture as Annex B with an access unit delimiter before it; every two seconds a key picture."""

    def __init__(self) -> None:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = WIDTH, HEIGHT, "yuv420p", Fraction(1, FPS)
        encoder.thread_count = 1
        keys = f"aud=1:keyint={FPS * KEY_S}:scenecut=0"
        encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "crf": "25", "x264-params": keys}
        self.encoder, self.number = encoder, 0

    def unit(self, picture: Array) -> bytes:
        """One picture (rows × columns × 3 bytes) encoded."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        if self.number % SOON == 0 and self.number < EARLY:
            frame.pict_type = PictureType.I
        frame.pts, self.number = self.number, self.number + 1
        return b"".join(bytes(packet) for packet in self.encoder.encode(frame))


def play(camera: Camera, out: int) -> None:
    """Write units for ever, each after its length (4 bytes), until nobody reads them."""
    encoder = Encoder()
    due = time.monotonic()
    while True:
        unit = encoder.unit(camera.picture(dt.datetime.now(dt.UTC)))
        try:
            _write(out, LENGTH.pack(len(unit)) + unit)
        except BrokenPipeError:
            return
        due = max(due + 1 / FPS, time.monotonic() - 1 / FPS)  # what was too late is left out, not caught up with
        time.sleep(max(0.0, due - time.monotonic()))


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


def serve(camera: Camera) -> None:
    """`play` to standard output, as the lowest of all processes."""
    os.nice(NICENESS)
    play(camera, sys.stdout.fileno())


def keeping(folder: Path, number: int) -> Path:
    """Where a camera's still picture is kept."""
    kept = folder / "eyes"
    kept.mkdir(exist_ok=True)
    return kept / f"{number}.npz"
