"""Who is on the town's roads at a moment: cars in their lanes, people on pavements. The same moment, the same town. Pure.

Every lane is a row of departures, so many seconds apart; whether one was used is a throw that anybody can make again.
"""

import datetime as dt
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from town.eyes.light import ZONE, by_hour
from town.eyes.scene import SMALL, Road
from town.eyes.stage import LANE_M, PAVEMENT_M
from town.eyes.view import Array
from town.oracle import FREE_M_S
from town.plane import Point, direction, distance, left_of

BUSY = (
    (0, 0.10), (4, 0.04), (6, 0.25), (8, 0.95), (10, 0.60), (12, 0.70), (15, 0.60), (18, 1.0), (20, 0.65), (22, 0.35), (24, 0.10),
)  # fmt: skip
ABOUT = (
    (0, 0.06), (5, 0.05), (7, 0.60), (9, 0.55), (12, 0.75), (15, 0.55), (18, 0.90), (21, 0.60), (23, 0.15), (24, 0.06),
)  # fmt: skip
TOWN_PACE = 0.75  # of what is driven on an empty road
WALK_M_S = 1.3
CARS = (("sedan", 0.52), ("suv", 0.27), ("van", 0.08), ("taxi", 0.08), ("bus", 0.05))
PAINTS = ((232, 232, 230), (228, 230, 232), (40, 42, 46), (30, 31, 34), (140, 144, 148), (96, 100, 106), (128, 28, 30),
          (34, 58, 104), (92, 76, 60))  # fmt: skip
CLOTHES = ((52, 60, 78), (150, 52, 50), (210, 206, 196), (88, 104, 82), (38, 40, 44), (188, 150, 88), (116, 88, 128),
           (72, 112, 150))  # fmt: skip
FADE_M = 7.0


@dataclass(frozen=True)
class Mover:
    """Somebody or something on its way: where, which way (a unit vector), how solid (0 to 1) near its lane's ends."""

    kind: str
    at: Point
    along: Point
    colour: tuple[int, int, int]
    solid: float
    step: float  # of who walks: how far through it they are


@dataclass(frozen=True, eq=False)
class Lane:
    """One line on which all go one after another at one pace."""

    points: Array
    gone: Array  # metres to each point
    kind: str
    pace: float
    every_s: float
    name: str

    @lru_cache(maxsize=4)  # noqa: B019 - a lane lives as long as its process
    def near(self, place: Point, reach_m: float) -> tuple[float, float]:
        """From where to where along the lane a place is near."""
        away = np.hypot(self.points[:, 0] - place[0], self.points[:, 1] - place[1])
        close = np.flatnonzero(away < reach_m + 40)
        if not len(close):
            return 0.0, 0.0
        return float(self.gone[max(0, close[0] - 1)]), float(self.gone[min(len(self.gone) - 1, close[-1] + 1)])

    def moving(self, at_s: float, share: float, near: Point, reach_m: float) -> Iterator[Mover]:
        """Those within `reach_m` of a point at a moment (Unix time)."""
        low, high = self.near(near, reach_m)
        first, last = (
            math.floor((at_s - high / self.pace) / self.every_s) - 1,
            math.ceil((at_s - low / self.pace) / self.every_s),
        )
        for number in range(first, last + 1):
            used, late, kind, colour = departure(self.name, number, self.kind)
            s = (at_s - (number + late) * self.every_s) * self.pace
            if used < share and low <= s <= high:
                yield self._mover(s, kind, colour)

    def _mover(self, s: float, kind: str, colour: tuple[int, int, int]) -> Mover:
        (x1, x0, x2), (y1, y0, y2) = (np.interp([s - 2.5, s, s + 2.5], self.gone, self.points[:, i]) for i in (0, 1))
        solid = min(1.0, s / FADE_M, (self.gone[-1] - s) / FADE_M)
        along = direction((float(x1), float(y1)), (float(x2), float(y2)))
        return Mover(kind, (float(x0), float(y0)), along, colour, max(0.0, solid), s / 0.75)


@lru_cache(maxsize=20_000)
def departure(lane: str, number: int, kind: str) -> tuple[float, float, str, tuple[int, int, int]]:
    """Who left at a departure of a lane: from what share of traffic on, how late (of the time between two), what, its colour."""
    dice = random.Random(f"{lane} {number}")  # noqa: S311 - a town, not a key  # nosec B311
    used, late = dice.random(), dice.uniform(0, 0.55)
    if kind == "person":
        return used, late, kind, dice.choice(CLOTHES)
    kind = dice.choices([kind for kind, _ in CARS], [part for _, part in CARS])[0]
    return used, late, kind, {"taxi": (222, 178, 40), "bus": (48, 104, 168)}.get(kind) or dice.choice(PAINTS)


class Traffic:
    """All lanes that come near a place."""

    def __init__(self, roads: list[Road], near: Point, reach_m: float) -> None:
        self.near, self.reach_m = near, reach_m
        self.lanes = [lane for number, road in enumerate(roads) for lane in _lanes(road, number) if self._passes(lane)]

    def _passes(self, lane: Lane) -> bool:
        away = np.hypot(lane.points[:, 0] - self.near[0], lane.points[:, 1] - self.near[1])
        return bool(away.min() < self.reach_m + 60)

    def at(self, moment: dt.datetime) -> list[Mover]:
        """Everybody within reach at a moment (with its zone)."""
        local = moment.astimezone(ZONE)
        hour = local.hour + local.minute / 60
        shares = {"car": by_hour(BUSY, hour), "person": by_hour(ABOUT, hour)}
        at_s = moment.timestamp()
        return [
            mover
            for lane in self.lanes
            for mover in lane.moving(at_s, shares[lane.kind], self.near, self.reach_m)
            if distance(mover.at, self.near) < self.reach_m
        ]


def _lanes(road: Road, number: int) -> Iterator[Lane]:
    """A road's lanes and pavements in both of their directions."""
    if not road.driven or len(road.line) < 2:
        return
    pace = FREE_M_S[road.kind] * TOWN_PACE
    every_s = {"primary": 4.5, "secondary": 6.0, "tertiary": 9.0}.get(road.kind, 22.0)
    for lane in range(road.lanes):
        offset = (-road.half_m + 2 * road.half_m / road.lanes * (lane + 0.5)) if road.oneway else -LANE_M * (lane + 0.5)
        if road.kind in SMALL:
            offset = 0.0 if road.oneway else -1.4
        own = pace * (1.0 - 0.08 * lane)
        yield _lane(road.line, offset, "car", own, every_s, f"{number} {lane}")
        if not road.oneway:
            yield _lane(road.line[::-1], offset, "car", own, every_s, f"{number} -{lane}")
    if road.half_m > 3.5:
        beside = road.half_m + PAVEMENT_M * 0.62
        busy = 14.0 if road.kind in ("primary", "secondary") else 24.0
        yield _lane(road.line, -beside, "person", WALK_M_S, busy, f"{number} walk")
        back = beside + 0.7 if road.oneway else -beside - 0.7  # nobody walks between two carriageways
        yield _lane(road.line[::-1], back, "person", WALK_M_S * 0.93, busy, f"{number} walk back")


def _lane(line: list[Point], offset: float, kind: str, pace: float, every_s: float, name: str) -> Lane:
    """A line `offset` m to the left of another."""
    normals = [left_of(direction(a, b)) for a, b in itertools.pairwise(line)]
    at = [normals[0], *(_mean(a, b) for a, b in itertools.pairwise(normals)), normals[-1]]
    points = np.array([(p[0] + n[0] * offset, p[1] + n[1] * offset) for p, n in zip(line, at, strict=True)])
    steps = np.hypot(*np.diff(points, axis=0).T)
    return Lane(points, np.concatenate([[0.0], np.cumsum(steps)]), kind, pace, every_s, name)


def _mean(a: Point, b: Point) -> Point:
    return direction((0.0, 0.0), (a[0] + b[0], a[1] + b[1]))
