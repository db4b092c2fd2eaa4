"""The incident's map as a drawing (SVG): roads of the base map, where units went, where things happened.

It needs no script and no tiles, so that it is printed and exported as it stands.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.gis.geos import Polygon

from command.places.models import Road
from dispatch.models import Incident
from dispatch.timeline import Moment, Track

WIDTH, HEIGHT, EDGE = 960, 540, 48  # px
LEAST_M = 400  # so much of the town is shown at least, from left to right
METRES_A_DEGREE = 111_195
ROADS_SHOWN, NAMES_SHOWN, POINTS_SHOWN = 3_000, 14, 400
WIDE_M = 4_000  # beyond that only the larger roads are drawn
SMALL = ("service", "foot")
COLOURS = 6  # of tracks, told apart by their dashes too

Degrees = tuple[float, float]  # lat, lon
Pixel = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A road or a track: `points` as SVG takes them; `css` its class."""

    points: str
    css: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """Words or a number at a place of the drawing."""

    x: float
    y: float
    words: str
    ident: str = ""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the template draws."""

    width: int
    height: int
    roads: list[Line]
    names: list[Label]
    tracks: list[Line]
    marks: list[Label]
    place: Label
    scale_px: float
    scale_m: int


@dataclass(frozen=True, slots=True)
class Frame:
    """From degrees to pixels: the middle, and how many pixels a metre has."""

    lat: float
    lon: float
    px_a_metre: float

    def at(self, lat: float, lon: float) -> Pixel:
        """Where a place stands in the drawing."""
        east = (lon - self.lon) * METRES_A_DEGREE * math.cos(math.radians(self.lat))
        north = (lat - self.lat) * METRES_A_DEGREE
        return round(WIDTH / 2 + east * self.px_a_metre, 1), round(HEIGHT / 2 - north * self.px_a_metre, 1)

    def box(self) -> Polygon:
        """What is in the drawing, in degrees."""
        north = HEIGHT / 2 / self.px_a_metre / METRES_A_DEGREE
        east = WIDTH / 2 / self.px_a_metre / METRES_A_DEGREE / math.cos(math.radians(self.lat))
        return Polygon.from_bbox((self.lon - east, self.lat - north, self.lon + east, self.lat + north))


def frame_of(places: Iterable[Degrees]) -> Frame:
    """The frame in which all the places stand, at least so wide as is of use."""
    lats, lons = zip(*places, strict=True)
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    wide = (max(lons) - min(lons)) * METRES_A_DEGREE * math.cos(math.radians(lat))
    high = (max(lats) - min(lats)) * METRES_A_DEGREE
    metres_a_px = max(wide / (WIDTH - 2 * EDGE), high / (HEIGHT - 2 * EDGE), LEAST_M / WIDTH)
    return Frame(lat, lon, 1 / metres_a_px)


def sketch(incident: Incident, tracks: Iterable[Track], moments: Iterable[Moment]) -> Sketch:
    """The drawing of an incident."""
    where, tracks = (incident.place.y, incident.place.x), list(tracks)
    places = [where, *((fix["lat"], fix["lon"]) for one in tracks for fix in one.fixes)]
    frame = frame_of(places)
    roads = list(_roads(frame))
    scale_m = _round_metres(160 / frame.px_a_metre)
    return Sketch(
        WIDTH, HEIGHT,
        roads=roads,
        names=list(_names(roads)),
        tracks=list(_tracks(frame, tracks)),
        marks=[Label(*frame.at(*one.place), str(one.mark), f"m{one.mark}") for one in moments if one.place],
        place=Label(*frame.at(*where), incident.address),
        scale_px=round(scale_m * frame.px_a_metre, 1),
        scale_m=scale_m,
    )  # fmt: skip


def _roads(frame: Frame) -> Iterator[Line]:
    rows = Road.objects.filter(line__bboverlaps=frame.box()).order_by("pk")
    if WIDTH / frame.px_a_metre > WIDE_M:
        rows = rows.exclude(kind__in=SMALL)
    for kind, name, line in rows.values_list("kind", "name", "line")[:ROADS_SHOWN]:
        yield Line(_points(frame, ((lat, lon) for lon, lat in line.coords)), f"r-{kind}", name)


def _points(frame: Frame, places: Iterable[Degrees]) -> str:
    return " ".join(f"{x},{y}" for x, y in (frame.at(lat, lon) for lat, lon in places))


def _names(roads: Iterable[Line]) -> Iterator[Label]:
    """Each name once, in the middle of its longest piece that lies in the drawing; the longest names' roads first."""
    longest: dict[str, list[Pixel]] = {}
    for one in roads:
        inside = [point for point in _pixels(one.points) if 40 < point[0] < WIDTH - 40 and 15 < point[1] < HEIGHT - 15]
        if one.name and len(inside) > 1 and _length(inside) > _length(longest.get(one.name, [])):
            longest[one.name] = inside
    for name in sorted(longest, key=lambda one: -_length(longest[one]))[:NAMES_SHOWN]:
        (ax, ay), (bx, by) = _middle(longest[name])
        yield Label((ax + bx) / 2, (ay + by) / 2, name)


def _pixels(points: str) -> list[Pixel]:
    return [(float(x), float(y)) for x, y in (one.split(",") for one in points.split())]


def _length(points: list[Pixel]) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(points))


def _middle(points: list[Pixel]) -> tuple[Pixel, Pixel]:
    at = (len(points) - 1) // 2
    return points[at], points[at + 1]


def _tracks(frame: Frame, tracks: list[Track]) -> Iterator[Line]:
    units = list(dict.fromkeys(one.unit for one in tracks))
    for one in tracks:
        every = max(1, len(one.fixes) // POINTS_SHOWN)
        fixes = [*one.fixes[:-1:every], one.fixes[-1]]
        points = _points(frame, ((fix["lat"], fix["lon"]) for fix in fixes))
        yield Line(points, f"t{units.index(one.unit) % COLOURS}", one.unit)


def _round_metres(metres: float) -> int:
    """The largest of 1, 2, 5, 10, 20 … that is not more."""
    size = 10 ** math.floor(math.log10(max(1.0, metres)))
    return int(next(size * step for step in (5, 2, 1) if size * step <= max(1.0, metres)))
