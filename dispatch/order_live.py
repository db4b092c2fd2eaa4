"""Orders on the live picture: to the crew that they are for, and to those who dispatch."""

import datetime as dt
from collections.abc import Collection
from typing import Any, TypedDict

from django.db.models import QuerySet

from command import live
from command.permissions import Capability, Principal
from dispatch import order_words, orders
from dispatch.models import Order


class OrderTexts(TypedDict):
    zh: str
    en: str


class OrderPayload(TypedDict):
    id: int
    station: str
    incident: str
    unit: str
    texts: OrderTexts
    made_at: str
    sent_at: str | None
    delivered_at: str | None
    seen_at: str | None
    accepted_at: str | None
    rung: int
    recalled: bool
    notes: OrderTexts  # what the texts say beside kind, place and way, a line each
    way_at: str | None  # as of when the way is told


def order_payload(order: Order) -> OrderPayload:
    """What a terminal and a desk receive of an order; `rung` counts how often it was told to ring."""
    assignment = order.assignment
    return {
        "id": order.pk,
        "station": order.station.code,
        "incident": assignment.incident.number,
        "unit": assignment.unit.call_sign,
        "texts": {"zh": order.text_zh, "en": order.text_en},
        "made_at": order.made_at.isoformat(),
        "sent_at": _iso(order.sent_at),
        "delivered_at": _iso(order.delivered_at),
        "seen_at": _iso(order.seen_at),
        "accepted_at": _iso(order.accepted_at),
        "rung": order.rung,
        "recalled": order.recalled_at is not None,
        "notes": {
            "zh": order_words.notes(order.payload, order_words.ZH),
            "en": order_words.notes(order.payload, order_words.EN),
        },
        "way_at": order.payload.get("way", {}).get("at"),  # an order of an older version may have a way without it
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def shown(found: QuerySet[Order]) -> QuerySet[Order]:
    """Those that are on the live picture, with all that a payload needs, oldest first."""
    whole = found.filter(away_at=None).select_related("station", "assignment__incident", "assignment__unit")
    return whole.order_by("pk")


def _payloads(**which: Any) -> live.Payloads:
    return {str(order.pk): order_payload(order) for order in shown(Order.objects.filter(**which))}


def _own(principal: Principal, ids: Collection[str]) -> set[str]:
    mine = Order.objects.filter(Order.objects.all().own(principal), pk__in=[int(pk) for pk in ids])
    return {str(pk) for pk in mine.values_list("pk", flat=True)}


def _handed(principal: Principal, payloads: Collection[OrderPayload]) -> None:
    """An order that leaves for somebody of its crew for the first time has been sent."""
    unsent = [one["id"] for one in payloads if one["sent_at"] is None]
    if unsent:
        orders.sent(principal, unsent)


TOPIC = live.Topic(
    "order",
    OrderPayload,
    Capability.FOLLOW_DISPATCH,
    load=lambda ids: _payloads(pk__in=[int(pk) for pk in ids]),
    snapshot=lambda stations: _payloads(station_id__in=stations),
    own=_own,
    for_own=Capability.OWN_ORDERS,
    handed=_handed,
)
