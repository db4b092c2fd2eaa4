"""Cameras at the crossings of the bigger streets, each looking along one of them. Pure."""

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from town.plane import Point, degrees
from town.streets import Junction, Plan, Street

BIG = ("primary", "secondary", "tertiary")
EVERY = 4
STEP = 0.05  # of the way between two corners: far enough to tell a street's direction
Stop = tuple[Street, float]


def cameras(chance: random.Random, plan: Plan) -> list[dict[str, Any]]:
    """One at every fourth crossing of two streets of which one is big, along that; names differ."""
    chosen = list(_crossings(plan))[::EVERY]
    return [_camera(chance, plan, junction, stops) for junction, stops in chosen]


def _crossings(plan: Plan) -> Iterator[tuple[Junction, list[Stop]]]:
    """Each crossing once by its two names, the bigger street first."""
    met: dict[int, tuple[Junction, list[Stop]]] = defaultdict(lambda: (Junction(0, 0), []))
    for street in plan.streets:
        for t, junction in street.stops:
            met[id(junction)] = (junction, [*met[id(junction)][1], (street, t)])
    named = set()
    for junction, stops in met.values():
        stops.sort(key=lambda stop: BIG.index(stop[0].kind) if stop[0].kind in BIG else len(BIG))
        name = _name(stops)
        if len(stops) > 1 and stops[0][0].kind in BIG and name not in named:
            named.add(name)
            yield junction, stops


def _name(stops: list[Stop]) -> str:
    return "".join(dict.fromkeys(street.name_at(t) for street, t in stops[:2])) + "口"


def _camera(chance: random.Random, plan: Plan, junction: Junction, stops: list[Stop]) -> dict[str, Any]:
    street, t = stops[0]
    ahead = t + STEP if t + STEP < len(street.corners) - 1 else t - STEP
    here, there = plan.river.place(junction.u, junction.v), plan.river.place(*street.at(ahead))
    lat, lon = degrees(here)
    return {
        "name": _name(stops), "kind": "visible", "lat": lat, "lon": lon, "height_m": 6.0,
        "bearing_deg": round(_bearing(here, there) + chance.choice((0, 180)), 1) % 360, "fov_deg": 70.0,
        "range_m": float(chance.choice((120, 150, 200))),
    }  # fmt: skip


def _bearing(a: Point, b: Point) -> float:
    return math.degrees(math.atan2(b[0] - a[0], b[1] - a[1])) % 360
