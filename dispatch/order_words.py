"""What an order says, in both languages, from codes and figures that are kept beside it."""

from typing import NotRequired, TypedDict

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

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


class WaySaid(TypedDict):
    """A way in figures: seconds, metres, the streets it mostly takes, and how many closed roads are near it."""

    seconds: int
    metres: int
    streets: list[str]
    closed: int


class Said(TypedDict):
    """What an order's texts are made of; `cameras`: those already fetched for it."""

    kind_zh: str
    kind_en: str
    priority: int
    address: str
    place: list[float]  # longitude, latitude
    cameras: list[int]
    way: NotRequired[WaySaid]


def said_of(incident: Incident) -> Said:
    """What is known without asking anybody: kind and place."""
    return {
        "kind_zh": incident.kind.name_zh,
        "kind_en": incident.kind.name_en,
        "priority": incident.priority,
        "address": incident.address,
        "place": [round(incident.place.x, 6), round(incident.place.y, 6)],
        "cameras": [],
    }


def way_of(route: Route, closed: int = 0) -> WaySaid:
    """A route as an order tells it, with the count of closed roads near it."""
    lengths: dict[str, float] = {}
    for step in route.steps:
        if step.street:
            lengths[step.street] = lengths.get(step.street, 0.0) + step.metres
    longest = sorted(lengths, key=lambda street: -lengths[street])[:STREETS]
    streets = [street for street in lengths if street in longest]  # in the order in which they come
    return {"seconds": round(route.seconds), "metres": round(route.metres), "streets": streets, "closed": closed}


def texts(said: Said) -> tuple[str, str]:
    """The order in Chinese and in English."""
    return _text(said, ZH), _text(said, EN)


def _text(said: Said, language: str) -> str:
    with translation.override(language):
        kind = said["kind_zh"] if language == ZH else said["kind_en"]
        lines = [
            pgettext("after the kind", ", ").join((kind, _(PRIORITIES[said["priority"] - 1]))),
            said["address"] or _("At the pin on the map"),
            *(_way(said["way"]) if "way" in said else ()),
        ]
        return "\n".join(lines)


def _way(way: WaySaid) -> list[str]:
    """The way and how the traffic on it is: its mean speed, which follows what our own vehicles drive."""
    facts = {"km": f"{way['metres'] / 1000:.1f}", "minutes": max(1, round(way["seconds"] / 60))}
    by = (
        _("by %(streets)s") % {"streets": pgettext("between names", ", ").join(way["streets"])}
        if way["streets"]
        else ""
    )
    found = [" ".join(filter(None, [_("Way: %(km)s km, about %(minutes)s min") % facts, by]))]
    if way["seconds"]:
        found.append(_("Traffic: %(kmh)s km/h on average") % {"kmh": round(way["metres"] / way["seconds"] * 3.6)})
    if way["closed"]:
        found.append(_("Closed roads near the way: %(count)s") % {"count": way["closed"]})
    return found
