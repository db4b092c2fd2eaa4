"""The transition tables of incident, assignment and unit. Pure: no clock, no database."""

import enum


def choices(kinds: type[enum.StrEnum]) -> list[tuple[str, str]]:
    """A column's choices."""
    return [(one.value, one.value) for one in kinds]


class IncidentState(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Step(enum.StrEnum):
    """Where an assignment stands."""

    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    CLEARED = "cleared"
    CANCELLED = "cancelled"


class UnitStatus(enum.StrEnum):
    """What a unit says of itself while it has no assignment."""

    OFF_DUTY = "off_duty"
    AT_STATION = "at_station"
    PATROL = "patrol"
    BUSY = "busy"
    BREAK = "break"


INCIDENT: dict[IncidentState, tuple[IncidentState, ...]] = {
    IncidentState.OPEN: (IncidentState.CLOSED, IncidentState.CANCELLED),
    IncidentState.CLOSED: (IncidentState.OPEN,),
    IncidentState.CANCELLED: (IncidentState.OPEN,),
}

# Steps forward may be skipped; whoever is not cleared may be cancelled.
ASSIGNMENT: dict[Step, tuple[Step, ...]] = {
    Step.DISPATCHED: (
        Step.ACCEPTED, Step.EN_ROUTE, Step.ON_SCENE, Step.TRANSPORTING, Step.CLEARED, Step.CANCELLED,
    ),
    Step.ACCEPTED: (Step.EN_ROUTE, Step.ON_SCENE, Step.TRANSPORTING, Step.CLEARED, Step.CANCELLED),
    Step.EN_ROUTE: (Step.ON_SCENE, Step.TRANSPORTING, Step.CLEARED, Step.CANCELLED),
    Step.ON_SCENE: (Step.TRANSPORTING, Step.CLEARED, Step.CANCELLED),
    Step.TRANSPORTING: (Step.CLEARED, Step.CANCELLED),
    Step.CLEARED: (),
    Step.CANCELLED: (),
}  # fmt: skip

_ON_DUTY = (UnitStatus.AT_STATION, UnitStatus.PATROL, UnitStatus.BUSY, UnitStatus.BREAK)
UNIT: dict[UnitStatus, tuple[UnitStatus, ...]] = {
    UnitStatus.OFF_DUTY: (UnitStatus.AT_STATION, UnitStatus.PATROL),
    UnitStatus.AT_STATION: (UnitStatus.PATROL, UnitStatus.BUSY, UnitStatus.BREAK, UnitStatus.OFF_DUTY),
    UnitStatus.PATROL: (UnitStatus.AT_STATION, UnitStatus.BUSY, UnitStatus.BREAK, UnitStatus.OFF_DUTY),
    UnitStatus.BUSY: (UnitStatus.AT_STATION, UnitStatus.PATROL, UnitStatus.BREAK, UnitStatus.OFF_DUTY),
    UnitStatus.BREAK: (UnitStatus.AT_STATION, UnitStatus.PATROL, UnitStatus.BUSY, UnitStatus.OFF_DUTY),
}

CLASSES: dict[str, str] = {
    UnitStatus.OFF_DUTY: "none",
    UnitStatus.AT_STATION: "available",
    UnitStatus.PATROL: "available",
    UnitStatus.BUSY: "conditional",
    UnitStatus.BREAK: "delayed",
    Step.DISPATCHED: "committed",
    Step.ACCEPTED: "committed",
    Step.EN_ROUTE: "committed",
    Step.ON_SCENE: "committed",
    Step.TRANSPORTING: "committed",
}
ASSIGNABLE = tuple(status for status in _ON_DUTY if CLASSES[status] in ("available", "conditional", "delayed"))
ENDED = (Step.CLEARED, Step.CANCELLED)
_ORDER = list(Step)

DUPLICATE = "22"
# APCO ANS 1.111.2-2018
DISPOSITIONS: dict[str, str] = {
    "01": "report taken", "02": "no report", "03": "arrest", "04": "citation", "05": "settled by phone",
    "06": "broadcast", "07": "civil matter", "09": "summons", "10": "call withdrawn", "11": "field interview", "12": "property",
    "14": "gone on arrival", "15": "referred to another agency", "16": "transport or escort", "17": "false alarm",
    "18": "settled by contact", "20": "building secure", "21": "recalled en route", "22": "duplicate",
    "24": "search and rescue", "32": "recalled before arrival",
}  # fmt: skip


def may_step(now: str, then: str) -> bool:
    """Whether an assignment may go from one step to another."""
    return Step(then) in ASSIGNMENT[Step(now)]


def furthest(steps: list[str]) -> str:
    """What an open incident's active assignments make of it: the furthest step, or pending without any."""
    active = [step for step in steps if step not in ENDED]
    return max(active, key=lambda step: _ORDER.index(Step(step)), default="pending")


def is_after(then: str, now: str) -> bool:
    """Whether the step `then` lies behind the step `now`."""
    return _ORDER.index(Step(then)) > _ORDER.index(Step(now))
