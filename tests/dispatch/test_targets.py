"""Targets: by surroundings and priority, measured on every open incident, and alarmed when nobody was sent in time."""

import datetime as dt

import pytest
from django.test import Client

from command import clock, live, people
from command.errors import Forbidden, Invalid
from command.models import Alarm, AuditEntry, Event, Officer
from command.permissions import Role
from dispatch import alarms, due, incidents, targets, units
from dispatch.due import DEFAULTS, Goal
from dispatch.models import Incident, Target
from tests.conftest import PLACE, Cast

PAGE = "/manage/targets/"


@pytest.fixture
def top(cast: Cast) -> Officer:
    return people.add_officer(None, "top", Role.ADMINISTRATOR, cast.centre, None, name="顶")


@pytest.fixture
def call(cast: Cast) -> Incident:
    return incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)


def shown(cast: Cast, number: str) -> dict:
    rows = live.snapshot(cast.duty_officer)["topics"]["incident"]
    return next(row for row in rows if row["number"] == number)


def later(call: Incident, seconds: float) -> dt.datetime:
    """The incident as if it had been opened so long ago."""
    at = clock.now() - dt.timedelta(seconds=seconds)
    Incident.objects.filter(pk=call.pk).update(opened_at=at)
    return at


def test_a_station_begins_with_the_rules_that_are_known(db: None) -> None:
    assert DEFAULTS["city", 1] == Goal(15, 60, 300)
    assert DEFAULTS["suburb", 2].arrive_s == 600
    assert DEFAULTS["country", 1].arrive_s is None
    assert len(DEFAULTS) == 12
    assert due.table() == DEFAULTS


def test_each_step_is_wanted_until_it_is_done(cast: Cast, call: Incident) -> None:
    units.add_unit(None, cast.s1, "2107")
    opened = call.opened_at
    row = shown(cast, call.number)
    assert row["answer_by"] == (opened + dt.timedelta(seconds=15)).isoformat()
    assert row["dispatch_by"] == (opened + dt.timedelta(seconds=60)).isoformat()
    assert row["arrive_by"] == (opened + dt.timedelta(seconds=300)).isoformat()
    incidents.acknowledge(cast.duty_officer, call.number)
    assert shown(cast, call.number)["answer_by"] is None
    units.assign(cast.duty_officer, call.number, "2107")
    row = shown(cast, call.number)
    assert (row["dispatch_by"], row["arrive_by"] is not None) == (None, True)
    units.step(cast.duty_officer, call.number, "2107", "on_scene")
    units.step(cast.duty_officer, call.number, "2107", "cleared")
    assert shown(cast, call.number)["arrive_by"] is None, "somebody was there, though gone again"


def test_the_surroundings_choose_the_row(cast: Cast, call: Incident) -> None:
    cast.s1.surroundings = "country"
    cast.s1.save()
    assert shown(cast, call.number)["arrive_by"] is None
    cast.s1.surroundings = "suburb"
    cast.s1.save()
    assert shown(cast, call.number)["arrive_by"] == (call.opened_at + dt.timedelta(seconds=600)).isoformat()


def test_a_change_measures_open_incidents_anew(top: Officer, cast: Cast, call: Incident) -> None:
    before = live.snapshot(cast.duty_officer)["cursor"]
    goal = Goal(30, None, 180)
    assert targets.change_targets(top, {("city", 1): goal, ("city", 2): DEFAULTS["city", 2]}) == [("city", 1)]
    told = live.news(cast.duty_officer, before)["items"]
    payload = next(item["payload"] for item in told if item["id"] == call.number)
    assert (payload["dispatch_by"], payload["arrive_by"]) == (
        None,
        (call.opened_at + dt.timedelta(seconds=180)).isoformat(),
    )
    entry = AuditEntry.objects.get(action="change_target")
    assert (entry.subject_id, entry.facts["arrive_s"], entry.station.code) == ("city/1", 180, "C")
    assert targets.change_targets(top, {("city", 1): goal}) == []


def test_a_target_that_is_not_changed_tells_nobody(top: Officer, cast: Cast, call: Incident) -> None:
    count = Event.objects.count()
    targets.change_targets(top, DEFAULTS)
    targets.change_targets(top, {("country", 1): Goal(20, 60, None)})
    assert Event.objects.count() == count


@pytest.mark.parametrize("goal", [Goal(0, 60, 300), Goal(15, -1, 300), Goal(15, 60, 86_401), Goal(15, 300, 60)])
def test_what_is_no_target_is_refused(top: Officer, goal: Goal) -> None:
    with pytest.raises(Invalid):
        targets.change_targets(top, {("city", 1): goal})
    assert not Target.objects.exists()


def test_they_are_changed_only_at_the_top(cast: Cast) -> None:
    for person in (cast.commander, cast.administrator):
        with pytest.raises(Forbidden):
            targets.change_targets(person, {("city", 1): Goal(1, 2, 3)})


def test_the_alarm_of_a_call_without_a_unit_follows_the_target(top: Officer, cast: Cast, call: Incident) -> None:
    later(call, 61)
    targets.change_targets(top, {("city", 1): Goal(15, 90, 300)})
    alarms.watch()
    assert not Alarm.objects.filter(kind="unassigned").exists()
    later(call, 91)
    alarms.watch()
    assert Alarm.objects.get(kind="unassigned").subject_id == call.number


def test_without_a_target_nobody_is_alarmed(top: Officer, cast: Cast, call: Incident) -> None:
    later(call, 7200)
    targets.change_targets(top, {key: Goal(None, None, None) for key in DEFAULTS})
    alarms.watch()
    assert not Alarm.objects.exists()


def test_a_list_costs_no_query_more_with_its_length(cast: Cast, call: Incident, django_assert_max_num_queries) -> None:
    for _ in range(8):
        incidents.open_incident(cast.duty_officer, cast.s1, kind="theft", priority=3, **PLACE)
    topic = live.TOPICS["incident"]
    with django_assert_max_num_queries(5):
        assert len(topic.snapshot([cast.s1.pk])) == 9


# ---- the page


@pytest.fixture
def page(top: Officer, client: Client) -> Client:
    client.force_login(top, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def sent(**cells: str) -> dict[str, str]:
    """The whole table as a browser sends it, with some cells written over."""
    whole = {
        targets.field(*key, name): "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"
        for key, goal in DEFAULTS.items()
        for name, seconds in goal._asdict().items()
    }
    return {**whole, **cells}


def test_the_table_is_read_and_written_in_minutes_and_seconds(page: Client) -> None:
    assert 'value="5:00"' in page.get(PAGE).content.decode()
    assert (
        page.post(PAGE, sent(city_1_arrive_s="4:30", city_2_arrive_s="200", country_1_answer_s="")).status_code == 302
    )
    now = due.table()
    assert (now["city", 1].arrive_s, now["city", 2].arrive_s, now["country", 1].answer_s) == (270, 200, None)
    assert Target.objects.count() == 3, "what is as at first is not written down"
    assert page.get(f"{PAGE}reset/").status_code == 200
    assert page.post(f"{PAGE}reset/").status_code == 302
    assert due.table() == DEFAULTS


@pytest.mark.parametrize("said", ["soon", "4:75", "-1", "99999999", "0"])
def test_a_cell_that_is_no_time_is_told_at_its_place(page: Client, said: str) -> None:
    answer = page.post(PAGE, sent(city_1_arrive_s=said))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Target.objects.exists()
