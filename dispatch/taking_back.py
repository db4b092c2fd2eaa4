"""Verbs by which a dispatcher takes back, within seconds, what was a slip: a step, or the end of an incident.

Nothing is wiped out: the log keeps what was said and that it was taken back.
"""

import datetime as dt

from django.utils.translation import gettext as _

from command import changes, clock
from command.errors import Conflict, NotThere
from command.permissions import Capability, Principal
from dispatch import incidents, orders, units
from dispatch.models import Assignment, Incident
from dispatch.states import ENDED, Step, UnitStatus

WITHIN = dt.timedelta(seconds=15)  # the desk offers it for 10; the rest is for the network
_WAY = (Step.DISPATCHED, Step.ACCEPTED, Step.EN_ROUTE, Step.ON_SCENE, Step.TRANSPORTING)


def step(principal: Principal, number: str, call_sign: str, status: str) -> Assignment:
    """Take the step `status` back: the unit stands where it stood before. Raises NotThere, Forbidden, Conflict."""
    with changes.change():
        incident = incidents.locked(principal, number, Capability.DISPATCH)
        incidents.is_open(incident)
        unit = units.locked(principal, call_sign, incident.station.code)
        found = Assignment.objects.filter(incident=incident, unit=unit).order_by("-pk").first()
        if found is None:
            said = _("%(unit)s is not sent to %(number)s.")
            raise NotThere("not_sent", said % {"unit": unit.call_sign, "number": incident.number})
        if found.status != status or status == Step.DISPATCHED:
            said = _("%(unit)s is %(now)s by now: there is nothing to take back.")
            raise Conflict("not_undone", said % {"unit": unit.call_sign, "now": _(found.status)}, now=found.status)
        _is_fresh(found.status_at)
        if status in ENDED:
            units.is_free(unit)
        _stands_again(principal, found)
        return found


def end(principal: Principal, number: str) -> Incident:
    """Open an incident again that was ended a moment ago, with all who were freed by that and went nowhere else.

    Raises NotThere, Forbidden, Conflict.
    """
    with changes.change():
        incident = incidents.locked(principal, number, Capability.CLOSE_INCIDENT)
        ended_at = incident.closed_at
        if ended_at is not None:
            _is_fresh(ended_at)
        incident = incidents.reopen(principal, number)
        freed = Assignment.objects.filter(incident=incident, ended_at=ended_at).select_related("unit")
        for one in freed.order_by("unit_id") if ended_at else ():
            unit = units.locked(principal, one.unit.call_sign, incident.station.code)
            if unit.status != UnitStatus.OFF_DUTY and not units.under_way(unit):
                _stands_again(principal, one)
        return incident


def _is_fresh(at: dt.datetime) -> None:
    if clock.now() - at > WITHIN:
        said = _("This can be taken back for %(seconds)s seconds, and that is over.")
        raise Conflict("too_late", said % {"seconds": int(WITHIN.total_seconds())})


def _stands_again(principal: Principal, assignment: Assignment) -> None:
    undone = Step(assignment.status)
    if undone not in ENDED:
        setattr(assignment, f"{undone}_at", None)
    times = {one: getattr(assignment, f"{one}_at") for one in _WAY}
    stood = [one for one in _WAY if times[one] is not None][-1]
    assignment.status, assignment.status_at, assignment.ended_at = stood, times[stood], None
    assignment.save()
    orders.taken_up(assignment)
    units.tell(principal, assignment.incident, assignment.unit, "step_undone", status=undone, now=stood)
