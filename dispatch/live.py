"""Dispatch on the live picture: open incidents, units, and what happened."""

import datetime as dt
from collections.abc import Collection
from typing import Any, TypedDict

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Prefetch, Q, QuerySet

from command import clock, live
from command.permissions import Capability, Principal, Shared
from dispatch import due, kind_live, lines, log, order_live, road_live, safety_due
from dispatch.models import Assignment, CallForHelp, Crew, Incident, LogEntry, Proposal, Stacked, Unit
from dispatch.states import CLASSES, IncidentState, UnitStatus, furthest, is_after

LOG_SHOWN = 100
HEARD = dt.timedelta(minutes=30)  # a unit that was not heard for longer is in no area
FACTS_SHOWN = 200  # characters on the wall; the whole stands in the incident


class ProposedPayload(TypedDict):
    """A step that the unit's track says it has taken at `at`, until a person says so or not."""

    id: int
    step: str
    at: str


class AssignmentPayload(TypedDict):
    """`safe_until`: by then the unit is to say that it is well; None where nobody asks."""

    unit: str
    status: str
    since: str
    safe_until: str | None
    proposed: ProposedPayload | None


class IncidentPayload(TypedDict):
    number: str
    station: str
    kind: str
    priority: int
    status: str
    lat: float
    lon: float
    address: str
    facts: str
    opened_at: str
    acknowledged_at: str | None
    answer_by: str | None
    dispatch_by: str | None
    arrive_by: str | None
    lines: int
    lines_done: int
    stacked: list[str]
    assignments: list[AssignmentPayload]


class UnitPayload(TypedDict):
    call_sign: str
    station: str
    kind: str
    status: str
    status_class: str
    since: str
    incident: str | None
    stacked: list[str]
    crew: list[str]
    devices: list[int]
    emergency: bool


def incident_payload(incident: Incident) -> IncidentPayload:
    """What a wall receives of an incident: nothing of the caller. `…_by`: what is still to be done is wanted by then."""
    sent: list[Assignment] = incident.sent  # type: ignore[attr-defined]
    active = [one for one in sent if one.ended_at is None]
    wanted = due.due(incident, due.goal_of(incident), sent)
    done, count = lines.counted(incident)
    return {
        "number": incident.number,
        "station": incident.station.code,
        "kind": incident.kind.slug,
        "priority": incident.priority,
        "status": furthest([one.status for one in active]),
        "lat": incident.place.y,
        "lon": incident.place.x,
        "address": incident.address,
        "facts": incident.facts[:FACTS_SHOWN],
        "opened_at": incident.opened_at.isoformat(),
        "acknowledged_at": _iso(incident.acknowledged_at),
        "answer_by": _iso(wanted.answer_by),
        "dispatch_by": _iso(wanted.dispatch_by),
        "arrive_by": _iso(wanted.arrive_by),
        "lines": count,
        "lines_done": done,
        "stacked": [one.unit.call_sign for one in incident.waits],  # type: ignore[attr-defined]
        "assignments": [_assignment_payload(one, incident) for one in active],
    }


def _assignment_payload(one: Assignment, incident: Incident) -> AssignmentPayload:
    waiting: list[Proposal] = [said for said in one.waiting if is_after(said.step, one.status)]  # type: ignore[attr-defined]
    said = waiting[-1] if waiting else None
    return {
        "unit": one.unit.call_sign,
        "status": one.status,
        "since": one.status_at.isoformat(),
        "safe_until": _iso(safety_due.due_at(one, incident.kind.safety_min)),
        "proposed": {"id": said.pk, "step": said.step, "at": said.at.isoformat()} if said else None,
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def unit_payload(unit: Unit) -> UnitPayload:
    """A unit with its status: that of its assignment while it has one, else its own."""
    sent = unit.sent[0] if unit.sent else None  # type: ignore[attr-defined]
    status = sent.status if sent else unit.status
    return {
        "call_sign": unit.call_sign,
        "station": unit.station.code,
        "kind": unit.kind,
        "status": status,
        "status_class": CLASSES[status],
        "since": (sent.status_at if sent else unit.status_at).isoformat(),
        "incident": sent.incident.number if sent else None,
        "stacked": [one.incident.number for one in unit.waits],  # type: ignore[attr-defined]
        "crew": [one.officer.label for one in unit.on],  # type: ignore[attr-defined]
        "devices": [device.pk for device in unit.devices.all()],
        "emergency": bool(unit.distress),  # type: ignore[attr-defined]
    }


def whole_incidents(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """With all that a payload needs, in five queries however many there are."""
    waiting = Prefetch("proposals", Proposal.objects.filter(decided_at=None).order_by("at"), to_attr="waiting")
    sent = Assignment.objects.select_related("unit").prefetch_related(waiting).order_by("pk")
    waits = Prefetch("stacked", Stacked.objects.select_related("unit"), to_attr="waits")
    whole = incidents.select_related("station", "kind").prefetch_related(
        Prefetch("assignments", sent, to_attr="sent"), waits
    )
    return lines.with_lines(due.with_target(whole))


def whole_units(units: QuerySet[Unit]) -> QuerySet[Unit]:
    """With all that a payload needs, in five queries however many there are."""
    waits = Prefetch("stacked", Stacked.objects.select_related("incident"), to_attr="waits")
    distress = CallForHelp.objects.filter(kind=CallForHelp.SOS, ended_at=None)
    active = Assignment.objects.filter(ended_at=None).select_related("incident")
    on = Crew.objects.filter(left_at=None).select_related("officer").order_by("pk")
    return units.select_related("station").prefetch_related(
        "devices", Prefetch("assignments", active, to_attr="sent"), Prefetch("crew", on, to_attr="on"),
        Prefetch("calls_for_help", distress, to_attr="distress"), waits,
    )  # fmt: skip


def _incidents(**which: Any) -> live.Payloads:
    found = whole_incidents(Incident.objects.filter(state=IncidentState.OPEN, **which)).order_by("pk")
    return {incident.number: incident_payload(incident) for incident in found}


def _units(which: Q) -> live.Payloads:
    found = whole_units(Unit.objects.filter(which, retired_at=None)).order_by("call_sign")
    return {unit.key: unit_payload(unit) for unit in found}


def _by_key(keys: Collection[str]) -> Q:
    which = Q(pk__in=[])
    for key in keys:
        code, _, call_sign = key.partition("/")
        which |= Q(station__code=code, call_sign=call_sign)
    return which


def _log(entries: QuerySet[LogEntry]) -> live.Payloads:
    found = log.whole(entries).order_by("-pk")[:LOG_SHOWN]
    return {str(entry.pk): log.payload(entry) for entry in reversed(found)}


def _log_by_id(ids: Collection[str]) -> live.Payloads:
    found = log.whole(LogEntry.objects.filter(pk__in=[int(pk) for pk in ids]))
    return {str(entry.pk): log.payload(entry) for entry in found}


def _own_incidents(principal: Principal, numbers: Collection[str]) -> set[str]:
    mine = Incident.objects.visible_to(principal).filter(number__in=list(numbers))
    return set(mine.values_list("number", flat=True))


def _own_units(principal: Principal, keys: Collection[str]) -> set[str]:
    mine = Unit.objects.visible_to(principal).filter(_by_key(keys)).select_related("station")
    return {unit.key for unit in mine}


def _own_log(principal: Principal, ids: Collection[str]) -> set[str]:
    mine = LogEntry.objects.filter(
        pk__in=[int(pk) for pk in ids], incident__in=Incident.objects.visible_to(principal).values("pk")
    )
    return {str(pk) for pk in mine.values_list("pk", flat=True)}


def _within(shared: Shared, path: str) -> Q:
    return Q(**{f"{path}__intersects": GEOSGeometry(shared.area, srid=4326)}) if shared.area else Q()


# How soon a station wants to be there, and how far its checklist is, are its own affair
WITHHELD: dict[str, Any] = {
    "answer_by": None, "dispatch_by": None, "arrive_by": None, "lines": 0, "lines_done": 0, "stacked": [],
}  # fmt: skip


def _shared_incidents(shared: Shared) -> live.Payloads:
    """Open incidents that a station shows a room: facts and units only where these are shared too."""
    if "incidents" not in shared.topics:
        return {}
    return {
        number: {
            **payload,
            **WITHHELD,
            "facts": payload["facts"] if "facts" in shared.topics else "",
            "assignments": [_withheld(one) for one in payload["assignments"]]
            if "units" in shared.topics
            else _unnamed(payload["assignments"]),
        }
        for number, payload in _incidents(pk__in=_there(shared).values("pk")).items()
    }


def _there(shared: Shared) -> QuerySet[Incident]:
    """The station's open incidents, within the area if there is one."""
    here = Incident.objects.filter(_within(shared, "place"), station_id=shared.station)
    return here.filter(state=IncidentState.OPEN)


def _unnamed(assignments: list[AssignmentPayload]) -> list[AssignmentPayload]:
    """That somebody is sent and how far they are, without who it is."""
    status = furthest([one["status"] for one in assignments])
    furthest_ones = [one for one in assignments if one["status"] == status]
    return [_withheld({**one, "unit": ""}) for one in furthest_ones[:1]]


def _withheld(one: AssignmentPayload) -> AssignmentPayload:
    """How it is watched over is the station's own affair."""
    return {**one, "safe_until": None, "proposed": None}


def _shared_units(shared: Shared) -> live.Payloads:
    """Units on duty that a station shows a room: who stands in the area or is sent there. No crew is named."""
    if "units" not in shared.topics:
        return {}
    sent = Q(assignments__ended_at=None, assignments__incident__station=shared.station)
    heard = Q(devices__last_fix__corrected__gt=clock.now() - HEARD)
    where = (heard & _within(shared, "devices__last_fix__place")) | (
        sent & _within(shared, "assignments__incident__place")
    )
    there = Unit.objects.filter(where if shared.area else Q(), station=shared.station)
    known = set(_there(shared).values_list("number", flat=True)) if "incidents" in shared.topics else set()
    return {
        key: {
            **payload,
            "crew": [],
            "emergency": False,
            "stacked": [],
            "incident": payload["incident"] if payload["incident"] in known else None,
        }
        for key, payload in _units(Q(pk__in=there.exclude(status=UnitStatus.OFF_DUTY).values("pk"))).items()
    }


SEE = Capability.SEE_MAP
TOPICS = (
    live.Topic(
        "incident",
        IncidentPayload,
        SEE,
        load=lambda ids: _incidents(number__in=ids),
        snapshot=lambda stations: _incidents(station_id__in=stations),
        own=_own_incidents,
        shared=_shared_incidents,
    ),
    live.Topic(
        "unit",
        UnitPayload,
        SEE,
        load=lambda ids: _units(_by_key(ids)),
        snapshot=lambda stations: _units(Q(station_id__in=stations)),
        own=_own_units,
        shared=_shared_units,
        devices=lambda payload: payload["devices"],
    ),
    live.Topic(
        "log",
        log.LogPayload,
        SEE,
        load=_log_by_id,
        snapshot=lambda stations: _log(LogEntry.objects.filter(station_id__in=stations)),
        own=_own_log,
    ),
    kind_live.TOPIC,
    order_live.TOPIC,
    road_live.TOPIC,
)
