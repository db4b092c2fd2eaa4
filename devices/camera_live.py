"""Cameras on the live picture: where each stands and what it can see. No picture, no address, no health."""

from collections.abc import Collection
from typing import Any, TypedDict

from command import live
from command.permissions import Capability
from devices.models import Camera


class CameraPayload(TypedDict):
    id: int
    station: str
    name: str
    kind: str
    lat: float
    lon: float
    height_m: float
    bearing_deg: float
    tilt_deg: float
    fov_deg: float
    range_m: float
    turns: bool
    source: int | None


def camera_payload(camera: Camera) -> CameraPayload:
    """A camera as a mark: degrees (WGS-84, clockwise from north) and metres. `turns`: whether it can be turned from here;
    `source`: the number of its pictures, if any.
    """
    return {
        "id": camera.pk,
        "station": camera.station.code,
        "name": camera.name,
        "kind": camera.kind,
        "lat": camera.place.y,
        "lon": camera.place.x,
        "height_m": camera.height_m,
        "bearing_deg": camera.bearing_deg,
        "tilt_deg": camera.tilt_deg,
        "fov_deg": camera.fov_deg,
        "range_m": camera.range_m,
        "turns": hasattr(camera, "control"),
        "source": camera.source_number,
    }


def _cameras(**which: Any) -> live.Payloads:
    found = Camera.objects.filter(retired_at=None, **which).select_related(
        "station", "source", "calibration", "control"
    )
    return {str(camera.pk): _as_it_looks(camera) for camera in found.order_by("pk")}


def _as_it_looks(camera: Camera) -> CameraPayload:
    """As a mark, turned to where it was turned last."""
    pose = camera.pose
    return {**camera_payload(camera), "bearing_deg": pose.bearing_deg, "tilt_deg": pose.tilt_deg}


def _by_id(ids: Collection[str]) -> live.Payloads:
    return _cameras(pk__in=[int(pk) for pk in ids])


# Where a camera stands is part of the map; opening its picture needs `watch_cameras` and a reason.
TOPIC = live.Topic(
    "camera",
    CameraPayload,
    Capability.SEE_MAP,
    load=_by_id,
    snapshot=lambda stations: _cameras(station_id__in=stations),
)
