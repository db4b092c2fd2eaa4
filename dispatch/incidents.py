"""Verbs on incidents. Each: require, lock, ask the table, save, log, audit, publish."""

import datetime as dt
import math
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection
from django.utils.translation import gettext as _

from command import audit, changes, clock, leases, live
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import Officer, Station
from command.permissions import Capability, Level, Principal, require
from dispatch import alarms, log, orders, scene_pack, stacked
from dispatch.models import Assignment, Incident, IncidentCounter, Kind, Unit, crew_of
from dispatch.states import DISPOSITIONS, INCIDENT, IncidentState, Step

AMENDED = ("kind", "priority", "address", "facts", "caller_name", "caller_phone")
ORDERED = {"kind", "priority", "address", "lat"}  # what the order to the crew says


def open_incident(
    principal: Principal,
    station: Station,
    *,
    kind: str,
    priority: int,
    lat: float,
    lon: float,
    called_at: dt.datetime | None = None,
    **words: str,
) -> Incident:
    """Open an incident at a place in degrees (WGS-84). `words`: address, caller_name, caller_phone, facts.

    Raises Invalid (kind, place), Forbidden, NotThere.
    """
    require(principal, Capability.OPEN_INCIDENT, station.pk, Level.OWN)
    point, now = _place(lat, lon), clock.now()
    with changes.change():
        incident = Incident.objects.create(
            station=station, number=_next_number(station, now), kind=kind_of(kind), priority=priority, place=point,
            called_at=called_at, opened_at=now, opened_by=_officer(principal), **words,
        )  # fmt: skip
        log.tell(principal, incident, "opened", words.get("facts", ""), kind=kind, priority=priority)
        audit.record(principal, "open_incident", "incident", incident.number, station.pk, kind=kind, priority=priority)
        live.publish(station.pk, "incident", incident.number)
        leases.ask(scene_pack.JOB, incident.number, now)
        return incident


def kind_of(slug: str) -> Kind:
    """The kind of that slug. Raises Invalid naming those there are."""
    found = Kind.objects.filter(slug=slug, is_active=True).first()
    if found is None:
        known = ", ".join(Kind.objects.filter(is_active=True).values_list("slug", flat=True))
        said = _("expected one of %(known)s; found %(found)s") % {"known": known, "found": slug[:40]}
        raise Invalid("unknown_kind", f"kind: {said}", fields={"kind": said})
    return found


def _place(lat: float, lon: float) -> Point:
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise Invalid("bad_place", _("lat and lon: expected degrees, WGS-84."), fields={"lat": str(lat)})
    if lat == 0 and lon == 0:
        said = _("0, 0 lies in the sea off Africa; it is what devices send that know no place.")
        raise Invalid("null_island", said, fields={"lat": said, "lon": said})
    return Point(lon, lat, srid=4326)


def _officer(principal: Principal) -> Officer | None:
    return principal if isinstance(principal, Officer) else None


def _next_number(station: Station, now: dt.datetime) -> str:
    """`STATION-yymmdd-nnnn`, counted per local day without gaps: the counter's row is locked until the commit."""
    day, table = station.local(now).date(), IncidentCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (station_id, day, serial) VALUES (%s, %s, 1) "  # noqa: S608 - the table's own name  # nosec B608
            f"ON CONFLICT (station_id, day) DO UPDATE SET serial = {table}.serial + 1 RETURNING serial",
            [station.pk, day],
        )
        return f"{station.code}-{day:%y%m%d}-{cursor.fetchone()[0]:04d}"


def locked(principal: Principal, number: str, *needs: Capability, level: Level = Level.FULL) -> Incident:
    """The incident, locked until the end of the change, if the principal sees it and has what the verb needs.

    Its key stays what it is (`no_key`): others may write what refers to it, as a job does that holds its order, and not wait.
    """
    mine = Incident.objects.visible_to(principal).filter(number=number)
    found = Incident.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=mine.values("pk")[:1])
    incident = found.select_related("station", "kind").first()
    if incident is None:
        raise NotThere("not_there", _("There is no incident %(number)s.") % {"number": number[:40]})
    for capability in needs:
        require(principal, capability, incident.station_id, level)
    return incident


def is_open(incident: Incident) -> None:
    """Raise Conflict unless the incident is open."""
    if incident.state != IncidentState.OPEN:
        said = _("%(number)s is %(state)s; reopen it first.")
        raise Conflict("not_open", said % {"number": incident.number, "state": _(incident.state)})


def is_reason(principal: Principal, number: str, open_only: bool) -> bool:
    """Whether an incident of that number is a reason to look at what happens there: the principal sees it, and it is open.

    What was recorded there (not `open_only`) may be looked at when it is over too, by those who may search what is over.
    """
    found = Incident.objects.visible_to(principal).filter(number=number).first()
    if found is None or (open_only and found.state != IncidentState.OPEN):
        return False
    return bool(
        found.state == IncidentState.OPEN
        or principal.rights().may(Capability.SEARCH_PEOPLE, found.station_id, Level.OWN)
    )


def may_look_up(principal: Principal, incident: Incident) -> None:
    """What is over is for those who may search, and for the crew that was sent. Raises Forbidden."""
    searches = principal.rights().may(Capability.SEARCH_PEOPLE, incident.station_id, Level.OWN)
    if not searches and not incident.assignments.filter(unit__in=Unit.objects.filter(crew_of(principal))).exists():
        raise may_not_search()


def may_not_search() -> Forbidden:
    """What somebody is told who asks for what is over and may not."""
    return Forbidden("forbidden", _("This needs the right “%(right)s”.") % {"right": "search_people"})


def acknowledge(principal: Principal, number: str) -> Incident:
    """Say that somebody has seen the incident; the first one's name and time stay."""
    with changes.change():
        incident = locked(principal, number, Capability.DISPATCH)
        is_open(incident)
        if incident.acknowledged_at is None:
            incident.acknowledged_at, incident.acknowledged_by = clock.now(), _officer(principal)
            incident.save(update_fields=["acknowledged_at", "acknowledged_by"])
            _said(principal, incident, "acknowledged")
        return incident


def note(principal: Principal, number: str, text: str) -> log.LogEntry:
    """Add words to the incident's log."""
    with changes.change():
        incident = locked(principal, number, Capability.NOTE, level=Level.OWN)
        entry = log.tell(principal, incident, "note", text)
        audit.record(principal, "note", "incident", incident.number, incident.station_id)
        return entry


def amend(principal: Principal, number: str, **new: Any) -> Incident:
    """Change kind, priority, place (lat and lon together), address, facts or the caller of an open incident."""
    callers = [Capability.SEE_CALLERS] if "caller_name" in new or "caller_phone" in new else []
    with changes.change():
        incident = locked(principal, number, Capability.DISPATCH, *callers)
        is_open(incident)
        if ("lat" in new) != ("lon" in new):
            raise Invalid("half_a_place", _("lat and lon: give both or neither."), fields={"lat": "", "lon": ""})
        changed = [name for name in AMENDED if name in new]
        if "lat" in new:
            incident.place = _place(new["lat"], new["lon"])
            log.tell(principal, incident, "moved", new.get("address", ""))
        if "kind" in new:
            new["kind"] = kind_of(new["kind"])
        for name in changed:
            setattr(incident, name, new[name])
        incident.save(update_fields=[*changed, "place"])
        if ORDERED & new.keys():
            orders.amended(incident)
        if changed:
            log.tell(principal, incident, "changed", new.get("facts", ""), fields=changed)
        audit.record(principal, "amend_incident", "incident", incident.number, incident.station_id, fields=sorted(new))
        live.publish(incident.station_id, "incident", incident.number)
        return incident


def close(principal: Principal, number: str, disposition: str, text: str = "") -> Incident:
    """Close with a result; every open assignment is cleared in the same transaction."""
    if disposition not in DISPOSITIONS:
        said = _("expected one of %(known)s") % {"known": ", ".join(DISPOSITIONS)}
        raise Invalid("unknown_disposition", f"disposition: {said}", fields={"disposition": said})
    return _end(principal, number, IncidentState.CLOSED, disposition, text)


def cancel(principal: Principal, number: str, text: str = "") -> Incident:
    """Cancel an incident that turned out not to be one; whoever is on the way is freed."""
    return _end(principal, number, IncidentState.CANCELLED, "", text)


def _end(principal: Principal, number: str, state: IncidentState, disposition: str, text: str) -> Incident:
    with changes.change():
        incident = locked(principal, number, Capability.CLOSE_INCIDENT)
        _pass_to(incident, state)
        step = Step.CLEARED if state == IncidentState.CLOSED else Step.CANCELLED
        now = clock.now()
        active = Assignment.objects.filter(incident=incident, ended_at=None)
        going = Unit.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=active.values("unit"))
        units = list(going.order_by("pk"))
        ending = list(active.order_by("pk"))
        active.update(status=step, status_at=now, ended_at=now)
        for one in ending:
            one.status = step
            orders.followed(one)
        for unit in units:
            live.publish(unit.station_id, "unit", f"{incident.station.code}/{unit.call_sign}")
        incident.closed_at, incident.disposition = now, disposition
        incident.save(update_fields=["state", "closed_at", "disposition"])
        stacked.forget(incident=incident)
        freed = [unit.call_sign for unit in units]
        _said(principal, incident, str(state), text, disposition=disposition, freed=freed)
        alarms.not_waiting(incident)
        return incident


def reopen(principal: Principal, number: str) -> Incident:
    """Open a closed or cancelled incident again; nobody is sent by that."""
    with changes.change():
        incident = locked(principal, number, Capability.CLOSE_INCIDENT)
        _pass_to(incident, IncidentState.OPEN)
        incident.closed_at, incident.disposition = None, ""
        incident.save(update_fields=["state", "closed_at", "disposition"])
        _said(principal, incident, "reopened")
        return incident


def _pass_to(incident: Incident, state: IncidentState) -> None:
    if state not in INCIDENT[IncidentState(incident.state)]:
        said = _("%(number)s is %(state)s already.") % {"number": incident.number, "state": _(incident.state)}
        raise Conflict("wrong_state", said)
    incident.state = state


def _said(principal: Principal, incident: Incident, code: str, text: str = "", **params: Any) -> None:
    log.tell(principal, incident, code, text, **params)
    audit.record(principal, f"{code}_incident", "incident", incident.number, incident.station_id)
    live.publish(incident.station_id, "incident", incident.number)
