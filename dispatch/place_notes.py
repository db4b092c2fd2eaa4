"""Verbs on what the station knows of places. A note ends by itself after a year at most and may be renewed."""

import datetime as dt
import math
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import Q
from django.utils.translation import gettext as _

from command import audit, changes, clock, jobs, live
from command.errors import Invalid, NotThere
from command.models import Officer, Station
from command.permissions import Capability, Principal, require
from dispatch.models import Incident, PlaceNote
from dispatch.states import IncidentState

KEEPS = Capability.DISPATCH
LONGEST = dt.timedelta(days=366)
RADII_M = (5, 500)
DEGREES_A_METRE = 3 / 111_000  # more than a metre has up to 70° of latitude: whoever reads on looks exactly
RENEWED_WITHIN = dt.timedelta(days=30)  # after its last day; then whom it names is forgotten


def add_note(principal: Principal, station: Station, *, lat: float, lon: float, **said: Any) -> PlaceNote:
    """Note something of a place in degrees. `said`: kind, address, radius_m, words, contact_name, contact_phone, until.

    Raises Forbidden, NotThere, Invalid with the fields that are wrong.
    """
    require(principal, KEEPS, station.pk)
    _check(station, lat, lon, **said)
    with changes.change():
        by = principal if isinstance(principal, Officer) else None
        place = Point(lon, lat, srid=4326)
        made = PlaceNote.objects.create(station=station, place=place, made_at=clock.now(), made_by=by, **said)
        audit.record(principal, "add_place_note", "place_note", made.pk, station.pk, kind=made.kind)
        _tell(made, made.place)
        return made


def change_note(principal: Principal, note_id: int, *, lat: float, lon: float, **said: Any) -> PlaceNote:
    """Change a note. Raises as `add_note` does."""
    with changes.change():
        note = _held(principal, note_id)
        _check(note.station, lat, lon, **said)
        before = note.place
        changed = [name for name, value in said.items() if getattr(note, name) != value]
        for name in changed:
            setattr(note, name, said[name])
        if (note.place.y, note.place.x) != (lat, lon):
            note.place = Point(lon, lat, srid=4326)
            changed.append("place")
        note.save(update_fields=changed)
        audit.record(
            principal, "change_place_note", "place_note", note.pk, note.station_id, fields=sorted(changed)
        )  # fmt: skip
        _tell(note, before, note.place)
        return note


def retire_note(principal: Principal, note_id: int) -> PlaceNote:
    """Tell it to nobody any more; whom it named is forgotten. Raises NotThere, Forbidden."""
    with changes.change():
        note = _held(principal, note_id)
        note.retired_at = clock.now()
        note.contact_name = note.contact_phone = ""
        note.save(update_fields=["retired_at", "contact_name", "contact_phone"])
        audit.record(principal, "retire_place_note", "place_note", note.pk, note.station_id)
        _tell(note, note.place)
        return note


def _tell(note: PlaceNote, *places: Point) -> None:
    """Crews that are sent near it read their incident anew; at the note's station and below, where it holds."""
    near = Q()
    for place in places:
        near |= Q(place__within=place.buffer(RADII_M[1] * DEGREES_A_METRE))
    for one in Incident.objects.filter(near, state=IncidentState.OPEN, station__in=note.station.reach()):
        live.publish(one.station_id, "incident", one.number)


def forget_contacts() -> int:
    """Forget whom notes name that have been over for a month and that nobody renewed; returns how many."""
    over = clock.now().date() - RENEWED_WITHIN
    ended = PlaceNote.objects.filter(until__lt=over).exclude(contact_name="", contact_phone="")
    return ended.update(contact_name="", contact_phone="")


def _held(principal: Principal, note_id: int) -> PlaceNote:
    mine = PlaceNote.objects.visible_to(principal).filter(pk=note_id, retired_at=None)
    found: PlaceNote | None = mine.select_for_update(of=("self",)).select_related("station").first()
    if found is None:
        raise NotThere("not_there", _("There is no such note."))
    require(principal, KEEPS, found.station_id)
    return found


def _check(
    station: Station, lat: float, lon: float, kind: str, address: str, radius_m: int, words: str, until: dt.date,
    contact_name: str = "", contact_phone: str = "",
) -> None:  # fmt: skip
    fields = {}
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180) or lat == lon == 0:
        fields["address"] = _("expected a place on the map")
    if kind not in PlaceNote.KINDS:
        fields["kind"] = _("expected one of %(known)s; found %(found)s.") % {
            "known": ", ".join(PlaceNote.KINDS), "found": kind[:40],
        }  # fmt: skip
    if not RADII_M[0] <= radius_m <= RADII_M[1]:
        fields["radius_m"] = _("expected %(least)s to %(most)s m; found %(found)s") % {
            "least": RADII_M[0], "most": RADII_M[1], "found": radius_m,
        }  # fmt: skip
    if not words.strip() and not contact_name.strip():
        fields["words"] = _("expected what there is to know, in words")
    if kind != "key_holder" and (contact_name or contact_phone):
        fields["contact_name"] = _("Only of a key-holder a name and a number are kept.")
    today = station.local(clock.now()).date()
    if not today <= until <= today + LONGEST:
        last = today + LONGEST
        fields["until"] = _("expected a day from today to %(last)s; found %(found)s") % {"last": last, "found": until}
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)


TERMS = jobs.pin({"key_holders": forget_contacts})
