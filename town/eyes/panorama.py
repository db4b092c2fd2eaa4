"""A panorama of the town: lenses side by side on one mast, whose pictures are joined so that equal steps are equal angles."""

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np

from town.eyes import stamp
from town.eyes.camera import Camera
from town.eyes.scene import Scene
from town.eyes.view import HEIGHT, WIDTH, Array, View
from town.plane import metres
from town.sights import Lens

WIDE, HIGH = 960, 240
STRIP_DEG = 60.0  # of the panorama, at most, from one lens
FPS = 2  # three lenses take as much to draw as three cameras, and what moves is small
SEEN_M = 220.0  # from so high above, one tells a little farther away that something moves


class Panorama:
    """The pictures of a panorama of the roster."""

    def __init__(self, row: dict[str, Any], scene: Scene, folder: Path, keep: Path | None = None) -> None:
        self.name, rays = row["name"], directions(row)
        count = math.ceil(row["fov_deg"] / STRIP_DEG)
        self.strip = np.arange(WIDE) * count // WIDE  # of each column
        self.cameras: list[Camera] = []
        self.rows, self.columns = np.zeros((HIGH, WIDE), int), np.zeros((HIGH, WIDE), int)
        for number in range(count):
            own = self.strip == number
            lens, at = _lens(row, (number + 0.5) / count, rays[:, own])
            kept = keep and keep.with_name(f"{keep.stem}-{number}{keep.suffix}")
            self.cameras.append(Camera("", lens, scene, folder, kept, SEEN_M))
            self.columns[:, own], self.rows[:, own] = at[..., 0], at[..., 1]

    def picture(self, moment: dt.datetime) -> Array:
        """The picture at a moment (with its zone), rows × columns × 3 bytes."""
        pictures = np.stack([camera.picture(moment) for camera in self.cameras])
        colours = pictures[self.strip, self.rows, self.columns].astype(np.float32)
        stamp.burn(colours, self.name, moment)
        return np.clip(colours, 0, 255).astype(np.uint8)


def directions(row: dict[str, Any]) -> Array:
    """Which way the pixels of a panorama look: east, north, up, a metre long (rows × columns × 3)."""
    turn = np.radians(row["bearing_deg"] + ((np.arange(WIDE) + 0.5) / WIDE - 0.5) * row["fov_deg"])
    rise = np.radians((0.5 - (np.arange(HIGH) + 0.5) / HIGH) * row["fov_deg"] / row["aspect"] - row["tilt_deg"])
    level, up = np.cos(rise)[:, None], np.sin(rise)[:, None] * np.ones(WIDE)
    return np.stack([level * np.sin(turn), level * np.cos(turn), up], axis=2)


def _lens(row: dict[str, Any], middle: float, rays: Array) -> tuple[Lens, Array]:
    """The lens that looks there (a share of the width) and has all these rays in its picture, and the pixel of each."""
    bearing = (row["bearing_deg"] + (middle - 0.5) * row["fov_deg"]) % 360
    hung = metres(row["lat"], row["lon"]), row["height_m"], bearing, row["tilt_deg"]
    axes = View(Lens(*hung, 90.0, WIDTH / HEIGHT, row["range_m"])).axes
    right, up, ahead = np.moveaxis(rays @ axes.T, 2, 0)
    wide = 1.02 * max(np.abs(right / ahead).max(), np.abs(up / ahead).max() * WIDTH / HEIGHT)
    lens = Lens(*hung, 2 * math.degrees(math.atan(wide)), WIDTH / HEIGHT, row["range_m"])
    at = View(lens).pixels(np.stack([right, up, ahead], axis=2).reshape(-1, 3)).reshape(*right.shape, 2)
    return lens, np.floor(at).astype(int)
