"""How far units reach in time: the district as squares, and what is reached from where, remembered by cell.

A cell is about a hundred metres wide; every unit that stands in it reaches the same. What the road engine said is kept for a
while, and only so much time is spent on asking it in one go: who is not reached by then counts by the straight line.
"""

import functools
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point

from command.models import Station
from command.places.models import Map
from dispatch import recommend_hole, roads
from dispatch.recommend import mode, seconds_a_metre
from dispatch.recommend_hole import Grid

REACH_S = 300  # “in five minutes”
STEP_S = 15
CELL = 0.001  # degrees
KEPT_S = 120.0
SOON_S = 15.0
BUDGET_S = 0.06  # of asking, in one recommendation
REMEMBERED = 4000
Place = tuple[float, float]  # longitude, latitude


@dataclass(frozen=True, slots=True)
class Stand:
    """A unit of a kind that stands somewhere; `factor`: how much longer its trips take than computed."""

    key: str
    kind: str
    place: Place
    factor: float = 1.0


def district(station: Station, at: Place) -> Grid | None:
    """A station's ground; where it has no boundary, the smallest map around the place; None without either."""
    if station.boundary:
        return _grid(bytes(station.boundary.wkb))
    maps = Map.objects.filter(bounds__contains=Point(*at, srid=4326)).values_list("bounds", flat=True)
    smallest = min(maps, key=lambda one: one.area, default=None)
    return _grid(bytes(smallest.wkb)) if smallest else None


@functools.lru_cache(maxsize=64)
def _grid(wkb: bytes) -> Grid:
    area = GEOSGeometry(memoryview(wkb))
    polygons: list[Any] = list(area) if isinstance(area, MultiPolygon) else [area]
    return recommend_hole.grid_of([ring for polygon in polygons for ring in polygon.coords])


@dataclass
class Reaches:
    """What was asked lately, newest use last. One of a process; threads share it."""

    known: OrderedDict[tuple[object, ...], tuple[float, int]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, grid: Grid, stands: Iterable[Stand], budget_s: float = BUDGET_S) -> dict[str, int]:
        """The squares that each unit reaches in five minutes."""
        until, found = time.monotonic() + budget_s, {}
        waiting: list[tuple[float, Stand]] = []
        for one in stands:
            with self.lock:
                asked, squares = self.known.get(_cell(grid, one), (0.0, -1))
            found[one.key] = _straight(grid, one) if squares < 0 else squares
            if asked + KEPT_S < time.monotonic() or squares < 0:
                waiting.append((asked, one))
        for _asked, one in sorted(waiting, key=lambda pair: (pair[0], pair[1].key)):
            if time.monotonic() >= until:
                break
            found[one.key] = self._ask(grid, one)
        return found

    def _ask(self, grid: Grid, one: Stand) -> int:
        """What the engine says; where it says nothing, the straight line, and it is asked again soon."""
        areas = roads.reach(one.place, [_seconds(one)], mode(one.kind))
        squares = recommend_hole.within(grid, areas) if areas else _straight(grid, one)
        asked = time.monotonic() - (0 if areas else KEPT_S - SOON_S)
        with self.lock:
            self.known[_cell(grid, one)] = asked, squares
            self.known.move_to_end(_cell(grid, one))
            while len(self.known) > REMEMBERED:
                self.known.popitem(last=False)
        return squares

    def forget(self) -> None:
        """Everything: the roads are not what they were."""
        with self.lock:
            self.known.clear()


def _cell(grid: Grid, one: Stand) -> tuple[object, ...]:
    lon, lat = one.place
    return (
        grid.west,
        grid.south,
        grid.wide,
        grid.inside,
        mode(one.kind),
        _seconds(one),
        round(lon / CELL),
        round(lat / CELL),
    )


def _seconds(one: Stand) -> int:
    """Five minutes as the engine counts them."""
    return max(STEP_S, round(REACH_S / one.factor / STEP_S) * STEP_S)


def _straight(grid: Grid, one: Stand) -> int:
    return recommend_hole.disc(grid, *one.place, REACH_S / one.factor / seconds_a_metre(one.kind))


REACHES = Reaches()
