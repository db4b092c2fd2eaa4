"""What a unit's track says of its way to an incident: when it left, arrived, and was gone again. Pure.

Each change needs three fixes and some time beyond a border, and the border outwards lies further out than the one inwards
(hysteresis), so that neither a single wrong fix nor somebody who walks about at the scene makes the status flutter. The
moment is that of the first fix beyond the border, though it is believed only some fixes later.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from command.geo import distance_m

POOR_M = 100.0  # a fix that knows its place no better says nothing of borders this narrow
UNKNOWN_ACCURACY_M = 30.0
TRUST_M = 40.0  # so far at most a poor accuracy widens a border
ANCHOR_S = 600.0  # how old a fix may be to tell where the unit was when it was sent
FIXES = 3  # in a row
LEFT_M, NEARER_M, LEFT_S = 60.0, 30.0, 10.0
THERE_M, THERE_S = 60.0, 15.0  # a car that only drives past at 9 m/s is within 60 m for 13 s
GONE_M, GONE_S = 150.0, 30.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a unit was: unix seconds, degrees (WGS-84), metres or None for unknown."""

    at: float
    lat: float
    lon: float
    accuracy: float | None = None


class Times(NamedTuple):
    """Unix seconds, each None while the track does not show it. `gone` is None again when the unit came back."""

    left: float | None
    there: float | None
    gone: float | None


class _Run:
    """A condition that must hold for three fixes and so many seconds; a fix where it doesn't begins anew."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.since, self.count = seconds, 0.0, 0

    def holds(self, at: float, is_so: bool) -> bool:
        if not is_so:
            self.count = 0
            return False
        if self.count == 0:
            self.since = at
        self.count += 1
        return self.count >= FIXES and at - self.since >= self.seconds


def times(track: Iterable[Seen], place: tuple[float, float], sent_at: float) -> Times:
    """What the track (oldest first) says of a unit that was sent at `sent_at` to `place` (latitude, longitude)."""
    known = [seen for seen in track if (seen.accuracy or 0.0) <= POOR_M]
    anchor = _anchor(known, sent_at)
    if anchor is None:
        return Times(None, None, None)
    way = [seen for seen in known if seen.at > sent_at]
    there = _first(way, THERE_S, lambda seen: _far(seen, place) <= THERE_M + _doubt(seen))
    left = _left(way, anchor, place)
    if there is not None and left is not None and left > there:
        left = None  # it was there already
    return Times(left, there, None if there is None else _gone(way, place, there))


def _anchor(known: Sequence[Seen], sent_at: float) -> Seen | None:
    """Where the unit was when it was sent: the last fix before, or the first after that."""
    before = [seen for seen in known if sent_at - ANCHOR_S <= seen.at <= sent_at]
    return before[-1] if before else next((seen for seen in known if seen.at > sent_at), None)


def _left(way: Sequence[Seen], anchor: Seen, place: tuple[float, float]) -> float | None:
    """The first moment of the run beyond the border around the anchor, once the unit has come nearer by it.

    Roads may lead away at first, so coming nearer is waited for and not timed.
    """
    start, run = (anchor.lat, anchor.lon), _Run(LEFT_S)
    at_first = _far(anchor, place)
    for seen in way:
        is_away = run.holds(seen.at, _far(seen, start) >= LEFT_M + _doubt(seen))
        if is_away and at_first - _far(seen, place) >= NEARER_M:
            return run.since
    return None


def _gone(way: Sequence[Seen], place: tuple[float, float], there: float) -> float | None:
    """Since when the unit is gone for good, as far as the track goes."""
    out, back = _Run(GONE_S), _Run(THERE_S)
    gone: float | None = None
    for seen in way:
        if seen.at <= there:
            continue
        far = _far(seen, place)
        if gone is None and out.holds(seen.at, far >= GONE_M + _doubt(seen)):
            gone = out.since
        elif gone is not None and back.holds(seen.at, far <= THERE_M + _doubt(seen)):
            gone, out, back = None, _Run(GONE_S), _Run(THERE_S)
    return gone


def _first(way: Sequence[Seen], seconds: float, is_so: Callable[[Seen], bool]) -> float | None:
    run = _Run(seconds)
    return next((run.since for seen in way if run.holds(seen.at, is_so(seen))), None)


def _far(seen: Seen, place: tuple[float, float]) -> float:
    return distance_m(seen.lat, seen.lon, *place)


def _doubt(seen: Seen) -> float:
    return min(UNKNOWN_ACCURACY_M if seen.accuracy is None else seen.accuracy, TRUST_M)
