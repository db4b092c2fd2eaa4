"""What cars and people look like: flat faces in metres, ahead, to the left and up from where they stand. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from town.eyes.view import Array

Colour = tuple[int, int, int]
Face = tuple[Array, Colour, float]  # corners, colour, how much light of its own
GLASS, TYRE, RIM, RED, WHITE, PLATE = (
    (38, 46, 54),
    (22, 22, 24),
    (120, 122, 126),
    (190, 24, 20),
    (250, 246, 226),
    (40, 84, 170),
)
SKIN, HAIR, TROUSERS = (196, 156, 128), (28, 24, 22), (44, 48, 58)
STEPS = 12  # pictures of one pair of steps
# length, width, height; the side's outline from the front lower corner over the roof (shares of length and height); panes:
# lower front, lower back, upper back, upper front, as shares of the length, and their heights
SEDAN = ((.5, .2), (.5, .5), (.26, .66), (.09, .98), (-.2, 1.), (-.37, .7), (-.49, .66), (-.5, .22))  # fmt: skip
SUV = ((.5, .2), (.5, .55), (.27, .64), (.13, .98), (-.4, 1.), (-.48, .66), (-.5, .55), (-.5, .22))  # fmt: skip
VAN = ((.5, .2), (.5, .46), (.4, .58), (.27, .98), (-.47, 1.), (-.5, .6), (-.5, .5), (-.5, .2))  # fmt: skip
BUS = ((.5, .12), (.5, .4), (.5, .42), (.49, .98), (-.5, 1.), (-.5, .5), (-.5, .45), (-.5, .14))  # fmt: skip
Shape = tuple[float, float, float, tuple[tuple[float, float], ...], tuple[float, ...]]
SHAPES: dict[str, Shape] = {
    "sedan": (4.6, 1.82, 1.46, SEDAN, (0.21, -0.35, -0.2, 0.07, 0.69, 0.94)),
    "taxi": (4.6, 1.82, 1.46, SEDAN, (0.21, -0.35, -0.2, 0.07, 0.69, 0.94)),
    "suv": (4.7, 1.9, 1.72, SUV, (0.24, -0.45, -0.4, 0.13, 0.67, 0.94)),
    "van": (4.9, 1.85, 1.95, VAN, (0.36, -0.47, -0.45, 0.27, 0.60, 0.92)),
    "bus": (10.5, 2.5, 3.0, BUS, (0.47, -0.47, -0.47, 0.47, 0.45, 0.86)),
}
GLASSY = (2, 4)  # which edges of an outline are wind-screens


@dataclass(frozen=True)
class Model:
    """Faces in groups: what lies on a face is seen with it. `first` tells each face's corners in `corners`."""

    corners: Array
    first: list[int]
    colours: list[Colour]
    own: list[float]
    groups: list[list[int]]
    normals: Array  # of each group, outwards; no length where both sides are seen
    middles: Array


def _model(groups: list[list[Face]], inside: Array | None) -> Model:
    """`inside` is a point that all faces look away from; None where both sides of each are seen."""
    faces = [face for group in groups for face in group]
    first, numbers, at = [0], [], 0
    for corners, _, _ in faces:
        first.append(first[-1] + len(corners))
    for group in groups:
        numbers.append(list(range(at, at + len(group))))
        at += len(group)
    leads = [group[0][0] for group in groups]
    normals = np.array([np.cross(lead[1] - lead[0], lead[2] - lead[1]) for lead in leads])
    every = np.concatenate([corners for corners, _, _ in faces])
    middles = np.array([lead.mean(axis=0) for lead in leads])
    outwards = np.sign((normals * (middles - inside)).sum(axis=1)) if inside is not None else np.zeros(len(leads))
    normals = normals * outwards[:, None]
    return Model(every, first, [one[1] for one in faces], [one[2] for one in faces], numbers, normals, middles)


@lru_cache(maxsize=256)
def car(kind: str, colour: Colour) -> Model:
    """A car, van or bus of a colour."""
    long, wide, high, outline, _ = SHAPES[kind]
    side = np.array([(x * long, z * high) for x, z in outline])
    half = (
        np.full(len(side), wide / 2) if kind == "bus" else np.where(side[:, 1] > high * 0.75, wide / 2 - 0.16, wide / 2)
    )
    groups: list[list[Face]] = []
    for at in range(len(side) - 1):
        (x1, z1), (x2, z2), a, b = side[at], side[at + 1], half[at], half[at + 1]
        quad = np.array([[x1, -a, z1], [x1, a, z1], [x2, b, z2], [x2, -b, z2]])
        tone = scaled(colour, 1.08 if abs(z2 - z1) < 0.35 else 0.95)
        groups.append([(quad, GLASS if at in GLASSY else tone, 0.0), *_ends(at, quad)])
    for way in (1, -1):
        body = np.column_stack([side[:, 0], way * half, side[:, 1]])
        groups.append([(body, scaled(colour, 0.86), 0.0), *_side(kind, way)])
    return _model(groups, np.array([0.0, 0.0, high / 2]))


def _ends(at: int, quad: Array) -> Iterator[Face]:
    """Lamps at the front and at the back, and the number plates."""
    if at not in (0, 6):
        return
    x, low, top = quad[0, 0], quad[:, 2].min(), quad[:, 2].max()
    wide, colour = abs(quad[0, 1]), WHITE if at == 0 else RED
    for left in (1, -1):
        lamp = [
            [x, left * wide * a, low + (top - low) * b]
            for a, b in ((0.62, 0.55), (0.95, 0.55), (0.95, 0.9), (0.62, 0.9))
        ]
        yield np.array(lamp), colour, 0.75
    yield (
        np.array([[x, 0.26 * a, low + (top - low) * b] for a, b in ((1, 0.15), (-1, 0.15), (-1, 0.4), (1, 0.4))]),
        PLATE,
        0.0,
    )


def _side(kind: str, way: int) -> Iterator[Face]:
    """Wheels and windows of one side."""
    long, wide, high, _, panes = SHAPES[kind]
    y, radius = way * (wide / 2 + 0.01), 0.5 if kind == "bus" else 0.33
    turns = np.linspace(0, 2 * math.pi, 12, endpoint=False)
    for x in (0.31 * long, -0.30 * long):
        for size, colour in ((radius, TYRE), (radius * 0.55, RIM)):
            yield (
                np.column_stack([x + size * np.cos(turns), np.full(12, y), radius + size * np.sin(turns)]),
                colour,
                0.0,
            )
    a, b, c, d, low, top = panes
    inner = way * (wide / 2 if kind == "bus" else wide / 2 - 0.13)
    corners = [
        [a * long, y, low * high],
        [b * long, y, low * high],
        [c * long, inner, top * high],
        [d * long, inner, top * high],
    ]
    yield np.array(corners), GLASS, 0.0


def scaled(colour: Colour, by: float) -> Colour:
    """A colour so many times as light."""
    return min(255, int(colour[0] * by)), min(255, int(colour[1] * by)), min(255, int(colour[2] * by))


@lru_cache(maxsize=512)
def person(colour: Colour, step: int, across: int) -> Model:
    """Somebody who walks, flat: to be turned towards the camera. `step` of STEPS, `across` 0 (towards it) to 2 (past it)."""
    stride = math.sin(step / STEPS * 2 * math.pi) * 0.26 * (0.35 + 0.325 * across)
    turns = np.linspace(0, 2 * math.pi, 10, endpoint=False)

    def flat(points: list[tuple[float, float]], colour: Colour) -> Face:
        return np.array([(0.0, -x, z) for x, z in points]), colour, 0.0

    def limb(x1: float, z1: float, x2: float, z2: float, wide: float, colour: Colour) -> Face:
        return flat([(x1 - wide, z1), (x1 + wide, z1), (x2 + wide * 0.8, z2), (x2 - wide * 0.8, z2)], colour)

    def ring(x: float, z: float, wide: float, high: float, colour: Colour) -> Face:
        return flat([(x + wide * math.cos(turn), z + high * math.sin(turn)) for turn in turns], colour)

    body = [(-0.17, 0.82), (0.17, 0.82), (0.23, 1.42), (0.1, 1.5), (-0.1, 1.5), (-0.23, 1.42)]
    faces = [
        ring(0, 0, 0.27, 0.03, (34, 34, 34)),
        limb(-0.07, 0.86, -0.07 - stride, 0.02, 0.08, TROUSERS),
        limb(0.07, 0.86, 0.07 + stride, 0.02, 0.08, scaled(TROUSERS, 1.25)),
        limb(-0.2, 1.40, -0.2 + stride, 0.82, 0.055, scaled(colour, 0.8)),
        flat(body, colour),
        limb(0.2, 1.40, 0.2 - stride, 0.82, 0.055, scaled(colour, 0.9)),
        ring(0, 1.64, 0.125, 0.145, HAIR),
        ring(0, 1.60, 0.105, 0.12, SKIN),
    ]
    return _model([faces], None)
