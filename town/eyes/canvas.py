"""What each pixel of a picture shows and how far away that is: flat pieces, each hiding what lies behind it. No colours yet."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from town.eyes.view import Array, View

SAME = 1.0 - 2e-5  # what lies flat on the ground hides what was painted there before


@dataclass(frozen=True)
class Piece:
    """What is painted: what it is made of, its colour, and for walls where they begin, which way they run and how high."""

    kind: str
    colour: tuple[int, int, int] = (0, 0, 0)
    start: tuple[float, float] = (0.0, 0.0)
    along: tuple[float, float] = (1.0, 0.0)
    length_m: float = 0.0
    height_m: float = 0.0
    seed: int = 0


class Canvas:
    """One picture. `nearness` is 1 by depth; 0 is the sky."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.pieces = [Piece("sky"), Piece("meadow")]
        upward = view.whole()[..., 2]
        self.nearness = np.maximum(0, -upward / view.lens.height_m).astype(np.float32)
        self.shown = (upward < 0).astype(np.int32)

    def paint(self, points: Array, piece: Piece) -> None:
        """A flat polygon (n × 3)."""
        corners = self.view.clipped(points)
        if len(corners) < 3:
            return
        normal = _normal(corners)
        away = float(normal @ corners[0])
        if abs(away) < 1e-6:
            return  # seen from its edge
        flat = self.view.pixels(corners)
        (left, top), (right, bottom) = np.floor(flat.min(axis=0)).astype(int), np.ceil(flat.max(axis=0)).astype(int)
        box = max(0, left), max(0, top), min(self.view.width, right + 1), min(self.view.height, bottom + 1)
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        inside = _filled(flat, box)
        near = self._nearness(normal / away, box)
        rows, columns = slice(box[1], box[3]), slice(box[0], box[2])
        before = self.nearness[rows, columns]
        hides = inside & (near >= before * SAME)
        before[hides] = near[hides]
        self.shown[rows, columns][hides] = len(self.pieces)
        self.pieces.append(piece)

    def _nearness(self, plane: Array, box: tuple[int, int, int, int]) -> Array:
        """1 by depth of a plane in a part of the picture."""
        left, top, right, bottom = box
        across = (np.arange(left, right) + 0.5 - self.view.width / 2) / self.view.focal
        above = (self.view.height / 2 - np.arange(top, bottom) - 0.5) / self.view.focal
        return (plane[0] * across + (plane[1] * above + plane[2])[:, None]).astype(np.float32)

    def flat(self, points: Array, piece: Piece) -> None:
        """A polygon that lies on the ground (n × 2)."""
        self.paint(np.column_stack([points, np.zeros(len(points))]), piece)


def _filled(flat: Array, box: tuple[int, int, int, int]) -> Array:
    mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
    ImageDraw.Draw(mask).polygon([(x - box[0] - 0.5, y - box[1] - 0.5) for x, y in flat.tolist()], fill=1)
    return np.asarray(mask, bool)


def _normal(corners: Array) -> Array:
    """A polygon's normal, its length 1 (Newell: corners need not be convex)."""
    found = np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)
    return found / (np.linalg.norm(found) or 1.0)
