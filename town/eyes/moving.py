"""Draws who and what moves onto a picture: each a small drawing of its own, hidden by what stands nearer. Pure."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from town.eyes import models
from town.eyes.light import Light
from town.eyes.models import SHAPES, STEPS, Model
from town.eyes.traffic import Mover
from town.eyes.view import Array, View

FINE = 2  # times finer than the picture, then made smaller: soft edges
NEAREST_M, LEAST_PX, MOST_PX = 2.5, 2.0, 1400.0
PLAIN_M = 75.0  # farther away few would see wheels
HEADLIGHT, TAIL_LIGHT, ROAD_LIGHT = np.array([[255, 244, 214], [255, 40, 30], [255, 236, 196]])
Box = tuple[int, int, int, int]


@dataclass
class Frame:
    """A picture that is being drawn: colours (0 to 255) and, of what stands still, 1 by depth."""

    view: View
    light: Light
    colours: Array
    nearness: Array


def draw(frame: Frame, movers: list[Mover]) -> None:
    """All movers that are in the picture, the farthest first; at night their lamps too."""
    if not movers:
        return
    view = frame.view
    seen = view.seen(np.array([[*mover.at, 0.8] for mover in movers]))
    wide = view.width / 2 / view.focal
    inside = (seen[:, 2] > NEAREST_M) & (np.abs(seen[:, 0]) < seen[:, 2] * wide + 7)
    for at in np.argsort(-seen[:, 2]):
        if inside[at]:
            _one(frame, movers[at], float(seen[at, 2]))


def _one(frame: Frame, mover: Mover, deep: float) -> None:
    if mover.kind == "person":
        side = frame.view.axes[0]
        across = round(2 * abs(mover.along[0] * side[0] + mover.along[1] * side[1]))
        model = models.person(mover.colour, int(mover.step * STEPS / 2) % STEPS, across)
        ahead = (-side[1], side[0])
        _paint(frame, model, _placed(model.corners, mover.at, ahead), list(range(len(model.colours))), mover.solid)
        return
    model = models.car(mover.kind, mover.colour)
    _shadow(frame, mover)
    if frame.light.is_night:
        _beam(frame, mover)
    _paint(
        frame,
        model,
        _placed(model.corners, mover.at, mover.along),
        _visible(frame.view, model, mover, deep),
        mover.solid,
    )


def _placed(points: Array, at: tuple[float, float], ahead: tuple[float, float]) -> Array:
    """Points (ahead, left, up) of something that stands there and looks that way, in the town."""
    turn = np.array([[ahead[0], ahead[1], 0.0], [-ahead[1], ahead[0], 0.0], [0.0, 0.0, 1.0]])
    return points @ turn + np.array([*at, 0.0])


def _visible(view: View, model: Model, mover: Mover, deep: float) -> list[int]:
    """A car's faces that look towards the camera, those behind first; from afar without what lies upon them."""
    x, y, z = view.eye[0] - mover.at[0], view.eye[1] - mover.at[1], view.eye[2]
    eye = np.array([x * mover.along[0] + y * mover.along[1], -x * mover.along[1] + y * mover.along[0], z])
    towards = eye - model.middles
    shown = np.flatnonzero((model.normals * towards).sum(axis=1) > 0)
    order = shown[np.argsort(-(towards[shown] ** 2).sum(axis=1))]
    return [face for group in order for face in (model.groups[group] if deep < PLAIN_M else model.groups[group][:1])]


def brightness(light: Light) -> Array:
    """How light something is that moves in the street, by daylight and lamps."""
    return np.clip(light.around + light.sunlight * 0.42 + light.lamps * np.array([0.42, 0.34, 0.22]), 0, 1.15)


def _paint(frame: Frame, model: Model, corners: Array, faces: list[int], solid: float) -> None:
    seen = frame.view.seen(corners)
    if seen[:, 2].min() < 0.5:
        return
    flat = frame.view.pixels(seen)
    box = boxed(frame.view, flat)
    if box is None:
        return
    drawing = Image.new("RGBA", ((box[2] - box[0]) * FINE, (box[3] - box[1]) * FINE))
    pen, lit = ImageDraw.Draw(drawing), brightness(frame.light).tolist()
    fine = ((flat - box[:2]) * FINE).ravel().tolist()
    for face in faces:
        own = model.own[face]
        shade = tuple(
            min(255, int(c * (own + (1 - own) * part))) for c, part in zip(model.colours[face], lit, strict=True)
        )
        pen.polygon(fine[2 * model.first[face] : 2 * model.first[face + 1]], fill=(*shade, 255))
    small = np.asarray(drawing.reduce(FINE), np.float32)
    blend(frame, small[..., :3], small[..., 3:] * (solid / 255), box, float(seen[:, 2].min()) - 0.2)


def boxed(view: View, flat: Array) -> Box | None:
    """The part of the picture that points (n × 2) take, or None where that is none or nothing to speak of."""
    (left, top), (right, bottom) = np.floor(flat.min(axis=0)).astype(int) - 1, np.ceil(flat.max(axis=0)).astype(int) + 1
    box = max(0, int(left)), max(0, int(top)), min(view.width, int(right)), min(view.height, int(bottom))
    fits = box[2] > box[0] and box[3] > box[1] and bottom - top > LEAST_PX and right - left < MOST_PX
    return box if fits else None


def blend(frame: Frame, colours: Array, cover: Array, box: Box, deep: float) -> None:
    """Lay colours over a part of the picture, as far as they cover it and nothing nearer than `deep` stands there."""
    rows, columns = slice(box[1], box[3]), slice(box[0], box[2])
    under = frame.colours[rows, columns]
    under += (colours - under) * (cover * (frame.nearness[rows, columns] < 1 / deep)[..., None])


def _shadow(frame: Frame, mover: Mover) -> None:
    """The dark below a car, soft at its edges."""
    long, wide = SHAPES[mover.kind][:2]
    rings = np.array([
        [[sx * (long / 2 + grow), sy * (wide / 2 + grow), 0.0] for sx, sy in ((1, -1), (1, 1), (-1, 1), (-1, -1))]
        for grow in (0.4, 0.15, -0.1)
    ])  # fmt: skip
    seen = frame.view.seen(_placed(rings.reshape(-1, 3), mover.at, mover.along))
    if seen[:, 2].min() < 0.5:
        return
    flat = frame.view.pixels(seen)
    box = boxed(frame.view, flat)
    if box is None:
        return
    mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
    pen, points = ImageDraw.Draw(mask), (flat - box[:2]).ravel().tolist()
    for ring, dark in enumerate((45, 90, 140)):
        pen.polygon(points[8 * ring : 8 * ring + 8], fill=dark)
    cover = np.asarray(mask, np.float32)[..., None] * (mover.solid / 255)
    blend(frame, np.zeros(3, np.float32), cover, box, float(seen[:, 2].min()) * 0.97)


def _beam(frame: Frame, mover: Mover) -> None:
    """What a car's lamps light: the road ahead, and a glow around those that look this way."""
    view, long = frame.view, SHAPES[mover.kind][0]
    towards = (view.eye[0] - mover.at[0]) * mover.along[0] + (view.eye[1] - mover.at[1]) * mover.along[1]
    way = 1 if towards > 0 else -1
    spots = np.array([[long / 2 + 6.0, 0.0, 0.0], [long / 2 * way, 0.62, 0.72], [long / 2 * way, -0.62, 0.72]])
    seen = view.seen(_placed(spots, mover.at, mover.along))
    if seen[:, 2].min() < 3:
        return
    at, size = view.pixels(seen), view.focal / seen[:, 2]
    wide, deep = size[0] * 5.0, seen[0, 2]
    glow(frame, at[0], (wide, wide * view.lens.height_m / deep), 0.24, deep * 0.6, ROAD_LIGHT)
    for lamp in (1, 2):
        wide = max(2.0, size[lamp] * (0.75 if way > 0 else 0.35))
        glow(
            frame,
            at[lamp],
            (wide, wide),
            0.95 if way > 0 else 0.6,
            seen[lamp, 2] - 2.5,
            HEADLIGHT if way > 0 else TAIL_LIGHT,
        )


def glow(frame: Frame, at: Array, size: tuple[float, float], strong: float, deep: float, colour: Array) -> None:
    """Light that is added around a point, so many pixels wide and high to each side."""
    around = wide, high = np.maximum(1.5, size)
    box = boxed(frame.view, np.stack([at - around, at + around]))
    if box is None:
        return
    x = (np.arange(box[0], box[2], dtype=np.float32) + 0.5 - at[0]) / wide
    y = (np.arange(box[1], box[3], dtype=np.float32) + 0.5 - at[1]) / high
    soft = np.clip(1 - x * x - (y * y)[:, None], 0, 1)[..., None] ** 2 * strong
    blend(frame, colour, soft, box, max(0.5, deep))
