"""The way of an order: looked up once it is made, and again while its unit is under way and what it says holds no longer.

Nothing is locked while the engine is asked. Few ways are asked for at once: a worker whose engine hangs is kept from ringing
for two seconds at most.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.contrib.gis.geos import LineString
from django.db.models import F, Q, QuerySet

from command import changes, clock, jobs, leases, live
from devices.models import LastFix
from dispatch import order_words, road_blocks, road_lines, roads
from dispatch.models import Order, RoadBlock
from dispatch.recommend import mode
from dispatch.states import Step

EVERY = dt.timedelta(seconds=20)  # so often at least; the clock asks for it every 5 s
AT_ONCE = 4  # ways in one look: 36 units have theirs within a minute
OLD = dt.timedelta(minutes=3)  # traffic is another by then
PAUSE = dt.timedelta(seconds=20)  # between two looks at one way, however far off it the unit is
OFF_M, DOUBT_M = 150.0, 100.0  # who is farther off, and so much more by the fix's own doubt, goes another way
NEAR_DEG = 0.003  # about 300 m: closed roads that are told with a way
CHANGED_DEG = 0.01  # about 1 km: a road that is opened there may be a shorter way
UNDER_WAY = (Step.DISPATCHED, Step.ACCEPTED, Step.EN_ROUTE)


def ask(order: Order) -> None:
    """Ask for the way of a new order, inside the verb that makes it."""
    leases.ask("order_way", order.pk, clock.now())


def ask_again(order: Order) -> None:
    """Ask for the way anew, inside the verb under way, which saves the order."""
    order.way_asked_at = clock.now()
    leases.ask("order_way", f"{order.pk}@{order.way_asked_at:%d%H%M%S%f}", order.way_asked_at)


def look() -> int:
    """Ask again for the ways that hold no longer, the longest known first; returns how many were asked for."""
    found = list(_under_way().select_related("assignment__unit").order_by("way_asked_at", "pk"))
    places, changed = _places([one.assignment.unit_id for one in found]), _changed(found)
    due = [one.pk for one in found if _is_over(one, places.get(one.assignment.unit_id), changed)][:AT_ONCE]
    return _ask_again(due) if due else 0


def add_way(key: str) -> None:
    """Tell the crew its way as it is now, where the engine knows one; else it stays as it was."""
    mine = _under_way().filter(pk=int(key.partition("@")[0]))
    order = mine.select_related("assignment__incident", "assignment__unit").first()
    way = _way(order) if order else None
    if order is None or way is None:
        return
    current = mine.select_for_update(of=("self",), no_key=True).first()
    if current is None or current.payload["place"] != order.payload["place"]:
        return  # they are there, or the place was moved meanwhile and the way to it has been asked for
    current.way = _line(way.shape)
    current.payload = {**current.payload, "way": order_words.way_of(way, clock.now(), _closed_near(current.way))}
    current.text_zh, current.text_en = order_words.texts(current.payload)
    current.save(update_fields=["way", "payload", "text_zh", "text_en"])
    live.publish(current.station_id, "order", current.pk)


def _under_way() -> QuerySet[Order]:
    going = Order.objects.filter(assignment__ended_at=None, assignment__status__in=UNDER_WAY)
    return going.filter(away_at=None, recalled_at=None)


def _is_over(order: Order, fix: LastFix | None, changed: Collection[RoadBlock]) -> bool:
    """Whether the way is to be asked for again: it is old, the unit goes another, or a road on it was closed or opened."""
    asked, now = _asked(order), clock.now()
    if asked > now - PAUSE:
        return False
    if asked <= now - OLD:
        return True
    return order.way is not None and (_has_left(order.way, fix, asked) or _has_changed(order.way, changed, asked))


def _asked(order: Order) -> dt.datetime:
    return order.way_asked_at or order.made_at  # one of before ways were looked up again


def _has_left(way: LineString, fix: LastFix | None, asked: dt.datetime) -> bool:
    if fix is None or fix.corrected <= asked:
        return False
    line = [(lon, lat) for lon, lat in way]
    off = road_lines.off_m(line, (fix.place.x, fix.place.y))
    return off > OFF_M + min(fix.accuracy or 0.0, DOUBT_M)


def _has_changed(way: LineString, changed: Collection[RoadBlock], asked: dt.datetime) -> bool:
    since = (one for one in changed if max(one.at, one.lifted_at or one.at) > asked)
    return any(one.geometry.distance(way) <= CHANGED_DEG for one in since)


def _changed(found: Collection[Order]) -> list[RoadBlock]:
    """Roads that were closed or opened since the oldest of these ways was asked for."""
    if not found:
        return []
    since = min(_asked(order) for order in found)
    return list(RoadBlock.objects.filter(Q(at__gt=since) | Q(lifted_at__gt=since)))


def _ask_again(due: Collection[int]) -> int:
    """Ask for the ways of these orders; one that is in somebody's hands is left to the next look."""
    with changes.change():
        mine = _under_way().select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk__in=due)
        found = list(mine.order_by("pk"))
        for order in found:
            ask_again(order)
        Order.objects.bulk_update(found, ["way_asked_at"])
        return len(found)


def _way(order: Order) -> roads.Route | None:
    unit, to = order.assignment.unit, order.assignment.incident.place
    fix = _places([unit.pk]).get(unit.pk)
    return roads.route((fix.place.x, fix.place.y), (to.x, to.y), order_words.ZH, mode(unit.kind)) if fix else None


def _line(shape: Sequence[roads.Point]) -> LineString:
    return LineString([*shape, *shape][: max(2, len(shape))], srid=4326)  # who is there already has a way of one point


def _closed_near(way: LineString) -> int:
    """How many closed roads the way goes around or past."""
    return road_blocks.standing().filter(geometry__dwithin=(way, NEAR_DEG)).count()


def _places(units: Collection[int]) -> dict[int, LastFix]:
    """Where each of these units was last heard of, by any of its devices."""
    if not units:
        return {}
    heard = LastFix.objects.filter(device__units__in=units).annotate(unit=F("device__units")).order_by("corrected")
    return {fix.unit: fix for fix in heard}


leases.pin("order_way", add_way)
JOBS = jobs.pin({"order_ways": look}, EVERY)
