"""What the floor keeps, and for how long."""

import datetime as dt

import pytest
from axes.models import AccessAttempt, AccessLog

from command import changes, clock, jobs, live, tasks, upkeep
from command.models import Event, JobRun, Session
from tests.conftest import Cast


def tell(cast: Cast) -> int:
    with changes.change():
        live.publish(cast.s1.pk, "station", cast.s1.code)
    return Event.objects.filter(station=cast.s1).count()


def later(monkeypatch: pytest.MonkeyPatch, **ahead: int) -> None:
    moment = clock.now() + dt.timedelta(**ahead)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_events_go_after_a_week_and_who_was_away_for_longer_gets_a_snapshot(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(cast)
    tell(cast)
    assert live.news(cast.commander, {"S1": 0}) is not None
    later(monkeypatch, days=7, seconds=1)
    tell(cast)
    assert upkeep.forget_events() == 2
    assert live.news(cast.commander, {"S1": 0}) is None
    assert live.news(cast.commander, {"S1": 1}) is None
    told = live.news(cast.commander, {"S1": 2})
    assert told and told["through"] == {"S1": 3}
    later(monkeypatch, days=8)
    assert upkeep.forget_events() == 1
    assert live.news(cast.commander, {"S1": 2}) is None
    assert live.news(cast.commander, {"S1": 3}) is not None


def test_ended_sessions_and_old_attempts_go(cast: Cast) -> None:
    now = clock.now()
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + dt.timedelta(days=days))
    for days in (1, 31):
        AccessLog.objects.create(username="chen")
        AccessAttempt.objects.create(username="chen", failures_since_start=1, get_data="", post_data="")
        for table in (AccessLog, AccessAttempt):
            newest = table.objects.latest("pk")
            table.objects.filter(pk=newest.pk).update(attempt_time=now - dt.timedelta(days=days))
    tasks.end_terms()
    assert [one.session_key for one in Session.objects.all()] == ["new"]
    assert (AccessLog.objects.count(), AccessAttempt.objects.count()) == (1, 1)
    assert {"replies", "events", "sessions", "signing_in", "audit", "leases"} <= set(
        JobRun.objects.filter(is_ok=True).values_list("name", flat=True)
    )


def test_a_job_is_late_after_three_of_its_periods(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.end_terms()
    later(monkeypatch, hours=2, minutes=59)
    assert jobs.late() == {}
    later(monkeypatch, minutes=2)
    assert set(jobs.late()) == {"replies", "events", "sessions", "signing_in", "audit", "leases"}
    tasks.end_terms()
    assert jobs.late() == {}
