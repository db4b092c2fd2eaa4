"""What becomes of an order by itself: it rings again, the next unit is offered, it is put away.

Each is a job with a lease (`command/leases.py`): asked for with the order, done once. Its way is in `dispatch/order_ways.py`.
"""

from collections.abc import Collection
from typing import Any

from command import alarms, audit, clock, leases, live
from dispatch import log, orders
from dispatch.models import Order
from dispatch.nearest import recommended


def ring_again(key: str) -> None:
    """Tell the phone to ring once more where nobody has said yes; whoever follows the incident sees that in the log."""
    order = _locked(key)
    if order is None or not orders.is_waiting(order):
        return
    order.rung += 1
    order.save(update_fields=["rung"])
    _tell(order, "rang_again")


def offer_next(key: str) -> None:
    """Raise the alarm that nobody has said yes, with the unit that could go instead."""
    found = _whole().filter(pk=_number(key)).first()
    following = _next(found) if found and orders.is_waiting(found) else None  # asked before anything is locked
    order = _locked(key)
    if order is None or not orders.is_waiting(order):
        return
    incident = order.assignment.incident
    facts = {"incident": incident.number, "unit": order.assignment.unit.call_sign, "next": following}
    level = 1 if incident.priority == 1 else 2
    alarms.raise_alarm(order.station_id, orders.ALARM, level, "order", order.pk, **facts)
    _tell(order, "unanswered")


def put_away(key: str) -> None:
    """Take a recalled order off the live picture."""
    order = _locked(key)
    if order and order.away_at is None:
        order.away_at = clock.now()
        order.save(update_fields=["away_at"])
        live.publish(order.station_id, "order", order.pk)


def names(ids: Collection[str]) -> dict[str, str]:
    """What people call an order: the unit that it was for, and its incident's last four."""
    found = _whole().filter(pk__in=[int(pk) for pk in ids])
    return {str(one.pk): f"{one.assignment.unit.call_sign} · {one.assignment.incident.number[-4:]}" for one in found}


def _whole() -> Any:
    return Order.objects.select_related(
        "station", "assignment__incident", "assignment__unit", "assignment__assigned_by"
    )


def _number(key: str) -> int:
    return int(key.partition("@")[0])


def _locked(key: str) -> Order | None:
    found: Order | None = _whole().select_for_update(of=("self",), no_key=True).filter(pk=_number(key)).first()
    return found


def _tell(order: Order, code: str) -> None:
    incident = order.assignment.incident
    log.tell(None, incident, code, unit=order.assignment.unit.call_sign)
    audit.record(None, f"order_{code}", "order", order.pk, order.station_id)
    live.publish(order.station_id, "order", order.pk)


def _next(order: Order) -> str | None:
    """The key of the unit that whoever sent this one would be advised to send now."""
    incident, sender = order.assignment.incident, order.assignment.assigned_by
    if sender is None:
        return None
    place = incident.place
    found = recommended(sender, place.y, place.x, kind=incident.kind.slug, station_id=order.station_id, limit=1).rows
    return found[0].candidate.key if found else None


leases.pin("ring_order", ring_again)
leases.pin("offer_next", offer_next)
leases.pin("put_order_away", put_away)
