"""A station's boundary from GeoJSON (RFC 7946) or typed corners, in WGS-84: read, checked, and said where it is wrong."""

import json
import math
import re
from typing import Any

from django.contrib.gis.geos import GEOSException, MultiPolygon, Polygon
from django.utils.translation import gettext as _

from command.errors import Invalid

Ring = list[tuple[float, float]]  # longitude, latitude
TEXT_LIMIT = 900_000  # characters; more does not come through the front door
POINTS_LIMIT = 20_000
SMALLEST_KM2, LARGEST_KM2 = 0.001, 200_000.0
DEGREE_KM = 111.32


CORNER = re.compile(r"(-?\d{1,3}(?:\.\d{1,15})?)(?:\s*[,，;；]\s*|\s+)(-?\d{1,3}(?:\.\d{1,15})?)")


def read(text: str) -> MultiPolygon:
    """The area that a text encloses. Raises Invalid at `boundary`.

    GeoJSON: a Polygon, MultiPolygon, Feature or FeatureCollection. Else a corner a line, latitude before longitude as
    people say it; an empty line begins another area.
    """
    if len(text) > TEXT_LIMIT:
        raise _wrong(_("expected at most %(limit)s characters, found %(found)s"), limit=TEXT_LIMIT, found=len(text))
    polygons = [[_ring(ring) for ring in rings] for rings in _rings_of(text.strip())]
    count = sum(len(ring) for rings in polygons for ring in rings)
    if not polygons:
        raise _wrong(_("expected at least one polygon, found none"))
    if count >= POINTS_LIMIT:
        raise _wrong(_("expected fewer than %(limit)s points, found %(found)s"), limit=POINTS_LIMIT, found=count)
    return _of_a_size(_joined([_polygon(rings) for rings in polygons]))


def _rings_of(text: str) -> list[Any]:
    """The polygons' lists of rings, as they stand there."""
    if not text:
        raise _wrong(_("expected an area, found nothing: draw it on the map, or type its corners here"))
    if text[0] not in "{[":
        return [[_closed(lines)] for lines in _lines(text)]
    try:
        return _polygons(json.loads(text))
    except json.JSONDecodeError as wrong:
        raise _wrong(
            _("expected GeoJSON, found something else from line %(line)s, character %(character)s on"),
            line=wrong.lineno, character=wrong.colno,
        ) from wrong  # fmt: skip
    except (ValueError, RecursionError) as wrong:
        raise _wrong(_("expected GeoJSON, found something that can't be read")) from wrong


def _lines(text: str) -> list[list[list[float]]]:
    """Typed corners as [longitude, latitude], by areas."""
    areas: list[list[list[float]]] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        found = CORNER.fullmatch(line.strip())
        if found:
            areas[-1].append([float(found[2]), float(found[1])])
        elif line.strip():
            words = _("line %(line)s: expected a corner as latitude, longitude, or GeoJSON; found “%(found)s”")
            raise _wrong(words, line=number, found=line.strip()[:40])
        elif areas[-1]:
            areas.append([])
    return [area for area in areas if area]


def _closed(corners: list[list[float]]) -> list[list[float]]:
    return corners if corners[0] == corners[-1] and len(corners) > 1 else [*corners, corners[0]]


def area_km2(area: MultiPolygon) -> float:
    """About how large an area is, in km²; good to a percent for what one station covers."""
    return float(area.area) * DEGREE_KM**2 * math.cos(math.radians(area.centroid.y))


def _wrong(words: str, **facts: object) -> Invalid:
    said = words % facts
    return Invalid("bad_boundary", said, fields={"boundary": said})


def _polygons(said: Any) -> list[Any]:
    """The polygons' lists of rings, whatever they are wrapped in."""
    kind = said.get("type") if isinstance(said, dict) else None
    if kind == "FeatureCollection":
        return [rings for one in _list(said.get("features")) for rings in _polygons(one)]
    if kind == "Feature":
        return _polygons(said.get("geometry"))
    if kind == "Polygon":
        return [_list(said.get("coordinates"))]
    if kind == "MultiPolygon":
        return [_list(one) for one in _list(said.get("coordinates"))]
    raise _wrong(_("expected polygons, found %(found)s"), found=str(kind)[:40])


def _list(said: Any) -> list[Any]:
    if not isinstance(said, list):
        raise _wrong(_("expected a list of coordinates, found %(found)s"), found=repr(said)[:40])
    return said


def _ring(said: Any) -> Ring:
    ring = [_point(one) for one in _list(said)]
    if len(ring) < 4:
        raise _wrong(
            _("expected a ring of at least 3 corners that ends where it began, found %(found)s points"), found=len(ring)
        )
    if ring[0] != ring[-1]:
        facts = {"first": _written(ring[0]), "last": _written(ring[-1])}
        raise _wrong(_("expected a closed ring, found one that begins at %(first)s and ends at %(last)s"), **facts)
    return ring


def _point(said: Any) -> tuple[float, float]:
    pair = said[:2] if isinstance(said, list) and len(said) in (2, 3) else None
    if pair is None or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in pair):
        raise _wrong(_("expected [longitude, latitude], found %(found)s"), found=repr(said)[:40])
    if not (-180 <= pair[0] <= 180 and -90 <= pair[1] <= 90):
        said = _("expected a longitude within ±180° and a latitude within ±90°, found %(found)s")
        raise _wrong(said, found=repr(pair)[:60])
    return float(pair[0]), float(pair[1])


def _written(point: tuple[float, float]) -> str:
    return f"{point[1]:.5f}, {point[0]:.5f}"


def _polygon(rings: list[Ring]) -> Polygon:
    if not rings:
        raise _wrong(_("expected a polygon with a ring, found one without"))
    try:
        polygon = Polygon(*rings, srid=4326)
    except (GEOSException, ValueError) as wrong:
        raise _wrong(_("expected a polygon, found %(found)s"), found=str(wrong)[:120]) from wrong
    if not polygon.valid:
        raise _wrong(_crossing(polygon.valid_reason))
    return polygon


def _crossing(reason: str) -> str:
    """What is wrong with a polygon, in words; `reason` is GEOS's, which ends with [longitude latitude]."""
    what, _bracket, where = reason.partition("[")
    try:
        lon, lat = (float(one) for one in where.rstrip("]").split())
    except ValueError:
        return _("expected a simple polygon, found: ") + what.strip().replace("%", "")
    place = _written((lon, lat))
    if what.strip() in ("Self-intersection", "Ring Self-intersection"):
        return _("expected a line that does not cross itself, found one that does near ") + place
    return _("expected a simple polygon, found one that is not near ") + place


def _joined(polygons: list[Polygon]) -> MultiPolygon:
    """One area without seams, where polygons overlap or touch."""
    whole = MultiPolygon(*polygons, srid=4326).unary_union
    return whole if isinstance(whole, MultiPolygon) else MultiPolygon(whole, srid=4326)


def _of_a_size(area: MultiPolygon) -> MultiPolygon:
    size = area_km2(area)
    if not SMALLEST_KM2 <= size <= LARGEST_KM2:
        facts = {"least": SMALLEST_KM2, "most": f"{LARGEST_KM2:,.0f}", "found": f"{size:,.6f}"}
        raise _wrong(_("expected between %(least)s and %(most)s km², found %(found)s km²"), **facts)
    return area
