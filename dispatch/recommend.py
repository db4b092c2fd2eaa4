"""Who should go, why, and with what doubt. Pure: given positions and times, no clock, no database.

A time is the road engine's, or, where it has no answer, 1.4 times the straight line at the pace of such a unit (the usual
detour factor of a town's streets), and says which. Either is corrected by what the station's own trips have taught
(`recommend_learning.py`). The last fix is the middle of a disc that grows with its age; what that may cost widens the interval.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

DETOUR = 1.4
SPEED_M_S = {"foot": 1.8, "auxiliary": 1.8, "car": 9.0}  # walking fast; a car through town with its stops
WALK_M_S = 1.5  # a unit whose last speed is unknown may have moved at least so fast
UNKNOWN_ACCURACY_M = 30.0
FRESH_S, AGEING_S, STALE_S = 30, 120, 1800
LABELS = ((FRESH_S, "fresh"), (AGEING_S, "ageing"), (STALE_S, "stale"))

# Seconds that a disadvantage is worth when units are compared; what a page shows stays the time itself
PENALTY_S = {"conditional": 120.0, "delayed": 300.0}
SHORTFALL_S = 600.0  # each; whoever lacks what the kind needs stands behind those who don't, but is not left out
WEARY_S = 60.0
CALL_S = 10.0  # each incident of the last hours
HOLE_S = 300.0  # leaving the whole district open; a tenth of it costs 30 s
LONG_SHIFT_S, SHORT_REST_S = 12 * 3600.0, 8 * 3600.0
MANY_CALLS = 4
WIDE_HOLE = 0.05  # share of the district from which it is worth a word
LEAST_SPREAD_S = 6.0  # getting in, getting out


@dataclass(frozen=True, slots=True)
class Needs:
    """What a kind of incident asks for: units, people on each, skills (codes) on each."""

    count: int = 1
    crew: int = 1
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that might go. Metres from its last fix, seconds since that (None: never seen); `road_s` by road from there.

    `duty_s`, `rest_s`: the longest time on duty and the shortest rest before it among its crew; `calls`: its incidents of
    the last hours; `hole`: share of the district that nobody else would reach in time.
    """

    key: str
    kind: str
    status_class: str
    distance_m: float | None
    age_s: float | None
    speed_m_s: float | None = None
    accuracy_m: float | None = None
    road_s: float | None = None
    crew: int = 1
    skills: frozenset[str] = frozenset()
    duty_s: float | None = None
    rest_s: float | None = None
    calls: int = 0
    hole: float | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """How trips differ from the plain time: a factor, the share by which they scatter, and where the lowest and the highest
    tenth begin, in spreads from the middle."""

    factor: float = 1.0
    sigma: float = 0.3
    low: float = -1.1
    high: float = 1.45


Correct = Callable[[str, str], Correction]  # (source, mode) → for this hour
UNLEARNED = {"roads": Correction(sigma=0.3), "estimate": Correction(sigma=0.45)}


def unlearned(source: str, mode: str) -> Correction:
    """What is assumed before there were any trips."""
    return UNLEARNED[source]


@dataclass(frozen=True, slots=True)
class Advice:
    """How long a unit may take, from low to high (80 %), in seconds, and why it stands where it stands.

    `plain_s` is the time before correction, `disc_s` what the age of the position adds: trips are judged by them later.
    """

    candidate: Candidate
    eta_s: float | None
    low_s: float | None
    high_s: float | None
    doubt: str
    reasons: tuple[str, ...]
    shortfalls: tuple[str, ...] = ()
    source: str = "estimate"
    plain_s: float | None = None
    disc_s: float | None = None


def doubt(age_s: float | None) -> str:
    """fresh ≤ 30 s, ageing ≤ 120 s, stale ≤ 30 min, else unknown."""
    if age_s is None:
        return "unknown"
    return next((label for limit, label in LABELS if age_s <= limit), "unknown")


def mode(kind: str) -> Literal["car", "foot"]:
    """How a unit of that kind goes: car or foot."""
    return "car" if kind == "car" else "foot"


def radius_m(age_s: float, speed_m_s: float | None, accuracy_m: float | None) -> float:
    """How far the unit may be from its last fix: accuracy plus what it can have moved since."""
    return (accuracy_m or UNKNOWN_ACCURACY_M) + max(0.0, age_s) * max(speed_m_s or 0.0, WALK_M_S)


def seconds_a_metre(kind: str) -> float:
    """What a metre of the straight line takes such a unit."""
    return DETOUR / SPEED_M_S.get(kind, SPEED_M_S["foot"])


def spread_s(eta_s: float, sigma: float, disc_s: float) -> float:
    """How far trips of such a length, from a position of such an age, scatter."""
    return math.hypot(eta_s * sigma, disc_s, LEAST_SPREAD_S)


def advise(one: Candidate, needs: Needs = Needs(), correct: Correct = unlearned) -> Advice:
    """What to think of one candidate."""
    label, lacking = doubt(one.age_s), shortfalls(one, needs)
    if label == "unknown" or one.distance_m is None or one.age_s is None:
        return Advice(one, None, None, None, "unknown", ("position_unknown", *_state_reasons(one)), lacking)
    source = "estimate" if one.road_s is None else "roads"
    plain = one.distance_m * seconds_a_metre(one.kind) if one.road_s is None else one.road_s
    learnt = correct(source, mode(one.kind))
    # a place in a disc lies, along any one direction, on average half the radius from its middle
    off = radius_m(one.age_s, one.speed_m_s, one.accuracy_m) / 2 * seconds_a_metre(one.kind)
    eta = plain * learnt.factor
    spread = spread_s(eta, learnt.sigma, off)
    low, high = max(0.0, eta + min(0.0, learnt.low) * spread), eta + max(0.0, learnt.high) * spread
    reasons = (*(() if label == "fresh" else (f"position_{label}",)), *_state_reasons(one))
    return Advice(one, eta, low, high, label, reasons, lacking, source, plain, off)


def shortfalls(one: Candidate, needs: Needs) -> tuple[str, ...]:
    """What the kind needs and the unit lacks: `crew`, `skill:CODE`."""
    crew = ("crew",) if one.crew < needs.crew else ()
    return (*crew, *(f"skill:{code}" for code in sorted(needs.skills - one.skills)))


def _is_weary(one: Candidate) -> tuple[str, ...]:
    long = ("long_shift",) if (one.duty_s or 0.0) >= LONG_SHIFT_S else ()
    return (*long, *(("short_rest",) if one.rest_s is not None and one.rest_s < SHORT_REST_S else ()))


def _state_reasons(one: Candidate) -> tuple[str, ...]:
    state = (one.status_class,) if one.status_class in PENALTY_S else ()
    load = ("many_calls",) if one.calls >= MANY_CALLS else ()
    hole = ("leaves_hole",) if (one.hole or 0.0) >= WIDE_HOLE else ()
    return (*state, *_is_weary(one), *load, *hole)


def ranked(candidates: Iterable[Candidate], needs: Needs = Needs(), correct: Correct = unlearned) -> list[Advice]:
    """Best first: by the late end of the time plus what taking this unit costs; unknown places last; ties by name.

    The soonest is called so; the first, where it is another, `best`.
    """
    advised = sorted((advise(one, needs, correct) for one in candidates), key=_cost)
    known = [one for one in advised if one.eta_s is not None]
    if not known:
        return advised
    soonest = min(known, key=lambda one: (one.eta_s, one.candidate.key))
    first = "" if advised[0] is soonest else "best"
    return [_because(one, "nearest" if one is soonest else first if at == 0 else "") for at, one in enumerate(advised)]


def _because(advice: Advice, reason: str) -> Advice:
    return replace(advice, reasons=(reason, *advice.reasons)) if reason else advice


def penalty_s(advice: Advice) -> float:
    """What taking this unit costs beside its way, in seconds."""
    one = advice.candidate
    state = PENALTY_S.get(one.status_class, 0.0) + WEARY_S * len(_is_weary(one)) + CALL_S * one.calls
    return state + SHORTFALL_S * len(advice.shortfalls) + HOLE_S * (one.hole or 0.0)


def _cost(advice: Advice) -> tuple[int, float, str]:
    return int(advice.high_s is None), (advice.high_s or 0.0) + penalty_s(advice), advice.candidate.key
