"""Verbs about devices: add one with its key, change it, renew or take its key, let in a tracker that a gateway brought."""

from collections.abc import Collection

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from command import alarms, audit, changes, clock
from command.errors import Conflict, Invalid, NotThere
from command.models import Station, digest, new_secret
from command.permissions import Capability, Principal, require
from devices.models import DATUMS, DOORBELL, KINDS, PROFILES, Device

NAME_LIMIT, UNIQUE_ID_LIMIT = 100, 64
WAITING = "tracker_waiting"


def add_device(
    actor: Principal | None,
    name: str,
    kind: str,
    profile: str,
    station: Station,
    datum: str = "wgs84",
    gateway: Device | None = None,
    unique_id: str | None = None,
) -> tuple[Device, str]:
    """Add a device and return it with its key, which is shown this once: only its hash is kept.

    A tracker behind a gateway (`gateway`, `unique_id`) speaks through the gateway's key and has "" for its own.
    Raises Invalid with the field that is wrong, Conflict where the gateway has a tracker of that name.
    """
    _check(name, kind, profile, datum)
    _check_way(kind, profile, station, gateway, unique_id)
    if actor:
        require(actor, Capability.MANAGE_DEVICES, station.pk)
    key = "" if gateway else new_secret()
    device = Device(
        station=station, name=name, kind=kind, profile=profile, datum=datum, gateway=gateway, unique_id=unique_id,
        key_hash=digest(key) if key else None, approved_at=clock.now(),
    )  # fmt: skip
    with changes.change():
        try:
            with transaction.atomic():
                device.save()
        except IntegrityError as taken:
            said = _("The gateway has a tracker “%(name)s” already.") % {"name": unique_id}
            raise Conflict("tracker_there", said, fields={"unique_id": said}) from taken
        audit.record(actor, "add_device", "device", device.pk, station.pk, kind=kind, profile=profile)
        _ring(device)
    return device, key


def _check(name: str, kind: str, profile: str, datum: str) -> None:
    fields = {}
    if not name.strip() or len(name) > NAME_LIMIT or not name.isprintable():
        fields["name"] = _("expected 1 to %(limit)s characters") % {"limit": NAME_LIMIT}
    for field, value, known in (("kind", kind, KINDS), ("profile", profile, PROFILES), ("datum", datum, DATUMS)):
        if value not in known:
            said = _("expected one of %(known)s; found %(found)s.")
            fields[field] = said % {"known": ", ".join(known), "found": repr(value)}
    _refuse(fields)


def _check_way(kind: str, profile: str, station: Station, gateway: Device | None, unique_id: str | None) -> None:
    """What speaks through a gateway is a tracker that it forwards, with a name there."""
    if gateway is None:
        if unique_id is not None:
            said = _("a tracker behind a gateway needs both the gateway and its unique id there")
            _refuse({"unique_id": said})
        return
    fields = {}
    if profile != "forward":
        fields["profile"] = _("expected “forward” for a tracker behind a gateway")
    if kind != "tracker" or gateway.kind != "gateway" or gateway.station_id != station.pk or gateway.revoked_at:
        fields["gateway"] = _("expected a tracker, and a gateway of its own station that is in use")
    elif not unique_id or len(unique_id) > UNIQUE_ID_LIMIT or not unique_id.isprintable():
        fields["unique_id"] = _("expected the tracker's name at its gateway, 1 to %(limit)s characters") % {
            "limit": UNIQUE_ID_LIMIT
        }
    _refuse(fields)


def _refuse(fields: dict[str, str]) -> None:
    if fields:
        raise Invalid("invalid", "; ".join(f"{field}: {said}" for field, said in fields.items()), fields=fields)


def change_device(actor: Principal | None, device_id: int, name: str, datum: str) -> Device:
    """Change a device's name and what its places are given in. Raises NotThere, Invalid."""
    with changes.change():
        device = _held(actor, device_id)
        _check(name, device.kind, device.profile, datum)
        changed = [field for field, value in (("name", name), ("datum", datum)) if getattr(device, field) != value]
        if changed:
            device.name, device.datum = name, datum
            _save(device, *changed)
            audit.record(actor, "change_device", "device", device.pk, device.station_id, fields=changed)
    return device


def renew_key(actor: Principal | None, device_id: int) -> tuple[Device, str]:
    """Give a device a new key, shown this once; the old one is refused at once. Raises NotThere, Conflict."""
    with changes.change():
        device = _held(actor, device_id)
        if device.revoked_at is not None:
            raise Conflict("revoked", _("This device has been revoked: add it anew."))
        if device.gateway_id is not None:
            raise Conflict("no_key", _("A tracker behind a gateway has no key: it speaks through the gateway's."))
        key = new_secret()
        device.key_hash = digest(key)
        _save(device, "key_hash")
        audit.record(actor, "renew_key", "device", device.pk, device.station_id)
    return device, key


def names(ids: Collection[str]) -> dict[str, str]:
    """What people call these devices, by id as text."""
    numbers = [int(pk) for pk in ids if pk.isascii() and pk.isdigit()]
    return {str(pk): name for pk, name in Device.objects.filter(pk__in=numbers).values_list("pk", "name")}


def revoke_device(actor: Principal | None, device_id: int) -> Device:
    """Take a device's key away, for good; with a gateway's its trackers are out too. Raises NotThere."""
    with changes.change():
        device = _held(actor, device_id)
        if device.revoked_at is None:
            device.revoked_at = clock.now()
            _save(device, "revoked_at")
            audit.record(actor, "revoke_device", "device", device.pk, device.station_id)
    return device


def approve_device(actor: Principal | None, device_id: int) -> Device:
    """Let in a tracker that its gateway reported and nobody knew. Raises NotThere."""
    with changes.change():
        device = _held(actor, device_id)
        if device.approved_at is None:
            device.approved_at = clock.now()
            _save(device, "approved_at")
            audit.record(actor, "approve_device", "device", device.pk, device.station_id)
            alarms.clear_alarm(device.station_id, WAITING, "device", device.pk)
    return device


def _held(actor: Principal | None, device_id: int) -> Device:
    """The device, locked, if `actor` (None: the system) may look after it."""
    devices = Device.managed.visible_to(actor) if actor else Device.managed.all()
    device: Device | None = devices.select_for_update().filter(pk=device_id).first()
    if device is None:
        raise NotThere("not_there", _("There is no such device."))
    return device


def _save(device: Device, *fields: str) -> None:
    Device.objects.filter(pk=device.pk).update(**{one: getattr(device, one) for one in fields}, changed_at=Now())
    _ring(device)


def _ring(device: Device) -> None:
    """Tell ingest, on commit, to read this device anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [DOORBELL, str(device.pk)])
