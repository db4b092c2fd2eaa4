"""What stands where in a camera's picture, by name: the streets and landmarks of the base map, and any place one asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.contrib.gis.geos import Polygon

from command import geo
from command.places import between
from command.places.models import Place, Road
from devices import sight
from devices.models import Camera

STEP_M = 10.0  # a street is looked at so often along its way
NEAREST_M = 6.0  # what lies nearer is below the picture or fills it
TRIED = 8  # places of one street, nearest first, of which one must not be hidden
MOST = 16  # names that one picture bears
AT_ONCE = (
    100  # places of which it is asked together what hides them: a panorama has thousands in view, and names the nearest
)
ABOVE_M = {"street": 0.0, "landmark": 3.0}  # where the name stands: on the ground, and over a door


@dataclass(frozen=True, slots=True)
class Label:
    """A name in the picture: `street` or `landmark`, shares of its width and height, metres from the camera."""

    kind: str
    name: str
    x: float
    y: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class Point:
    """Where a place lies in the picture: shares of its width and height; `is_hidden` where a building stands between."""

    x: float
    y: float
    is_hidden: bool


def points(camera: Camera, places: Sequence[tuple[float, float]]) -> list[Point | None]:
    """Where in a camera's picture places on the ground (latitude, longitude) lie, in their order; None outside of it."""
    pose = camera.pose
    found = [_inside(sight.point(pose, lat, lon)) for lat, lon in places]
    asked = [n for n, one in enumerate(found) if one]
    behind = between.hidden([(camera.eye, places[n]) for n in asked])
    hidden = {asked[n] for n in behind}
    return [Point(*one, n in hidden) if one else None for n, one in enumerate(found)]


def labels(camera: Camera) -> list[Label]:
    """The streets and landmarks that a camera's picture shows, each once where it is nearest and not hidden; nearest first."""
    box = _box(camera)
    named = sorted([*_streets(camera, box), *_landmarks(camera, box)], key=_away)
    seen: dict[tuple[str, str], Label] = {}
    for first in range(0, len(named), AT_ONCE):
        some = named[first : first + AT_ONCE]
        hidden = between.hidden([(camera.eye, place) for _, place in some])
        for n, (label, _) in enumerate(some):
            if n not in hidden:
                seen.setdefault((label.kind, label.name), label)
        if len(seen) >= MOST:
            break
    return list(seen.values())[:MOST]


Named = tuple[Label, tuple[float, float]]


def _streets(camera: Camera, box: Polygon) -> list[Named]:
    """Of each street the nearest places in the picture, nearest first."""
    places: dict[str, list[tuple[float, float]]] = {}
    for road in Road.objects.exclude(name="").filter(line__bboverlaps=box).order_by("pk"):
        places.setdefault(road.name, []).extend(_steps(road.line.coords))
    found = (sorted(_named(camera, "street", name, ways), key=_away)[:TRIED] for name, ways in places.items())
    return [one for street in found for one in street]


def _landmarks(camera: Camera, box: Polygon) -> list[Named]:
    found = Place.objects.filter(kind=Place.Kind.LANDMARK, point__bboverlaps=box).order_by("rank", "pk")
    given = (_named(camera, "landmark", one.name, [(one.point.y, one.point.x)]) for one in found)
    return [one for landmark in given for one in landmark]


def _named(camera: Camera, kind: str, name: str, places: Iterable[tuple[float, float]]) -> list[Named]:
    """The places that lie in the picture, as labels of that name."""
    found, pose = list[Named](), camera.pose
    for lat, lon in places:
        away = geo.distance_m(pose.lat, pose.lon, lat, lon)
        at = _inside(sight.point(pose, lat, lon, ABOVE_M[kind])) if NEAREST_M <= away <= camera.range_m else None
        if at:
            found.append((Label(kind, name, *at, round(away, 1)), (lat, lon)))
    return found


def _steps(line: Sequence[tuple[float, ...]]) -> list[tuple[float, float]]:
    """Places (latitude, longitude) along a line (longitude, latitude), at most STEP_M apart."""
    found = [(one[1], one[0]) for one in line[:1]]
    for (lon, lat, *_), (to_lon, to_lat, *_) in pairwise(line):
        count = int(geo.distance_m(lat, lon, to_lat, to_lon) // STEP_M) + 1
        shares = [n / count for n in range(1, count + 1)]
        found += [(lat + (to_lat - lat) * share, lon + (to_lon - lon) * share) for share in shares]
    return found


def _inside(at: tuple[float, float] | None) -> tuple[float, float] | None:
    """A point that lies in the picture, to a thousandth."""
    return (round(at[0], 4), round(at[1], 4)) if at and 0 <= at[0] <= 1 and 0 <= at[1] <= 1 else None


def _away(named: Named) -> float:
    return named[0].distance_m


def _box(camera: Camera) -> Polygon:
    """A box, in degrees, that holds everything that the camera can make out."""
    lat, lon = camera.place.y, camera.place.x
    north, south = (geo.place_at(lat, lon, bearing, camera.range_m)[0] for bearing in (0, 180))
    east, west = (geo.place_at(lat, lon, bearing, camera.range_m)[1] for bearing in (90, 270))
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = 4326
    return box
