"""Verbs about devices: add one with its key, take its key away, let in a tracker that a gateway brought."""

from collections.abc import Collection

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

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
    _check_tracker(gateway, unique_id)
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
            raise Conflict("tracker_there", f"The gateway has a tracker {unique_id!r} already.") from taken
        audit.record(actor, "add_device", "device", device.pk, station.pk, kind=kind, profile=profile)
        _ring(device)
    return device, key


def _check(name: str, kind: str, profile: str, datum: str) -> None:
    fields = {}
    if not name.strip() or len(name) > NAME_LIMIT or not name.isprintable():
        fields["name"] = f"expected 1 to {NAME_LIMIT} characters"
    for field, value, known in (("kind", kind, KINDS), ("profile", profile, PROFILES), ("datum", datum, DATUMS)):
        if value not in known:
            fields[field] = f"expected one of {', '.join(known)}; found {value!r}"
    if fields:
        raise Invalid("invalid", "; ".join(f"{field}: {said}" for field, said in fields.items()), fields=fields)


def _check_tracker(gateway: Device | None, unique_id: str | None) -> None:
    """A tracker is known by its gateway and its name there: both or neither."""
    said = ""
    if (gateway is None) != (unique_id is None):
        said = "a tracker behind a gateway needs both the gateway and its unique id there"
    elif unique_id is not None and not (0 < len(unique_id) <= UNIQUE_ID_LIMIT and unique_id.isprintable()):
        said = f"expected 1 to {UNIQUE_ID_LIMIT} printable characters"
    if said:
        raise Invalid("invalid", f"unique_id: {said}", fields={"unique_id": said})


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
        raise NotThere("not_there", "There is no such device.")
    return device


def _save(device: Device, field: str) -> None:
    Device.objects.filter(pk=device.pk).update(**{field: getattr(device, field)}, changed_at=Now())
    _ring(device)


def _ring(device: Device) -> None:
    """Tell ingest, on commit, to read this device anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [DOORBELL, str(device.pk)])
