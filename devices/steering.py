"""Verbs of turning cameras: to a place, and to a preset. Who turns one, and why, is entered before it moves."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection
from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Conflict, Forbidden, NotThere
from command.permissions import Capability, Principal, require
from devices import sight, streams
from devices.control_models import Control, Slew
from devices.models import Camera
from devices.pictures import hosts, watching
from devices.turning import CantTurn

if TYPE_CHECKING:
    from devices.onvif import Preset

Answer = TypeVar("Answer")
CANT: dict[str, Callable[[], str]] = {
    "unreachable": lambda: _("The camera does not answer."),
    "password": lambda: _("The camera refuses the name and password that are kept for it."),
    "no_ptz": lambda: _("The camera says that it can't be turned to a direction."),
    "refused": lambda: _("The camera refused."),
    "out_of_reach": lambda: _("The camera does not turn so far."),
}


@dataclass(frozen=True, slots=True)
class Turned:
    """Where a camera was told to look: in its own space (−1 to 1), and in degrees."""

    pan: float
    tilt: float
    bearing_deg: float


def steered(principal: Principal, camera_id: int) -> Camera:
    """A camera that one may turn. Raises NotThere, Forbidden."""
    found = Camera.steered.visible_to(principal).select_related("station", "calibration", "control")
    camera: Camera | None = found.filter(pk=camera_id, retired_at=None).first()
    if camera is None:
        raise NotThere("not_there", _("There is no such camera."))
    require(principal, Capability.STEER_CAMERAS, camera.station_id)
    return camera


def look(principal: Principal, camera_id: int, lat: float, lon: float, incident: str = "", reason: str = "") -> Turned:
    """Turn a camera to a place on the ground (degrees, WGS-84).

    Raises NotThere, Forbidden (`reason_required`), Conflict (`no_control`, `camera_…`), Problem 503 where it can't be entered.
    """
    camera = steered(principal, camera_id)
    control, bearing, tilt_deg = _control_of(camera), *sight.way_to(camera.pose, lat, lon)
    pan, tilt = _told(lambda: control.reach.told(bearing, tilt_deg))
    _enter(principal, camera, incident, reason)
    _asked(control, lambda address: _onvif().turn(address, pan, tilt))
    _moved(camera, pan, tilt)
    return Turned(pan, tilt, bearing)


def presets(principal: Principal, camera_id: int) -> "list[Preset]":
    """The presets that a camera knows. Raises NotThere, Forbidden, Conflict (`no_control`, `camera_…`)."""
    control = _control_of(steered(principal, camera_id))
    found: list[Preset] = _asked(control, _onvif().presets)
    return found


def go_to_preset(principal: Principal, camera_id: int, token: str, incident: str = "", reason: str = "") -> None:
    """Turn a camera to a preset; where it looks then, nobody can tell. Raises as `look`."""
    camera = steered(principal, camera_id)
    control = _control_of(camera)
    _enter(principal, camera, incident, reason)
    _asked(control, lambda address: _onvif().go_to_preset(address, token))
    _moved(camera, None, None)


def _onvif() -> Any:
    """The file that knows the client library: only a process that turns cameras pays for it, at its first."""
    return import_module("devices.onvif")


def _control_of(camera: Camera) -> Control:
    control: Control | None = getattr(camera, "control", None)
    if control is None:
        raise Conflict("no_control", _("This camera can't be turned from here."))
    return control


def _asked(control: Control, job: Callable[[str], Answer]) -> Answer:
    """What a camera answers, at the address that was looked up and permitted just now: a name may lead elsewhere by now."""
    networks = streams.networks()
    if not connection.in_atomic_block:
        connection.close()  # who waits for a camera that hangs keeps none of the pool from others
    try:
        address = hosts.resolved(control.address, networks)
    except (hosts.Forbidden, hosts.Unknown) as nowhere:
        raise Conflict("camera_unreachable", CANT["unreachable"]()) from nowhere
    return _told(lambda: job(address))


def _told(job: Callable[[], Answer]) -> Answer:
    try:
        return job()
    except CantTurn as cant:
        raise Conflict(f"camera_{cant.code}", CANT[cant.code]()) from cant


def _enter(principal: Principal, camera: Camera, incident: str, reason: str) -> None:
    """Enter who turns it, and why."""
    try:
        incident, reason = watching.checked_reason(principal, incident, reason)
    except Forbidden as refused:
        said = _("Turning a camera needs a reason: an open incident that you see, or a few words.")
        raise Forbidden(refused.code, said) from refused
    with audit.before_showing():
        made = Slew.objects.create(
            camera=camera, actor_kind=principal.kind, actor_id=str(principal.pk), incident=incident, reason=reason,
            at=clock.now(),
        )  # fmt: skip
        facts = {"slew": made.pk, "incident": incident or None}
        audit.record(principal, "slew", "camera", camera.pk, camera.station_id, **facts)


def _moved(camera: Camera, pan: float | None, tilt: float | None) -> None:
    with changes.change():
        Control.objects.filter(camera=camera).update(pan=pan, tilt=tilt, moved_at=clock.now())
        live.publish(camera.station_id, "camera", camera.pk)
