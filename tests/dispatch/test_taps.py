"""A status that was given without a network counts from when it was given, by whatever clock the phone has."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import translation

from command import clock
from dispatch import incidents, timeline, units
from dispatch.models import Assignment, LogEntry
from dispatch.taps import NOW, Tap, clock_of
from tests.conftest import PLACE, Cast

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize("wrong", [dt.timedelta(0), dt.timedelta(days=400), dt.timedelta(days=-3)])
def test_the_phones_clock_may_show_anything(wrong: dt.timedelta) -> None:
    tap = Tap(NOON - 5 * MINUTE + wrong, NOON + wrong)
    assert tap.moment(NOON, NOON - 10 * MINUTE) == NOON - 5 * MINUTE


@pytest.mark.parametrize(
    ("tap", "found"),
    [
        (Tap(NOON - 60 * MINUTE, NOON), NOON - 10 * MINUTE),  # before the step that it follows
        (Tap(NOON + MINUTE, NOON), NOON),  # in the future
        (Tap(NOON - dt.timedelta(seconds=2), NOON), NOON),  # on its way
        (Tap(NOON - MINUTE, None), NOON),  # nobody knows what that clock shows
        (NOW, NOON),
    ],
)
def test_it_stays_between_the_step_before_and_now(tap: Tap, found: dt.datetime) -> None:
    assert tap.moment(NOON, NOON - 10 * MINUTE) == found


def test_what_is_no_clock_says_nothing() -> None:
    assert [clock_of(one) for one in (None, "", "noon", "2026-11-21T12:00:00")] == [None] * 4
    assert clock_of("2026-11-21T12:00:00Z") == NOON


@pytest.fixture
def sent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Assignment:
    """2107 was sent at noon; now it is ten minutes later."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    units.add_unit(None, cast.s1, "2107")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    made = units.assign(cast.duty_officer, call.number, "2107")
    monkeypatch.setattr(clock, "now", lambda: NOON + 10 * MINUTE)
    return made


def kept(cast: Cast, at: dt.datetime) -> dict:
    """What a phone with a clock a day ahead sends ten minutes after noon."""
    ahead = dt.timedelta(days=1)
    shown = {"X-Clock": (NOON + 10 * MINUTE + ahead).isoformat()}
    token = {"Authorization": f"Bearer {cast.token('officer')}"}
    return {"data": {"at": (at + ahead).isoformat()}, "headers": {**shown, **token}, "content_type": "application/json"}


def test_both_times_stand_on_the_line_of_time(cast: Cast, sent: Assignment, client: Client) -> None:
    said = kept(cast, NOON + 2 * MINUTE)
    answer = client.post(f"/api/v1/orders/{sent.order.pk}/go/", **said)
    assert answer.status_code == 200, answer.content
    said = kept(cast, NOON + 6 * MINUTE)
    said["data"]["status"] = "on_scene"
    assert client.patch(f"/api/v1/incidents/{sent.incident.number}/assignments/2107/", **said).status_code == 200
    sent.refresh_from_db()
    times = (sent.accepted_at, sent.en_route_at, sent.on_scene_at, sent.status_at)
    assert times == (NOON + 2 * MINUTE, NOON + 2 * MINUTE, NOON + 6 * MINUTE, NOON + 6 * MINUTE)
    entry = LogEntry.objects.filter(code="status").latest("pk")
    assert (entry.at, entry.params["tapped_at"]) == (NOON + 10 * MINUTE, (NOON + 6 * MINUTE).isoformat())
    with translation.override("en"):
        words = [one.words for one in timeline.timeline(sent.incident) if one.code == "status"]
    assert words[-1].endswith("done at 20:06:00 without a network")


def test_an_old_tap_is_not_before_the_unit_was_sent(cast: Cast, sent: Assignment, client: Client) -> None:
    client.post(f"/api/v1/orders/{sent.order.pk}/accept/", **kept(cast, NOON - 60 * MINUTE))
    sent.refresh_from_db()
    assert sent.accepted_at == NOON


def test_a_free_units_status_counts_from_its_tap(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    units.add_unit(None, cast.s1, "2108")
    units.book_on(cast.duty_officer, "2108", ["officer"])
    monkeypatch.setattr(clock, "now", lambda: NOON + 10 * MINUTE)
    said = kept(cast, NOON + 7 * MINUTE)
    said["data"]["status"] = "busy"
    assert client.patch("/api/v1/units/2108/", **said).status_code == 200
    assert units.find(cast.duty_officer, "2108").status_at == NOON + 7 * MINUTE


def test_what_comes_at_once_says_nothing_of_taps(cast: Cast, sent: Assignment) -> None:
    units.step(cast.officer, sent.incident.number, "2107", "en_route")
    assert "tapped_at" not in LogEntry.objects.filter(code="status").latest("pk").params
