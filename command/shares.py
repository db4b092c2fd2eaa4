"""Verbs on what a station shows an enterprise's room: given and withdrawn at the sharing station."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock
from command.errors import Invalid, NotThere
from command.models import Officer, Share, Station
from command.permissions import SHARED_TOPICS as TOPICS
from command.permissions import Capability, Principal, require


def rooms() -> QuerySet[Station]:
    """Enterprises' rooms, by code."""
    return Station.objects.filter(kind="room").order_by("code")


def given_by(actor: Principal) -> QuerySet[Share]:
    """What the stations share whom one looks after, by room."""
    mine = actor.rights().stations(Capability.MANAGE_STATIONS)
    found = Share.objects.filter(station__in=mine).select_related("station", "room", "given_by")
    return found.order_by("room__code", "station__code")


def seen(actor: Principal, share_id: int) -> Share:
    """One of them. Raises NotThere."""
    found = given_by(actor).filter(pk=share_id).first()
    if found is None:
        raise NotThere("not_there", _("This is not shared, or no longer."))
    return found


def share(actor: Principal, station: Station, room: Station, topics: Collection[str], *, everywhere: bool) -> Share:
    """Show the room these topics of the station from now on, in place of what it was shown before.

    The area is the room's boundary as it is now: who draws that anew widens nothing. Raises Invalid, Forbidden, NotThere.
    """
    require(actor, Capability.MANAGE_STATIONS, station.pk)
    _is_sensible(station, room, topics, everywhere=everywhere)
    with changes.change():
        by = actor if isinstance(actor, Officer) else None
        chosen = [one for one in TOPICS if one in topics]
        area = None if everywhere else room.boundary
        facts = {"topics": chosen, "area": area, "given_at": clock.now(), "given_by": by}
        made, _new = Share.objects.update_or_create(station=station, room=room, defaults=facts)
        audit.record(actor, "share", "station", room.code, station.pk, topics=chosen, everywhere=everywhere)
        return made


def _is_sensible(station: Station, room: Station, topics: Collection[str], *, everywhere: bool) -> None:
    if room.kind != "room" or room.pk == station.pk:
        said = _("expected an enterprise's room")
        raise Invalid("no_room", said, fields={"room": said})
    unknown = sorted(set(topics) - set(TOPICS))
    if unknown or not topics:
        facts = {"known": ", ".join(TOPICS), "found": ", ".join(unknown)[:80]}
        said = _("expected some of %(known)s, found %(found)s") % facts
        raise Invalid("bad_topics", said, fields={"topics": said})
    if "facts" in topics and "incidents" not in topics:
        said = _("The facts of incidents are shared only together with the incidents.")
        raise Invalid("facts_alone", said, fields={"topics": said})
    if room.boundary is None and not everywhere:
        said = _("This room has no boundary yet, so nothing lies within it. Draw it first.")
        raise Invalid("no_area", said, fields={"where": said})


def withdraw(actor: Principal, share_id: int) -> None:
    """Show the room nothing more of the station; open walls lose it within 5 s. Raises NotThere."""
    with changes.change():
        found = Share.objects.select_for_update(of=("self",)).get(pk=seen(actor, share_id).pk)
        audit.record(actor, "withdraw_share", "station", found.room.code, found.station_id)
        found.delete()
