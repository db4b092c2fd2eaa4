"""What an order says, in both languages, from codes and figures that are kept beside it."""

import datetime as dt
from typing import NotRequired, TypedDict

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from devices import seeing
from devices.models import Camera
from dispatch.models import Incident
from dispatch.roads import Route

ZH, EN = "zh-hans", "en"
PRIORITIES = (
    gettext_noop("priority 1"),
    gettext_noop("priority 2"),
    gettext_noop("priority 3"),
    gettext_noop("priority 4"),
)
STREETS = 3  # of a way, the longest ones
CAMERAS = 4  # that see a place, the best ones


class WaySaid(TypedDict):
    """A way in figures: seconds, metres, the streets it mostly takes, how many closed roads are near it, and as of when."""

    seconds: int
    metres: int
    streets: list[str]
    closed: int
    at: str


class CameraSaid(TypedDict):
    id: int
    name: str


class Said(TypedDict):
    """What an order's texts are made of; `cameras`: those that see the place, None where the station has none at all."""

    kind_zh: str
    kind_en: str
    priority: int
    address: str
    place: list[float]  # longitude, latitude
    cameras: list[CameraSaid] | None
    way: NotRequired[WaySaid]


def said_of(incident: Incident) -> Said:
    """What is known without asking anybody: kind, place, and which cameras see that."""
    return {
        "kind_zh": incident.kind.name_zh,
        "kind_en": incident.kind.name_en,
        "priority": incident.priority,
        "address": incident.address,
        "place": [round(incident.place.x, 6), round(incident.place.y, 6)],
        "cameras": _seeing(incident),
    }


def _seeing(incident: Incident) -> list[CameraSaid] | None:
    station, place = incident.station_id, incident.place
    if not Camera.objects.filter(station=station, retired_at=None).exists():
        return None
    found = seeing.seeing(place.y, place.x, [station], CAMERAS)
    return [{"id": sight.camera.pk, "name": sight.camera.name} for sight in found]


def way_of(route: Route, at: dt.datetime, closed: int = 0) -> WaySaid:
    """A route of a moment as an order tells it, with the count of closed roads near it."""
    lengths: dict[str, float] = {}
    for step in route.steps:
        if step.street:
            lengths[step.street] = lengths.get(step.street, 0.0) + step.metres
    longest = sorted(lengths, key=lambda street: -lengths[street])[:STREETS]
    streets = [street for street in lengths if street in longest]  # in the order in which they come
    return {
        "seconds": round(route.seconds), "metres": round(route.metres), "streets": streets, "closed": closed,
        "at": at.isoformat(),
    }  # fmt: skip


def texts(said: Said) -> tuple[str, str]:
    """The order in Chinese and in English."""
    return _text(said, ZH), _text(said, EN)


def notes(said: Said, language: str) -> str:
    """What an order says beside kind, place and way: cameras, traffic, closed roads; a line each."""
    with translation.override(language):
        return "\n".join([*_cameras(said), *_traffic(said)])


def _text(said: Said, language: str) -> str:
    with translation.override(language):
        kind = said["kind_zh"] if language == ZH else said["kind_en"]
        lines = [
            pgettext("after the kind", ", ").join((kind, _(PRIORITIES[said["priority"] - 1]))),
            said["address"] or _("At the pin on the map"),
            *_cameras(said),
            *_way(said),
            *_traffic(said),
        ]
        return "\n".join(lines)


def _cameras(said: Said) -> list[str]:
    seen_by = said.get("cameras")
    if seen_by is None:
        return []
    names = [one["name"] for one in seen_by]
    return [_("Cameras: %(names)s") % {"names": _listed(names)} if names else _("No camera sees the place")]


def _way(said: Said) -> list[str]:
    if "way" not in said:
        return []
    way = said["way"]
    facts = {"km": f"{way['metres'] / 1000:.1f}", "minutes": max(1, round(way["seconds"] / 60))}
    by = _("by %(streets)s") % {"streets": _listed(way["streets"])} if way["streets"] else ""
    return [" ".join(filter(None, [_("Way: %(km)s km, about %(minutes)s min") % facts, by]))]


def _traffic(said: Said) -> list[str]:
    """How the traffic on the way is: its mean speed, which follows what our own vehicles drive; and what is closed."""
    if "way" not in said:
        return []
    way, found = said["way"], []
    if way["seconds"]:
        found.append(_("Traffic: %(kmh)s km/h on average") % {"kmh": round(way["metres"] / way["seconds"] * 3.6)})
    if way.get("closed"):  # an order of an older version says nothing of it
        found.append(_("Closed roads near the way: %(count)s") % {"count": way["closed"]})
    return found


def _listed(names: list[str]) -> str:
    return pgettext("between names", ", ").join(names)
