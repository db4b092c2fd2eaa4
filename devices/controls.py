"""Verbs about what a camera is turned by: its control's address, and how far it turns."""

import math
import re
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from command import audit, changes, live
from command.errors import Invalid, NotThere
from command.permissions import Principal
from devices import streams
from devices.control_models import Control
from devices.models import Camera

# field: least, most. Degrees; a bearing of 360 is one of 0
LIMITS: dict[str, tuple[float, float]] = {
    "zero_deg": (0, 360),
    "pan_range_deg": (1, 180),
    "highest_deg": (-90, 89),
    "lowest_deg": (-89, 90),
}


def set_control(actor: Principal | None, camera_id: int, address: str, **reach: float) -> Control | None:
    """Say by what a camera is turned: http(s)://name:password@host:port/onvif/device_service, "" for by nothing.

    `reach`: zero_deg, pan_range_deg, highest_deg, lowest_deg; tilts count downwards. A password shown as ••• stays.
    Where it was turned to is forgotten. Raises NotThere, Invalid with the fields that are wrong.
    """
    with changes.change():
        camera = _held(actor, camera_id)
        before = Control.objects.filter(camera=camera).first()
        address = _checked(address.strip(), before.address if before else "", reach)
        made = _kept(camera, address, reach)
        audit.record(actor, "set_control", "camera", camera.pk, camera.station_id, has_address=bool(address))
        live.publish(camera.station_id, "camera", camera.pk)
    return made


def _held(actor: Principal | None, camera_id: int) -> Camera:
    cameras = Camera.managed.visible_to(actor) if actor else Camera.managed.all()
    found = cameras.select_for_update(of=("self",), no_key=True).filter(pk=camera_id, retired_at=None)
    camera: Camera | None = found.first()
    if camera is None:
        raise NotThere("not_there", _("There is no such camera."))
    return camera


def _kept(camera: Camera, address: str, reach: dict[str, float]) -> Control | None:
    Control.objects.filter(camera=camera).delete()
    if not address:
        return None
    zero_deg = reach.get("zero_deg", camera.bearing_deg) % 360
    return Control.objects.create(camera=camera, address=address, **{**reach, "zero_deg": zero_deg})


def _checked(address: str, before: str, reach: dict[str, float]) -> str:
    """The address to keep. Raises Invalid."""
    if before and address == streams.shown(before):
        address = before
    fields = {name: said for name, value in reach.items() if (said := _beyond(name, value))}
    if not fields and reach.get("highest_deg", 0) >= reach.get("lowest_deg", 90):
        fields["lowest_deg"] = _("The lowest tilt lies above the highest one.")
    if address and not _is_one(address):
        fields["address"] = _("expected an address like http://name:password@192.0.2.1/onvif/device_service")
    elif address and (refused := streams.refusal(address)):
        fields["address"] = refused
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)
    return address


def _beyond(name: str, value: float) -> str:
    """What is wrong with a number, in words."""
    least, most = LIMITS[name]
    if math.isfinite(value) and least <= value <= most:
        return ""
    facts = {"least": f"{least:g}", "most": f"{most:g}", "unit": "°", "found": f"{value:g}"}
    return _("expected %(least)s to %(most)s %(unit)s; found %(found)s") % facts


def _is_one(address: str) -> bool:
    if len(address) > streams.ADDRESS_LIMIT or streams.HIDDEN in address or not re.fullmatch(r"[!-~]+", address):
        return False
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.hostname and parts.username and parts.path) and parts.port != 0
        return parts.scheme in ("http", "https") and is_whole
    except ValueError:
        return False
