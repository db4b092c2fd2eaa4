"""The camera's name and the time, burnt into the picture as cameras do: whoever looks sees that it is live."""

import datetime as dt
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from town.eyes.light import ZONE
from town.eyes.view import Array

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
FONTS = ("wqy-microhei.ttc", "NotoSansCJK-Regular.ttc", "DroidSansFallbackFull.ttf")  # any of them knows Chinese
SIZE, EDGE = 17, 9
WEEK = "一二三四五六日"
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=1)
def font() -> Font:
    """The first font of this machine that has Chinese letters; else Pillow's own, which draws boxes for them."""
    for name in FONTS:
        for folder in FOLDERS:
            for found in folder.rglob(name):
                return ImageFont.truetype(str(found), SIZE)
    return ImageFont.load_default(SIZE)


@lru_cache(maxsize=8)
def words(said: str) -> tuple[Array, Array]:
    """A line of words: its colours, and how far they cover what is below (rows × columns)."""
    left, top, right, bottom = font().getbbox(said, stroke_width=1)
    drawing = Image.new("LA", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(drawing).text(
        (1 - left, 1 - top), said, font=font(), fill=(248, 255), stroke_width=1, stroke_fill=(12, 235)
    )
    both = np.asarray(drawing, np.float32)
    return both[..., :1], both[..., 1:] / 255


def burn(colours: Array, name: str, moment: dt.datetime) -> None:
    """Put the time at the left and the name at the right, above: pages write below. The time as 2026-11-22 星期日 11:30:05."""
    local = moment.astimezone(ZONE)
    _put(colours, f"{local:%Y-%m-%d} 星期{WEEK[local.weekday()]} {local:%H:%M:%S}", EDGE, EDGE)
    _put(colours, name, -EDGE, EDGE)


def _put(colours: Array, said: str, x: int, y: int) -> None:
    """At so many pixels from the left edge, or below 0 from the right one, and from the upper one."""
    ink, cover = words(said)
    high, wide = ink.shape[:2]
    left = max(0, x if x >= 0 else colours.shape[1] + x - wide)
    under = colours[y : y + high, left : left + wide]
    shown = under.shape[1]  # of a name that is longer than the picture is wide
    under += (ink[:, :shown] - under) * cover[:, :shown]
