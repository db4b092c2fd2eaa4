"""Following somebody along a line of cameras: which cameras had them in view, and when, if they went a way by road.

Times are those of the road at its usual speed. Nobody knows how the one went who is looked for, so each has a span: earliest for
who is in a hurry, latest for who waits and turns aside. Both shares are judgement, not measured.
"""

import bisect
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from command import geo
from devices import seeing
from devices.models import Camera
from dispatch import recommend, roads
from dispatch.roads import Mode, Point

STEP_M = 15.0  # the way is looked at so often
PLACES = 400  # at most; a longer way is looked at less often
QUICK, SLOW = 0.6, 1.8  # of the road's own time: in a hurry, and with a wait
MARGIN = dt.timedelta(seconds=15)  # the moment from which one counts is somebody's memory


@dataclass(frozen=True, slots=True)
class Sighting:
    """A camera on the way, `place` (longitude, latitude) where it shows it best, and when somebody is to be looked for there."""

    camera: Camera
    place: Point
    at: dt.datetime
    earliest: dt.datetime
    latest: dt.datetime


@dataclass(frozen=True, slots=True)
class Followed:
    """A way (longitude, latitude each) with its cameras in the order in which it comes to them. `source`: roads or estimate."""

    source: str
    seconds: float
    metres: float
    shape: list[Point]
    sightings: list[Sighting]


def follow(
    start: Point, to: Point, at: dt.datetime, lang: str, station_ids: Collection[int], mode: Mode = "car"
) -> Followed:
    """Who left `start` at a moment and went to `to`: where and when the cameras of these stations had them in view."""
    way = roads.route(start, to, lang, mode)
    away = geo.distance_m(start[1], start[0], to[1], to[0])
    shape = list(way.shape) if way else [start, to]
    metres = way.metres if way else away * recommend.DETOUR
    seconds = way.seconds if way else away * recommend.seconds_a_metre(mode)
    places = spaced(shape)
    clock = moments(places, [(one.metres, one.seconds) for one in way.steps] if way else [], seconds)
    found = seeing.along([(lat, lon) for lon, lat in places], station_ids)
    sightings = [_sighting(one, places, clock, at) for one in found]
    return Followed("roads" if way else "estimate", seconds, metres, shape, sightings)


def _sighting(one: seeing.Pass, places: Sequence[Point], clock: Sequence[float], at: dt.datetime) -> Sighting:
    earliest, best, latest = clock[one.first] * QUICK, clock[one.best], clock[one.last] * SLOW
    first, middle, last = (at + dt.timedelta(seconds=round(one)) for one in (earliest, best, latest))
    return Sighting(one.camera, places[one.best], middle, first - MARGIN, last + MARGIN)


def spaced(shape: Sequence[Point]) -> list[Point]:
    """Places along a line, both its ends among them: STEP_M apart, or as far as PLACES of them reach."""
    far = _distances(shape)
    count = max(1, min(PLACES - 1, round(far[-1] / STEP_M)))
    return [_place_at(shape, far, far[-1] * n / count) for n in range(count + 1)]


def _place_at(shape: Sequence[Point], far: Sequence[float], metres: float) -> Point:
    after = min(max(1, bisect.bisect_left(far, metres)), len(shape) - 1)
    (lon, lat), (to_lon, to_lat) = shape[after - 1], shape[after]
    long = far[after] - far[after - 1]
    share = (metres - far[after - 1]) / long if long else 0.0
    return lon + (to_lon - lon) * share, lat + (to_lat - lat) * share


def _distances(shape: Sequence[Point]) -> list[float]:
    """How far along the line each of its places lies, metres."""
    steps = (geo.distance_m(a[1], a[0], b[1], b[0]) for a, b in pairwise(shape))
    return list(accumulate(steps, initial=0.0))


def moments(places: Sequence[Point], steps: Sequence[tuple[float, float]], seconds: float) -> list[float]:
    """When each of the places is passed, seconds from the start: by the pieces (metres, seconds) of a way, evenly without any."""
    far = _distances(places)
    whole = sum(metres for metres, _ in steps)
    if not whole or not far[-1]:
        return [seconds * one / far[-1] if far[-1] else 0.0 for one in far]
    ends = list(accumulate((metres for metres, _ in steps), initial=0.0))
    times = list(accumulate((took for _, took in steps), initial=0.0))
    return [_time_at(ends, times, one / far[-1] * whole) for one in far]


def _time_at(ends: Sequence[float], times: Sequence[float], metres: float) -> float:
    after = min(max(1, bisect.bisect_left(ends, metres)), len(ends) - 1)
    long = ends[after] - ends[after - 1]
    share = (metres - ends[after - 1]) / long if long else 1.0
    return times[after - 1] + (times[after] - times[after - 1]) * share
