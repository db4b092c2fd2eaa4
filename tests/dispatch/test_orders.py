"""An order from its making to its end: each time set once, told to its crew and to the desk, and to nobody else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from command import clock, leases, live
from command.errors import Conflict, Forbidden, NotThere
from command.models import Alarm, AuditEntry, Event, Station
from devices import cameras
from dispatch import incidents, merge, order_acts, orders, timeline, units
from dispatch.models import Assignment, Incident, LogEntry, Order
from tests.conftest import PLACE, Cast

Later = Callable[..., None]
FIGHT = {"kind": "fight", "priority": 1, **PLACE, "address": "银杏街 12 号"}


@pytest.fixture
def call(cast: Cast) -> Incident:
    units.add_unit(None, cast.s1, "2107")
    units.add_unit(None, cast.s1, "15", kind="car")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    return incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)


@pytest.fixture
def order(cast: Cast, call: Incident) -> Order:
    return units.assign(cast.duty_officer, call.number, "2107").order


def seen_by(cast: Cast, name: str) -> list[dict[str, Any]]:
    return live.snapshot(cast.again(name))["topics"]["order"]


def ahead(later: Later, seconds: float) -> None:
    later(seconds=seconds)
    leases.work()


def test_an_order_is_made_with_its_assignment(cast: Cast, call: Incident, order: Order) -> None:
    assert order.text_zh == "打架，一级\n银杏街 12 号"
    assert order.text_en == "Fight, priority 1\n银杏街 12 号"
    assert (order.rung, order.sent_at, order.accepted_at) == (1, None, None)
    assert "order" in Event.objects.values_list("topic", flat=True)
    with pytest.raises(Conflict):
        units.assign(cast.duty2, incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number, "2107")
    assert Order.objects.count() == Assignment.objects.count() == 1


def camera(cast: Cast, name: str, metres_south: float, station: Station | None = None) -> None:
    """A camera that looks north over 100 m, so far south of the call."""
    lat = PLACE["lat"] - metres_south / 111_195
    where = {"height_m": 4, "bearing_deg": 0, "fov_deg": 60, "range_m": 100}
    cameras.add_camera(None, station or cast.s1, name, "visible", lat=lat, lon=PLACE["lon"], **where)


def test_the_cameras_that_see_the_place_are_named(cast: Cast, call: Incident) -> None:
    camera(cast, "银杏街口", 150)
    camera(cast, "邻所门口", 20, cast.s2)
    blind = units.assign(cast.duty_officer, call.number, "2107").order
    assert blind.text_zh.splitlines()[2:] == ["没有摄像头看得到该地点"]
    assert blind.text_en.splitlines()[2:] == ["No camera sees the place"]
    for number in range(1, 6):
        camera(cast, f"银杏街 {number}", 100 - 10 * number)
    order = units.assign(cast.duty_officer, call.number, "15").order
    assert order.text_zh.splitlines()[2:] == ["摄像头：银杏街 5、银杏街 4、银杏街 3、银杏街 2"]
    assert order.text_en.splitlines()[2:] == ["Cameras: 银杏街 5, 银杏街 4, 银杏街 3, 银杏街 2"]
    shown = {one["unit"]: one["notes"]["en"] for one in seen_by(cast, "duty_officer")}
    assert shown == {"2107": "No camera sees the place", "15": order.text_en.splitlines()[2]}


def test_the_crew_sees_its_order_and_the_desk_each(cast: Cast, call: Incident, order: Order) -> None:
    units.assign(cast.duty_officer, call.number, "15")
    assert [one["unit"] for one in seen_by(cast, "duty_officer")] == ["2107", "15"]
    [mine] = seen_by(cast, "officer")
    assert (mine["unit"], mine["incident"], mine["texts"]["zh"]) == ("2107", call.number, order.text_zh)
    for other in ("auxiliary", "foreign_duty", "inspector"):
        assert seen_by(cast, other) == [], other


def test_times_are_set_once_and_told(cast: Cast, order: Order, later: Later) -> None:
    officer = cast.again("officer")
    orders.sent(officer, [order.pk])
    first = Order.objects.get().sent_at
    later(seconds=2)
    orders.sent(officer, [order.pk])
    orders.delivered(officer, order.pk)
    later(seconds=3)
    orders.delivered(officer, order.pk)
    orders.seen(officer, order.pk)
    later(seconds=4)
    order_acts.accept(officer, order.pk)
    order_acts.accept(officer, order.pk)
    now = Order.objects.get()
    times = [now.made_at, now.sent_at, now.delivered_at, now.seen_at, now.accepted_at]
    assert times == sorted(times) and len(set(times)) == 5
    assert now.sent_at == first
    assert Assignment.objects.get().accepted_at is not None
    for action in ("order_delivered", "order_seen"):
        assert AuditEntry.objects.filter(action=action).count() == 1
    [payload] = seen_by(cast, "duty_officer")
    assert payload["accepted_at"] == now.accepted_at.isoformat()


def test_what_came_without_its_steps_before_has_passed_them_then(cast: Cast, order: Order) -> None:
    order_acts.go(cast.again("officer"), order.pk)
    now = Order.objects.get()
    assert now.sent_at and now.delivered_at and now.seen_at and now.accepted_at
    sent = Assignment.objects.get()
    assert sent.status == "en_route" and sent.accepted_at and sent.en_route_at
    units.step(cast.duty_officer, sent.incident.number, "2107", "on_scene")
    order_acts.go(cast.again("officer"), order.pk)
    assert Assignment.objects.get().status == "on_scene"


def test_a_desk_that_was_handed_the_order_has_not_sent_it(cast: Cast, order: Order) -> None:
    orders.sent(cast.duty_officer, [order.pk])
    assert Order.objects.get().sent_at is None


def test_only_the_crew_answers(cast: Cast, order: Order) -> None:
    for name, refusal in (("duty_officer", Forbidden), ("auxiliary", NotThere), ("foreign_duty", NotThere)):
        for verb in (orders.delivered, orders.seen, order_acts.accept, order_acts.go):
            with pytest.raises(refusal):
                verb(cast.again(name), order.pk)
    assert Order.objects.get().delivered_at is None


def test_it_rings_again_after_ten_seconds_once(cast: Cast, order: Order, later: Later) -> None:
    ahead(later, 9)
    assert Order.objects.get().rung == 1
    ahead(later, 11)
    ahead(later, 15)
    assert Order.objects.get().rung == 2
    assert LogEntry.objects.filter(code="rang_again").count() == 1


def test_who_has_said_yes_is_left_in_peace(cast: Cast, order: Order, later: Later) -> None:
    order_acts.accept(cast.again("officer"), order.pk)
    ahead(later, 11)
    ahead(later, 31)
    assert Order.objects.get().rung == 1
    assert not Alarm.objects.filter(kind="order_unanswered").exists()


def test_after_thirty_seconds_the_next_unit_is_offered(cast: Cast, call: Incident, order: Order, later: Later) -> None:
    ahead(later, 31)
    alarm = Alarm.objects.get(kind="order_unanswered")
    assert (alarm.level, alarm.subject_id) == (1, str(order.pk))
    assert alarm.facts == {"incident": call.number, "unit": "2107", "next": "S1/15"}
    [shown] = live.snapshot(cast.again("duty_officer"))["topics"]["alarm"]
    assert shown["subject_name"] == f"2107 · {call.number[-4:]}"
    ahead(later, 60)
    assert Alarm.objects.filter(kind="order_unanswered").count() == 1


@pytest.mark.parametrize("by", ["accepting", "sending another", "recalling", "closing"])
def test_the_alarm_is_over_when_somebody_goes_or_nobody_need(
    cast: Cast, call: Incident, order: Order, later: Later, by: str
) -> None:
    ahead(later, 31)
    if by == "accepting":
        order_acts.accept(cast.again("officer"), order.pk)
    elif by == "sending another":
        units.assign(cast.duty_officer, call.number, "15")
    elif by == "recalling":
        units.step(cast.duty_officer, call.number, "2107", "cancelled")
    else:
        incidents.close(cast.duty_officer, call.number, "05")
    assert not Alarm.objects.filter(kind="order_unanswered", cleared_at=None).exists()


def test_an_order_that_was_undone_is_recalled_and_says_so_for_a_while(
    cast: Cast, call: Incident, order: Order, later: Later
) -> None:
    units.step(cast.duty_officer, call.number, "2107", "cancelled")
    [mine] = seen_by(cast, "officer")
    assert mine["recalled"] is True
    for verb in (order_acts.accept, order_acts.go):
        with pytest.raises(Conflict) as refused:
            verb(cast.again("officer"), order.pk)
        assert refused.value.code == "recalled"
    ahead(later, 31)
    assert Order.objects.get().rung == 1
    ahead(later, 601)
    assert seen_by(cast, "officer") == []


def test_orders_end_with_their_incident(cast: Cast, call: Incident, order: Order) -> None:
    incidents.cancel(cast.duty_officer, call.number)
    assert seen_by(cast, "officer")[0]["recalled"] is True
    other = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)
    units.assign(cast.duty_officer, other.number, "2107")
    incidents.close(cast.duty_officer, other.number, "05")
    assert [one["incident"] for one in seen_by(cast, "officer")] == [call.number]


def test_who_joins_the_unit_later_is_shown_its_order(cast: Cast, call: Incident, order: Order) -> None:
    before = Event.objects.filter(topic="order").count()
    units.book_on(cast.duty_officer, "2107", ["officer", "auxiliary"])
    assert len(seen_by(cast, "auxiliary")) == 1
    assert Event.objects.filter(topic="order").count() == before + 1


def test_what_is_changed_of_the_incident_changes_the_order(cast: Cast, call: Incident, order: Order) -> None:
    incidents.amend(cast.duty_officer, call.number, address="桂花街 3 号", kind="knife")
    assert Order.objects.get().text_zh == "持刀伤人，一级\n桂花街 3 号"
    count = Event.objects.filter(topic="order").count()
    incidents.amend(cast.duty_officer, call.number, facts="三人")
    assert Event.objects.filter(topic="order").count() == count


def test_a_merge_tells_the_crew_its_new_incident(cast: Cast, call: Incident, order: Order) -> None:
    other = incidents.open_incident(cast.duty2, cast.s1, **{**FIGHT, "kind": "knife"})
    merge.merge(cast.duty_officer, call.number, other.number)
    [mine] = seen_by(cast, "officer")
    assert (mine["incident"], mine["texts"]["zh"]) == (other.number, "持刀伤人，一级\n银杏街 12 号")


def test_the_line_of_time_tells_how_far_it_came(cast: Cast, call: Incident, order: Order, later: Later) -> None:
    orders.seen(cast.again("officer"), order.pk)
    ahead(later, 31)
    found = timeline.timeline(call)
    codes = [one.code for one in found if one.source == "order"]
    assert sorted(codes) == ["order_delivered", "order_seen", "order_sent"]
    assert {"rang_again", "unanswered", "raised"} <= {one.code for one in found}


def test_the_doors_answer_the_same_when_asked_again(cast: Cast, order: Order, client: Client) -> None:
    headers = {"Authorization": f"Bearer {cast.token('officer')}"}
    [mine] = client.get("/api/v1/orders/mine/", headers=headers).json()["results"]
    assert (mine["id"], mine["recalled"]) == (order.pk, False)
    assert Order.objects.get().sent_at is not None
    for act in ("delivered", "seen", "accept", "go"):
        path = f"/api/v1/orders/{order.pk}/{act}/"
        first, second = (client.post(path, "{}", content_type="application/json", headers=headers) for _ in range(2))
        assert first.status_code == second.status_code == 200, first.content
        assert first.json() == second.json()
    answer = client.get(f"/api/v1/incidents/{order.assignment.incident.number}/", headers=headers).json()
    assert answer["assignments"][0]["order"]["seen_at"] == second.json()["seen_at"]
    assert second.json()["accepted_at"] == Order.objects.get().accepted_at.isoformat()
    assert client.get("/api/v1/orders/mine/", headers={"Authorization": f"Bearer {cast.token('duty2')}"}).json() == {
        "next": None, "results": [],
    }  # fmt: skip


def test_the_door_without_a_socket_sends_too(cast: Cast, order: Order, client: Client) -> None:
    client.get("/api/v1/live/", headers={"Authorization": f"Bearer {cast.token('duty_officer')}"})
    assert Order.objects.get().sent_at is None
    client.get("/api/v1/live/", headers={"Authorization": f"Bearer {cast.token('officer')}"})
    sent_at = Order.objects.get().sent_at
    assert sent_at is not None and clock.now() - sent_at < dt.timedelta(seconds=5)
