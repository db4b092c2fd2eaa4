"""Who should go, why, and with what doubt. Pure: given positions and times, no clock, no database.

Without a road map the way is taken as 1.4 times the straight line (the usual detour factor of a town's streets), so
every time here is an estimate and says so.
"""

from dataclasses import dataclass

DETOUR = 1.4
SPEED_M_S = {"foot": 1.8, "auxiliary": 1.8, "car": 9.0}  # walking fast; a car through town with its stops
WALK_M_S = 1.5  # a unit whose last speed is unknown may have moved at least so fast
UNKNOWN_ACCURACY_M = 30.0
FRESH_S, AGEING_S, STALE_S = 30, 120, 1800
PENALTY_S = {"conditional": 120.0, "delayed": 300.0}
LABELS = ((FRESH_S, "fresh"), (AGEING_S, "ageing"), (STALE_S, "stale"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that might go: its distance in metres and the age of its fix in seconds (None: never seen)."""

    key: str
    kind: str
    status_class: str
    distance_m: float | None
    age_s: float | None
    speed_m_s: float | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """How long a unit may take, from low to high, in seconds, and why it stands where it stands."""

    candidate: Candidate
    eta_s: float | None
    low_s: float | None
    high_s: float | None
    doubt: str
    reasons: tuple[str, ...]


def doubt(age_s: float | None) -> str:
    """fresh ≤ 30 s, ageing ≤ 120 s, stale ≤ 30 min, else unknown."""
    if age_s is None:
        return "unknown"
    return next((label for limit, label in LABELS if age_s <= limit), "unknown")


def radius_m(age_s: float, speed_m_s: float | None, accuracy_m: float | None) -> float:
    """How far the unit may be from its last fix: accuracy plus what it can have moved since."""
    return (accuracy_m or UNKNOWN_ACCURACY_M) + max(0.0, age_s) * max(speed_m_s or 0.0, WALK_M_S)


def advise(one: Candidate) -> Advice:
    """What to think of one candidate."""
    label = doubt(one.age_s)
    if label == "unknown" or one.distance_m is None or one.age_s is None:
        return Advice(one, None, None, None, "unknown", ("position_unknown", *_state_reasons(one)))
    pace = SPEED_M_S.get(one.kind, SPEED_M_S["foot"])
    off = radius_m(one.age_s, one.speed_m_s, one.accuracy_m)
    low, high = max(0.0, one.distance_m - off) * DETOUR / pace, (one.distance_m + off) * DETOUR / pace
    reasons = (*(() if label == "fresh" else (f"position_{label}",)), *_state_reasons(one))
    return Advice(one, one.distance_m * DETOUR / pace, low, high, label, reasons)


def _state_reasons(one: Candidate) -> tuple[str, ...]:
    return (one.status_class,) if one.status_class in PENALTY_S else ()


def ranked(candidates: list[Candidate]) -> list[Advice]:
    """Best first: by the late end of the time plus what it costs to take somebody busy; unknown places last; ties by name."""
    advised = [advise(one) for one in candidates]
    advised.sort(key=_cost)
    if advised and advised[0].high_s is not None:
        first = advised[0]
        advised[0] = Advice(
            first.candidate, first.eta_s, first.low_s, first.high_s, first.doubt, ("nearest", *first.reasons)
        )
    return advised


def _cost(advice: Advice) -> tuple[int, float, str]:
    penalty = PENALTY_S.get(advice.candidate.status_class, 0.0)
    if advice.high_s is None:
        return 1, penalty, advice.candidate.key
    return 0, advice.high_s + penalty, advice.candidate.key
