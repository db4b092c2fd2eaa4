"""Turn lists in people's words, made from the engine's numbers of manoeuvres: it knows no Chinese itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Polygon
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from command.places.models import Road
from dispatch.road_lines import Point


@dataclass(frozen=True, slots=True)
class RoadStep:
    """One line of a turn list: what to do `at` a place, and how far it is from there to the next."""

    text: str
    street: str
    metres: float
    seconds: float
    type: int  # the engine's number of the manoeuvre
    at: Point


START, ROUNDABOUT = (1, 2, 3), 26
# number → words where the street has no name, words where it has
WORDS: dict[int, tuple[str, str]] = {
    4: (gettext_noop("You are there"),) * 2,
    5: (gettext_noop("You are there, on the right"),) * 2,
    6: (gettext_noop("You are there, on the left"),) * 2,
    7: (gettext_noop("Go straight on"), gettext_noop("Go straight on: the road is now %(street)s")),
    8: (gettext_noop("Go straight on"), gettext_noop("Go straight on along %(street)s")),
    9: (gettext_noop("Bear right"), gettext_noop("Bear right into %(street)s")),
    10: (gettext_noop("Turn right"), gettext_noop("Turn right into %(street)s")),
    11: (gettext_noop("Turn sharp right"), gettext_noop("Turn sharp right into %(street)s")),
    12: (gettext_noop("Turn round"), gettext_noop("Turn round into %(street)s")),
    13: (gettext_noop("Turn round"), gettext_noop("Turn round into %(street)s")),
    14: (gettext_noop("Turn sharp left"), gettext_noop("Turn sharp left into %(street)s")),
    15: (gettext_noop("Turn left"), gettext_noop("Turn left into %(street)s")),
    16: (gettext_noop("Bear left"), gettext_noop("Bear left into %(street)s")),
    17: (gettext_noop("Take the ramp straight on"), gettext_noop("Take the ramp to %(street)s")),
    18: (gettext_noop("Take the ramp on the right"), gettext_noop("Take the ramp on the right to %(street)s")),
    19: (gettext_noop("Take the ramp on the left"), gettext_noop("Take the ramp on the left to %(street)s")),
    20: (gettext_noop("Take the exit on the right"), gettext_noop("Take the exit on the right to %(street)s")),
    21: (gettext_noop("Take the exit on the left"), gettext_noop("Take the exit on the left to %(street)s")),
    22: (gettext_noop("Keep straight on"), gettext_noop("Keep straight on along %(street)s")),
    23: (gettext_noop("Keep right"), gettext_noop("Keep right along %(street)s")),
    24: (gettext_noop("Keep left"), gettext_noop("Keep left along %(street)s")),
    25: (gettext_noop("Merge"), gettext_noop("Merge into %(street)s")),
    26: (gettext_noop("Enter the roundabout"), gettext_noop("Enter the roundabout, for %(street)s")),
    27: (gettext_noop("Leave the roundabout"), gettext_noop("Leave the roundabout into %(street)s")),
    28: (gettext_noop("Take the ferry"),) * 2,
    29: (gettext_noop("Leave the ferry"), gettext_noop("Leave the ferry into %(street)s")),
    37: (gettext_noop("Merge to the right"), gettext_noop("Merge to the right into %(street)s")),
    38: (gettext_noop("Merge to the left"), gettext_noop("Merge to the left into %(street)s")),
    39: (gettext_noop("Take the lift"),) * 2,
    40: (gettext_noop("Take the stairs"),) * 2,
    41: (gettext_noop("Take the escalator"),) * 2,
    42: (gettext_noop("Enter the building"),) * 2,
    43: (gettext_noop("Leave the building"),) * 2,
}
EXITS = (
    gettext_noop("Enter the roundabout and take exit %(exit)s"),
    gettext_noop("Enter the roundabout and take exit %(exit)s, for %(street)s"),
)
HEADINGS = (
    (gettext_noop("Set off to the north"), gettext_noop("Set off to the north along %(street)s")),
    (gettext_noop("Set off to the north-east"), gettext_noop("Set off to the north-east along %(street)s")),
    (gettext_noop("Set off to the east"), gettext_noop("Set off to the east along %(street)s")),
    (gettext_noop("Set off to the south-east"), gettext_noop("Set off to the south-east along %(street)s")),
    (gettext_noop("Set off to the south"), gettext_noop("Set off to the south along %(street)s")),
    (gettext_noop("Set off to the south-west"), gettext_noop("Set off to the south-west along %(street)s")),
    (gettext_noop("Set off to the west"), gettext_noop("Set off to the west along %(street)s")),
    (gettext_noop("Set off to the north-west"), gettext_noop("Set off to the north-west along %(street)s")),
)


def steps(manoeuvres: Sequence[dict[str, Any]], shape: Sequence[Point], lang: str) -> list[RoadStep]:
    """A turn list in the words of a language; streets by their names there, where the map has them."""
    streets = [_street(one) for one in manoeuvres]
    named = _in_english(streets, shape) if lang == "en" else {}
    with override(lang):
        return [
            RoadStep(
                text(one, named.get(street, street)), named.get(street, street), one["length"] * 1000, one["time"],
                one["type"], shape[one["begin_shape_index"]],
            )
            for one, street in zip(manoeuvres, streets, strict=True)
        ]  # fmt: skip


def text(manoeuvre: dict[str, Any], street: str) -> str:
    """One line in the language that is active; a manoeuvre that is not known leads straight on."""
    kind, exits = manoeuvre["type"], manoeuvre.get("roundabout_exit_count")
    words = WORDS.get(kind, WORDS[8])
    if kind in START:
        words = HEADINGS[round(manoeuvre.get("bearing_after", 0) / 45) % 8]
    elif kind == ROUNDABOUT and exits:
        words = EXITS
    return _(words[bool(street)]) % {"street": street, "exit": exits}


def _street(manoeuvre: dict[str, Any]) -> str:
    """The street that one comes into."""
    names = manoeuvre.get("begin_street_names") or manoeuvre.get("street_names") or [""]
    return str(names[0])


def _in_english(streets: Sequence[str], shape: Sequence[Point]) -> dict[str, str]:
    """English names of streets, of roads about the line."""
    lons, lats = [lon for lon, _lat in shape], [lat for _lon, lat in shape]
    box = Polygon.from_bbox((min(lons), min(lats), max(lons), max(lats)))
    box.srid = 4326
    about = Road.objects.filter(line__bboverlaps=box, name__in=set(streets) - {""}).exclude(name_en="")
    return dict(about.values_list("name", "name_en"))
