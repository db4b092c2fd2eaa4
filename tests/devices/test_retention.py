"""Fixes go after 30 days, whole days at a time; what an incident holds stays and is on the track."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from command import clock, jobs
from command.models import JobRun
from devices import partitions, retention, tasks, tracks
from devices.models import Device, Fix, HeldFix, Hold, LastFix, Quarantine
from dispatch import holds, incidents, units
from dispatch.models import Unit
from tests.conftest import PLACE, Cast

DAY = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


@pytest.fixture
def device(cast: Cast) -> Device:
    return Device.objects.create(station=cast.s1, name="d", kind="phone", profile="osmand", key_hash="0" * 64)


def on(monkeypatch: pytest.MonkeyPatch, moment: dt.datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def put(device: Device, time: dt.datetime, corrected: dt.datetime | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO devices_fix (device_id, time, corrected, received, lat, lon, mock, late) "
            "VALUES (%s, %s, %s, %s, 29.6, 106.5, false, false)",
            [device.pk, time, corrected or time, corrected or time],
        )


def moments(device: Device) -> list[str]:
    return [one["time"] for one in tracks.track(device.pk)]


def test_a_day_is_dropped_whole_when_its_last_fix_is_thirty_days_old(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    partitions.ensure(DAY.date())
    put(device, DAY)
    put(device, DAY.replace(hour=23, minute=59))
    on(monkeypatch, DAY + dt.timedelta(days=30))
    assert retention.end_fix_terms() == 0
    assert Fix.objects.count() == 2
    on(monkeypatch, dt.datetime(2026, 4, 10, 0, 1, tzinfo=dt.UTC))
    assert retention.end_fix_terms() >= 1
    assert Fix.objects.count() == 0
    assert "devices_fix_20260310" not in [name for name, _ in partitions.days()]


def test_what_an_incident_holds_stays_on_the_track(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    partitions.ensure(DAY.date())
    for minutes in (-5, 0, 10, 20, 25):
        put(device, DAY + dt.timedelta(minutes=minutes))
    until = DAY + dt.timedelta(minutes=20)
    Hold.objects.create(device=device, since=DAY, until=until, subject_kind="incident", subject_id="S1-1")
    on(monkeypatch, DAY + dt.timedelta(days=40))
    retention.end_fix_terms()
    assert moments(device) == [(DAY + dt.timedelta(minutes=m)).isoformat() for m in (0, 10, 20)]
    assert (HeldFix.objects.count(), Fix.objects.count()) == (3, 0)
    retention.end_fix_terms()
    assert HeldFix.objects.count() == 3


def test_clocks_that_are_wrong_by_days_count_by_the_corrected_time(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = DAY + dt.timedelta(days=40)
    partitions.ensure(DAY.date())
    put(device, DAY, corrected=now)  # lies in the day that is dropped, and is of today
    put(device, dt.datetime(2017, 1, 1, tzinfo=dt.UTC), corrected=now - dt.timedelta(days=1))  # in the default one
    put(device, dt.datetime(2017, 1, 2, tzinfo=dt.UTC), corrected=DAY)
    put(device, dt.datetime(2031, 1, 2, tzinfo=dt.UTC), corrected=DAY)
    on(monkeypatch, now)
    retention.end_fix_terms()
    assert moments(device) == [(now - dt.timedelta(days=1)).isoformat(), now.isoformat()]


def test_marks_and_refusals_go_too(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    young = DAY + dt.timedelta(days=25)
    for pk, at in ((device.pk, DAY),):
        LastFix.objects.create(device_id=pk, time=at, corrected=at, received=at, place="POINT(106.5 29.6)")
    for at in (DAY, young):
        Quarantine.objects.create(device=device, station=device.station, received=at, code="future", profile="osmand")
    on(monkeypatch, DAY + dt.timedelta(days=31))
    tasks.end_terms()
    assert LastFix.objects.count() == 0
    assert [one.received for one in Quarantine.objects.all()] == [young]
    run = JobRun.objects.get(name="quarantine")
    assert (run.is_ok, run.said, run.succeeded_at) == (True, "1", clock.now())


def test_dispatch_holds_the_tracks_of_who_was_sent(cast: Cast, device: Device) -> None:
    unit = Unit.objects.create(station=cast.s1, call_sign="2107", status="patrol", status_at=clock.now())
    unit.devices.add(device)
    incident = incidents.open_incident(cast.duty_officer, cast.s1, kind="theft", priority=3, **PLACE)
    units.assign(cast.duty_officer, incident.number, "2107")
    assert holds.hold_tracks() == 1
    [hold] = Hold.objects.all()
    assert (hold.device, hold.until, hold.subject_id) == (device, None, incident.number)
    ended = clock.now()
    unit.assignments.update(ended_at=ended, status="cleared")
    holds.hold_tracks()
    [hold] = Hold.objects.all()
    assert hold.until == ended


def test_a_job_that_fails_is_noted_and_does_not_keep_the_next(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ValueError("words that stay in the log")

    monkeypatch.setitem(jobs.PERIODS, "one", jobs.HOURLY)
    ran: list[Any] = []
    jobs.run({"one": fails, "two": lambda: ran.append(1)})
    assert ran == [1]
    assert JobRun.objects.get(name="one").said == "ValueError"
    assert jobs.late() == {"one": "never succeeded; ValueError"}
