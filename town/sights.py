"""What cameras of a town really see: rays walked through its houses, step by step. Pure; knows nothing of the station."""

import itertools
import math
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import osmium

from town.plane import Point, inside, metres

STEP_M = 0.2  # between two looks along a ray
CELL_M = 40.0
STOREY_M, UNKNOWN = (
    3.0,
    (1, 9),
)  # of a house whose storeys nobody has counted, the town itself knows them: as many as these


@dataclass(frozen=True, slots=True)
class Lens:
    """A camera as it truly hangs: metres in the town's plane, degrees; tilt downwards."""

    at: Point
    height_m: float
    bearing: float
    tilt: float
    fov: float
    aspect: float
    range_m: float

    def pixel(self, place: Point) -> Point | None:
        """Where the ground at a place is in its picture, shares; None behind it."""
        east, north = place[0] - self.at[0], place[1] - self.at[1]
        turn, tip = math.radians(self.bearing), math.radians(self.tilt)
        along, right = east * math.sin(turn) + north * math.cos(turn), east * math.cos(turn) - north * math.sin(turn)
        deep, up = (
            along * math.cos(tip) + self.height_m * math.sin(tip),
            along * math.sin(tip) - self.height_m * math.cos(tip),
        )
        if deep <= 0:
            return None
        half = math.tan(math.radians(self.fov) / 2)
        return 0.5 + right / deep / half / 2, 0.5 - up / deep / half * self.aspect / 2

    def has_in_picture(self, place: Point) -> bool:
        found = self.pixel(place)
        near = math.dist(self.at, place) <= self.range_m
        return near and found is not None and 0 <= found[0] <= 1 and 0 <= found[1] <= 1


def storeys(tags: dict[str, str], dice: random.Random) -> int:
    """How many storeys a house of the map truly has. The dice must have been thrown for all houses before it in the map."""
    return int(tags.get("building:levels", 0)) or (dice.randint(*UNKNOWN) if "addr:street" in tags else 2)


class Town:
    """The houses of a map with their true heights, in cells so that few are asked."""

    def __init__(self, path: Path, seed: str) -> None:
        self.houses: list[tuple[list[Point], float]] = []
        self.cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.streets: list[list[Point]] = []
        self.dice = random.Random(seed)  # noqa: S311 - a town, not a key  # nosec B311
        for way in osmium.FileProcessor(str(path)).with_locations():
            if isinstance(way, osmium.osm.Way):
                self._take({tag.k: tag.v for tag in way.tags}, [metres(node.lat, node.lon) for node in way.nodes])

    def _take(self, tags: dict[str, str], line: list[Point]) -> None:
        if "building" in tags:
            for cell in _cells(line):
                self.cells[cell].append(len(self.houses))
            self.houses.append((line[:-1], storeys(tags, self.dice) * STOREY_M))
        elif "highway" in tags and tags.get("area") != "yes":
            self.streets.append(line)

    def somewhere(self, dice: random.Random) -> Point:
        """A place on a street or up to 15 m beside it, outside of all houses."""
        while True:
            line = dice.choice(self.streets)
            a, b = dice.choice(list(itertools.pairwise(line)))
            part = dice.random()
            spot = (
                a[0] + (b[0] - a[0]) * part + dice.uniform(-15, 15),
                a[1] + (b[1] - a[1]) * part + dice.uniform(-15, 15),
            )
            if not any(True for _ in self._over(spot)):
                return spot

    def _over(self, spot: Point) -> Iterable[int]:
        """The houses that stand on a spot."""
        for at in self.cells.get((int(spot[0] // CELL_M), int(spot[1] // CELL_M)), ()):
            if inside(spot, self.houses[at][0]):
                yield at

    def sees(self, lens: Lens, place: Point) -> bool:
        """Whether the ground at a place is in a camera's picture and nothing stands before it."""
        return lens.has_in_picture(place) and not self._is_hidden(lens, place)

    def _is_hidden(self, lens: Lens, place: Point) -> bool:
        far, own = math.dist(lens.at, place), set(self._over(lens.at))
        steps = max(1, int(far / STEP_M))
        for step in range(1, steps):
            part = step / steps
            spot = lens.at[0] + (place[0] - lens.at[0]) * part, lens.at[1] + (place[1] - lens.at[1]) * part
            high = lens.height_m * (1 - part)
            if any(self.houses[at][1] > high for at in self._over(spot) if at not in own):
                return True
        return False


def _cells(ring: list[Point]) -> Iterable[tuple[int, int]]:
    """The cells that a ring's box touches."""
    columns, rows = ([int(one // CELL_M) for one in part] for part in zip(*ring, strict=True))
    return {(x, y) for x in range(min(columns), max(columns) + 1) for y in range(min(rows), max(rows) + 1)}
