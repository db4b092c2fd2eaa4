"""How soon a station wants to act, by its surroundings and an incident's priority, and what of that is still to come."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from dispatch.models import Assignment, Incident, Target
from dispatch.states import IncidentState

PRIORITIES = (1, 2, 3, 4)
Key = tuple[str, int]  # surroundings, priority


class Goal(NamedTuple):
    """Seconds from an incident's opening until somebody acknowledges it, sends a unit, stands there. None: not measured."""

    answer_s: int | None
    dispatch_s: int | None
    arrive_s: int | None


class Due(NamedTuple):
    """By when each step that has not been done yet is wanted; None where it is done or nothing is measured."""

    answer_by: dt.datetime | None
    dispatch_by: dt.datetime | None
    arrive_by: dt.datetime | None


# Answer: NENA-STA-020.1-2020, 90 % of calls within 15 s. Dispatch: NFPA 1225 (2022), 60 s, for the most urgent (a fire
# service's rule; no police rule is known), more for the others. Arrival: a provincial rule for 110 calls, urgent ones in a
# city 5 min, in a suburb 10 min, in the country as fast as possible; the others as one city's police has them, 20 and 45 min.
_DISPATCH_S = {1: 60, 2: 120, 3: 300, 4: 900}
_ARRIVE_S: dict[str, dict[int, int | None]] = {
    "city": {1: 300, 2: 300, 3: 1200, 4: 2700},
    "suburb": {1: 600, 2: 600, 3: 1200, 4: 2700},
    "country": {1: None, 2: None, 3: None, 4: None},
}
DEFAULTS: dict[Key, Goal] = {
    (where, priority): Goal(15, _DISPATCH_S[priority], by_priority[priority])
    for where, by_priority in _ARRIVE_S.items()
    for priority in PRIORITIES
}


def table() -> dict[Key, Goal]:
    """All targets as they hold now."""
    said = {(one.surroundings, one.priority): _goal(one) for one in Target.objects.all()}
    return DEFAULTS | said


def with_target(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """With what a station has said of each one's target, as `goal_of` reads it, and no query more."""
    said = Target.objects.filter(surroundings=OuterRef("station__surroundings"), priority=OuterRef("priority"))
    row = said.values(found=JSONObject(**{name: name for name in Goal._fields}))
    return incidents.annotate(target=Subquery(row[:1]))


def goal_of(incident: Incident) -> Goal:
    """The target of an incident read by `with_target`."""
    said: dict[str, int | None] | None = incident.target  # type: ignore[attr-defined]
    return Goal(**said) if said else DEFAULTS[incident.station.surroundings, incident.priority]


def due(incident: Incident, goal: Goal, assignments: Collection[Assignment]) -> Due:
    """By when what is still to be done is wanted; `assignments` are all that the incident ever had."""
    if incident.state != IncidentState.OPEN:
        return Due(None, None, None)
    has_come = any(one.on_scene_at or one.transporting_at for one in assignments)
    return Due(
        None if incident.acknowledged_at else _after(incident.opened_at, goal.answer_s),
        None if assignments else _after(incident.opened_at, goal.dispatch_s),
        None if has_come else _after(incident.opened_at, goal.arrive_s),
    )


def _after(moment: dt.datetime, seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else moment + dt.timedelta(seconds=seconds)


def _goal(row: Target) -> Goal:
    return Goal(row.answer_s, row.dispatch_s, row.arrive_s)
