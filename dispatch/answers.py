"""What the REST doors answer of incidents and units."""

import datetime as dt
from typing import Any, NotRequired, TypedDict

from command.permissions import Capability, Level, Principal
from dispatch import briefing, lines, log, merge, needed, reports
from dispatch import intervals as spans
from dispatch.intervals import Intervals
from dispatch.kind_live import KindPayload, SkillPayload, kind_payload
from dispatch.live import IncidentPayload, UnitPayload, incident_payload, unit_payload, whole_incidents
from dispatch.models import Assignment, Incident, Kind, Merge, Order, Unit
from dispatch.models.proposals import PROPOSED
from dispatch.recommend import Advice
from dispatch.states import Step


class TrackTimes(TypedDict):
    """When the unit left, arrived and was gone by its track; null where the track doesn't show it, or a person denied it."""

    en_route_at: str | None
    on_scene_at: str | None
    cleared_at: str | None


class OrderTimes(TypedDict):
    """How far the order to a unit came; `rung` counts how often it was told to ring."""

    made_at: str | None
    sent_at: str | None
    delivered_at: str | None
    seen_at: str | None
    accepted_at: str | None
    recalled_at: str | None
    rung: int


class AssignmentAnswer(TypedDict):
    """An assignment with the time of each step as people confirmed it, and as the track has it."""

    unit: str
    status: str
    since: str | None
    by: str
    dispatched_at: str | None
    accepted_at: str | None
    en_route_at: str | None
    on_scene_at: str | None
    transporting_at: str | None
    ended_at: str | None
    checked_at: str | None
    by_track: TrackTimes
    order: OrderTimes | None


class BriefAnswer(IncidentPayload):
    """An incident in a list."""

    state: str
    closed_at: str | None
    disposition: str | None


class DoubleAnswer(TypedDict):
    """An open incident that may be the same: metres away, seconds later (negative: earlier)."""

    number: str
    kind: str
    address: str
    distance_m: float
    apart_s: float


class NeededAnswer(TypedDict):
    """What the kind's run card asks for, and what is there of it or on its way: units that were sent and not recalled or
    let go before they were there; of those the call signs with too few people, and the skills that one of them lacks."""

    count: int
    crew_min: int
    sent: int
    short_crew: list[str]
    lacking: list[SkillPayload]


class IncidentAnswer(BriefAnswer):
    """An incident whole; the caller only for those who may see callers, the briefing only for crews that are sent there."""

    called_at: str | None
    acknowledged_by: str | None
    assignments: list[AssignmentAnswer]  # type: ignore[misc] # with the times of each, where a list has only the last
    needed: NeededAnswer
    intervals: Intervals
    intervals_by_track: Intervals
    checklist: list[lines.ChecklistPayload]
    log: list[log.LogPayload]
    doubles: list[DoubleAnswer]
    merged_into: str | None
    services: list[reports.ServicePayload]
    mediation: reports.MediationPayload | None
    briefing: NotRequired[briefing.BriefingPayload]
    caller_name: NotRequired[str]
    caller_phone: NotRequired[str]


class UnitAnswer(UnitPayload):
    """A unit as on the live picture."""

    id: str


class AdviceAnswer(TypedDict):
    """A unit that might go: metres, seconds; null for unknown."""

    unit: str
    call_sign: str
    kind: str
    status_class: str
    distance_m: float | None
    age_s: float | None
    eta_s: float | None
    eta_low_s: float | None
    eta_high_s: float | None
    doubt: str
    reasons: list[str]
    estimate: bool


class LineAnswer(TypedDict):
    """A line of a kind's checklist; `text_en` may be empty."""

    id: int
    text_zh: str
    text_en: str


class KindAnswer(KindPayload):
    """A kind of incident, with what is to be done in such incidents."""

    name: str
    checklist: list[LineAnswer]


def iso(moment: dt.datetime | None) -> str | None:
    """ISO 8601 with +00:00, or None."""
    return moment.isoformat() if moment else None


def kind(row: Kind) -> dict[str, Any]:
    """A kind read with its lines in `present`."""
    todo = [{"id": one.pk, "text_zh": one.text_zh, "text_en": one.text_en} for one in row.present]  # type: ignore[attr-defined]
    return {**kind_payload(row), "name": row.name_en, "checklist": todo}


def assignment(one: Assignment) -> dict[str, Any]:
    """An assignment with the time of each step."""
    names = ("dispatched_at", "accepted_at", "en_route_at", "on_scene_at", "transporting_at", "ended_at", "checked_at")
    times = {name: iso(getattr(one, name)) for name in names}
    by = one.assigned_by.label if one.assigned_by else ""
    said = {"unit": one.unit.call_sign, "status": one.status, "since": iso(one.status_at), "by": by, **times}
    tracked = {name: iso(at) for name, at in by_track(one).items()}
    return {**said, "by_track": tracked, "order": _order(getattr(one, "order", None))}


def _order(order: Order | None) -> dict[str, Any] | None:
    if order is None:  # sent before there were orders
        return None
    return {**{name: iso(getattr(order, name)) for name in ("made_at", *Order.TIMES)}, "rung": order.rung}


def by_track(one: Assignment) -> dict[str, dt.datetime | None]:
    """When the unit left, arrived and was gone by its track, as far as nobody denied it."""
    said = {row.step: row.at for row in one.proposals.all() if row.is_confirmed is not False}
    return {f"{step}_at": said.get(step) for step in PROPOSED}


def incident(found: Incident, principal: Principal | None) -> dict[str, Any]:
    """One incident whole: every assignment, intervals, log; the caller only for those who may see callers.

    `principal` None: the console.
    """
    row = whole_incidents(Incident.objects.filter(pk=found.pk)).get()
    sent = list(
        found.assignments.select_related("unit", "assigned_by", "order").prefetch_related("proposals").order_by("pk")
    )
    entries = list(log.whole(found.log.all()).order_by("pk"))
    into = Merge.objects.filter(incident=found, undone_at=None).select_related("into").first()
    answer: dict[str, Any] = {
        **incident_payload(row),
        "facts": found.facts,
        "state": found.state,
        "called_at": iso(found.called_at),
        "closed_at": iso(found.closed_at),
        "disposition": found.disposition or None,
        "acknowledged_by": found.acknowledged_by.label if found.acknowledged_by else None,
        "assignments": [assignment(one) for one in sent],
        "needed": needed.needed(found, sent),
        "intervals": intervals(found, sent),
        "intervals_by_track": intervals(found, sent, basis="track"),
        "checklist": lines.payload(row),
        "log": [log.payload(entry) for entry in entries],
        "doubles": [double(one) for one in merge.doubles_of(principal, found)] if principal else [],
        "merged_into": into.into.number if into else None,
        "services": reports.services_of(entries),
        "mediation": reports.mediation_of(entries),
    }
    if found.state != "open":
        answer["status"] = found.state
    if principal is None or may_see_caller(principal, found):
        answer |= {"caller_name": found.caller_name, "caller_phone": found.caller_phone}
    return answer


def with_briefing(answer: dict[str, Any], found: Incident, principal: Principal) -> dict[str, Any]:
    """The answer, with the briefing for a crew that is sent there: it is pushed to them, they need not ask for it."""
    if found.state == "open" and briefing.is_crew(principal, found):
        briefing.enter(principal, found)
        answer["briefing"] = briefing.of(found)
    return answer


def double(one: merge.Double) -> dict[str, Any]:
    """An incident that may be the same."""
    row = one.incident
    return {
        "number": row.number, "kind": row.kind.slug, "address": row.address, "distance_m": round(one.distance_m),
        "apart_s": round(one.apart_s),
    }  # fmt: skip


def may_see_caller(principal: Principal, found: Incident) -> bool:
    """Callers are for those with the right; for officers only in incidents they are on."""
    rights = principal.rights()
    if rights.may(Capability.SEE_CALLERS, found.station_id):
        return True
    if not rights.may(Capability.SEE_CALLERS, found.station_id, Level.OWN):
        return False
    return Incident.objects.filter(Incident.objects.all().own(principal), pk=found.pk).exists()


def intervals(found: Incident, sent: list[Assignment], basis: str = "confirmed") -> Intervals:
    """As `dispatch.intervals` defines them, of all units. `basis`: by the times that people confirmed, or by the tracks
    ("track"), where nobody dispatches: that moment is the same."""
    names = ("dispatched_at", "en_route_at", "on_scene_at", "ended_at")
    rows = [{name: getattr(one, name) for name in names} for one in sent]
    if basis == "track":
        tracks = [by_track(one) for one in sent]
        rows = [{**row, **own, "ended_at": own["cleared_at"]} for row, own in zip(rows, tracks, strict=True)]
    stayed = [row for row, one in zip(rows, sent, strict=True) if one.status != Step.CANCELLED]
    return spans.intervals(found.opened_at, rows, stayed, basis)


def brief(row: Incident) -> dict[str, Any]:
    """An incident in a list."""
    closed = {"state": row.state, "closed_at": iso(row.closed_at), "disposition": row.disposition or None}
    answer = {**incident_payload(row), **closed}
    return {**answer, "status": row.state} if row.state != "open" else answer


def unit(row: Unit) -> dict[str, Any]:
    """A unit as on the live picture."""
    return {"id": row.key, **unit_payload(row)}


def advice(one: Advice) -> dict[str, Any]:
    """A unit that might go, with its time, its doubt and its reasons."""
    who = one.candidate
    return {
        "unit": who.key,
        "call_sign": who.key.partition("/")[2],
        "kind": who.kind,
        "status_class": who.status_class,
        "distance_m": _round(who.distance_m),
        "age_s": _round(who.age_s),
        "eta_s": _round(one.eta_s),
        "eta_low_s": _round(one.low_s),
        "eta_high_s": _round(one.high_s),
        "doubt": one.doubt,
        "reasons": list(one.reasons),
        "estimate": one.source == "estimate",
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
