"""Who carries which device, and who is on duty together: what a phone's own map shows of its bearer's colleagues."""

from collections.abc import Collection, Sequence

from django.db.models import Prefetch

from devices.models import Device
from dispatch.models import Unit
from dispatch.states import UnitStatus

INITIALS = 2  # a phone's map has room for two letters


def on_duty_with(device_id: int) -> Sequence[tuple[str, str, int]]:
    """(two letters, call sign, device) of the other units on duty at the station of the device's unit.

    Nothing for a device that no unit on duty carries: who is off duty sees nobody.
    """
    own = Unit.objects.exclude(status=UnitStatus.OFF_DUTY).filter(devices=device_id).first()
    if own is None:
        return []
    others = Unit.objects.exclude(status=UnitStatus.OFF_DUTY).filter(station=own.station_id).exclude(pk=own.pk)
    found = others.prefetch_related(Prefetch("devices", Device.objects.only("pk")))
    return [(unit.call_sign[-INITIALS:], unit.call_sign, device.pk) for unit in found for device in unit.devices.all()]


def carriers_of(device_ids: Collection[int]) -> dict[int, str]:
    """The call sign of the unit that carries each of these devices; those that none carries are left out."""
    found = Unit.objects.filter(devices__in=device_ids, retired_at=None)
    return {
        device: call_sign for device, call_sign in found.values_list("devices", "call_sign") if device in device_ids
    }
