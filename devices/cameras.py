"""Verbs about cameras: where one stands and what it can see. Nothing here opens a picture."""

import math
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Conflict, Invalid, NotThere
from command.models import Station
from command.permissions import Capability, Principal, require
from devices.control_models import Control
from devices.models import Calibration, Camera
from devices.sight import usual_tilt_deg

CAMERAS = Capability.MANAGE_CAMERAS
NAME_LIMIT = 100
# field: least, most, unit. A bearing of 360 is one of 0.
LIMITS: dict[str, tuple[float, float, str]] = {
    "lat": (-90, 90, "°"),
    "lon": (-180, 180, "°"),
    "height_m": (0, 1000, "m"),
    "bearing_deg": (0, 360, "°"),
    "tilt_deg": (-90, 90, "°"),
    "fov_deg": (1, 360, "°"),
    "aspect": (0.2, 20, ""),
    "range_m": (1, 10_000, "m"),
}


ASPECT = 16 / 9  # of whose picture nobody said how wide it is


def add_camera(actor: Principal | None, station: Station, name: str, kind: str, **where: float) -> Camera:
    """Add a camera. `where`: lat, lon, height_m, bearing_deg, fov_deg, range_m (degrees WGS-84, metres).

    Also tilt_deg, below the horizon, without which it looks at the ground half as far away as it can see; and aspect, the width
    of its picture by its height.

    Raises Forbidden, NotThere, Invalid with the fields that are wrong, Conflict where the name is taken.
    """
    name, where = name.strip(), whole(where)
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
    """Change a camera; its station stays. Turned or moved it is calibrated no more. Raises NotThere, Invalid, Conflict."""
    name = name.strip()
    with changes.change():
        camera = _held(actor, camera_id)
        stood = _stance(camera)
        where = {"tilt_deg": camera.tilt_deg, "aspect": camera.aspect, **where}
        _check(name, kind, where)
        Station.objects.select_for_update(no_key=True).get(pk=camera.station_id)
        camera.name, camera.kind = name, kind
        _stand(camera, where)
        _is_free(camera)
        camera.save()
        if _stance(camera) != stood:
            Calibration.objects.filter(camera=camera).delete()
            Control.objects.filter(camera=camera).update(pan=None, tilt=None, moved_at=None)
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


def whole(where: dict[str, Any]) -> dict[str, Any]:
    """With the tilt and the aspect that a camera usually has, where nobody said others."""
    tilt = usual_tilt_deg(where["height_m"], where["range_m"])
    return {"tilt_deg": tilt if math.isfinite(tilt) else 0.0, "aspect": ASPECT, **where}


def _stand(camera: Camera, where: dict[str, float]) -> None:
    camera.place = Point(where["lon"], where["lat"], srid=4326)
    for field in LIMITS.keys() - {"lat", "lon"}:
        setattr(camera, field, where[field])
    camera.bearing_deg %= 360


def _stance(camera: Camera) -> list[float]:
    """What a calibration holds for; as exact as a form tells it."""
    numbers = (camera.height_m, camera.bearing_deg, camera.tilt_deg, camera.fov_deg)
    return [round(camera.aspect, 3), *(round(one, 6) for one in (*camera.place.coords, *numbers))]


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
