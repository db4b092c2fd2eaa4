"""What becomes of an order by itself: it rings again, the next unit is offered, its way is looked up, it is put away.

Each is a job with a lease (`command/leases.py`): asked for with the order, done once.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.gis.geos import LineString

from command import alarms, audit, clock, leases, live
from devices.models import LastFix
from dispatch import log, order_words, orders, road_blocks, roads
from dispatch.models import Order, Unit
from dispatch.nearest import recommended
from dispatch.recommend import mode

NEAR_DEG = 0.003  # about 300 m


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


def add_way(key: str) -> None:
    """Tell the crew its way, where the engine knows one. Nothing is locked while that is asked."""
    order = _whole().filter(pk=_number(key), away_at=None).first()
    way = _way(order) if order else None
    if order is None or way is None:
        return
    current = _locked(key)
    if current is None or current.payload["place"] != order.payload["place"]:
        return  # the place was moved meanwhile, and the way to it has been asked for
    current.payload = {**current.payload, "way": order_words.way_of(way, _closed_near(way))}
    current.text_zh, current.text_en = order_words.texts(current.payload)
    current.save(update_fields=["payload", "text_zh", "text_en"])
    live.publish(current.station_id, "order", current.pk)


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
    found: Order | None = _whole().select_for_update(of=("self",)).filter(pk=_number(key)).first()
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


def _way(order: Order) -> roads.Route | None:
    unit, to = order.assignment.unit, order.assignment.incident.place
    start = _place(unit)
    return roads.route(start, (to.x, to.y), order_words.ZH, mode(unit.kind)) if start else None


def _closed_near(way: roads.Route) -> int:
    """How many closed roads the way goes around or past."""
    if len(way.shape) < 2:
        return 0
    return road_blocks.standing().filter(geometry__dwithin=(LineString(way.shape, srid=4326), NEAR_DEG)).count()


def _place(unit: Unit) -> roads.Point | None:
    """Where the unit was last, in degrees."""
    fix = LastFix.objects.filter(device__units=unit).order_by("-corrected").first()
    return (fix.place.x, fix.place.y) if fix else None


leases.pin("ring_order", ring_again)
leases.pin("offer_next", offer_next)
leases.pin("order_way", add_way)
leases.pin("put_order_away", put_away)
