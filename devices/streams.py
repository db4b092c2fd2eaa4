"""Verbs about what a camera's pictures come by: its address, whether they are recorded, and for how long."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Invalid, NotThere
from command.models import Station
from command.permissions import Principal
from devices.models import Camera, CameraNetwork, PictureSource
from devices.pictures import hosts

SCHEMES = ("rtsp", "rtsps", "http", "https")
ADDRESS_LIMIT = 500
KEPT_DAYS = (1, 30)  # longer only what an incident holds
HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Stream:
    """A camera that can be pulled: where, and whether somebody always wants it."""

    address: str
    is_recorded: bool
    networks: tuple[str, ...] = ()  # on which it may be though none are usually


def streams() -> dict[int, Stream]:
    """All cameras in use that have an address, by their sources' numbers."""
    found = PictureSource.objects.filter(camera__retired_at=None).exclude(Q(camera=None) | Q(address=""))
    permitted = networks()
    return {one.pk: Stream(one.address, one.is_recorded, permitted) for one in found.only("address", "is_recorded")}


def networks() -> tuple[str, ...]:
    """The networks that somebody permitted."""
    return tuple(CameraNetwork.objects.order_by("cidr").values_list("cidr", flat=True))


def allow_network(cidr: str) -> CameraNetwork:
    """Permit cameras on a network, whatever it is; a second time changes nothing. Raises Invalid."""
    try:
        found = str(ipaddress.ip_network(cidr.strip(), strict=False))
    except ValueError as wrong:
        said = _("expected a network like 192.0.2.0/24; found %(found)s") % {"found": repr(cidr[:50])}
        raise Invalid("invalid", said, fields={"network": said}) from wrong
    root = Station.objects.filter(parent=None).order_by("pk").first()
    with changes.change():
        made, _new = CameraNetwork.objects.get_or_create(cidr=found)
        if root is not None:
            audit.record(None, "allow_network", "camera_network", made.pk, root.pk)
    return made


def set_stream(
    actor: Principal | None, camera_id: int, address: str, *, is_recorded: bool = True, kept_days: int = 30
) -> PictureSource:
    """Say where a camera's pictures are: rtsp(s):// or http(s)://, "" for nowhere. A password shown as ••• stays as it was.

    Raises NotThere, Invalid with the fields that are wrong.
    """
    with changes.change():
        cameras = Camera.managed.visible_to(actor) if actor else Camera.managed.all()
        camera = cameras.select_for_update(of=("self",), no_key=True).filter(pk=camera_id, retired_at=None).first()
        if camera is None:
            raise NotThere("not_there", _("There is no such camera."))
        source = PictureSource.objects.filter(camera=camera).first() or PictureSource(camera=camera)
        source.station_id = camera.station_id
        was_recorded = bool(source.address) and source.is_recorded
        source.address = _checked(address.strip(), source.address, kept_days)
        source.is_recorded, source.kept_days = is_recorded, kept_days
        if not was_recorded:
            source.recorded_from = clock.now()
        source.save()
        facts = {"recorded": is_recorded, "kept_days": kept_days, "has_address": bool(source.address)}
        audit.record(actor, "set_stream", "camera", camera.pk, camera.station_id, **facts)
        live.publish(camera.station_id, "camera", camera.pk)
    return source


def shown(address: str) -> str:
    """An address as it is shown: whoever reads it learns no password."""
    scheme, rest = address.partition("://")[::2]
    user, at, place = rest.rpartition("@")
    path, query, _ = place.partition("?")
    name = f"{user.partition(':')[0]}:{HIDDEN}" if ":" in user else HIDDEN
    return f"{scheme}://{name + at if at else ''}{path}{f'?{HIDDEN}' if query else ''}" if address else ""


def _checked(address: str, before: str, kept_days: int) -> str:
    if before and address == shown(before):
        address = before
    fields = {}
    if address and not _is_one(address):
        said = _("expected an address like rtsp://name:password@192.0.2.1:554/stream, with one of %(schemes)s")
        fields["address"] = said % {"schemes": ", ".join(SCHEMES)}
    elif address and (refused := refusal(address)):
        fields["address"] = refused
    if not KEPT_DAYS[0] <= kept_days <= KEPT_DAYS[1]:
        facts = {"least": KEPT_DAYS[0], "most": KEPT_DAYS[1], "found": kept_days}
        fields["kept_days"] = _("expected %(least)s to %(most)s days; found %(found)s") % facts
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)
    return address


def refusal(address: str) -> str:
    """Why no camera may be at an address, in words; "" where one may. A name that nobody knows now may be known later."""
    try:
        hosts.place_of(address, networks())
    except hosts.Forbidden:
        return _(
            "No camera may be at an address of this server itself, or where only machines speak to each other. "
            "./station manage allow_network permits a network."
        )
    except hosts.Unknown:
        return ""
    return ""


def _is_one(address: str) -> bool:
    if len(address) > ADDRESS_LIMIT or HIDDEN in address or not re.fullmatch(r"[!-~]+", address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
