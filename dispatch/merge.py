"""Verbs on doubles: two calls of one thing. The double is closed as such; who was sent to it goes to the other."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, geo, live
from command.errors import Conflict, Invalid
from command.models import Officer
from command.permissions import Capability, Principal
from dispatch import alarms, incidents, log, orders, stacked
from dispatch.models import Assignment, Incident, Merge, Unit
from dispatch.states import DUPLICATE, IncidentState

NEAR_M = 200  # so near may be the same place, called by somebody at the other end of the street
NEAR_S = 15 * 60  # so soon one after the other


@dataclass(frozen=True, slots=True)
class Double:
    """An open incident that may be the same: how far away, metres, and how much earlier or later, seconds."""

    incident: Incident
    distance_m: float
    apart_s: float


def doubles(principal: Principal, lat: float, lon: float, at: dt.datetime | None = None) -> list[Double]:
    """Open incidents the principal sees near a place in degrees that were opened around `at` (now unless said), nearest first."""
    at = at or clock.now()
    around = (at - dt.timedelta(seconds=NEAR_S), at + dt.timedelta(seconds=NEAR_S))
    close = Point(lon, lat, srid=4326).buffer(NEAR_M / 111_000 * 3)  # more than so many metres up to 70° of latitude
    rows = Incident.objects.visible_to(principal).filter(
        state=IncidentState.OPEN, opened_at__range=around, place__within=close
    )
    found = [_double(one, lat, lon, at) for one in rows.select_related("kind", "station")]
    return sorted((one for one in found if one.distance_m <= NEAR_M), key=lambda one: (one.distance_m, one.incident.pk))


def _double(one: Incident, lat: float, lon: float, at: dt.datetime) -> Double:
    away = geo.distance_m(lat, lon, one.place.y, one.place.x)
    return Double(one, away, (one.opened_at - at).total_seconds())


def doubles_of(principal: Principal, incident: Incident) -> list[Double]:
    """What may be the same as an open incident; none for one that is over."""
    if incident.state != IncidentState.OPEN:
        return []
    found = doubles(principal, incident.place.y, incident.place.x, incident.opened_at)
    return [one for one in found if one.incident.pk != incident.pk]


def merge(principal: Principal, number: str, into: str) -> Incident:
    """Close `number` as a double of `into`; its units, and the calls that wait for one, go there. Returns `into`.

    Raises NotThere, Forbidden, Invalid (into itself), Conflict where one of the two is over, or units would change station.
    """
    if number == into:
        said = _("expected the number of another incident")
        raise Invalid("same_incident", said, fields={"into": said})
    with changes.change():
        double, other = _both(principal, number, into)
        moved = _move(double, other, Assignment.objects.filter(incident=double, ended_at=None))
        for waiting in stacked.forget(incident=double):
            log.tell(principal, double, "unstacked", unit=waiting.unit.call_sign)
        now = clock.now()
        double.state, double.closed_at, double.disposition = IncidentState.CLOSED, now, DUPLICATE
        double.save(update_fields=["state", "closed_at", "disposition"])
        by = principal if isinstance(principal, Officer) else None
        Merge.objects.create(incident=double, into=other, at=now, by=by, units=[one.pk for one in moved])
        signs = [one.call_sign for one in moved]
        log.tell(principal, double, "merged", into=other.number, units=signs)
        log.tell(principal, other, "merged_from", double.facts, number=double.number, units=signs)
        alarms.not_waiting(double)
        _show(principal, "merge_incident", double, other)
        return other


def unmerge(principal: Principal, number: str) -> Incident:
    """Take a merge back: the double is open again, and the units that came with it and are still there return to it."""
    with changes.change():
        made = Merge.objects.filter(incident__number=number, undone_at=None).select_related("into").first()
        into = made.into.number if made else number
        double, other = _both(principal, number, into, are_open=False)
        if made is None or double.state == IncidentState.OPEN or not _stands(made):
            raise Conflict("not_merged", _("%(number)s is no double of another one.") % {"number": number})
        double.state, double.closed_at, double.disposition = IncidentState.OPEN, None, ""
        double.save(update_fields=["state", "closed_at", "disposition"])
        there = Assignment.objects.filter(incident=other, ended_at=None, unit__in=made.units)
        signs = [one.call_sign for one in _move(other, double, there)]
        made.undone_at = clock.now()
        made.save(update_fields=["undone_at"])
        log.tell(principal, double, "unmerged", number=other.number, units=signs)
        log.tell(principal, other, "unmerged", number=double.number, units=signs)
        _show(principal, "unmerge_incident", double, other)
        return double


def _stands(made: Merge) -> bool:
    """Whether a merge has not been taken back by now, when nobody else changes its incidents."""
    return Merge.objects.filter(pk=made.pk, undone_at=None).exists()


def _both(principal: Principal, number: str, into: str, *, are_open: bool = True) -> tuple[Incident, Incident]:
    """Both incidents, locked in the order of their numbers whichever is the double: two who merge wait for one another."""
    needs = (Capability.DISPATCH, Capability.CLOSE_INCIDENT)
    held = {one: incidents.locked(principal, one, *needs) for one in sorted({number, into})}
    if are_open:
        for one in (held[number], held[into]):
            incidents.is_open(one)
    return held[number], held[into]


def _move(source: Incident, target: Incident, rows: QuerySet[Assignment]) -> list[Unit]:
    """Give assignments under way to another incident, with the times of their steps; returns their units.

    Raises Conflict between stations: a unit is led by its own station, and could take no step at another's incident.
    """
    if source.station_id != target.station_id and rows.exists():
        raise Conflict("other_station", _("Its units can't be taken to another station's call: clear them first."))
    units = list(
        Unit.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=rows.values("unit"))
        .select_related("station")
        .order_by("pk")
    )
    rows.update(incident=target)
    for unit in units:
        live.publish(unit.station_id, "unit", unit.key)
    if units and target.acknowledged_at is None:
        target.acknowledged_at, target.acknowledged_by = source.acknowledged_at, source.acknowledged_by
        target.save(update_fields=["acknowledged_at", "acknowledged_by"])
    if units:
        alarms.not_waiting(target)
        orders.amended(target)
    return units


def _show(principal: Principal, action: str, double: Incident, other: Incident) -> None:
    audit.record(principal, action, "incident", double.number, double.station_id, other=other.number)
    if other.station_id != double.station_id:
        audit.record(principal, action, "incident", other.number, other.station_id, other=double.number)
    for one in (double, other):
        live.publish(one.station_id, "incident", one.number)
