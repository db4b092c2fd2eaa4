"""Bytes of the same pictures as JPEGs and as H.264, at the same quality: the luma's PSNR of all pictures together.

The JPEGs have QUALITY. H.264 comes from libx264 as a live camera would run it: no picture waits for a later one, a key
picture every KEY_S, and the coarsest of its steps (CRF) at which its PSNR is no less than the JPEGs'. Scenes are drawn: a
textured ground with a sensor's noise, over which in the moving one patches of other texture go and the whole sways, by parts
of a pixel. Real streets differ; measure there.
"""

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 15, 8
QUALITY, KEY_S = 75, 4
STEPS = range(34, 9, -1)  # CRF, the coarsest first
NOISE = 2.0  # standard deviation, of 255
Pictures = list[np.ndarray]


def texture(chance: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Roughness at several scales, as walls, trees and asphalt have it."""
    found = np.zeros((height, width))
    for size, weight in ((64, 40), (16, 22), (4, 10), (1, 3)):
        coarse = chance.normal(0, weight, (height // size + 2, width // size + 2))
        found += np.kron(coarse, np.ones((size, size)))[:height, :width]
    return found


def shifted(field: np.ndarray, by: float) -> np.ndarray:
    """A field moved along its diagonal, by parts of a pixel."""
    whole, part = int(by), by - int(by)
    near, far = (np.roll(field, (-whole - step, -whole - step), (0, 1)) for step in (0, 1))
    return near * (1 - part) + far * part


def scene(*, moving: bool) -> Pictures:
    """RGB pictures of SECONDS."""
    chance = np.random.default_rng(7)
    ground = 120 + texture(chance, HEIGHT + 32, WIDTH + 32)
    patches = [(130 + texture(chance, 60, 90), 20 + 40 * number, 2.3 + 1.7 * number) for number in range(6)]
    found = []
    for number in range(FPS * SECONDS):
        sway = 8 + 8 * np.sin(number / 9) if moving else 8.0
        grey = shifted(ground, sway)[:HEIGHT, :WIDTH].copy()
        for patch, top, step in patches:
            left, part = divmod((number * step * moving + top * 3) % (WIDTH - 90), 1)
            grey[top : top + 60, int(left) : int(left) + 90] = shifted(patch, part)
        noisy = grey + chance.normal(0, NOISE, grey.shape)
        tinted = np.stack([noisy + 8, noisy, noisy - 10], axis=-1)
        found.append(np.clip(tinted, 0, 255).astype(np.uint8))
    return found


def luma(picture: np.ndarray) -> np.ndarray:
    return picture @ np.array([0.299, 0.587, 0.114])


def psnr(before: Pictures, after: Pictures) -> float:
    """dB."""
    off = np.mean([np.mean((luma(a) - luma(b)) ** 2) for a, b in zip(before, after, strict=True)])
    return float(10 * np.log10(255**2 / off))


def jpegs(pictures: Pictures) -> tuple[int, Pictures]:
    """Their bytes together, and what of them is seen."""
    size, seen = 0, []
    for picture in pictures:
        sheet = io.BytesIO()
        Image.fromarray(picture).save(sheet, "JPEG", quality=QUALITY, subsampling="4:2:0", optimize=True)
        size += sheet.tell()
        seen.append(np.asarray(Image.open(sheet)))
    return size, seen


def h264(pictures: Pictures, crf: int) -> tuple[int, Pictures]:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = WIDTH, HEIGHT, "yuv420p", Fraction(1, FPS)
    options = {"tune": "zerolatency", "preset": "veryfast", "crf": str(crf)}
    encoder.options = {**options, "x264-params": f"keyint={FPS * KEY_S}:scenecut=0"}
    decoder, size, seen = av.CodecContext.create("h264", "r"), 0, []
    for number, picture in enumerate([*pictures, None]):
        frame = None if picture is None else av.VideoFrame.from_ndarray(picture, format="rgb24")
        if frame is not None:
            frame.pts = number
        for packet in encoder.encode(frame):
            size += packet.size
            seen += [one.to_ndarray(format="rgb24") for one in decoder.decode(packet)]
    return size, seen + [one.to_ndarray(format="rgb24") for one in decoder.decode(None)]


def compared(*, moving: bool) -> dict[str, Any]:
    """Kbit/s of both, and how many times fewer."""
    pictures = scene(moving=moving)
    size, seen = jpegs(pictures)
    wanted = psnr(pictures, seen)
    for crf in STEPS:
        small, shown = h264(pictures, crf)
        reached = psnr(pictures, shown)
        if reached >= wanted:
            break
    return {
        "jpeg_kbit_s": round(size * 8 / SECONDS / 1000), "h264_kbit_s": round(small * 8 / SECONDS / 1000),
        "jpeg_db": round(wanted, 2), "h264_db": round(reached, 2), "crf": crf, "ratio": round(size / small, 1),
    }  # fmt: skip


def measure() -> dict[str, Any]:
    """The moving scene and the still one."""
    return {"moving": compared(moving=True), "still": compared(moving=False)}
