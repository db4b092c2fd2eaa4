"""Verbs on units: on and off duty, sent and freed."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import Duty, Officer, Station
from command.permissions import Capability, Principal, require
from devices.models import Device
from dispatch import alarms, incidents, log, orders, stacked, taps, terminals
from dispatch.models import Assignment, Crew, Incident, Unit, Vehicle, crew_of
from dispatch.states import ENDED, UNIT, Step, UnitStatus, may_step

NO_NAMES = (".", "..", "nearest")  # as parts of an address these mean something else


def find(principal: Principal, call_sign: str, station: str | None = None) -> Unit:
    """The unit of that call sign that the principal sees; their own station's first. Raises NotThere, Conflict."""
    units = Unit.objects.visible_to(principal).filter(call_sign=call_sign).select_related("station", "vehicle")
    if station:
        units = units.filter(station__code=station)
    found = list(units[:20])
    if len(found) > 1:
        found = [unit for unit in found if unit.station_id == getattr(principal, "station_id", None)] or found
    if not found:
        raise NotThere("not_there", _("There is no unit %(call_sign)s.") % {"call_sign": call_sign[:40]})
    if len(found) > 1:
        codes = ", ".join(unit.station.code for unit in found)
        said = _("%(call_sign)s exists at %(codes)s; add ?station=CODE.") % {"call_sign": call_sign, "codes": codes}
        raise Conflict("ambiguous_unit", said)
    return found[0]


def locked(principal: Principal, call_sign: str, station: str | None = None) -> Unit:
    """As `find`, with the row locked until the end of the change."""
    unit = find(principal, call_sign, station)
    return (
        Unit.objects.select_for_update(of=("self",), no_key=True).select_related("station", "vehicle").get(pk=unit.pk)
    )


def add_unit(
    actor: Principal | None,
    station: Station,
    call_sign: str,
    *,
    kind: str = "foot",
    devices: Iterable[Device] = (),
    plate: str = "",
    status: str = UnitStatus.PATROL,
) -> Unit:
    """Make a unit on patrol with its devices. Raises Invalid, Conflict where the call sign is taken."""
    if actor:
        require(actor, Capability.MANAGE_DEVICES, station.pk)
    if len(plate) > 20 or not plate.isprintable():
        raise Invalid("bad_plate", _("plate: expected at most 20 printable characters."))
    with changes.change():
        call_sign = free_call_sign(station, call_sign)
        vehicle = Vehicle.objects.get_or_create(station=station, plate=plate)[0] if plate else None
        unit = Unit.objects.create(
            station=station, call_sign=call_sign, kind=kind, vehicle=vehicle, status=status, status_at=clock.now()
        )
        unit.devices.set(devices)
        audit.record(actor, "add_unit", "unit", unit.pk, station.pk)
        _show(unit)
        return unit


def free_call_sign(station: Station, call_sign: str) -> str:
    """A call sign without blanks around it, if it is one and no unit in service has it. Raises Invalid, Conflict."""
    call_sign = call_sign.strip()
    if not call_sign or len(call_sign) > 20 or not call_sign.isprintable() or "/" in call_sign or call_sign in NO_NAMES:
        said = _("call sign: expected 1 to 20 printable characters without “/”.")
        raise Invalid("bad_call_sign", said, fields={"call_sign": said})
    if Unit.objects.filter(station=station, call_sign=call_sign, retired_at=None).exists():
        said = _("There is a unit %(name)s already.") % {"name": call_sign}
        raise Conflict("call_sign_taken", said, fields={"call_sign": said})
    return call_sign


def book_on(
    principal: Principal, call_sign: str, crew: list[str] | None = None, status: str = UnitStatus.PATROL,
    station: str | None = None,
) -> Unit:  # fmt: skip
    """Put a unit on duty, with a crew by user names. Whoever was on another unit leaves it.

    `crew` None: as it was; where nobody is on it, those of its usual crew who are on no other unit.
    """
    with changes.change():
        unit = locked(principal, call_sign, station)
        if crew is None and not crew_on(unit):
            crew = _usual_crew(unit)
        _may_join(principal, unit, crew)
        if status not in (UnitStatus.PATROL, UnitStatus.AT_STATION):
            raise Invalid("bad_status", _("status: expected patrol or at_station."), fields={"status": status[:40]})
        if unit.status == UnitStatus.OFF_DUTY:
            unit.status, unit.status_at = status, clock.now()
            unit.save(update_fields=["status", "status_at"])
        if crew is not None:
            set_crew(unit, crew)
        audit.record(principal, "book_on", "unit", unit.pk, unit.station_id)
        _show(unit)
        return unit


def join(
    officer: Officer, call_sign: str, mates: Iterable[str], status: str = UnitStatus.PATROL, station: str | None = None
) -> Unit:
    """Book oneself on with a unit, and `mates` by user name; who is on it stays. Raises as `book_on` does."""
    with changes.change():
        unit = locked(officer, call_sign, station)
        crew = {one.username for one in crew_on(unit)} | {*mates, officer.username}
        return book_on(officer, call_sign, sorted(crew), status, station)


def leave(officer: Officer) -> None:
    """Go off duty; the unit goes with who leaves it last. Raises Conflict where one is on none, or while it is sent."""
    with changes.change():
        mine = unit_with(officer)
        if mine is None:
            raise Conflict("not_on_duty", _("You are on no unit."))
        unit = locked(officer, mine.call_sign, mine.station.code)
        if officer not in crew_on(unit):  # moved by a dispatcher at this very moment
            raise Conflict("not_on_duty", _("You are on no unit."))
        is_free(unit)
        if len(crew_on(unit)) <= 1:
            book_off(officer, unit.call_sign, unit.station.code)
            return
        now = clock.now()
        Crew.objects.filter(unit=unit, officer=officer, left_at=None).update(left_at=now)
        Duty.objects.filter(officer=officer, ended_at=None).update(ended_at=now)
        terminals.follow([officer])
        audit.record(officer, "leave_unit", "unit", unit.pk, unit.station_id)
        orders.crew_changed(unit.pk)
        _show(unit)


def unit_with(officer: Officer) -> Unit | None:
    """The unit that somebody is on now."""
    return Unit.objects.filter(crew_of(officer)).select_related("station", "vehicle").first()


def crew_on(unit: Unit) -> list[Officer]:
    """Who is on a unit now, by badge."""
    on = Crew.objects.filter(unit=unit, left_at=None).values("officer")
    return list(Officer.objects.filter(pk__in=on).order_by("badge", "name"))


def _usual_crew(unit: Unit) -> list[str]:
    elsewhere = Crew.objects.filter(left_at=None).values("officer")
    usual = unit.usual_crew.filter(is_active=True, station=unit.station_id).exclude(pk__in=elsewhere)
    return list(usual.values_list("username", flat=True))


def _may_book(principal: Principal, unit: Unit) -> None:
    """A dispatcher books any unit; an officer the one they are on."""
    if principal.rights().may(Capability.DISPATCH, unit.station_id):
        return
    require(principal, Capability.OWN_ORDERS, unit.station_id)
    if principal.pk not in {one.pk for one in crew_on(unit)}:
        raise _not_yours(unit)


def _may_join(principal: Principal, unit: Unit, crew: list[str] | None) -> None:
    """A dispatcher books anybody on; an officer themselves and others, takes nobody off, and joins no unit that is sent,
    nor takes anybody from one: who is sent sees the caller."""
    if principal.rights().may(Capability.DISPATCH, unit.station_id):
        return
    require(principal, Capability.OWN_ORDERS, unit.station_id)
    on = crew_on(unit)
    wanted = {one.username for one in on} if crew is None else set(crew)
    is_in_it = Officer.objects.filter(pk=principal.pk, username__in=wanted).exists()
    if not is_in_it or not {one.username for one in on} <= wanted:
        raise _not_yours(unit)
    joining = Crew.objects.filter(left_at=None, officer__username__in=wanted - {one.username for one in on})
    if principal.pk not in {one.pk for one in on}:
        is_free(unit)
    for other in joining.select_related("unit"):
        is_free(other.unit)


def _not_yours(unit: Unit) -> Forbidden:
    return Forbidden("not_yours", _("You are not on %(unit)s: the duty officer does this.") % {"unit": unit.call_sign})


def _locked_officers(**which: Any) -> list[Officer]:
    """Officers in one order, locked, so that nobody is put on two units or off and on at once."""
    return list(Officer.objects.select_for_update(of=("self",), no_key=True).filter(**which).order_by("pk"))


def set_crew(unit: Unit, names: list[str]) -> None:
    """Put these people on the unit, inside the verb under way; whoever was on another unit leaves it."""
    officers = _locked_officers(username__in=names, is_active=True, station=unit.station_id)
    unknown = sorted(set(names) - {officer.username for officer in officers})
    if unknown:
        said = _("nobody at this station signs in as %(names)s") % {"names": ", ".join(unknown)[:200]}
        raise Invalid("unknown_crew", said, fields={"crew": said})
    now = clock.now()
    leaving = Crew.objects.filter(unit=unit, left_at=None).exclude(officer__in=officers)
    left = [one.officer for one in leaving.select_related("officer")]
    leaving.update(left_at=now)
    elsewhere = (
        Crew.objects.filter(officer__in=officers, left_at=None).exclude(unit=unit).select_related("unit__station")
    )
    for other in elsewhere:
        other.left_at = now
        other.save(update_fields=["left_at"])
        orders.crew_changed(other.unit_id)
        _show(other.unit)
    on = set(Crew.objects.filter(unit=unit, left_at=None).values_list("officer", flat=True))
    Crew.objects.bulk_create(Crew(unit=unit, officer=one, joined_at=now) for one in officers if one.pk not in on)
    Duty.objects.bulk_create(
        [Duty(officer=one, station_id=unit.station_id, began_at=now) for one in officers], ignore_conflicts=True
    )
    orders.crew_changed(unit.pk)
    terminals.follow([*officers, *left])


def book_off(principal: Principal, call_sign: str, station: str | None = None) -> Unit:
    """Take a unit off duty; its crew's duty ends with it. Raises Conflict while it is sent somewhere."""
    with changes.change():
        unit = locked(principal, call_sign, station)
        _may_book(principal, unit)
        is_free(unit)
        now = clock.now()
        if unit.status != UnitStatus.OFF_DUTY:
            unit.status, unit.status_at = UnitStatus.OFF_DUTY, now
            unit.save(update_fields=["status", "status_at"])
        crew = Crew.objects.filter(unit=unit, left_at=None)
        officers = _locked_officers(pk__in=crew.values("officer"))
        Duty.objects.filter(officer__in=officers, ended_at=None).update(ended_at=now)
        crew.update(left_at=now)
        terminals.follow(officers)
        stacked.forget(unit=unit)
        alarms.alarms.clear_alarm(unit.station_id, "position_lost", "unit", unit.call_sign)
        audit.record(principal, "book_off", "unit", unit.pk, unit.station_id)
        _show(unit)
        return unit


def set_status(
    principal: Principal, call_sign: str, status: str, station: str | None = None, tap: taps.Tap = taps.NOW
) -> Unit:
    """Set what a unit does while it has no incident: at_station, patrol, busy or break; since the tap, if it was kept."""
    with changes.change():
        unit = locked(principal, call_sign, station)
        _may_book(principal, unit)
        known = [one for one in UnitStatus if one != UnitStatus.OFF_DUTY]
        if status not in known:
            said = _("expected one of %(known)s") % {"known": ", ".join(known)}
            raise Invalid("bad_status", f"status: {said}", fields={"status": said})
        is_free(unit)
        if UnitStatus(status) != unit.status and UnitStatus(status) not in UNIT[UnitStatus(unit.status)]:
            raise Conflict("wrong_state", _("%(unit)s is off duty; book it on first.") % {"unit": unit.call_sign})
        unit.status, unit.status_at = status, tap.moment(clock.now(), unit.status_at)
        unit.save(update_fields=["status", "status_at"])
        audit.record(principal, "set_status", "unit", unit.pk, unit.station_id, status=status)
        _show(unit)
        return unit


def is_free(unit: Unit) -> None:
    """Raise Conflict where the unit is sent to an incident."""
    taken = under_way(unit)
    if taken:
        said = _("%(unit)s is sent to %(number)s; clear it there first.")
        raise Conflict("unit_sent", said % {"unit": unit.call_sign, "number": taken.incident.number})


def assign(principal: Principal, number: str, call_sign: str) -> Assignment:
    """Send a unit. Raises Conflict `unit_taken` with the winner's name where somebody else was first."""
    with changes.change():
        incident = incidents.locked(principal, number, Capability.DISPATCH)
        incidents.is_open(incident)
        unit = locked(principal, call_sign, incident.station.code)
        taken = under_way(unit)
        if taken and taken.incident_id == incident.pk:
            return taken
        if taken:
            raise _lost_to(unit, taken)
        if unit.status == UnitStatus.OFF_DUTY:
            raise Conflict("off_duty", _("%(unit)s is off duty; book it on first.") % {"unit": unit.call_sign})
        now = clock.now()
        sender = principal if isinstance(principal, Officer) else None
        made = Assignment.objects.create(
            incident=incident, unit=unit, status_at=now, dispatched_at=now, assigned_by=sender
        )
        _acknowledged_by_sending(incident, sender)
        orders.make(made)
        stacked.forget(incident=incident, unit=unit)
        tell(principal, incident, unit, "assigned")
        alarms.not_waiting(incident)
        return made


def _acknowledged_by_sending(incident: Incident, sender: Officer | None) -> None:
    if incident.acknowledged_at is None:
        incident.acknowledged_at, incident.acknowledged_by = clock.now(), sender
        incident.save(update_fields=["acknowledged_at", "acknowledged_by"])


def under_way(unit: Unit) -> Assignment | None:
    """What the unit is sent to now."""
    return Assignment.objects.filter(unit=unit, ended_at=None).select_related("incident", "assigned_by").first()


def _lost_to(unit: Unit, taken: Assignment) -> Conflict:
    by = taken.assigned_by.label if taken.assigned_by else ""
    at = taken.dispatched_at.isoformat()
    shown = unit.station.local(taken.dispatched_at)
    said = _("%(unit)s was sent to %(number)s by %(by)s at %(at)s.") % {
        "unit": unit.call_sign, "number": taken.incident.number, "by": by, "at": f"{shown:%H:%M:%S}",
    }  # fmt: skip
    return Conflict("unit_taken", said, winner={"by": by, "incident": taken.incident.number, "at": at})


def step(principal: Principal, number: str, call_sign: str, status: str, tap: taps.Tap = taps.NOW) -> Assignment:
    """Take an assignment a step further, or cancel it. The crew may do so for itself. Raises Conflict for a wrong step.

    A step that a phone kept for want of a network counts from its tap, though not before the step it follows; the log tells
    both times.
    """
    if status not in set(Step):
        said = _("expected one of %(known)s") % {"known": ", ".join(Step)}
        raise Invalid("bad_status", f"status: {said}", fields={"status": said})
    with changes.change():
        incident = incidents.locked(principal, number)
        unit = locked(principal, call_sign, incident.station.code)
        _may_step(principal, unit, status)
        found = Assignment.objects.filter(incident=incident, unit=unit).order_by("-pk").first()
        if found is None:
            said = _("%(unit)s is not sent to %(number)s.")
            raise NotThere("not_sent", said % {"unit": unit.call_sign, "number": incident.number})
        if found.status == status:
            return found
        if not may_step(found.status, status):
            said = _("%(unit)s is %(now)s; %(then)s can't follow that.")
            facts = {"unit": unit.call_sign, "now": _(found.status), "then": _(status)}
            raise Conflict("wrong_step", said % facts, now=found.status)
        now = clock.now()
        at = tap.moment(now, found.status_at)
        _take(found, Step(status), at)
        code = "unassigned" if status == Step.CANCELLED else "status"
        kept = {"tapped_at": at.isoformat()} if at != now else {}
        tell(principal, incident, unit, code, status=status, **kept)
        return found


def may_speak_for(principal: Principal, unit: Unit) -> None:
    """Dispatchers may say what any unit does, a crew what its own does. Raises Forbidden, NotThere."""
    if principal.rights().may(Capability.DISPATCH, unit.station_id):
        return
    require(principal, Capability.OWN_ORDERS, unit.station_id)
    if not (principal.kind == "officer" and unit.crew.filter(officer_id=principal.pk, left_at=None).exists()):
        raise _not_yours(unit)


def _may_step(principal: Principal, unit: Unit, status: str) -> None:
    """A crew takes its own steps, but does not call itself back."""
    if status == Step.CANCELLED:
        require(principal, Capability.DISPATCH, unit.station_id)
    may_speak_for(principal, unit)


def _take(assignment: Assignment, status: Step, at: dt.datetime) -> None:
    assignment.status, assignment.status_at = status, at
    if status in ENDED:
        assignment.ended_at = at
    else:
        setattr(assignment, f"{status}_at", at)
    assignment.save()
    orders.followed(assignment)


def tell(principal: Principal, incident: Incident, unit: Unit, code: str, **params: str) -> None:
    """Log, audit and publish, inside the verb under way, what has become of a unit in an incident."""
    log.tell(principal, incident, code, unit=unit.call_sign, **params)
    audit.record(principal, code, "incident", incident.number, incident.station_id, unit=unit.pk)
    live.publish(incident.station_id, "incident", incident.number)
    _show(unit)


def _show(unit: Unit) -> None:
    live.publish(unit.station_id, "unit", unit.key)
