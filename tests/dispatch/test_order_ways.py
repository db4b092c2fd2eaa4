"""The way of an order, by an engine that really runs: told, and looked up again when it holds no longer."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from command import clock, leases, live
from command.models import Event, Job
from devices import devices
from devices.models import LastFix
from dispatch import incidents, order_ways, road_blocks, units
from dispatch.models import Assignment, Incident, Order, Unit
from dispatch.road_lines import off_m
from tests.conftest import Cast
from tests.dispatch.engine import EAST, NORTH, SOUTH, WEST, Engine, at

Later = Callable[..., None]
ACROSS_SOUTH = {"type": "LineString", "coordinates": [list(at(5, -1.2)), list(at(5, -0.8))]}
BY_SOUTH, BY_NORTH = ["迎宾路", "银杏街", "站前路"], ["迎宾路", "文化路", "站前路"]


def put(device: Any, place: tuple[float, float], accuracy: float = 8) -> None:
    """A device was heard of there just now."""
    now = clock.now()
    seen = {"time": now, "corrected": now, "received": now, "place": Point(*place, srid=4326), "accuracy": accuracy}
    LastFix.objects.update_or_create(device=device, defaults=seen)


def car(cast: Cast, call_sign: str, place: tuple[float, float] = WEST) -> Any:
    """A car on patrol with a phone; returns the phone."""
    phone, _ = devices.add_device(None, f"phone {call_sign}", "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, call_sign, kind="car", devices=[phone])
    put(phone, place)
    return phone


def called(cast: Cast) -> Incident:
    lon, lat = EAST
    return incidents.open_incident(
        cast.duty_officer, cast.s1, kind="fight", priority=2, lat=lat, lon=lon, address="站前路 3 号"
    )


def sent(cast: Cast, call_sign: str) -> Order:
    order: Order = units.assign(cast.duty_officer, called(cast).number, call_sign).order
    return order


def looked() -> int:
    """One look at all ways, and what it asks for done."""
    asked = order_ways.look()
    leases.work()
    return asked


def streets(order: Order) -> list[str]:
    order.refresh_from_db()
    return list(order.payload["way"]["streets"])


@pytest.fixture
def order(cast: Cast, engine: Engine) -> Order:
    """15 is sent from west to east, which is shorter by the southern street."""
    car(cast, "15")
    order = sent(cast, "15")
    leases.work()
    return order


def test_the_way_is_told_with_its_traffic_and_what_is_closed_near_it(cast: Cast, engine: Engine) -> None:
    car(cast, "15")
    road_blocks.block(cast.duty_officer, cast.s1, {"type": "Point", "coordinates": list(at(5, 0))}, "水管爆裂")
    order = sent(cast, "15")
    leases.work()
    assert streets(order) == BY_SOUTH
    way, traffic, closed = order.text_zh.splitlines()[2:]
    assert way.startswith("路线：2.") and way.endswith("经迎宾路、银杏街、站前路"), way
    assert traffic.startswith("路况：平均 ") and traffic.endswith(" km/h")
    assert closed == "途中附近封闭道路：1 处"
    assert order.text_en.splitlines()[2].startswith("Way: 2.")
    [shown] = live.snapshot(cast.again("duty_officer"))["topics"]["order"]
    assert shown["notes"] == {"zh": f"{traffic}\n{closed}", "en": "\n".join(order.text_en.splitlines()[3:])}
    assert shown["way_at"] == order.payload["way"]["at"]


def test_a_closed_road_changes_the_way_and_an_open_one_changes_it_back(cast: Cast, order: Order, later: Later) -> None:
    assert streets(order) == BY_SOUTH
    closed = road_blocks.block(cast.duty_officer, cast.s1, ACROSS_SOUTH, "积水")
    later(seconds=25)
    leases.work()  # nobody has answered it: it rings once more after 10 s
    before = Event.objects.filter(topic="order").count()
    assert looked() == 1
    assert streets(order) == BY_NORTH and "文化路" in order.text_zh
    assert Event.objects.filter(topic="order").count() == before + 1
    assert order.rung == 2, "its way does not let it ring"
    later(seconds=50)
    assert looked() == 0, "it is told once"
    road_blocks.unblock(cast.duty_officer, closed.pk)
    later(seconds=75)
    assert looked() == 1
    assert streets(order) == BY_SOUTH
    assert order.rung == 2


def test_who_leaves_the_way_is_told_another_and_who_keeps_to_it_is_not(cast: Cast, order: Order, later: Later) -> None:
    phone = order.assignment.unit.devices.get()
    later(seconds=25)
    put(phone, SOUTH)
    assert looked() == 0
    put(phone, at(5, 0), accuracy=200)
    assert looked() == 0, "such a fix may be on the way for all one knows"
    put(phone, NORTH)
    assert looked() == 1
    assert streets(order) == ["文化路", "站前路"]
    later(seconds=35)
    put(phone, WEST)
    assert looked() == 0, "not so soon again"
    later(seconds=50)
    put(phone, WEST)
    assert looked() == 1


def test_an_old_way_is_looked_up_while_the_unit_is_on_it_and_not_after(cast: Cast, order: Order, later: Later) -> None:
    first = order.assignment.unit.devices.get()
    put(first, SOUTH)
    later(minutes=2)
    assert looked() == 0
    later(minutes=4)
    assert looked() == 1
    assert streets(order) == ["银杏街", "站前路"]
    later(minutes=8)
    units.step(cast.duty_officer, order.assignment.incident.number, "15", "on_scene")
    assert looked() == 0
    order.refresh_from_db()
    assert order.way is None, "where they were is kept no longer than it is needed"
    assert order.payload["way"]["streets"] == ["银杏街", "站前路"], "what they were told is kept"


def test_a_moved_incident_has_no_way_until_the_new_one_is_known(cast: Cast, order: Order) -> None:
    lon, lat = NORTH
    incidents.amend(cast.duty_officer, order.assignment.incident.number, lat=lat, lon=lon)
    order.refresh_from_db()
    assert (order.way, "way" in order.payload) == (None, False)
    leases.work()
    assert streets(order) == ["迎宾路", "文化路"]


def test_without_the_engine_the_way_stays_as_it_was_told(cast: Cast, order: Order, later: Later, away: None) -> None:
    before = streets(order), order.text_zh
    later(minutes=4)
    assert looked() == 1
    assert (streets(order), order.text_zh) == before
    later(minutes=4, seconds=10)
    assert looked() == 0, "an engine that is away is not asked for the same thing all the time"


def test_many_units_cost_little_and_each_has_its_turn_within_a_minute(cast: Cast, away: None, later: Later) -> None:
    under_way(cast, 36)
    later(seconds=30)
    with CaptureQueriesContext(connection) as queries:
        assert order_ways.look() == 0
    assert len(queries) <= 3
    road_blocks.block(cast.duty_officer, cast.s1, ACROSS_SOUTH)
    asked = [_at(later, seconds) for seconds in range(35, 95, 5)]
    assert sum(asked) == 36 and max(asked) <= order_ways.AT_ONCE
    assert len(set(Job.objects.filter(kind="order_way").values_list("key", flat=True))) == 36


def under_way(cast: Cast, count: int) -> None:
    """So many units, each with an order by the southern street that was made just now."""
    incident, now = called(cast), clock.now()
    sent = {"status": "dispatched", "status_at": now, "dispatched_at": now, "incident": incident}
    said = {"payload": {}, "made_at": now, "way_asked_at": now, "way": LineString([WEST, SOUTH, EAST], srid=4326)}
    made = Unit.objects.bulk_create(
        Unit(station=cast.s1, call_sign=f"3{number:02}", kind="car", status_at=now) for number in range(count)
    )
    told = Assignment.objects.bulk_create(Assignment(unit=unit, **sent) for unit in made)
    Order.objects.bulk_create(Order(station=cast.s1, assignment=one, **said) for one in told)


def _at(later: Later, seconds: float) -> int:
    later(seconds=seconds)
    return order_ways.look()


def test_how_far_a_place_lies_off_a_line() -> None:
    line = [at(0, 0), at(10, 0), at(10, 5)]
    assert off_m(line, at(5, 0)) == pytest.approx(0, abs=0.5)
    assert off_m(line, at(5, 1)) == pytest.approx(222.4, abs=1)  # 0.002° of latitude
    assert off_m(line, at(-1, 0)) == pytest.approx(193.4, abs=1)  # 0.002° of longitude at 29.6° north
    assert off_m([at(0, 0)], at(0, 1)) == pytest.approx(222.4, abs=1)
    assert off_m([], at(0, 0)) == float("inf")


def test_what_was_heard_before_the_way_was_asked_for_says_nothing_of_it(cast: Cast, order: Order, later: Later) -> None:
    phone = order.assignment.unit.devices.get()
    put(phone, NORTH)
    LastFix.objects.update(corrected=clock.now() - dt.timedelta(minutes=1))
    later(seconds=25)
    assert looked() == 0
