"""Verbs on calls that wait for a unit: stacked on it in their order, told when it is free, sent by a person."""

from django.utils.translation import gettext as _

from command import audit, changes, clock
from command.errors import Conflict
from command.models import Officer
from command.permissions import Capability, Principal
from dispatch import incidents, log, stacked, units
from dispatch.models import Assignment, Incident, Stacked, Unit
from dispatch.states import UnitStatus

LIMIT = 5  # calls that may wait for one unit


def stack(principal: Principal, number: str, call_sign: str) -> Stacked:
    """Let an open incident wait for a unit that is sent elsewhere. Again changes nothing.

    Raises NotThere, Forbidden, Conflict where the unit could be sent at once, is there already, or has too many waiting.
    """
    with changes.change():
        incident = incidents.locked(principal, number, Capability.DISPATCH)
        incidents.is_open(incident)
        unit = units.locked(principal, call_sign, incident.station.code)
        _may_wait(incident, unit)
        known = Stacked.objects.filter(unit=unit, incident=incident).first()
        if known:
            return known
        if Stacked.objects.filter(unit=unit).count() >= LIMIT:
            said = _("%(unit)s has %(count)s calls waiting already.") % {"unit": unit.call_sign, "count": LIMIT}
            raise Conflict("stack_full", said)
        by = principal if isinstance(principal, Officer) else None
        made = Stacked.objects.create(unit=unit, incident=incident, at=clock.now(), by=by)
        _tell(principal, incident, unit, "stacked")
        return made


def unstack(principal: Principal, number: str, call_sign: str) -> None:
    """Let it wait for that unit no longer. Where it does not wait, nothing changes. Raises NotThere, Forbidden."""
    with changes.change():
        incident = incidents.locked(principal, number, Capability.DISPATCH)
        unit = units.locked(principal, call_sign, incident.station.code)
        if stacked.forget(unit=unit, incident=incident):
            _tell(principal, incident, unit, "unstacked")


def _may_wait(incident: Incident, unit: Unit) -> None:
    if unit.status == UnitStatus.OFF_DUTY:
        raise Conflict("off_duty", _("%(unit)s is off duty; book it on first.") % {"unit": unit.call_sign})
    sent = Assignment.objects.filter(unit=unit, ended_at=None).first()
    if sent is None:
        raise Conflict("unit_free", _("%(unit)s is free: send it.") % {"unit": unit.call_sign})
    if sent.incident_id == incident.pk:
        said = _("%(unit)s is sent to %(number)s already.") % {"unit": unit.call_sign, "number": incident.number}
        raise Conflict("unit_sent", said)


def _tell(principal: Principal, incident: Incident, unit: Unit, code: str) -> None:
    log.tell(principal, incident, code, unit=unit.call_sign)
    audit.record(principal, code, "incident", incident.number, incident.station_id, unit=unit.pk)
    stacked.show(incident, unit)
