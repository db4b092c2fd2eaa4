"""Verbs about cameras: where one stands, what it can see, and which have a place in view. Nothing here opens a picture."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.gis.geos import Point, Polygon
from django.utils.translation import gettext as _

from command import audit, changes, clock, geo, live
from command.errors import Conflict, Invalid, NotThere
from command.models import Station
from command.permissions import Capability, Principal, require
from devices.models import Camera

CAMERAS = Capability.MANAGE_CAMERAS
NAME_LIMIT = 100
# field: least, most, unit. A bearing of 360 is one of 0.
LIMITS: dict[str, tuple[float, float, str]] = {
    "lat": (-90, 90, "°"),
    "lon": (-180, 180, "°"),
    "height_m": (0, 1000, "m"),
    "bearing_deg": (0, 360, "°"),
    "fov_deg": (1, 360, "°"),
    "range_m": (1, 10_000, "m"),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A camera that has a place in view, how far from it it stands, and in which direction it is seen from there."""

    camera: Camera
    distance_m: float
    bearing_deg: float  # from the place to the camera, clockwise from north


def seeing(lat: float, lon: float, station_ids: Collection[int] | None = None, limit: int = 12) -> list[Sight]:
    """The cameras in whose view a place lies (degrees, WGS-84), nearest first, of all stations or of some; at most `limit`.

    By place, bearing, width and range of each (`geo.is_in_view`); buildings in the way are not known here.
    """
    found = Camera.objects.filter(retired_at=None, place__bboverlaps=_around(lat, lon)).select_related("station")
    if station_ids is not None:
        found = found.filter(station_id__in=station_ids)
    sights = [_sight(camera, lat, lon) for camera in found if _sees(camera, lat, lon)]
    return sorted(sights, key=lambda one: (one.distance_m, one.camera.pk))[:limit]


def _around(lat: float, lon: float) -> Polygon:
    """A box, in degrees, that holds every camera that may reach so far."""
    up = math.degrees(LIMITS["range_m"][1] / geo.EARTH_RADIUS_M) * 1.01
    across = up / math.cos(math.radians(min(89.0, abs(lat) + up)))
    box = Polygon.from_bbox((lon - across, lat - up, lon + across, lat + up))
    box.srid = 4326
    return box


def _sees(camera: Camera, lat: float, lon: float) -> bool:
    stands = camera.place.y, camera.place.x
    return geo.is_in_view(*stands, camera.bearing_deg, camera.fov_deg, camera.range_m, (lat, lon))


def _sight(camera: Camera, lat: float, lon: float) -> Sight:
    stands = camera.place.y, camera.place.x
    return Sight(camera, geo.distance_m(lat, lon, *stands), geo.bearing_deg(lat, lon, *stands))


def add_camera(actor: Principal | None, station: Station, name: str, kind: str, **where: float) -> Camera:
    """Add a camera. `where`: lat, lon, height_m, bearing_deg, fov_deg, range_m (degrees WGS-84, metres).

    Raises Forbidden, NotThere, Invalid with the fields that are wrong, Conflict where the name is taken.
    """
    name = name.strip()
    _check(name, kind, where)
    if actor:
        require(actor, CAMERAS, station.pk)
    camera = Camera(station=station, name=name, kind=kind)
    _stand(camera, where)
    with changes.change():
        Station.objects.select_for_update(no_key=True).get(pk=station.pk)  # of two of one name the second is told
        _is_free(camera)
        camera.save()
        _done(actor, "add_camera", camera, kind=kind)
    return camera


def change_camera(actor: Principal | None, camera_id: int, name: str, kind: str, **where: float) -> Camera:
    """Change a camera; its station stays. Raises NotThere, Invalid, Conflict."""
    name = name.strip()
    _check(name, kind, where)
    with changes.change():
        camera = _held(actor, camera_id)
        Station.objects.select_for_update(no_key=True).get(pk=camera.station_id)
        camera.name, camera.kind = name, kind
        _stand(camera, where)
        _is_free(camera)
        camera.save()
        _done(actor, "change_camera", camera)
    return camera


def retire_camera(actor: Principal | None, camera_id: int) -> Camera:
    """Take a camera off the map, for good; what it was remains on record. Raises NotThere."""
    with changes.change():
        camera = _held(actor, camera_id)
        camera.retired_at = clock.now()
        camera.save(update_fields=["retired_at"])
        _done(actor, "retire_camera", camera)
    return camera


def _held(actor: Principal | None, camera_id: int) -> Camera:
    """The camera, locked, if `actor` (None: the system) may look after it and it is in use."""
    cameras = Camera.managed.visible_to(actor) if actor else Camera.managed.all()
    camera: Camera | None = cameras.select_for_update(of=("self",)).filter(pk=camera_id, retired_at=None).first()
    if camera is None:
        raise NotThere("not_there", _("There is no such camera."))
    return camera


def _stand(camera: Camera, where: dict[str, float]) -> None:
    camera.place = Point(where["lon"], where["lat"], srid=4326)
    camera.height_m, camera.fov_deg, camera.range_m = where["height_m"], where["fov_deg"], where["range_m"]
    camera.bearing_deg = where["bearing_deg"] % 360


def _is_free(camera: Camera) -> None:
    same = Camera.managed.filter(station=camera.station_id, name=camera.name, retired_at=None).exclude(pk=camera.pk)
    if same.exists():
        said = _("There is a camera “%(name)s” at this station already.") % {"name": camera.name}
        raise Conflict("name_taken", said, fields={"name": said})


def _done(actor: Principal | None, action: str, camera: Camera, **facts: str) -> None:
    audit.record(actor, action, "camera", camera.pk, camera.station_id, **facts)
    live.publish(camera.station_id, "camera", camera.pk)


def _check(name: str, kind: str, where: dict[str, float]) -> None:
    fields = {}
    if not name or len(name) > NAME_LIMIT or not name.isprintable():
        fields["name"] = _("expected 1 to %(limit)s characters") % {"limit": NAME_LIMIT}
    if kind not in Camera.KINDS:
        said = _("expected one of %(known)s; found %(found)s.")
        fields["kind"] = said % {"known": ", ".join(Camera.KINDS), "found": repr(kind)}
    for field, (least, most, unit) in LIMITS.items():
        value = where[field]
        if not math.isfinite(value) or not least <= value <= most:
            facts = {"least": f"{least:g}", "most": f"{most:g}", "unit": unit, "found": f"{value:g}"}
            fields[field] = _("expected %(least)s to %(most)s %(unit)s; found %(found)s") % facts
    if where["lat"] == 0 == where["lon"]:
        fields["lat"] = _("0, 0 lies in the sea off Africa; it is what devices send that know no place.")
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)
