"""Pictures as H.264: one unit a picture, as a camera's encoder gives them, at the pace of the clock."""

import contextlib
import datetime as dt
import os
import struct
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, Protocol

import av
import numpy as np
from av.video.frame import PictureType

from town.eyes import stamp
from town.eyes.view import HEIGHT, WIDTH, Array

FPS, KEY_S = 10, 2
SOON_S, EARLY_S = 0.5, 4  # whoever begins to look waits for a key picture: at first they come more often
NICENESS = 5  # with 10 a wall that is drawn on the same machine left it no pictures at all
WAITING_S = 0.5  # from one dark picture to the next
LENGTH = struct.Struct(">I")


class Shape(NamedTuple):
    """How large pictures are, and how many come in a second."""

    width: int
    height: int
    fps: int


STREET = Shape(WIDTH, HEIGHT, FPS)


class Encoder:
    """Gives each picture as Annex B with an access unit delimiter before it; every two seconds a key picture."""

    def __init__(self, shape: Shape = STREET) -> None:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt = shape.width, shape.height, "yuv420p"
        encoder.time_base = Fraction(1, shape.fps)
        encoder.thread_count = 1
        self.soon, self.early = int(shape.fps * SOON_S), shape.fps * EARLY_S
        keys = f"aud=1:keyint={shape.fps * KEY_S}:scenecut=0"
        encoder.options = {
            "tune": "zerolatency",
            "preset": "ultrafast",
            "crf": "25",
            "forced-idr": "1",
            "x264-params": keys,
        }
        self.encoder, self.number = encoder, 0

    def unit(self, picture: Array) -> bytes:
        """One picture (rows × columns × 3 bytes) encoded."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        if self.number % self.soon == 0 and self.number < self.early:
            frame.pict_type = PictureType.I
        frame.pts, self.number = self.number, self.number + 1
        return b"".join(bytes(packet) for packet in self.encoder.encode(frame))


class Eye(Protocol):
    """What has pictures of the town: a camera, or a panorama."""

    def picture(self, moment: dt.datetime) -> Array: ...


def serve(name: str, load: Callable[[], Eye], shape: Shape = STREET) -> None:
    """Write units to standard output, each after its length (4 bytes), until nobody reads them.

    Until the camera is loaded a dark picture with its name and the time comes: whoever asked is answered at once. From then
    on others go first.
    """
    encoder, out = Encoder(shape), sys.stdout.fileno()
    with contextlib.suppress(BrokenPipeError), ThreadPoolExecutor(1) as aside:
        loading = aside.submit(load)
        while not loading.done():
            _send(out, encoder.unit(dark(name, shape)))
            wait([loading], WAITING_S)
        camera = loading.result()
        os.nice(NICENESS)
        play(camera, encoder, out, shape.fps)


def play(camera: Eye, encoder: Encoder, out: int, fps: int) -> None:
    """Write a camera's units for ever. Raises BrokenPipeError once nobody reads them."""
    due = time.monotonic()
    while True:
        _send(out, encoder.unit(camera.picture(dt.datetime.now(dt.UTC))))
        due = max(due + 1 / fps, time.monotonic() - 1 / fps)  # what was too late is left out, not caught up with
        time.sleep(max(0.0, due - time.monotonic()))


def dark(name: str, shape: Shape) -> Array:
    """The picture of a camera that has none yet."""
    field = np.full((shape.height, shape.width, 3), 24, np.float32)
    stamp.burn(field, name, dt.datetime.now(dt.UTC))
    return field.astype(np.uint8)


def _send(out: int, unit: bytes) -> None:
    _write(out, LENGTH.pack(len(unit)) + unit)


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


def keeping(folder: Path, number: int) -> Path:
    """Where a camera's still picture is kept."""
    kept = folder / "eyes"
    kept.mkdir(exist_ok=True)
    return kept / f"{number}.npz"
