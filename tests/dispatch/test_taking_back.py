"""What a dispatcher takes back within seconds: a step, a recall, the end of an incident; and when it is too late for that."""

import datetime as dt
from collections.abc import Callable

import pytest

from command import leases, live
from command.errors import Conflict, Forbidden, NotThere
from command.models import AuditEntry, Job
from dispatch import incidents, taking_back, units
from dispatch.models import Assignment, Incident, LogEntry, Order
from dispatch.orders import NAGGING
from tests.conftest import PLACE, Cast

Later = Callable[..., None]
PassBy = Callable[[float], None]
STEPS = ("accepted", "en_route", "on_scene", "transporting", "cleared")


@pytest.fixture
def pass_by(later: Later) -> PassBy:
    """Let so many seconds more pass."""
    passed = 0.0

    def go(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        later(seconds=passed)

    return go


@pytest.fixture
def call(cast: Cast) -> Incident:
    for name in ("2107", "15"):
        units.add_unit(None, cast.s1, name)
        units.book_on(cast.duty_officer, name, [])
    made = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, made.number, "2107")
    return made


def shown(cast: Cast, topic: str) -> list[dict]:
    return live.snapshot(cast.again("duty_officer"))["topics"][topic]


def times(sent: Assignment) -> dict[str, dt.datetime | None]:
    names = ("accepted_at", "en_route_at", "on_scene_at", "transporting_at", "ended_at")
    return {name: getattr(sent, name) for name in (*names, "status", "status_at")}


@pytest.mark.parametrize("before", range(len(STEPS)))
def test_a_step_taken_back_leaves_everything_as_it_was(
    cast: Cast, call: Incident, pass_by: PassBy, before: int
) -> None:
    for status in STEPS[:before]:
        pass_by(60)
        units.step(cast.duty_officer, call.number, "2107", status)
    was, order = times(Assignment.objects.get()), Order.objects.get()
    pass_by(60)
    units.step(cast.duty_officer, call.number, "2107", STEPS[before])
    pass_by(9)
    taking_back.step(cast.duty_officer, call.number, "2107", STEPS[before])
    assert times(Assignment.objects.get()) == was
    now = Order.objects.get()
    assert [getattr(now, name) for name in (*Order.TIMES, "away_at")] == [
        getattr(order, name) for name in (*Order.TIMES, "away_at")
    ]
    told = LogEntry.objects.order_by("id").values_list("code", "params")
    assert told.last()[0] == "step_undone"
    assert [one for one, said in told if said.get("status") == STEPS[before]] == ["status", "step_undone"], (
        "nothing is wiped"
    )
    assert AuditEntry.objects.filter(action="step_undone").count() == 1
    [unit] = [one for one in shown(cast, "unit") if one["call_sign"] == "2107"]
    assert (unit["status"], unit["incident"]) == (was["status"], call.number)


def test_who_had_not_said_yes_is_rung_again(cast: Cast, call: Incident) -> None:
    units.step(cast.duty_officer, call.number, "2107", "accepted")
    assert not Job.objects.filter(kind__in=NAGGING, done_at=None).exists()
    taking_back.step(cast.duty_officer, call.number, "2107", "accepted")
    assert Job.objects.filter(kind__in=NAGGING, done_at=None).count() == len(NAGGING)


def test_a_recall_taken_back_sends_on(cast: Cast, call: Incident, pass_by: PassBy) -> None:
    units.step(cast.duty_officer, call.number, "2107", "en_route")
    units.step(cast.duty_officer, call.number, "2107", "cancelled")
    assert shown(cast, "order")[0]["recalled"]
    taking_back.step(cast.duty_officer, call.number, "2107", "cancelled")
    pass_by(660)
    leases.work()
    [order] = shown(cast, "order")
    assert not order["recalled"]
    assert {one["call_sign"]: one["status"] for one in shown(cast, "unit")} == {"2107": "en_route", "15": "patrol"}


def test_an_end_taken_back_brings_everybody_back(cast: Cast, call: Incident, pass_by: PassBy) -> None:
    units.assign(cast.duty_officer, call.number, "15")
    units.step(cast.duty_officer, call.number, "15", "on_scene")
    incidents.close(cast.duty_officer, call.number, "03")
    taking_back.end(cast.duty_officer, call.number)
    assert {one["call_sign"]: one["status"] for one in shown(cast, "unit")} == {"2107": "dispatched", "15": "on_scene"}
    assert [one["status"] for one in shown(cast, "incident")] == ["on_scene"]
    assert len(shown(cast, "order")) == 2
    incidents.cancel(cast.duty_officer, call.number)
    other = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, other.number, "15")
    taking_back.end(cast.duty_officer, call.number)
    sent = {one["call_sign"]: one["incident"] for one in shown(cast, "unit")}
    assert sent == {"2107": call.number, "15": other.number}, "who has gone elsewhere stays there"
    units.step(cast.duty_officer, call.number, "2107", "cleared")
    pass_by(60)
    incidents.close(cast.duty_officer, call.number, "03")
    taking_back.end(cast.duty_officer, call.number)
    assert Assignment.objects.filter(incident=call, ended_at=None).count() == 0, "who was free before stays free"


def test_what_is_too_late_or_another_by_now_stays(cast: Cast, call: Incident, pass_by: PassBy) -> None:
    def refused(code: str, act: Callable[..., object], *said: str) -> None:
        with pytest.raises(Conflict) as why:
            act(cast.duty_officer, call.number, *said)
        assert why.value.code == code

    refused("not_undone", taking_back.step, "2107", "dispatched")
    units.step(cast.duty_officer, call.number, "2107", "accepted")
    units.step(cast.duty_officer, call.number, "2107", "en_route")
    refused("not_undone", taking_back.step, "2107", "accepted")
    pass_by(16)
    refused("too_late", taking_back.step, "2107", "en_route")
    refused("wrong_state", taking_back.end)
    units.step(cast.duty_officer, call.number, "2107", "cleared")
    other = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, other.number, "2107")
    refused("unit_sent", taking_back.step, "2107", "cleared")
    incidents.close(cast.duty_officer, call.number, "03")
    refused("not_open", taking_back.step, "2107", "cleared")
    pass_by(16)
    refused("too_late", taking_back.end)


def test_nobody_else_takes_it_back(cast: Cast, call: Incident) -> None:
    units.step(cast.duty_officer, call.number, "2107", "accepted")
    with pytest.raises(NotThere):
        taking_back.step(cast.foreign_duty, call.number, "2107", "accepted")
    with pytest.raises((Forbidden, NotThere)):
        taking_back.step(cast.officer, call.number, "2107", "accepted")
    with pytest.raises(NotThere):
        taking_back.step(cast.duty_officer, call.number, "15", "accepted")
