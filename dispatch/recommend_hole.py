"""How much of a district nobody would reach in time if a unit went: the ground as squares, one bit each. Pure.

A set of squares is one whole number, so that two hundred units are compared in well under a millisecond.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

SQUARES = 3000  # into so many squares a district is cut, about
LEAST_SIDE_M = 40.0
METRES_A_DEGREE = 111_195.0
Ring = Sequence[Sequence[float]]  # [lon, lat] in degrees, closed or not
Box = tuple[float, float, float, float]  # west, south, east, north


@dataclass(frozen=True, slots=True)
class Grid:
    """Squares from the south-west corner on, in rows northwards; degrees. `inside`: those whose middle lies in the district."""

    west: float
    south: float
    wide: float  # of a square, in degrees of longitude
    high: float
    columns: int
    rows: int
    inside: int = 0

    @property
    def squares(self) -> int:
        """How many squares the district has."""
        return self.inside.bit_count()


def grid_of(rings: Sequence[Ring]) -> Grid:
    """A district by its rings (those within others cut out); at least one square wide and high."""
    lons, lats = [p[0] for ring in rings for p in ring], [p[1] for ring in rings for p in ring]
    west, south, east, north = min(lons), min(lats), max(lons), max(lats)
    shrunk = math.cos(math.radians((south + north) / 2))
    across, up = (east - west) * METRES_A_DEGREE * shrunk, (north - south) * METRES_A_DEGREE
    side = max(LEAST_SIDE_M, math.sqrt(across * up / SQUARES))
    bare = Grid(
        west, south, side / METRES_A_DEGREE / shrunk, side / METRES_A_DEGREE,
        max(1, math.ceil(across / side)), max(1, math.ceil(up / side)),
    )  # fmt: skip
    return replace(bare, inside=fill(bare, rings))


def fill(grid: Grid, rings: Iterable[Ring]) -> int:
    """The squares whose middle lies within the rings (even-odd), in the district or not."""
    edges = [edge for ring in rings for edge in _edges(ring)]
    found = 0
    for row in range(grid.rows):
        lat = grid.south + (row + 0.5) * grid.high
        crossed = sorted(
            a[0] + (lat - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) for a, b in edges if (a[1] <= lat) != (b[1] <= lat)
        )
        for start, end in zip(crossed[::2], crossed[1::2], strict=True):
            found |= _run(grid, row, start, end)
    return found


def _edges(ring: Ring) -> Iterator[tuple[Sequence[float], Sequence[float]]]:
    return zip(ring, [*ring[1:], ring[0]], strict=True)


def _run(grid: Grid, row: int, west: float, east: float) -> int:
    """The squares of a row whose middle lies between two longitudes."""
    first = max(0, math.ceil((west - grid.west) / grid.wide - 0.5))
    last = min(grid.columns - 1, math.floor((east - grid.west) / grid.wide - 0.5))
    return ((1 << (last - first + 1)) - 1) << (row * grid.columns + first) if last >= first else 0


def disc(grid: Grid, lon: float, lat: float, radius_m: float) -> int:
    """The district's squares whose middle lies within so many metres of a place."""
    found, shrunk = 0, math.cos(math.radians(lat))
    for row in range(grid.rows):
        up = (grid.south + (row + 0.5) * grid.high - lat) * METRES_A_DEGREE
        if abs(up) <= radius_m:
            half = math.sqrt(radius_m * radius_m - up * up) / METRES_A_DEGREE / shrunk
            found |= _run(grid, row, lon - half, lon + half)
    return found & grid.inside


def within(grid: Grid, polygons: Iterable[Mapping[str, Any]]) -> int:
    """The district's squares in GeoJSON polygons."""
    found = 0
    for one in polygons:
        parts = one["coordinates"] if one["type"] == "MultiPolygon" else [one["coordinates"]]
        for rings in parts:
            found |= fill(grid, rings)
    return found & grid.inside


def only(reached: Mapping[str, int]) -> dict[str, int]:
    """What each of them reaches and none of the others."""
    once = twice = 0
    for squares in reached.values():
        twice |= once & squares
        once |= squares
    return {key: squares & ~twice for key, squares in reached.items()}


def shares(grid: Grid, reached: Mapping[str, int]) -> dict[str, float]:
    """The share of the district, 0 to 1, that nobody would reach without each of them."""
    whole = grid.squares
    return {key: squares.bit_count() / whole if whole else 0.0 for key, squares in only(reached).items()}


def boxes(grid: Grid, squares: int) -> list[Box]:
    """The squares to be drawn: each row's runs as one box, in degrees."""
    found: list[Box] = []
    for row in range(grid.rows):
        line = (squares >> (row * grid.columns)) & ((1 << grid.columns) - 1)
        south, column = grid.south + row * grid.high, 0
        while line >> column:
            column += _trailing(line >> column, 0)
            length = _trailing(line >> column, 1)
            west = grid.west + column * grid.wide
            found.append((west, south, west + length * grid.wide, south + grid.high))
            column += length
    return found


def _trailing(number: int, bit: int) -> int:
    """How many bits at the low end of a number greater than 0 are so."""
    lowest = number if bit == 0 else ~number
    return (lowest & -lowest).bit_length() - 1
