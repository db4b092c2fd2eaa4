"""What a crew answers to its order: yes, and GO. Both are steps of the assignment, which the order follows."""

from django.utils.translation import gettext as _

from command import changes
from command.errors import Conflict
from command.permissions import Principal
from dispatch import incidents, orders, taps, units
from dispatch.models import Order
from dispatch.states import Step


def accept(principal: Principal, order_id: int, tap: taps.Tap = taps.NOW) -> Order:
    """Say yes to the order of one's own unit; saying it again changes nothing. Raises NotThere, Forbidden, Conflict."""
    return _answered(principal, order_id, tap, Step.ACCEPTED)


def go(principal: Principal, order_id: int, tap: taps.Tap = taps.NOW) -> Order:
    """Be on the way, which says yes as well; whoever is farther already stays there. Raises NotThere, Forbidden, Conflict."""
    return _answered(principal, order_id, tap, Step.ACCEPTED, Step.EN_ROUTE)


def _answered(principal: Principal, order_id: int, tap: taps.Tap, *steps: Step) -> Order:
    with changes.change():
        order = orders.own(principal, order_id)
        _is_on(order)
        number, call_sign = order.assignment.incident.number, order.assignment.unit.call_sign
        incidents.locked(principal, number)
        order = orders.own(principal, order_id)  # as it is now that nobody else changes it
        _is_on(order)
        for step in steps:
            if list(Step).index(Step(order.assignment.status)) < list(Step).index(step):
                order.assignment = units.step(principal, number, call_sign, step, tap)
        order.refresh_from_db(fields=[*orders.WAY, "rung"])
        orders.reach(order, "accepted_at")
        return order


def _is_on(order: Order) -> None:
    """Raise Conflict where there is nothing to answer any more."""
    if order.recalled_at is not None:
        raise Conflict("recalled", _("This order was recalled: you need not go."))
    if order.assignment.ended_at is not None:
        raise Conflict("order_over", _("This order is over."))
