"""A camera's view as numbers: which pixel a point of the town falls on, and which way a pixel looks. Pure.

Points are metres east, north and up. Depth is metres along the middle of the view, never the way to the point.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from town.plane import metres
from town.sights import Lens

Array = Any  # numpy's arrays: what is in them is said where they are made
NEAR_M = 0.3  # nearer than that nothing is drawn
WIDTH, HEIGHT = 640, 360


def lens_of(row: dict[str, Any]) -> Lens:
    """A camera of the roster as it hangs: it looks at the ground half as far away as it can see, as the station takes it."""
    tilt = round(math.degrees(math.atan2(row["height_m"], row["range_m"] / 2)), 1)
    at = metres(row["lat"], row["lon"])
    return Lens(at, row["height_m"], row["bearing_deg"], tilt, row["fov_deg"], WIDTH / HEIGHT, row["range_m"])


@dataclass(frozen=True)
class View:
    """A lens with so many pixels."""

    lens: Lens
    width: int = WIDTH
    height: int = HEIGHT

    @cached_property
    def focal(self) -> float:
        """Pixels that something as wide as it is far away takes."""
        return self.width / 2 / math.tan(math.radians(self.lens.fov) / 2)

    @cached_property
    def eye(self) -> Array:
        return np.array([*self.lens.at, self.lens.height_m])

    @cached_property
    def axes(self) -> Array:
        """Right, up and ahead, one a row."""
        turn, tip = math.radians(self.lens.bearing), math.radians(self.lens.tilt)
        right = (math.cos(turn), -math.sin(turn), 0.0)
        up = (math.sin(turn) * math.sin(tip), math.cos(turn) * math.sin(tip), math.cos(tip))
        ahead = (math.sin(turn) * math.cos(tip), math.cos(turn) * math.cos(tip), -math.sin(tip))
        return np.array([right, up, ahead])

    def seen(self, points: Array) -> Array:
        """Points (n × 3) as the camera has them: to the right, upwards, and their depth."""
        return (np.asarray(points, float) - self.eye) @ self.axes.T

    def pixels(self, seen: Array) -> Array:
        """Where points that `seen` gave fall (n × 2), in pixels from the upper left corner. Their depth must be above 0."""
        deep = seen[:, 2]
        across = self.width / 2 + seen[:, 0] / deep * self.focal
        return np.stack([across, self.height / 2 - seen[:, 1] / deep * self.focal], axis=1)

    def rays(self, left: int, top: int, right: int, bottom: int) -> Array:
        """Which way the pixels of a part of the picture look (rows × columns × 3), each a metre of depth long."""
        across = (np.arange(left, right) + 0.5 - self.width / 2) / self.focal
        above = (self.height / 2 - np.arange(top, bottom) - 0.5) / self.focal
        side, up, ahead = self.axes
        return (ahead + above[:, None, None] * up + across[None, :, None] * side).astype(np.float32)

    def whole(self) -> Array:
        """The rays of all pixels."""
        return self.rays(0, 0, self.width, self.height)

    def clipped(self, points: Array) -> Array:
        """What of a polygon is in the picture, as `seen` gives points; fewer than three where nothing is."""
        found = self.seen(points)
        wide, high = self.width / 2 / self.focal, self.height / 2 / self.focal
        sides = ((0, 0, 1, -NEAR_M), (1, 0, wide, 0), (-1, 0, wide, 0), (0, 1, high, 0), (0, -1, high, 0))
        for right, up, deep, more in sides:
            found = _cut(found, found @ np.array([right, up, deep], float) + more)
            if len(found) < 3:
                break
        return found


def _cut(points: Array, inside: Array) -> Array:
    """The part of a polygon where `inside`, told at its corners, is not below 0 (Sutherland and Hodgman)."""
    if (inside >= 0).all():
        return points
    kept = []
    for at in range(len(points)):
        one, other, a, b = points[at - 1], points[at], inside[at - 1], inside[at]
        if (a >= 0) != (b >= 0):
            kept.append(one + (other - one) * (a / (a - b)))
        if b >= 0:
            kept.append(other)
    return np.array(kept) if kept else np.empty((0, 3))
