"""Puts what stands still before a camera: ground, roads with their markings, houses, trees and lamps. Pure."""

import itertools
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from town.eyes.canvas import Canvas, Piece
from town.eyes.scene import HALF_M, SMALL, House, Road, Scene
from town.eyes.view import Array, View
from town.plane import Point, between, direction, distance, left_of, shifted

REACH_M, MARKED_M, NEARBY_M = 900.0, 260.0, 230.0  # houses; markings on roads; trees and lamps
PAVEMENT_M = 3.2
LANE_M = 3.4
LAMP_M = 8.0
YARD_M = 11.0
TREE_EVERY_M = 11.0
WHITE, YELLOW = Piece("mark", (214, 214, 208)), Piece("mark", (214, 170, 62))


@dataclass(frozen=True)
class Lamp:
    """A street lamp's head."""

    at: Point
    height_m: float


def stand(view: View, scene: Scene) -> tuple[Canvas, list[Lamp]]:
    """Everything that is in the picture, and the lamps that light it."""
    canvas = Canvas(view)
    for kind, ring in scene.areas:
        canvas.flat(np.array(ring), Piece(kind))
    houses = _houses(view, scene.houses)
    for house in houses:
        canvas.flat(_yard(house), Piece("paved"))
    roads = [road for road in scene.roads if _near(view, road.line)]
    _surfaces(canvas, roads)
    for road in roads:
        for shape, piece in _markings(view, road):
            canvas.flat(np.array(shape), piece)
    for house in houses:
        _raise(canvas, house)
    return canvas, _furnish(canvas, roads)


def _near(view: View, line: list[Point]) -> bool:
    at, reach = view.lens.at, _reach_m(view)
    return any(_far(at, a, b) < reach for a, b in itertools.pairwise(line))


def _reach_m(view: View) -> float:
    """How far away houses and roads are drawn: as far as what is hung high can make out."""
    return max(REACH_M, view.lens.range_m)


def _far(p: Point, a: Point, b: Point) -> float:
    """From a point to a line between two."""
    long = distance(a, b) ** 2
    part = ((p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])) / long if long else 0.0
    return distance(p, between(a, b, max(0.0, min(1.0, part))))


# ---- the ground


def _surfaces(canvas: Canvas, roads: list[Road]) -> None:
    """Pavements first, then their kerbs' lighter edge, then what is driven on, the smaller roads before the bigger."""
    for more, kind in ((PAVEMENT_M, "pavement"), (0.25, "kerb"), (0.0, "")):
        for road in sorted(roads, key=lambda road: road.half_m):
            if road.kind in SMALL and more:
                continue
            what = Piece(kind or ("asphalt" if road.driven and road.kind not in SMALL else "lane"))
            for quad in _strip(canvas.view, road.line, road.half_m + more):
                canvas.flat(quad, what)


def _strip(view: View, line: list[Point], half_m: float) -> Iterator[Array]:
    """A line as wide as a road, one four-sided piece a stretch, those near the camera."""
    normals = [left_of(direction(a, b)) for a, b in itertools.pairwise(line)]
    closed = line[0] == line[-1]
    for at, (a, b) in enumerate(itertools.pairwise(line)):
        if _far(view.lens.at, a, b) < _reach_m(view):
            before = normals[at - 1] if at or closed else normals[at]
            after = normals[(at + 1) % len(normals)] if at + 1 < len(normals) or closed else normals[at]
            one, other = _middle(before, normals[at]), _middle(normals[at], after)
            yield np.array([
                shifted(a, one, half_m), shifted(b, other, half_m), shifted(b, other, -half_m), shifted(a, one, -half_m),
            ])  # fmt: skip


def _middle(a: Point, b: Point) -> Point:
    """The direction between two normals, as long as a mitre is; one of them where they bend too much."""
    x, y = a[0] + b[0], a[1] + b[1]
    square = x * x + y * y
    return (2 * x / square, 2 * y / square) if square > 1.5 else b


def _markings(view: View, road: Road) -> Iterator[tuple[list[Point], Piece]]:
    """Lines between lanes and at the edges, which end before each crossing, and the crossings' stripes."""
    if road.kind in SMALL:
        return
    for start, end, opens, closes in _stretches(road):
        line = _part(road.line, start, end)
        if len(line) < 2 or all(distance(view.lens.at, p) > MARKED_M for p in line):
            continue
        for offset, dash, piece in _lines(road):
            for a, b in _dashes(view, line, dash):
                yield _bar(a, b, offset, 0.075), piece
        if road.half_m >= HALF_M["tertiary"]:
            for at, backwards in ((opens, False), (closes, True)):
                if at is not None:
                    yield from _zebra(road, at, backwards)


def _lines(road: Road) -> Iterator[tuple[float, bool, Piece]]:
    """How far left of the middle, whether dashed, and the colour."""
    edge = road.half_m - 0.35
    if road.half_m < HALF_M["tertiary"]:
        yield 0.0, True, WHITE
        return
    yield edge, False, WHITE
    yield -edge, False, WHITE
    if road.oneway:
        wide = 2 * road.half_m / road.lanes
        yield from ((-road.half_m + wide * n, True, WHITE) for n in range(1, road.lanes))
        return
    yield 0.14, False, YELLOW
    yield -0.14, False, YELLOW
    for n in range(1, road.lanes):
        yield LANE_M * n, True, WHITE
        yield -LANE_M * n, True, WHITE


def _stretches(road: Road) -> Iterator[tuple[float, float, float | None, float | None]]:
    """From crossing to crossing, as metres along the road: where lines begin and end, and where stripes lie, if any do."""
    along = [0.0, *itertools.accumulate(distance(a, b) for a, b in itertools.pairwise(road.line))]
    stops = sorted((along[at], half) for at, half in road.crossed.items())
    begins: tuple[float, float | None] = (0.0, None)
    for at, half in stops:
        edge = half + 1.2
        if at - edge - 5.0 > begins[0]:
            yield begins[0], at - edge - 5.0, begins[1], at - edge
        begins = at + edge + 5.0, at + edge
    if along[-1] > begins[0]:
        yield begins[0], along[-1], begins[1], None


def _part(line: list[Point], start: float, end: float) -> list[Point]:
    """A line from `start` to `end` metres."""
    found: list[Point] = []
    gone = 0.0
    for a, b in itertools.pairwise(line):
        long = distance(a, b)
        if gone + long > start and gone < end and long:
            if not found:
                found.append(between(a, b, max(0.0, (start - gone) / long)))
            found.append(between(a, b, min(1.0, (end - gone) / long)))
        gone += long
    return found


def _dashes(view: View, line: list[Point], dashed: bool) -> Iterator[tuple[Point, Point]]:
    if not dashed:
        yield from itertools.pairwise(line)
        return
    whole = sum(distance(a, b) for a, b in itertools.pairwise(line))
    for n in range(int(whole // 10)):
        dash = _part(line, n * 10 + 2, n * 10 + 6)
        if len(dash) > 1 and distance(view.lens.at, dash[0]) < MARKED_M:
            yield dash[0], dash[-1]


def _bar(a: Point, b: Point, offset: float, half_m: float) -> list[Point]:
    side = left_of(direction(a, b))
    return [shifted(a, side, offset + half_m), shifted(b, side, offset + half_m), shifted(b, side, offset - half_m),
            shifted(a, side, offset - half_m)]  # fmt: skip


def _zebra(road: Road, at: float, backwards: bool) -> Iterator[tuple[list[Point], Piece]]:
    """Stripes of 3.4 m from `at` on, along the road, side by side; and the line at which one stops."""
    line = _part(road.line, at - 3.4, at) if backwards else _part(road.line, at, at + 3.4)
    if len(line) < 2:
        return
    for n in range(int((road.half_m - 0.6) / 0.45 / 2) + 1):
        for side in (1, -1):
            yield _bar(line[0], line[-1], side * (0.45 + n * 0.9), 0.22), WHITE


# ---- houses


def _houses(view: View, houses: Iterable[House]) -> list[House]:
    """Those that may be in the picture."""
    listed = list(houses)
    corners = np.array([house.ring[0] for house in listed]).reshape(-1, 2)
    seen = view.seen(np.column_stack([corners, np.zeros(len(corners))]))
    wide = view.width / 2 / view.focal
    may_be = (seen[:, 2] > -60) & (seen[:, 2] < _reach_m(view)) & (np.abs(seen[:, 0]) < (seen[:, 2] + 60) * wide + 60)
    return [listed[at] for at in np.flatnonzero(may_be)]


def _yard(house: House) -> Array:
    """The ground around a house that is paved."""
    ring = np.array(house.ring)
    middle = ring.mean(axis=0)
    away = np.hypot(*(ring - middle).T)[:, None]
    return middle + (ring - middle) * (1 + YARD_M / np.maximum(away, 1.0))


WALLS = {
    "apartments": ((196, 184, 166), (206, 198, 186), (178, 168, 156), (190, 160, 140)),
    "shops": ((190, 182, 170), (172, 160, 146), (150, 140, 132), (202, 192, 172), (164, 128, 108), (140, 146, 152)),
    "warehouse": ((128, 142, 156), (150, 150, 146)),
    "temple": ((158, 62, 48),),
}  # fmt: skip
OTHERS = ((204, 200, 192), (186, 176, 162), (170, 172, 176))


def _raise(canvas: Canvas, house: House) -> None:
    """Walls that face the camera, and the roof where one looks down on it."""
    ring = house.ring if _turns_left(house.ring) else house.ring[::-1]
    eye, high = canvas.view.lens.at, house.height_m
    colours = WALLS.get(house.kind, OTHERS)
    colour = colours[house.number * 7919 % len(colours)]
    kind = {"warehouse": "shed"}.get(house.kind, "shops" if house.kind == "shops" else "wall")
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        out = left_of(direction(b, a))
        if (eye[0] - a[0]) * out[0] + (eye[1] - a[1]) * out[1] > 0:
            piece = Piece(kind, colour, a, direction(a, b), distance(a, b), high, house.number)
            canvas.paint(_upright(a, b, 0.0, high), piece)
    if canvas.view.lens.height_m > high:
        roof = np.column_stack([np.array(ring), np.full(len(ring), high)])
        canvas.paint(roof, Piece("roof", (112, 104, 100)))


def _upright(a: Point, b: Point, low: float, high: float) -> Array:
    return np.array([[*a, low], [*b, low], [*b, high], [*a, high]])


def _turns_left(ring: list[Point]) -> bool:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) > 0


# ---- trees and lamps


def _furnish(canvas: Canvas, roads: Iterable[Road]) -> list[Lamp]:
    lamps: list[Lamp] = []
    for road in roads:
        if road.half_m < HALF_M["residential"]:
            continue
        for start, end, _, _ in _stretches(road):
            line = _part(road.line, start, end)
            if len(line) > 1 and any(_far(canvas.view.lens.at, a, b) < NEARBY_M for a, b in itertools.pairwise(line)):
                lamps += _row(canvas, road, line)
    return lamps


def _row(canvas: Canvas, road: Road, line: list[Point]) -> Iterator[Lamp]:
    """Along both kerbs of a stretch; of one that is driven one way along its right one."""
    whole = sum(distance(a, b) for a, b in itertools.pairwise(line))
    for number in range(int(whole // TREE_EVERY_M)):
        here = _part(line, number * TREE_EVERY_M + 3, number * TREE_EVERY_M + 4)
        if len(here) < 2 or not 4 < distance(canvas.view.lens.at, here[0]) < NEARBY_M:
            continue
        side = left_of(direction(here[0], here[-1]))
        for way in (-1,) if road.oneway else (1, -1):
            foot = shifted(here[0], side, way * (road.half_m + 0.9))
            if number % 3 == (0 if way > 0 else 1):
                yield _lamp(canvas, foot, shifted((0, 0), side, -way))
            elif road.half_m >= HALF_M["tertiary"]:
                _tree(canvas, foot)


def _lamp(canvas: Canvas, foot: Point, inward: Point) -> Lamp:
    head = shifted(foot, inward, 1.6)
    _post(canvas, foot, 0.08, 0.0, LAMP_M, Piece("post", (120, 124, 126)))
    arm = np.array([[*foot, LAMP_M - 0.1], [*head, LAMP_M + 0.05], [*head, LAMP_M + 0.18], [*foot, LAMP_M]])
    canvas.paint(arm, Piece("post", (120, 124, 126)))
    _post(canvas, head, 0.3, LAMP_M, LAMP_M + 0.2, Piece("bulb", (220, 222, 220)))
    return Lamp(head, LAMP_M)


def _post(canvas: Canvas, foot: Point, half_m: float, low: float, high: float, piece: Piece) -> None:
    side = left_of(direction(foot, canvas.view.lens.at))
    canvas.paint(_upright(shifted(foot, side, -half_m), shifted(foot, side, half_m), low, high), piece)


def _tree(canvas: Canvas, foot: Point) -> None:
    """A trunk, and leaves as small discs that face the camera."""
    dice = random.Random(f"tree {foot[0]:.1f} {foot[1]:.1f}")  # noqa: S311 - a town, not a key  # nosec B311
    size = dice.uniform(0.8, 1.15)
    _post(canvas, foot, 0.11 * size, 0.0, 3.0 * size, Piece("post", (84, 68, 54)))
    tops = 34 if distance(foot, canvas.view.lens.at) < 70 else 12
    right, up, _ = canvas.view.axes
    turns = np.linspace(0, 2 * math.pi, 7, endpoint=False)
    for _ in range(tops):
        turn, out, high = dice.uniform(0, 2 * math.pi), math.sqrt(dice.random()) * 1.7 * size, dice.uniform(-1, 1)
        out *= math.sqrt(1 - high * high * 0.8)
        middle = np.array([foot[0] + out * math.cos(turn), foot[1] + out * math.sin(turn), (4.1 + high * 1.4) * size])
        radius = dice.uniform(0.35, 0.7) * size * (1.0 if tops > 20 else 1.4)
        shade = 0.72 + 0.3 * high + dice.uniform(-0.1, 0.1)
        disc = middle + radius * (np.cos(turns)[:, None] * right + np.sin(turns)[:, None] * up)
        colour = tuple(int(c * shade) for c in (74, 104, 52))
        canvas.paint(disc, Piece("leaf", (colour[0], colour[1], colour[2]), seed=dice.randrange(99)))
