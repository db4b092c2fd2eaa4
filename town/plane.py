"""Plane geometry in metres around the town's middle, and the way back to degrees. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

Point = tuple[float, float]  # metres east and north of the middle
LAT, LON = 29.60, 106.55
M_PER_LAT = 110_852.0  # at 29.6° north
M_PER_LON = 96_870.0


def degrees(p: Point) -> tuple[float, float]:
    """Latitude and longitude of a point."""
    return round(LAT + p[1] / M_PER_LAT, 7), round(LON + p[0] / M_PER_LON, 7)


def metres(lat: float, lon: float) -> Point:
    """The point at a latitude and longitude."""
    return (lon - LON) * M_PER_LON, (lat - LAT) * M_PER_LAT


def distance(a: Point, b: Point) -> float:
    return math.hypot(b[0] - a[0], b[1] - a[1])


def between(a: Point, b: Point, part: float) -> Point:
    """The point at `part` (0 to 1) of the way from a to b."""
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def direction(a: Point, b: Point) -> Point:
    """The unit vector from a to b; east where they are the same."""
    length = distance(a, b)
    return ((b[0] - a[0]) / length, (b[1] - a[1]) / length) if length else (1.0, 0.0)


def left_of(d: Point) -> Point:
    return -d[1], d[0]


def shifted(p: Point, d: Point, by: float) -> Point:
    return p[0] + d[0] * by, p[1] + d[1] * by


def rectangle(middle: Point, along: Point, length: float, depth: float) -> list[Point]:
    """Four corners, counter-clockwise: `length` along the direction, `depth` across it."""
    across = left_of(along)
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return [shifted(shifted(middle, along, i * length / 2), across, j * depth / 2) for i, j in corners]


def overlap(a: Sequence[Point], b: Sequence[Point], gap: float = 0.0) -> bool:
    """Whether two convex shapes touch or come nearer than about `gap` (separating axes)."""
    for shape in (a, b):
        for one, other in _edges(shape):
            axis = left_of(direction(one, other))
            a_low, a_high = _reach(a, axis)
            b_low, b_high = _reach(b, axis)
            if a_high + gap < b_low or b_high + gap < a_low:
                return False
    return True


def _edges(shape: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    if len(shape) == 2:
        yield shape[0], shape[1]
        yield shape[0], shifted(shape[0], left_of(direction(shape[0], shape[1])), 1.0)
        return
    yield from zip(shape, [*shape[1:], shape[0]], strict=True)


def _reach(shape: Sequence[Point], axis: Point) -> tuple[float, float]:
    along = [p[0] * axis[0] + p[1] * axis[1] for p in shape]
    return min(along), max(along)


def inside(p: Point, ring: Sequence[Point]) -> bool:
    """Whether a point lies in a ring (even-odd)."""
    is_in = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > p[1]) != (y2 > p[1]) and p[0] < (x2 - x1) * (p[1] - y1) / (y2 - y1) + x1:
            is_in = not is_in
    return is_in


def middle_of(points: Sequence[Point]) -> Point:
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def area(ring: Sequence[Point]) -> float:
    """m² inside a ring, positive whichever way it turns."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


class Ground:
    """Which shapes lie where: a grid of cells that finds neighbours quickly."""

    def __init__(self, cell: float = 60.0) -> None:
        self.cell = cell
        self.cells: dict[tuple[int, int], list[tuple[Sequence[Point], float]]] = defaultdict(list)

    def add(self, shape: Sequence[Point], gap: float) -> None:
        """Take the ground of a shape and `gap` metres around it."""
        for key in self._keys(shape, gap):
            self.cells[key].append((shape, gap))

    def is_free(self, shape: Sequence[Point]) -> bool:
        near = {id(other): (other, gap) for key in self._keys(shape, 0) for other, gap in self.cells.get(key, ())}
        return not any(overlap(shape, other, gap) for other, gap in near.values())

    def _keys(self, shape: Iterable[Point], gap: float) -> Iterator[tuple[int, int]]:
        points = list(shape)
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        for i in range(int((min(xs) - gap) // self.cell), int((max(xs) + gap) // self.cell) + 1):
            for j in range(int((min(ys) - gap) // self.cell), int((max(ys) + gap) // self.cell) + 1):
                yield i, j
