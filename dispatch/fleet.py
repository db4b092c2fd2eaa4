"""Verbs on what a station goes out with: its units as they are set up, and its vehicles.

Whoever manages devices manages these: a unit is set up by giving it phones and a vehicle, which is the technician's work,
and an administrator may do all that. Who rides with it is chosen only by those who manage people.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Conflict, Invalid, NotThere
from command.models import Officer, Station
from command.permissions import Capability, Principal, require
from devices.models import Device
from dispatch import units
from dispatch.models import Assignment, Unit, Vehicle
from dispatch.states import UnitStatus

DEVICES, PEOPLE = Capability.MANAGE_DEVICES, Capability.MANAGE_PEOPLE
SEATS_LIMIT = 60
PLATE_LIMIT, EQUIPMENT_LIMIT = 20, 200


def add_unit(
    actor: Principal, station: Station, call_sign: str, kind: str, *, vehicle: Vehicle | None = None,
    devices: Collection[Device] = (), usual_crew: Collection[Officer] | None = None,
) -> Unit:  # fmt: skip
    """Make a unit that is off duty. Raises Forbidden, Invalid with the field that is wrong, Conflict."""
    with changes.change():
        unit = units.add_unit(actor, station, call_sign, kind=_kind(kind), status=UnitStatus.OFF_DUTY)
        _equip(actor, unit, vehicle, devices, usual_crew)
    return unit


def change_unit(
    actor: Principal, unit_id: int, *, call_sign: str, kind: str, vehicle: Vehicle | None,
    devices: Collection[Device], usual_crew: Collection[Officer] | None = None,
) -> Unit:  # fmt: skip
    """Change how a unit is set up; `usual_crew` None leaves it. Its call sign stays while it is sent somewhere.

    Raises NotThere, Forbidden, Invalid, Conflict.
    """
    with changes.change():
        unit = _held(actor, unit_id)
        if call_sign.strip() != unit.call_sign:
            _not_sent(unit)
            _publish(unit)  # under the name that goes
            unit.call_sign = units.free_call_sign(unit.station, call_sign)
        unit.kind = _kind(kind)
        unit.save(update_fields=["call_sign", "kind"])
        audit.record(actor, "change_unit", "unit", unit.pk, unit.station_id)
        _equip(actor, unit, vehicle, devices, usual_crew)
        return unit


def retire_unit(actor: Principal, unit_id: int) -> Unit:
    """Take a unit out of service: its devices and vehicle are free, what it did stays. Raises NotThere, Conflict."""
    with changes.change():
        unit = _held(actor, unit_id)
        _not_sent(unit)
        if unit.status != UnitStatus.OFF_DUTY:
            said = _("%(unit)s is on duty: book it off first, at the desk.") % {"unit": unit.call_sign}
            raise Conflict("on_duty", said)
        unit.retired_at, unit.vehicle = clock.now(), None
        unit.save(update_fields=["retired_at", "vehicle"])
        unit.devices.clear()
        unit.usual_crew.clear()
        audit.record(actor, "retire_unit", "unit", unit.pk, unit.station_id)
        _publish(unit)
        return unit


def _held(actor: Principal, unit_id: int) -> Unit:
    """The unit, locked, if `actor` may set it up and it is in service."""
    found = Unit.managed.visible_to(actor).filter(pk=unit_id, retired_at=None)
    unit: Unit | None = found.select_for_update(of=("self",), no_key=True).select_related("station").first()
    if unit is None:
        raise NotThere("not_there", _("There is no such unit."))
    return unit


def _not_sent(unit: Unit) -> None:
    if Assignment.objects.filter(unit=unit, ended_at=None).exists():
        said = _("%(unit)s is sent to an incident: wait until it is free.") % {"unit": unit.call_sign}
        raise Conflict("unit_sent", said)


def _kind(kind: str) -> str:
    known = [one for one, _words in Unit.KINDS]
    if kind not in known:
        said = _("expected one of %(known)s; found %(found)s.") % {"known": ", ".join(known), "found": repr(kind)}
        raise Invalid("unknown_kind", said, fields={"kind": said})
    return kind


def _equip(
    actor: Principal,
    unit: Unit,
    vehicle: Vehicle | None,
    devices: Collection[Device],
    usual_crew: Collection[Officer] | None,
) -> None:
    fields = {**_wrong_vehicle(unit, vehicle), **_wrong_devices(unit, devices)}
    if usual_crew is not None:
        require(actor, PEOPLE, unit.station_id)
        fields |= _wrong_crew(unit, usual_crew)
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)
    unit.vehicle = vehicle
    unit.save(update_fields=["vehicle"])
    unit.devices.set(devices)
    if usual_crew is not None:
        unit.usual_crew.set(usual_crew)
    _publish(unit)


def _wrong_vehicle(unit: Unit, vehicle: Vehicle | None) -> dict[str, str]:
    if vehicle is None:
        return {}
    if vehicle.station_id != unit.station_id:
        return {"vehicle": _("expected a vehicle of the unit's own station.")}
    other = vehicle.unit_set.filter(retired_at=None).exclude(pk=unit.pk).first()
    said = _("%(name)s goes with %(unit)s already.")
    return {"vehicle": said % {"name": vehicle.plate, "unit": other.call_sign}} if other else {}


def _wrong_devices(unit: Unit, devices: Iterable[Device]) -> dict[str, str]:
    for device in devices:
        if device.station_id != unit.station_id or device.revoked_at or not device.approved_at:
            said = _("%(name)s: expected a device of the unit's own station that is in use.")
            return {"devices": said % {"name": device.name}}
        other = Unit.objects.filter(devices=device, retired_at=None).exclude(pk=unit.pk).first()
        if other:
            said = _("%(name)s goes with %(unit)s already.") % {"name": device.name, "unit": other.call_sign}
            return {"devices": said}
    return {}


def _wrong_crew(unit: Unit, crew: Iterable[Officer]) -> dict[str, str]:
    strange = [one.label for one in crew if one.station_id != unit.station_id or not one.is_active]
    said = _("%(names)s: expected people of the unit's own station who are not shut out.")
    return {"usual_crew": said % {"names": ", ".join(strange)[:200]}} if strange else {}


def _publish(unit: Unit) -> None:
    live.publish(unit.station_id, "unit", unit.key)


def add_vehicle(actor: Principal, station: Station, **said: Any) -> Vehicle:
    """Add a vehicle: plate, kind, seats, equipment. Raises Forbidden, Invalid, Conflict where the plate is there."""
    require(actor, DEVICES, station.pk)
    with changes.change():
        vehicle = Vehicle(station=station)
        _describe(vehicle, **said)
        vehicle.save()
        audit.record(actor, "add_vehicle", "vehicle", vehicle.pk, station.pk)
    return vehicle


def change_vehicle(actor: Principal, vehicle_id: int, **said: Any) -> Vehicle:
    """Change what is known of a vehicle. Raises NotThere, Invalid, Conflict."""
    with changes.change():
        vehicle = _held_vehicle(actor, vehicle_id)
        _describe(vehicle, **said)
        vehicle.save()
        audit.record(actor, "change_vehicle", "vehicle", vehicle.pk, vehicle.station_id)
    return vehicle


def remove_vehicle(actor: Principal, vehicle_id: int) -> None:
    """Take a vehicle off the books; a unit that has it goes without. Raises NotThere."""
    with changes.change():
        vehicle = _held_vehicle(actor, vehicle_id)
        audit.record(actor, "remove_vehicle", "vehicle", vehicle.pk, vehicle.station_id)
        vehicle.delete()


def _held_vehicle(actor: Principal, vehicle_id: int) -> Vehicle:
    found: Vehicle | None = Vehicle.objects.visible_to(actor).select_for_update().filter(pk=vehicle_id).first()
    if found is None:
        raise NotThere("not_there", _("There is no such vehicle."))
    return found


def _describe(vehicle: Vehicle, plate: str, kind: str, seats: int | None, equipment: str) -> None:
    plate = plate.strip()
    fields = {}
    if not plate or len(plate) > PLATE_LIMIT or not plate.isprintable():
        fields["plate"] = _("expected 1 to %(limit)s characters") % {"limit": PLATE_LIMIT}
    if kind not in dict(Vehicle.KINDS):
        fields["kind"] = _("expected one of %(known)s") % {"known": ", ".join(dict(Vehicle.KINDS))}
    if seats is not None and not 1 <= seats <= SEATS_LIMIT:
        fields["seats"] = _("expected 1 to %(limit)s seats") % {"limit": SEATS_LIMIT}
    if len(equipment) > EQUIPMENT_LIMIT or (equipment and not equipment.isprintable()):
        fields["equipment"] = _("expected at most %(limit)s characters") % {"limit": EQUIPMENT_LIMIT}
    if fields:
        raise Invalid("invalid", "; ".join(fields.values()), fields=fields)
    if Vehicle.objects.filter(station=vehicle.station, plate=plate).exclude(pk=vehicle.pk).exists():
        said = _("There is a vehicle %(name)s already.") % {"name": plate}
        raise Conflict("plate_taken", said, fields={"plate": said})
    vehicle.plate, vehicle.kind, vehicle.seats, vehicle.equipment = plate, kind, seats, equipment
