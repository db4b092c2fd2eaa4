"""What dispatch raises: a call that nobody was sent to, a unit that is not heard any more."""

import datetime as dt

from command import alarms, clock
from devices.models import LastFix
from dispatch import due
from dispatch.models import Assignment, Incident, Unit
from dispatch.states import IncidentState, UnitStatus

LOST_S = 120  # a unit on duty without a fix for so long is marked stale, and somebody should ask after it
FORGOTTEN_S = 24 * 3600


def not_waiting(incident: Incident) -> None:
    """The incident has somebody now, or is over."""
    alarms.clear_alarm(incident.station_id, "unassigned", "incident", incident.number)


def watch() -> None:
    """Raise and clear what time alone brings about; called every few seconds."""
    _watch_waiting()
    _watch_lost()


def _watch_waiting() -> None:
    """A call waits too long for its first unit when the target of its station's surroundings says so."""
    now, goals = clock.now(), due.table()
    soonest = min((goal.dispatch_s for goal in goals.values() if goal.dispatch_s is not None), default=None)
    if soonest is None:
        return
    waiting = Incident.objects.filter(state=IncidentState.OPEN, opened_at__lt=now - dt.timedelta(seconds=soonest))
    sent = Assignment.objects.filter(incident__state=IncidentState.OPEN).values("incident")
    for incident in waiting.exclude(pk__in=sent).select_related("station"):
        limit = goals[incident.station.surroundings, incident.priority].dispatch_s
        if limit is not None and (now - incident.opened_at).total_seconds() > limit:
            level = 1 if incident.priority == 1 else 2
            alarms.raise_alarm(incident.station_id, "unassigned", level, "incident", incident.number)


def _watch_lost() -> None:
    """Units on duty whose every device has been silent; those that were never heard do not count."""
    now = clock.now()
    on_duty = Unit.objects.exclude(status=UnitStatus.OFF_DUTY).select_related("station")
    heard = _last_heard()
    for unit in on_duty:
        at = heard.get(unit.pk)
        if at is None:
            continue
        silent = (now - at).total_seconds()
        if LOST_S < silent < FORGOTTEN_S:
            alarms.raise_alarm(unit.station_id, "position_lost", 2, "unit", unit.call_sign)
        elif silent <= LOST_S:
            alarms.clear_alarm(unit.station_id, "position_lost", "unit", unit.call_sign)


def _last_heard() -> dict[int, dt.datetime]:
    rows = LastFix.objects.filter(device__units__isnull=False).values_list("device__units", "corrected")
    heard: dict[int, dt.datetime] = {}
    for unit, at in rows:
        heard[unit] = max(at, heard.get(unit, at))
    return heard
