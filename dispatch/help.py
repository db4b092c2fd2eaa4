"""Verbs of who needs others out there: SOS and requests for help, raised by an officer, ended by a named person."""

import math
from typing import Any

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from command import alarms, audit, changes, clock, live
from command.errors import Forbidden, Invalid, NotThere
from command.models import Officer
from command.permissions import Capability, Principal, require
from command.places.near import name_at
from dispatch import log, units, where
from dispatch.models import Assignment, CallForHelp, Incident, Unit

SOS, HELP = CallForHelp.SOS, CallForHelp.HELP
ALARMS = {SOS: "sos", HELP: "help_wanted"}
SUBJECT = "call_for_help"
WORD_LIMIT = 400


def call(
    principal: Principal,
    kind: str,
    *,
    text: str = "",
    wanted: int = 0,
    lat: float | None = None,
    lon: float | None = None,
    accuracy: float | None = None,
) -> CallForHelp:
    """Raise an SOS or ask for help, at a place in degrees (WGS-84) or, without one, where the unit was last seen.

    While one's own call of that kind stands, it stays the same one and only learns the newer place.
    Raises Forbidden.
    """
    officer = _person(principal)
    unit = units.unit_with(officer)
    station = unit.station if unit else officer.station
    require(principal, Capability.OWN_ORDERS, station.pk)
    place = Point(lon, lat, srid=4326) if lat is not None and lon is not None and _is_place(lat, lon) else None
    with changes.change():
        known = _open_one(officer, kind)
        if known:
            return _moved(known, place, accuracy)
        sent = Assignment.objects.filter(unit=unit, ended_at=None).select_related("incident").first() if unit else None
        row = CallForHelp(
            station=station, kind=kind, officer=officer, unit=unit, incident=sent.incident if sent else None,
            text=text.strip()[:WORD_LIMIT], wanted=wanted, raised_at=clock.now(),
        )  # fmt: skip
        _set_place(row, place, accuracy)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:  # one_call_for_help: the same person pressed twice at this very moment
            return CallForHelp.objects.get(officer=officer, kind=kind, ended_at=None)
        audit.record(principal, ALARMS[kind], SUBJECT, row.pk, station.pk, unit=unit.pk if unit else None)
        alarms.raise_alarm(station.pk, ALARMS[kind], 1, SUBJECT, row.pk, **facts(row))
        _tell(principal, row, ALARMS[kind], row.text)
        return row


def _person(principal: Principal) -> Officer:
    if isinstance(principal, Officer):
        return principal
    raise Forbidden("people_only", _("Only a person can do this."))


def _is_place(lat: float, lon: float) -> bool:
    known = math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
    return known and (lat, lon) != (0, 0)


def _open_one(officer: Officer, kind: str) -> CallForHelp | None:
    mine = CallForHelp.objects.select_for_update(of=("self",), no_key=True).filter(
        officer=officer, kind=kind, ended_at=None
    )
    return mine.select_related("station", "officer", "unit__station", "incident").first()


def _moved(row: CallForHelp, place: Point | None, accuracy: float | None) -> CallForHelp:
    """The same call, at its newer place."""
    if place is not None:
        _set_place(row, place, accuracy)
        row.save(update_fields=["place", "accuracy", "placed_at", "address"])
        live.publish(row.station_id, SUBJECT, row.pk)
    return row


def _set_place(row: CallForHelp, place: Point | None, accuracy: float | None) -> None:
    """Where they say they are, else where their unit was last seen."""
    fix = where.last_fix(row.unit) if place is None and row.unit else None
    if place is not None:
        row.place, row.accuracy, row.placed_at = place, accuracy, clock.now()
    elif fix:
        row.place, row.accuracy, row.placed_at = fix.place, fix.accuracy, fix.corrected
    if row.place:
        row.address = name_at(row.place.y, row.place.x)[:200]


def facts(row: CallForHelp) -> dict[str, Any]:
    """What the alarm says of it: ids, and where."""
    return {
        "unit": row.unit.call_sign if row.unit else None,
        "incident": row.incident.number if row.incident else None,
        "lat": row.place.y if row.place else None,
        "lon": row.place.x if row.place else None,
    }


def end(principal: Principal, call_id: int, kind: str, word: str = "") -> CallForHelp:
    """End an SOS, with a word, or a request for help; the name and the word of who was first stay.

    Raises NotThere, Forbidden, Invalid without a word.
    """
    word = word.strip()
    with changes.change():
        row = locked(principal, call_id, kind)
        require(principal, Capability.ACKNOWLEDGE_ALARM, row.station_id)
        officer = _person(principal)
        if kind == SOS and not word:
            said = _("expected a word: how it ended")
            raise Invalid("no_word", f"word: {said}", fields={"word": said})
        if row.ended_at is None:
            close(row, officer, word[:WORD_LIMIT])
        return row


def close(row: CallForHelp, officer: Officer, word: str) -> None:
    """End a call that is locked and stands, inside the verb under way."""
    row.ended_at, row.ended_by, row.word = clock.now(), officer, word
    row.save(update_fields=["ended_at", "ended_by", "word"])
    audit.record(officer, f"end_{ALARMS[row.kind]}", SUBJECT, row.pk, row.station_id)
    alarms.clear_alarm(row.station_id, ALARMS[row.kind], SUBJECT, row.pk)
    _tell(officer, row, f"{row.kind}_ended", word)


def locked(principal: Principal, call_id: int, *kinds: str) -> CallForHelp:
    """A call of these kinds that the principal sees, locked until the end of the change, after its incident: whoever sends
    others there locks them in that order too. Raises NotThere."""
    mine = CallForHelp.objects.visible_to(principal).filter(pk=call_id, kind__in=kinds)
    Incident.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=mine.values("incident")).first()
    held = CallForHelp.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=mine.values("pk"))
    row = held.select_related("station", "officer", "unit__station", "incident").first()
    if row is None:
        raise NotThere("not_there", _("There is no such call for help."))
    return row


def _tell(principal: Principal, row: CallForHelp, code: str, text: str) -> None:
    unit: Unit | None = row.unit
    if row.incident:
        log.tell(principal, row.incident, code, text, unit=unit.call_sign if unit else "")
    live.publish(row.station_id, SUBJECT, row.pk)
    if unit:
        live.publish(unit.station_id, "unit", unit.key)


def tell_again(row: CallForHelp) -> None:
    """Something of a call that is locked has changed."""
    live.publish(row.station_id, SUBJECT, row.pk)


def answered(officer: Officer, incident: Incident) -> None:
    """Others were sent to the incident: what was asked for there has come. An SOS stands all the same."""
    asked = CallForHelp.objects.select_for_update(of=("self",), no_key=True).filter(
        incident=incident, kind=HELP, ended_at=None
    )
    for row in asked.select_related("unit__station", "incident").order_by("pk"):
        close(row, officer, "")
