"""Verbs on orders: made with the assignment, and each step of their way told once.

Assignment and order are made, followed and ended in one transaction; rows are locked in the order incident, unit, order.
"""

import datetime as dt
from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from command import audit, changes, clock, leases, live
from command.alarms import clear_alarm
from command.errors import Conflict, Forbidden, NotThere
from command.permissions import Capability, Level, Principal, require
from dispatch import order_ways, order_words
from dispatch.models import Assignment, Incident, Order
from dispatch.states import Step

NAGGING = {"ring_order": dt.timedelta(seconds=10), "offer_next": dt.timedelta(seconds=30)}  # while nobody says yes
RECALL_SHOWN = dt.timedelta(minutes=10)  # so long a phone that was away is told that an order was recalled
ALARM = "order_unanswered"
WAY = ("sent_at", "delivered_at", "seen_at", "accepted_at")  # an order's steps, in their order


def make(assignment: Assignment) -> Order:
    """Make the order of a new assignment, inside the verb that assigns; ringing again and the way are asked for with it."""
    incident, now = assignment.incident, clock.now()
    said = order_words.said_of(incident)
    zh, en = order_words.texts(said)
    order = Order(station_id=incident.station_id, assignment=assignment, made_at=now, way_asked_at=now)
    order.payload, order.text_zh, order.text_en = said, zh, en
    order.save()
    for kind, after in NAGGING.items():
        leases.ask(kind, order.pk, now + after)
    order_ways.ask(order)
    for other in _open_ones(incident).exclude(pk=order.pk):
        clear_alarm(order.station_id, ALARM, "order", other.pk)  # somebody else goes
    _publish(order)
    return order


def amended(incident: Incident) -> None:
    """Tell who is sent what has changed of the incident, inside the verb that changed it; the way is looked for again."""
    for order in _locked_open(incident):
        order.payload, order.way = order_words.said_of(incident), None
        order.text_zh, order.text_en = order_words.texts(order.payload)
        order_ways.ask_again(order)
        order.save(update_fields=["payload", "text_zh", "text_en", "way", "way_asked_at"])
        _publish(order)


def followed(assignment: Assignment) -> None:
    """An assignment has taken a step, inside the verb under way: its order was accepted by that, or recalled, or is over."""
    order = Order.objects.select_for_update(of=("self",), no_key=True).filter(assignment=assignment).first()
    if order is None:  # sent before there were orders
        return
    now = clock.now()
    if assignment.status == Step.CANCELLED:
        order.recalled_at = now
        leases.ask("put_order_away", order.pk, now + RECALL_SHOWN)
    elif assignment.status == Step.CLEARED:
        order.away_at = now
    elif order.accepted_at is None and assignment.status != Step.DISPATCHED:
        order.accepted_at = now
    if assignment.status not in order_ways.UNDER_WAY:
        order.way = None  # it says where they were, which is kept no longer than it is needed
    order.save(update_fields=["accepted_at", "recalled_at", "away_at", "way"])
    if not is_waiting(order):
        leases.withdraw(order.pk, *NAGGING)
    clear_alarm(order.station_id, ALARM, "order", order.pk)
    _publish(order)


def taken_up(assignment: Assignment) -> None:
    """A step of an assignment was taken back, inside the verb under way: its order holds as it did before that."""
    order = Order.objects.select_for_update(of=("self",), no_key=True).filter(assignment=assignment).first()
    if order is None:
        return
    if assignment.status == Step.DISPATCHED:
        order.accepted_at = None
        for kind, after in NAGGING.items():
            leases.ask(kind, order.pk, clock.now() + after)
    order.recalled_at = order.away_at = None
    leases.withdraw(order.pk, "put_order_away")
    if assignment.status in order_ways.UNDER_WAY:
        order_ways.ask_again(order)
    order.save(update_fields=["accepted_at", "recalled_at", "away_at", "way_asked_at"])
    _publish(order)


def crew_changed(unit_id: int) -> None:
    """Somebody joined a unit or left it, inside the verb under way: its orders are theirs now, or no longer."""
    for order in Order.objects.filter(assignment__unit_id=unit_id, away_at=None):
        _publish(order)


def sent(principal: Principal, ids: Collection[int]) -> None:
    """Of these orders, those to the principal's own unit were handed to a connection of theirs: the first time counts."""
    unsent = Order.objects.filter(Order.objects.all().own(principal), pk__in=ids, sent_at=None, away_at=None)
    if not unsent.exists():
        return
    with changes.change():
        for order in unsent.select_for_update(of=("self",), no_key=True).order_by("pk"):
            reach(order, "sent_at")


def delivered(principal: Principal, order_id: int) -> Order:
    """The crew's terminal has the order. Raises NotThere, Forbidden, Conflict once it is over."""
    return _told(principal, order_id, "delivered_at")


def seen(principal: Principal, order_id: int) -> Order:
    """Somebody of the crew looked at the order. Raises NotThere, Forbidden, Conflict once it is over."""
    return _told(principal, order_id, "seen_at")


def _told(principal: Principal, order_id: int, step: str) -> Order:
    with changes.change():
        order = own(principal, order_id, is_locked=True)
        is_shown(order)
        if getattr(order, step) is None:
            reach(order, step)
            name = step.removesuffix("_at")
            audit.record(principal, f"order_{name}", "order", order.pk, order.station_id)
        return order


def own(principal: Principal, order_id: int, *, is_locked: bool = False) -> Order:
    """An order to the principal's own unit. Raises NotThere, and Forbidden for one that is another unit's."""
    rows = Order.objects.visible_to(principal).select_related("station", "assignment__incident", "assignment__unit")
    order = (rows.select_for_update(of=("self",), no_key=True) if is_locked else rows).filter(pk=order_id).first()
    if order is None:
        raise NotThere("not_there", _("There is no such order."))
    require(principal, Capability.OWN_ORDERS, order.station_id, Level.OWN)
    if not Order.objects.filter(Order.objects.all().own(principal), pk=order.pk).exists():
        facts = {"unit": order.assignment.unit.call_sign}
        raise Forbidden("not_yours", _("This order is for %(unit)s, and you are not on it.") % facts)
    return order


def reach(order: Order, step: str) -> None:
    """An order came so far, inside the verb under way; what it must have passed before, at the latest now. Set once each."""
    missing = [name for name in WAY[: WAY.index(step) + 1] if getattr(order, name) is None]
    for name in missing:
        setattr(order, name, clock.now())
    if missing:
        order.save(update_fields=missing)
        _publish(order)


def is_shown(order: Order) -> None:
    """Raise Conflict for an order that is over: who is on the unit by now learns nothing of it, and says nothing of it."""
    if order.away_at is not None:
        raise Conflict("order_over", _("This order is over."))


def is_waiting(order: Order) -> bool:
    """Whether somebody should still answer it."""
    return order.accepted_at is None and order.recalled_at is None and order.away_at is None


def _open_ones(incident: Incident) -> QuerySet[Order]:
    return Order.objects.filter(assignment__incident=incident, assignment__ended_at=None)


def _locked_open(incident: Incident) -> list[Order]:
    return list(_open_ones(incident).select_for_update(of=("self",), no_key=True).order_by("pk"))


def _publish(order: Order) -> None:
    live.publish(order.station_id, "order", order.pk)
