"""The verb that changes how soon stations want to act."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from command import audit, changes, live, topmost
from command.errors import Invalid
from command.models import Station
from command.permissions import Capability, Principal
from dispatch.due import PRIORITIES, Goal, Key, table
from dispatch.models import Incident, Target
from dispatch.states import IncidentState

LONGEST_S = 24 * 3600


def change_targets(actor: Principal | None, wanted: Mapping[Key, Goal]) -> list[Key]:
    """Set targets; returns those that are no longer what they were. Raises Forbidden, Invalid with the fields.

    All stations share them: it takes the right at the topmost one.
    """
    _check(wanted)
    top = topmost.require(actor, Capability.MANAGE_TARGETS)
    with changes.change():
        list(Target.objects.select_for_update().order_by("pk"))
        before = table()
        changed = [key for key, goal in wanted.items() if before[key] != goal]
        for where, priority in changed:
            goal = wanted[where, priority]
            Target.objects.update_or_create(surroundings=where, priority=priority, defaults=goal._asdict())
            audit.record(actor, "change_target", "target", f"{where}/{priority}", top, **goal._asdict())
        _tell(changed)
    return changed


def _tell(changed: list[Key]) -> None:
    """Open incidents are measured anew, on every picture that shows them."""
    for where, priority in changed:
        touched = Incident.objects.filter(
            state=IncidentState.OPEN, priority=priority, station__surroundings=where
        ).values_list("station_id", "number")
        for station_id, number in touched:
            live.publish(station_id, "incident", number)


def _check(wanted: Mapping[Key, Goal]) -> None:
    fields: dict[str, str] = {}
    for (where, priority), goal in wanted.items():
        if where not in Station.SURROUNDINGS or priority not in PRIORITIES:
            raise Invalid("unknown_target", f"expected surroundings and a priority, found {where!r}, {priority!r}")
        for name, seconds in goal._asdict().items():
            if seconds is not None and not 0 < seconds <= LONGEST_S:
                said = _("expected 1 s to %(most)s s, or nothing; found %(found)s")
                fields[field(where, priority, name)] = said % {"most": LONGEST_S, "found": seconds}
        if goal.dispatch_s and goal.arrive_s and goal.arrive_s < goal.dispatch_s:
            fields[field(where, priority, "arrive_s")] = _("expected no less than until somebody is sent")
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)


def field(where: str, priority: int, name: str) -> str:
    """How a form calls one cell of the table."""
    return f"{where}_{priority}_{name}"
