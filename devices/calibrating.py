"""Verbs of calibration: pairs of points say which part of the ground each part of a camera's picture shows."""

import math
from collections.abc import Sequence

from django.utils.translation import gettext as _

from command import audit, changes, clock, geo
from command.errors import Invalid, NotThere
from command.models import Officer
from command.permissions import Principal
from devices import homography
from devices.camera_words import unfit
from devices.homography import Fitted
from devices.models import Calibration, Camera

Pair = Sequence[float]  # x, y in shares of the picture; latitude, longitude in degrees
FAR_M = 3_000.0  # from the camera: a point that far is another place's


def fitted(camera: Camera, pairs: Sequence[Pair]) -> Fitted:
    """What pairs would make of a camera; nothing is kept. Raises Invalid (`pairs_…`)."""
    try:
        return homography.fit([_around(camera, pair) for pair in pairs])
    except homography.Unfit as wrong:
        raise Invalid(wrong.code, unfit(wrong.code), fields={"pairs": unfit(wrong.code)}) from wrong


def _around(camera: Camera, pair: Pair) -> homography.Pair:
    """A pair in metres around the camera's foot."""
    x, y, lat, lon = pair
    away = geo.distance_m(camera.place.y, camera.place.x, lat, lon)
    if away > FAR_M:
        said = _("A point lies %(km)s km from the camera.") % {"km": f"{away / 1000:.0f}"}
        raise Invalid("pairs_far", said, fields={"pairs": said})
    turn = math.radians(geo.bearing_deg(camera.place.y, camera.place.x, lat, lon))
    return x, y, away * math.sin(turn), away * math.cos(turn)


def managed(actor: Principal, camera_id: int) -> Camera:
    """A camera that one looks after. Raises NotThere."""
    found = Camera.managed.visible_to(actor).select_related("station", "calibration")
    camera: Camera | None = found.filter(pk=camera_id, retired_at=None).first()
    if camera is None:
        raise NotThere("not_there", _("There is no such camera."))
    return camera


def calibrate(actor: Officer, camera_id: int, pairs: Sequence[Pair]) -> Calibration:
    """Keep the calibration that pairs make, instead of any before. Raises NotThere, Invalid (`pairs_…`)."""
    with changes.change():
        camera = _held(actor, camera_id)
        found = fitted(camera, pairs)
        said = {
            "plane": list(found.plane), "pairs": [list(pair) for pair in pairs], "residual_m": found.residual_m,
            "calibrated_at": clock.now(), "calibrated_by": actor,
        }  # fmt: skip
        made, _is_new = Calibration.objects.update_or_create(camera=camera, defaults=said)
        audit.record(actor, "calibrate_camera", "camera", camera.pk, camera.station_id, pairs=len(pairs))
    return made


def forget(actor: Officer, camera_id: int) -> None:
    """Believe a camera's pose again. Raises NotThere; where it is not calibrated nothing happens."""
    with changes.change():
        camera = _held(actor, camera_id)
        if Calibration.objects.filter(camera=camera).delete()[0]:
            audit.record(actor, "forget_calibration", "camera", camera.pk, camera.station_id)


def _held(actor: Officer, camera_id: int) -> Camera:
    managed(actor, camera_id)
    return Camera.objects.select_for_update(no_key=True, of=("self",)).get(pk=camera_id)
