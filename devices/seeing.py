"""Which cameras see a place, and which stand within an area. Where they stand is part of the map: no picture is opened here."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point, Polygon
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from command import geo
from command.places import between
from devices import sight, turning
from devices.control_models import Control
from devices.models import Camera

Ring = list[tuple[float, float]]  # (longitude, latitude)
WHERE_WORDS = {
    "middle": lambda facts: _("in the middle of its view, %(away)s m") % facts,
    "inside": lambda facts: _("in its view, %(angle)s° aside, %(away)s m") % facts,
    "edge": lambda facts: _("at the edge of its view, %(away)s m") % facts,
    "turn": lambda facts: _("can turn to it, %(away)s m") % facts,
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A camera that sees a place, how, and in which direction it stands from there (degrees clockwise from north)."""

    camera: Camera
    look: sight.Look
    bearing_deg: float
    is_to_turn: bool = False  # it looks elsewhere, or nobody knows where, and can be turned

    @property
    def where(self) -> str:
        return "turn" if self.is_to_turn else self.look.where

    @property
    def can_turn(self) -> bool:
        """Whether it is one that turns; if it doesn't turn so far, it says so when it is told to."""
        return self.is_to_turn or hasattr(self.camera, "control")

    @property
    def why(self) -> str:
        """In words, in the language of who asks."""
        facts = {"away": f"{self.look.distance_m:.0f}", "angle": f"{self.look.angle_deg:.0f}"}
        return WHERE_WORDS[self.where](facts)


def seeing(
    lat: float, lon: float, station_ids: Collection[int] | None = None, limit: int = 12, *, turned: bool = False
) -> list[Sight]:
    """The cameras that see a place on the ground (degrees, WGS-84), of all stations or of some, best first; at most `limit`.

    By range, width and height of their view, and the buildings between. Best is in whose picture a person is largest. With
    `turned` also those that would see it if they were turned there, last.
    """
    found = _standing(station_ids).annotate(away=Distance("place", Point(lon, lat, srid=4326)))
    found = found.filter(away__lte=F("range_m") * 1.01)  # the sphere of PostGIS and ours differ a little
    looks = [_sight(camera, lat, lon, turned) for camera in found]
    inside = [one for one in looks if one]
    hidden = between.hidden([(one.camera.eye, (lat, lon)) for one in inside])
    sights = [one for at, one in enumerate(inside) if at not in hidden]
    return sorted(sights, key=lambda one: (one.is_to_turn, -one.look.worth, one.camera.pk))[:limit]


@dataclass(frozen=True, slots=True)
class Pass:
    """A stretch of a way that a camera has in view: the positions of its first and last place, and of the one seen best."""

    camera: Camera
    first: int
    last: int
    best: int


def along(places: Sequence[tuple[float, float]], station_ids: Collection[int] | None = None) -> list[Pass]:
    """Which cameras see which stretch of a way, its places (latitude, longitude) in their order; by the first place each sees.

    One that loses the way from sight and has it again is named once, from the first to the last.
    """
    looks = [one for camera in _standing(station_ids) if not camera.is_astray for one in _looks(camera, places)]
    hidden = between.hidden([(camera.eye, places[at]) for camera, at, _ in looks])
    seen: dict[Camera, list[tuple[int, float]]] = {}
    for n, (camera, at, worth) in enumerate(looks):
        if n not in hidden:
            seen.setdefault(camera, []).append((at, worth))
    found = [Pass(camera, ats[0][0], ats[-1][0], max(ats, key=lambda one: one[1])[0]) for camera, ats in seen.items()]
    return sorted(found, key=lambda one: (one.first, one.last, one.camera.pk))


def _looks(camera: Camera, places: Sequence[tuple[float, float]]) -> list[tuple[Camera, int, float]]:
    """Which of the places a camera has in view, and how well, whatever stands between."""
    pose, reach = camera.pose, camera.range_m
    found = ((at, sight.look(pose, reach, lat, lon)) for at, (lat, lon) in enumerate(places))
    return [(camera, at, look.worth) for at, look in found if look]


def within(lat: float, lon: float, radius_m: float, station_ids: Collection[int] | None = None) -> list[Camera]:
    """The cameras that stand in a circle, nearest first."""
    found = _standing(station_ids).filter(place__bboverlaps=_box(lat, lon, radius_m))
    near = [(geo.distance_m(lat, lon, one.place.y, one.place.x), one.pk, one) for one in found]
    return [camera for away, _pk, camera in sorted(near, key=lambda one: one[:2]) if away <= radius_m]


def inside(ring: Ring, station_ids: Collection[int] | None = None) -> list[Camera]:
    """The cameras that stand within an area, by name. The ring is closed: its first corner is its last."""
    return list(_standing(station_ids).filter(place__intersects=Polygon(ring, srid=4326)).order_by("name", "pk"))


def _standing(station_ids: Collection[int] | None) -> QuerySet[Camera]:
    found: QuerySet[Camera] = Camera.objects.filter(retired_at=None).select_related(
        "station", "source", "calibration", "control"
    )
    return found if station_ids is None else found.filter(station_id__in=station_ids)


def _box(lat: float, lon: float, metres: float) -> Polygon:
    """A box, in degrees, that holds everything so near."""
    up = math.degrees(metres / geo.EARTH_RADIUS_M) * 1.01
    across = up / math.cos(math.radians(min(89.0, abs(lat) + up)))
    box = Polygon.from_bbox((lon - across, lat - up, lon + across, lat + up))
    box.srid = 4326
    return box


def _sight(camera: Camera, lat: float, lon: float, turned: bool) -> Sight | None:
    """How a camera has a place in view, as it looks, else as it would look if `turned`; None where it hasn't."""
    bearing = geo.bearing_deg(lat, lon, camera.place.y, camera.place.x)
    look = None if camera.is_astray else sight.look(camera.pose, camera.range_m, lat, lon)
    if look:
        return Sight(camera, look, bearing)
    control: Control | None = getattr(camera, "control", None) if turned else None
    look = turning.look(control.reach, camera.pose, camera.range_m, lat, lon) if control else None
    return Sight(camera, look, bearing, is_to_turn=True) if look else None
