"""Safety timers: a unit that is somewhere dangerous says from time to time that it is well; else it is asked after."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _

from command import alarms, audit, changes, clock, jobs, live
from command.errors import Conflict
from command.models import Alarm
from command.permissions import Principal
from dispatch import incidents, log, units
from dispatch.models import Assignment
from dispatch.safety_due import WARNING, WATCHED, due_at
from dispatch.states import IncidentState

EVERY = dt.timedelta(seconds=20)  # so often at least; the clock asks for it every 5 s
SOON, OVER = "safety_due", "safety_expired"
LEVELS = {SOON: 2, OVER: 1}


def check_in(principal: Principal, number: str, call_sign: str) -> Assignment:
    """A unit says that it is well, by itself or by whoever heard it at the desk: its time begins anew.

    Raises NotThere, Forbidden, Conflict while it is not at the incident.
    """
    with changes.change():
        incident = incidents.locked(principal, number)
        unit = units.locked(principal, call_sign, incident.station.code)
        units.may_speak_for(principal, unit)
        found = Assignment.objects.filter(incident=incident, unit=unit, ended_at=None).first()
        if found is None:
            said = _("%(unit)s is not sent to %(number)s.")
            raise Conflict("not_sent", said % {"unit": unit.call_sign, "number": incident.number})
        found.checked_at = clock.now()
        found.save(update_fields=["checked_at"])
        for kind in LEVELS:
            alarms.clear_alarm(unit.station_id, kind, "unit", unit.call_sign)
        log.tell(principal, incident, "checked_in", unit=unit.call_sign)
        audit.record(principal, "check_in", "incident", incident.number, incident.station_id, unit=unit.pk)
        live.publish(incident.station_id, "incident", incident.number)
        return found


def watch() -> int:
    """Warn a minute before a unit's time is up, raise the alarm after; clear what is over. Returns how many are watched."""
    now, wanted = clock.now(), set[tuple[int, str, str]]()
    count = 0
    for one, due in _timed():
        count += 1
        kind = OVER if due <= now else SOON if due - WARNING <= now else None
        if kind:
            station, call_sign = one.unit.station_id, one.unit.call_sign
            wanted.add((station, kind, call_sign))
            alarms.raise_alarm(station, kind, LEVELS[kind], "unit", call_sign, incident=one.incident.number)
    standing = Alarm.objects.filter(kind__in=LEVELS, cleared_at=None, subject_kind="unit")
    for key in standing.values_list("station_id", "kind", "subject_id"):
        if key not in wanted:
            alarms.clear_alarm(key[0], key[1], "unit", key[2])
    return count


def _timed() -> Iterator[tuple[Assignment, dt.datetime]]:
    there = Assignment.objects.filter(
        ended_at=None, status__in=WATCHED, incident__state=IncidentState.OPEN, incident__kind__safety_min__isnull=False
    )
    for one in there.select_related("unit", "incident__kind").order_by("pk"):
        due = due_at(one, one.incident.kind.safety_min)
        if due:
            yield one, due


JOBS = jobs.pin({"safety": watch}, EVERY)
