"""How long an incident took, by the times that people confirmed and by the tracks: which times, how many are missing. Pure."""

import datetime as dt
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import TypedDict

Times = Mapping[str, dt.datetime | None]  # of one unit: dispatched_at, en_route_at, on_scene_at, ended_at
SEVERAL = 2  # below this many a median says nothing
P90 = 0.9


class Spread(TypedDict):
    """Seconds of each unit that was not recalled, null where a moment is missing; of several the median and the 90th
    percentile (the nearest rank: a time that was really taken), never a mean."""

    seconds: list[float | None]
    missing: int
    median_s: float | None
    p90_s: float | None


class Intervals(TypedDict):
    """Seconds; null where one of the two moments is missing. `basis`: of times that people confirmed, or of the track's."""

    basis: str
    queue_s: float | None
    travel_s: float | None
    response_s: float | None
    travel: Spread
    on_scene: Spread


def intervals(opened_at: dt.datetime, sent: Sequence[Times], stayed: Sequence[Times], basis: str) -> Intervals:
    """Queue: opened → first sent. Travel: first en route → first on scene. Response: opened → first on scene. Of each unit
    that was not recalled (`stayed`): travel: its own en route → its own arrival; on scene: its own arrival → its own clear."""
    first = {name: _first(sent, name) for name in ("dispatched_at", "en_route_at", "on_scene_at")}
    return {
        "basis": basis,
        "queue_s": seconds(opened_at, first["dispatched_at"]),
        "travel_s": seconds(first["en_route_at"], first["on_scene_at"]),
        "response_s": seconds(opened_at, first["on_scene_at"]),
        "travel": spread([seconds(one["en_route_at"], one["on_scene_at"]) for one in stayed]),
        "on_scene": spread([seconds(one["on_scene_at"], one["ended_at"]) for one in stayed]),
    }


def _first(units: Sequence[Times], name: str) -> dt.datetime | None:
    return min((at for one in units if (at := one[name])), default=None)


def seconds(start: dt.datetime | None, end: dt.datetime | None) -> float | None:
    """From start to end, or None where one is missing."""
    return round((end - start).total_seconds(), 3) if start and end else None


def spread(values: Sequence[float | None]) -> Spread:
    """What several units took; of one there is no median."""
    known = sorted(one for one in values if one is not None)
    several = len(known) >= SEVERAL
    return {
        "seconds": list(values),
        "missing": len(values) - len(known),
        "median_s": round(statistics.median(known), 3) if several else None,
        "p90_s": known[math.ceil(P90 * len(known)) - 1] if several else None,
    }
