"""Who looks at a unit now, as far as the station knows: told to the unit's own crew, for whom watching is on record too.

While on duty a unit is on the live picture of whoever has the right. What can be said honestly: which screens that show it are
on, who of those that dispatch has used their desk lately, and who has looked up where the unit was.
"""

import datetime as dt
from typing import TypedDict

from django.db.models import Max, Q

from command import clock
from command.models import AuditEntry, Officer, Screen, Session
from command.permissions import Capability
from dispatch.models import Assignment, Crew, Unit

ON = dt.timedelta(seconds=90)  # a screen notes twice a minute that it is on
AT_DESK = dt.timedelta(minutes=5)  # a session notes when somebody touches it
SHOWN = 5  # of the looks, the newest
RECENT = (
    20_000  # entries of the station's chain that are searched: a shift's, and no more than every terminal can ask for
)


class LookPayload(TypedDict):
    """Somebody looked up where the unit was. `what`: track, incident (with its tracks), export."""

    who: str
    what: str
    at: str


class WatchersPayload(TypedDict):
    """Screens that are on and people at a desk who see the unit now, and who looked up its track since one is on it."""

    screens: list[str]
    desks: list[str]
    looks: list[LookPayload]


LOOKS = {"read_track": "track", "read_incident": "incident", "export_incident": "export"}


def of(officer: Officer, unit: Unit) -> WatchersPayload:
    """Who looks at the unit that this officer is on; nobody is told of their own looks."""
    now = clock.now()
    return {
        "screens": [one.name for one in _screens(unit, now)],
        "desks": [one.label for one in _dispatchers(unit, now) if one.pk != officer.pk],
        "looks": _looks(officer, unit),
    }


def _screens(unit: Unit, now: dt.datetime) -> list[Screen]:
    """Walls of the station, of those above it, and of rooms that are shown its units."""
    on = Screen.objects.filter(revoked_at=None, seen_at__gt=now - ON).select_related("station").order_by("name")
    return [screen for screen in on if _is_shown(screen, unit)]


def _is_shown(screen: Screen, unit: Unit) -> bool:
    rights = screen.rights()
    shared = any(one.station == unit.station_id and "units" in one.topics for one in rights.shared)
    return shared or rights.may(Capability.SEE_MAP, unit.station_id)


def _dispatchers(unit: Unit, now: dt.datetime) -> list[Officer]:
    lately = Session.objects.filter(seen_at__gt=now - AT_DESK, expire_date__gt=now).exclude(officer=None)
    people = Officer.objects.filter(pk__in=lately.values("officer"), is_active=True).order_by("pk")
    return [one for one in people if one.rights().may(Capability.DISPATCH, unit.station_id)]


def _looks(officer: Officer, unit: Unit) -> list[LookPayload]:
    """From the audit: the device's track, or a whole incident that the unit was sent to, since the officer is on the unit."""
    since = Crew.objects.filter(unit=unit, officer=officer, left_at=None).values_list("joined_at", flat=True).first()
    if since is None:
        return []
    devices = [str(pk) for pk in unit.devices.values_list("pk", flat=True)]
    sent = Assignment.objects.filter(unit=unit, dispatched_at__gte=since - dt.timedelta(days=1))
    numbers = list(sent.values_list("incident__number", flat=True))
    track = Q(action="read_track", subject_kind="device", subject_id__in=devices)
    whole = Q(action__in=["read_incident", "export_incident"], subject_id__in=numbers, facts__tracks=True)
    chain = AuditEntry.objects.filter(station=unit.station_id)
    newest = chain.aggregate(Max("number"))["number__max"] or 0
    found = chain.filter(track | whole, number__gt=newest - RECENT, at__gte=since, actor_kind="officer")
    rows = list(found.exclude(actor_id=str(officer.pk)).order_by("-number")[:SHOWN])
    names = {str(one.pk): one.label for one in Officer.objects.filter(pk__in=[row.actor_id for row in rows])}
    return [{"who": names.get(row.actor_id, ""), "what": LOOKS[row.action], "at": row.at.isoformat()} for row in rows]
