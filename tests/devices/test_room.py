"""The room's verbs, doors and tables: keys, tracks and who may read them, partitions, the nearest, what is watched."""

import datetime as dt
import json
import math
import random
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from command import alarms, clock, live
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.geo import distance_m
from command.models import Alarm, AuditEntry, digest
from devices import partitions, tasks
from devices.devices import add_device, approve_device, revoke_device
from devices.limits import Allowance
from devices.models import Device, LastFix, Quarantine, near
from devices.tracks import LIMIT, track
from tests.conftest import Cast

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def insert_fix(device: Device, time: dt.datetime, corrected: dt.datetime | None = None, lat: float = 29.6) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO devices_fix (device_id, time, corrected, received, lat, lon, mock, late) "
            "VALUES (%s, %s, %s, %s, %s, 106.5, false, false)",
            [device.pk, time, corrected or time, time, lat],
        )


@pytest.fixture
def phone(cast: Cast) -> Device:
    return add_device(None, "a phone", "phone", "osmand", cast.s1)[0]


# ---- verbs


def test_a_key_is_shown_once_and_kept_as_its_hash(cast: Cast) -> None:
    device, key = add_device(cast.administrator, "一台手机", "phone", "owntracks", cast.s1)
    assert len(key) >= 24
    assert device.key_hash == digest(key)
    assert key not in json.dumps(list(Device.objects.values()), default=str)
    assert AuditEntry.objects.filter(action="add_device", subject_id=str(device.pk)).count() == 1
    assert (device.principal.kind, device.principal.rights().all_stations()) == ("device", frozenset())


def test_who_may_manage_devices(cast: Cast, phone: Device) -> None:
    for name in ("commander", "officer", "inspector"):
        with pytest.raises(Forbidden):
            add_device(cast.again(name), "x", "phone", "osmand", cast.s1)
        with pytest.raises(NotThere):
            revoke_device(cast.again(name), phone.pk)
    with pytest.raises(NotThere):
        add_device(cast.foreign_duty, "x", "phone", "osmand", cast.s1)
    revoked = revoke_device(cast.technician, phone.pk)
    assert revoke_device(cast.technician, phone.pk).revoked_at == revoked.revoked_at


@pytest.mark.parametrize(
    ("field", "said"),
    [("name", {"name": " "}), ("name", {"name": "a\0"}), ("kind", {"kind": "x"}), ("profile", {"profile": "x"}),
     ("datum", {"datum": "x"})],
)  # fmt: skip
def test_a_device_that_cannot_be(cast: Cast, field: str, said: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        add_device(None, **{"name": "x", "kind": "phone", "profile": "osmand", "station": cast.s1, **said})
    assert list(refusal.value.fields or {}) == [field]


def test_a_gateway_has_a_tracker_once(cast: Cast) -> None:
    gateway, _ = add_device(None, "gateway", "gateway", "forward", cast.s1)
    tracker, key = add_device(None, "car 1", "tracker", "forward", cast.s1, gateway=gateway, unique_id="86")
    assert (key, tracker.key_hash) == ("", None)
    with pytest.raises(Conflict):
        add_device(None, "car 2", "tracker", "forward", cast.s1, gateway=gateway, unique_id="86")


def test_commands(cast: Cast) -> None:
    said = StringIO()
    call_command("add_device", "p1", "--kind", "phone", "--profile", "osmand", "--station", "S1", "--json", stdout=said)
    made = json.loads(said.getvalue())
    assert Device.objects.get(pk=made["id"]).key_hash == digest(made["key"])
    call_command("revoke_device", str(made["id"]), stdout=StringIO())
    assert Device.objects.get(pk=made["id"]).revoked_at
    with pytest.raises(CommandError):
        call_command("revoke_device", "0")
    with pytest.raises(CommandError):
        call_command("approve_device", "0")
    with pytest.raises(CommandError):
        call_command("add_device", "p", "--kind", "tracker", "--profile", "forward", "--gateway", "0")


def test_an_allowance_fills_and_arrays_are_worked_off() -> None:
    allowance = Allowance(50)
    assert [allowance.take(1, 100.0) for _ in range(60)] == [True] * 50 + [False] * 10
    assert allowance.take(600, 101.0)
    assert not allowance.take(1, 111.0)
    assert allowance.take(1, 112.1)


def test_what_was_given_back_may_be_sent_again() -> None:
    allowance = Allowance(50)
    for _ in range(3):
        assert allowance.take(50, 100.0)
        allowance.give_back(50)
    assert allowance.take(50, 100.0)
    assert not allowance.take(1, 100.0)
    allowance.give_back(900)
    assert allowance.take(50, 100.0)
    assert not allowance.take(1, 100.0), "never more than the burst"


# ---- tracks


def get_track(cast: Cast, name: str, device: Device, query: str = "") -> Any:
    headers = {"Authorization": f"Bearer {cast.token(name)}"}
    return Client().get(f"/api/v1/devices/{device.pk}/track/{query}", headers=headers)


def test_a_track_by_corrected_time(cast: Cast, phone: Device) -> None:
    hour = dt.timedelta(hours=1)
    for minute in (5, 1, 3):
        insert_fix(phone, NOW + dt.timedelta(minutes=minute))
    insert_fix(phone, NOW + hour, NOW + dt.timedelta(minutes=4))
    insert_fix(phone, NOW + dt.timedelta(days=9 * 365), NOW + dt.timedelta(minutes=2))
    answer = get_track(cast, "commander", phone)
    assert [fix["time"] for fix in answer.json()] == [f"2026-11-20T12:0{minute}:00+00:00" for minute in range(1, 6)]
    assert set(answer.json()[0]) == {"time", "lat", "lon", "speed", "course", "altitude", "accuracy", "battery", "late"}
    some = get_track(cast, "commander", phone, "?since=2026-11-20T12:02:00%2B00:00&until=2026-11-20T12:04:00Z").json()
    assert [fix["time"][14:16] for fix in some] == ["02", "03", "04"]
    local = get_track(cast, "commander", phone, "?since=2026-11-20T20:05:00+08:00").json()  # a plus nobody escaped
    assert len(local) == 1
    entry = AuditEntry.objects.filter(action="read_track").first()
    assert entry is not None
    assert (entry.actor_kind, entry.actor_id, entry.subject_id) == ("officer", str(cast.commander.pk), str(phone.pk))


@pytest.mark.parametrize(
    ("name", "status"),
    [("commander", 200), ("inspector", 200), ("centre_commander", 200), ("duty_officer", 404), ("administrator", 403),
     ("foreign_commander", 404), ("officer", 403)],
)  # fmt: skip
def test_who_may_read_tracks(cast: Cast, phone: Device, name: str, status: int) -> None:
    assert get_track(cast, name, phone).status_code == status


def test_odd_times_of_a_track(cast: Cast, phone: Device) -> None:
    for said in ("yesterday", "2026-13-40T00:00:00Z", "%00", "2026"):
        answer = get_track(cast, "commander", phone, f"?since={said}")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["since"])


def test_a_long_track_ends_with_the_newest(phone: Device) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO devices_fix SELECT %s, t, t, t, 1, 2, null, null, null, null, null, false, false "
            "FROM generate_series(%s::timestamptz, %s::timestamptz, '1 s') t",
            [phone.pk, NOW, NOW + dt.timedelta(seconds=LIMIT + 10)],
        )
    found = track(phone.pk)
    assert len(found) == LIMIT
    assert found[-1]["time"] == (NOW + dt.timedelta(seconds=LIMIT + 10)).isoformat()


# ---- partitions


def partition_of(device: Device) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM devices_fix WHERE device_id = %s", [device.pk])
        return str(cursor.fetchone()[0])


def test_a_week_of_partitions_ahead(cast: Cast, phone: Device) -> None:
    day = dt.date(2031, 1, 30)
    made = partitions.ensure(day)
    assert (made[0], made[-1], len(made)) == ("devices_fix_20310130", "devices_fix_20310206", 8)
    assert partitions.ensure(day) == []
    insert_fix(phone, dt.datetime(2031, 2, 1, 23, 59, 59, tzinfo=dt.UTC))
    assert partition_of(phone) == "devices_fix_20310201"


def test_a_new_day_takes_over_what_the_default_partition_held(cast: Cast, phone: Device) -> None:
    insert_fix(phone, dt.datetime(2031, 3, 5, tzinfo=dt.UTC))
    assert partition_of(phone) == "devices_fix_default"
    partitions.ensure(dt.date(2031, 3, 1))
    assert partition_of(phone) == "devices_fix_20310305"
    assert len(track(phone.pk)) == 1


def test_the_partitions_of_this_week_are_there(db: None) -> None:
    tasks.keep_partitions()
    assert partitions.ensure(clock.now().date()) == []


# ---- the nearest


def test_near_is_exact(cast: Cast) -> None:
    draw = random.Random(5)
    places = {}
    for number in range(300):
        device = Device.objects.create(
            station=cast.s1 if number % 3 else cast.s2, name="x", kind="phone", profile="fixes", key_hash=str(number)
        )
        lat, lon = 50 + draw.uniform(-0.05, 0.05), 106 + draw.uniform(-0.05, 0.05)
        places[device.pk] = (lat, lon, device.station_id)
        LastFix.objects.create(device=device, time=NOW, corrected=NOW, received=NOW, place=f"POINT({lon} {lat})")
    for stations in (None, [cast.s1.pk]):
        order = sorted(
            (distance_m(50, 106, lat, lon), pk) for pk, (lat, lon, s) in places.items() if not stations or s in stations
        )
        found = near(50, 106, 7, stations)
        assert [one.device_id for one in found] == [pk for _, pk in order[:7]]
        assert math.isclose(found[0].distance_m, order[0][0], abs_tol=0.01)
    assert len(near(50, 106, 1000)) == 300


# ---- what is watched


def test_a_device_that_keeps_sending_rubbish_is_told_of_once(cast: Cast, phone: Device) -> None:
    def refuse(count: int, received: dt.datetime) -> None:
        for _ in range(count):
            Quarantine.objects.create(
                device=phone, station=cast.s1, received=received, code="future", profile="osmand", raw="{}"
            )

    refuse(4, clock.now())
    tasks.look_at_quarantine()
    assert not Alarm.objects.exists()
    refuse(3, clock.now())
    tasks.look_at_quarantine()
    tasks.look_at_quarantine()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.subject_id, alarm.facts["code"]) == ("fixes_refused", str(phone.pk), "future")
    other = alarms.raise_alarm(cast.s1.pk, "sos", 1, "unit", "2107")
    assert other and other.pk == alarm.pk + 1, "what is known already is not tried again: a failed try costs a number"
    Quarantine.objects.update(received=clock.now() - dt.timedelta(hours=1))
    tasks.look_at_quarantine()
    alarm.refresh_from_db()
    assert alarm.cleared_at


def test_a_waiting_tracker_is_an_alarm_until_it_is_let_in(cast: Cast, client: Client) -> None:
    gateway, _ = add_device(None, "gateway", "gateway", "forward", cast.s1)
    tracker = Device.objects.create(
        station=cast.s1, name="86", kind="tracker", profile="forward", gateway=gateway, unique_id="86"
    )
    tasks.look_at_quarantine()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.subject_id, alarm.facts) == ("tracker_waiting", str(tracker.pk), {})
    shown = client.get("/api/v1/alarms/", headers={"Authorization": f"Bearer {cast.token('commander')}"}).json()
    assert [one["subject_name"] for one in shown["results"]] == ["86"], "read when it is shown, kept nowhere"
    assert [one["subject_name"] for one in live.snapshot(cast.commander)["topics"]["alarm"]] == ["86"]
    approve_device(cast.technician, tracker.pk)
    alarm.refresh_from_db()
    assert alarm.cleared_at
