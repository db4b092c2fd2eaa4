"""The desk's memory: past incidents by number, place and time; by person only with a reason."""

import datetime as dt
import zoneinfo
from typing import Any

from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from command import lookups
from command.errors import Forbidden, Invalid
from command.models import Officer, Station
from command.permissions import Capability, Level, Principal
from command.places import search
from dispatch.models import Incident
from dispatch.states import IncidentState

ANYWHERE = 1_000  # metres around a place, unless said otherwise
SHORTEST_NAME = 2  # characters of a caller's name or number that are enough to look for


def found(principal: Principal, station: Station, said: dict[str, Any]) -> QuerySet[Incident]:
    """Incidents the principal sees that fit, newest first. `said`: number, words, kind, state, since and until (days of the
    station's zone), near (a place's name) with metres. Raises Invalid where no place has that name."""
    rows = Incident.objects.visible_to(principal).filter(station_id__in=station.reach())
    if said.get("number"):
        rows = rows.filter(number__icontains=said["number"].strip())
    if said.get("words"):
        rows = rows.filter(address__icontains=said["words"])  # the facts may name people: those are `by_person`'s
    if said.get("kind"):
        rows = rows.filter(kind__slug=said["kind"])
    if said.get("state"):
        rows = rows.filter(state=said["state"])
    zone = zoneinfo.ZoneInfo(station.zone)
    if said.get("since"):
        rows = rows.filter(opened_at__gte=dt.datetime.combine(said["since"], dt.time(), zone))
    if said.get("until"):
        rows = rows.filter(opened_at__lt=dt.datetime.combine(said["until"] + dt.timedelta(days=1), dt.time(), zone))
    if said.get("near"):
        rows = rows.filter(place__dwithin=(_place(said["near"]), _degrees(said.get("metres") or ANYWHERE)))
        rows = rows.filter(place__distance_lte=(_place(said["near"]), D(m=said.get("metres") or ANYWHERE)))
    return rows.select_related("kind", "station").order_by("-opened_at", "-pk")


def _place(words: str) -> Point:
    hits = search.find(words, None, 1)
    if not hits:
        wrong = _("No place of the map has this name: take one that the desk's search finds.")
        raise Invalid("unknown_place", wrong, fields={"near": wrong})
    return Point(hits[0].lon, hits[0].lat, srid=4326)


def _degrees(metres: float) -> float:
    """More degrees than so many metres are anywhere below 70° of latitude; the index takes the first look by it."""
    return metres / 111_000 * 3


def by_person(
    officer: Officer, station: Station, caller: str, purpose: str, reference: str, words: str
) -> QuerySet[Incident]:
    """Past incidents of a caller's number or name, or whose facts name them, once the look-up has been entered.

    Who may search people everywhere gives an incident or a purpose; a duty officer an incident under way.
    Raises Forbidden, Invalid, Problem.
    """
    caller = caller.strip()
    if len(caller) < SHORTEST_NAME:
        said = _("expected a number or a name of two characters or more.")
        raise Invalid("too_short", said, fields={"caller": said})
    rights = officer.rights()
    if not rights.may(Capability.SEARCH_PEOPLE, station.pk, Level.OWN):
        raise Forbidden("forbidden", _("This needs the right “%(right)s”.") % {"right": "search_people"})
    _is_grounded(officer, station, reference, whole=rights.may(Capability.SEARCH_PEOPLE, station.pk))
    digits = "".join(sign for sign in caller if sign.isdigit())
    is_number = len(digits) >= SHORTEST_NAME  # however it is written, it is one person
    lookups.record(officer, station, digits if is_number else caller, purpose, reference, words)
    rows = Incident.objects.visible_to(officer).filter(station_id__in=station.reach())
    same = Q(caller_phone=caller) | Q(caller_phone=digits) if is_number else Q(caller_name=caller)
    return rows.filter(same | Q(facts__icontains=caller)).select_related("kind", "station").order_by("-opened_at")


def _is_grounded(officer: Officer, station: Station, reference: str, *, whole: bool) -> None:
    """An incident that is named must be there; who has the right only for what they are on names one under way."""
    mine = Incident.objects.visible_to(officer).filter(station_id__in=station.reach())
    named = mine.filter(number=reference.strip()).first() if reference.strip() else None
    if not whole and (named is None or named.state != IncidentState.OPEN):
        said = _("Name the number of an incident under way.")
        raise Invalid("no_incident", said, fields={"reference": said})
