"""What the station itself knows of an incident's place and of the number that called, for those who are sent there.

Only while the incident is open: nobody's past is looked at without a case. Who has been shown it is entered, once a person.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TypedDict

from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, clock, geo
from command.errors import Forbidden, NotThere
from command.models import Officer, Station
from command.permissions import Capability, Level, Principal
from dispatch import incidents, records
from dispatch.models import Assignment, Briefed, Incident, PlaceNote, own_assignments
from dispatch.states import DUPLICATE

EARLIER_M = 50  # the same house, or the one beside it
EARLIER_DAYS = 365
SHOWN = 10  # of each list
SHORTEST_NUMBER = 5  # digits: 110 or a withheld number is nobody's
DEGREES_A_METRE = 3 / 111_000  # more degrees than a metre has up to 70° of latitude: the index takes the first look


class EarlierPayload(TypedDict):
    """An earlier incident: `distance_m` metres, times ISO 8601; nothing of who called then."""

    number: str
    kind: str
    opened_at: str
    state: str
    disposition: str | None
    address: str
    distance_m: float


class PlaceNotePayload(TypedDict):
    """What is known of a place: a hazard, who has its keys, how one gets in."""

    id: int
    kind: str
    address: str
    words: str
    contact_name: str
    contact_phone: str
    distance_m: float


class BriefingPayload(TypedDict):
    """`of_caller` are earlier incidents of the number that called; `records` names the agency's records or is null."""

    notes: list[PlaceNotePayload]
    of_place: list[EarlierPayload]
    of_caller: list[EarlierPayload]
    records: str | None


def brief(principal: Principal, number: str) -> BriefingPayload:
    """The briefing of an open incident, for its dispatchers and its crews, entered when somebody sees it first.

    Raises NotThere, Forbidden, Conflict (it is over), Problem 503 where the entry can't be written.
    """
    mine = Incident.objects.visible_to(principal).select_related("station").filter(number=number).first()
    if mine is None:
        raise NotThere("not_there", _("There is no incident %(number)s.") % {"number": number[:40]})
    if not is_for(principal, mine):
        raise Forbidden("not_yours", _("The briefing is for those who send people there and those who are sent."))
    incidents.is_open(mine)
    enter(principal, mine)
    return of(mine)


def is_for(principal: Principal, incident: Incident) -> bool:
    """Whether somebody sends people to this incident, or is on a unit that is sent there now."""
    if principal.kind != "officer":
        return False
    return principal.rights().may(Capability.DISPATCH, incident.station_id) or is_crew(principal, incident)


def is_crew(principal: Principal, incident: Incident) -> bool:
    """Whether somebody is on a unit that is sent there now, and asks as such: not by a narrower token, nor before a wall."""
    if not principal.rights().may(Capability.OWN_ORDERS, incident.station_id, Level.OWN):
        return False
    return Assignment.objects.filter(own_assignments(principal), incident=incident).exists()


def enter(principal: Principal, incident: Incident) -> None:
    """Enter that somebody is shown the briefing; a second time says nothing new."""
    assert isinstance(principal, Officer)  # is_for has seen to it  # nosec B101
    if Briefed.objects.filter(incident=incident, officer=principal).exists():
        return
    with audit.before_showing():
        _row, is_first = Briefed.objects.get_or_create(
            incident=incident, officer=principal, defaults={"at": clock.now()}
        )
        if is_first:
            audit.record(principal, "read_briefing", "incident", incident.number, incident.station_id)


def of(incident: Incident) -> BriefingPayload:
    """What is known, without asking who wants to know."""
    connected = records.provider()
    return {
        "notes": _notes(incident),
        "of_place": _earlier(incident, _at_place(incident)),
        "of_caller": _earlier(incident, _of_caller(incident)),
        "records": connected.name if connected else None,
    }


def _notes(incident: Incident) -> list[PlaceNotePayload]:
    today = incident.station.local(clock.now()).date()
    told = PlaceNote.objects.filter(station__in=_upwards(incident.station), retired_at=None, until__gte=today)
    near = told.filter(place__within=incident.place.buffer(500 * DEGREES_A_METRE))
    found = [(_away(incident, one.place), one) for one in near]
    shown = sorted(((away, one) for away, one in found if away <= one.radius_m), key=lambda pair: (pair[0], pair[1].pk))
    return [_note(one, away) for away, one in shown[:SHOWN]]


def _upwards(station: Station | None) -> Iterator[int]:
    """The station and those above it, whose notes hold here too."""
    while station is not None:
        yield station.pk
        station = station.parent


def _note(one: PlaceNote, away: float) -> PlaceNotePayload:
    return {
        "id": one.pk, "kind": one.kind, "address": one.address, "words": one.words, "contact_name": one.contact_name,
        "contact_phone": one.contact_phone, "distance_m": round(away),
    }  # fmt: skip


def _before(incident: Incident) -> QuerySet[Incident]:
    """Without doubles: a second call of the same thing is no second thing."""
    since = clock.now() - dt.timedelta(days=EARLIER_DAYS)
    rows = Incident.objects.filter(station=incident.station, opened_at__gte=since).exclude(pk=incident.pk)
    rows = rows.exclude(disposition=DUPLICATE)
    return rows.select_related("kind").order_by("-opened_at", "-pk")


def _at_place(incident: Incident) -> list[Incident]:
    near = _before(incident).filter(place__within=incident.place.buffer(EARLIER_M * DEGREES_A_METRE))
    return [one for one in near[: SHOWN * 5] if _away(incident, one.place) <= EARLIER_M][:SHOWN]


def _of_caller(incident: Incident) -> list[Incident]:
    """By the number alone: names repeat, and a withheld number is nobody's."""
    if len(incident.caller_phone) < SHORTEST_NUMBER:
        return []
    return list(_before(incident).filter(caller_phone=incident.caller_phone)[:SHOWN])


def _earlier(incident: Incident, found: list[Incident]) -> list[EarlierPayload]:
    return [
        {
            "number": one.number, "kind": one.kind.slug, "opened_at": one.opened_at.isoformat(), "state": one.state,
            "disposition": one.disposition or None, "address": one.address,
            "distance_m": round(_away(incident, one.place)),
        }
        for one in found
    ]  # fmt: skip


def _away(incident: Incident, place: Point) -> float:
    return geo.distance_m(incident.place.y, incident.place.x, place.y, place.x)
