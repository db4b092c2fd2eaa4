"""What happens between the doors and the database when something is bad, late, doubled, or dead."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import psycopg
import pytest
import redis.asyncio
from django.conf import settings
from django.db import connection

from command import clock
from devices import live
from devices.gateway.fix import Fix, Refused
from devices.keys import Keyring, Sender
from devices.metrics import Counts
from devices.models import Device, LastFix, Quarantine
from devices.positions import Overloaded, Positions
from devices.record import Recorder
from devices.ticks import CHANNEL, Ticks, frame
from devices.tracks import track
from devices.upkeep import Upkeep
from tests.conftest import free_port, running
from tests.devices.conftest import INGEST, Ingest, eventually, iso, uvicorn

Key = Callable[..., tuple[Device, str]]
SECOND = 1_000_000
START = int(time.time()) - 1000


def now_us() -> int:
    return time.time_ns() // 1000


def run(act: Callable[[Positions, dict[int, Sender]], Any]) -> Any:
    """Run with the real writer and the senders as they are in the database; nothing is flushed by itself."""

    async def inside() -> Any:
        keyring, recorder = Keyring(), Recorder()
        await keyring.refresh()
        try:
            return await act(Positions(recorder, Ticks(counts := Counts()), counts), keyring.senders)
        finally:
            await recorder.close()
            assert keyring._link is not None
            await keyring._link.close()

    return asyncio.run(inside())


def fix(second: int, lat: float = 29.6, **more: Any) -> Fix:
    return Fix((START + second) * SECOND, lat, 106.5, **more)


# ---- bad rows


def test_a_row_the_database_refuses_takes_no_good_one_with_it(key: Key) -> None:
    good, bad = key("osmand")[0], key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        said = [positions.receive(senders[good.pk], [fix(n)], now_us()) for n in range(20)]
        spoiled = positions.receive(senders[bad.pk], [fix(1), fix(2), fix(3)], now_us())
        spoiled.fixes[1].lat = 500.0  # past all checks: only the database's own rule is left
        await positions.flush()
        return [one.accepted for one in said], spoiled.accepted, [one.code for one in spoiled.quarantined]

    assert run(act) == ([1] * 20, 2, ["refused"])
    assert len(track(good.pk)) == 20
    assert len(track(bad.pk)) == 2
    assert Quarantine.objects.get().code == "refused"


def test_what_fits_no_column_is_refused_alone(key: Key) -> None:
    phone = key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        said = positions.receive(senders[phone.pk], [fix(1), fix(2)], now_us())
        said.fixes[0].corrected_us = 2**70
        await positions.flush()
        return said.accepted, [one.code for one in said.quarantined]

    assert run(act) == (1, ["refused"])


def test_a_device_that_is_gone_harms_nobody(key: Key) -> None:
    phone, gone = key("osmand")[0], key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        await asyncio.to_thread(_delete, gone.pk)
        said = [positions.receive(senders[pk], [fix(1)], now_us()) for pk in (phone.pk, gone.pk)]
        await positions.flush()
        return [one.accepted for one in said]

    assert run(act) == [1, 0]


def _delete(pk: int) -> None:
    with psycopg.connect(dbname=connection.settings_dict["NAME"], autocommit=True) as link:
        link.execute("DELETE FROM devices_device WHERE id = %s", [pk])


# ---- marks


def test_the_mark_never_runs_backwards_and_late_is_what_it_says(key: Key) -> None:
    phone = key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        told = []
        for batch in ([5, 3], [4], [9], [7, 8], [9]):
            for second in batch:
                positions.receive(senders[phone.pk], [fix(second, lat=29 + second / 100)], now_us())
            await positions.flush()
            told.append([round(place[2] * 100 - 2900) for place in positions.ticks.waiting.pop("S1", {}).values()])
        return told

    assert run(act) == [[5], [], [9], [], []]
    assert [kept["late"] for kept in track(phone.pk)] == [False, True, False, True, True, False]
    assert round(LastFix.objects.get().place.y * 100) == 2909


def test_a_track_equals_that_of_an_ordered_run(key: Key) -> None:
    """R10: the same fixes in order, and shuffled with a third of them doubled."""
    ordered, disordered = key("osmand")[0], key("osmand")[0]
    fixes = [(second, 29 + second / 1e4, second % 30) for second in range(400)]
    draw = random.Random(3)
    mixed = fixes + draw.sample(fixes, 130)
    draw.shuffle(mixed)

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        doubled = 0
        for device, sequence in ((ordered, fixes), (disordered, mixed)):
            said = []
            for number, (second, lat, speed) in enumerate(sequence):
                said.append(positions.receive(senders[device.pk], [fix(second, lat, speed=float(speed))], now_us()))
                if number % 17 == 0:
                    await positions.flush()
            await positions.flush()
            doubled += sum(one.doubled for one in said)
        return doubled

    assert run(act) == 130
    one, other = ([{**kept, "late": None} for kept in track(device.pk)] for device in (ordered, disordered))
    assert one == other
    assert len(one) == 400
    marks = [LastFix.objects.get(device=device) for device in (ordered, disordered)]
    assert marks[0].place == marks[1].place


@pytest.mark.parametrize("ahead_s", [3600, -3600, 9 * 365 * 86_400])
def test_no_mark_stays_frozen_by_a_wrong_clock(key: Key, ahead_s: int) -> None:
    """R9, with the time of receipt set by hand: a fix every 10 s, then the clock is put right."""
    phone = key("osmand")[0]
    start = now_us() - 3600 * SECOND

    async def act(positions: Positions, senders: dict[int, Sender]) -> list[float]:
        offs = []
        for step in range(100):
            received = start + step * 10 * SECOND
            ahead = ahead_s if step < 60 else 0
            positions.receive(senders[phone.pk], [Fix(received + ahead * SECOND, 29 + step / 1e4, 106.5)], received)
            await positions.flush()
            if phone.pk in positions.latest:
                offs.append(received / 1000 - positions.latest[phone.pk][1])
        return offs

    off_ms = run(act)
    assert abs(off_ms[59 - 6]) < 10_000  # learned: the mark is as old as it says
    assert abs(off_ms[-1]) < 10_000  # put right: it moves again
    assert round(LastFix.objects.get().place.y * 1e4) == 290099


# ---- what is dead


def test_a_lost_database_connection_is_503_and_then_well_again(ingest: Ingest, key: Key) -> None:
    phone, secret = key("osmand")
    owntracks = key("owntracks")[1]
    assert ingest.query(id=secret, lat=1, lon=2) == 200
    for _ in range(3):
        _end_connections()
        statuses = {ingest.query(id=secret, lat=1, lon=2), ingest.owntracks(owntracks, {"_type": "lwt"})[0]}
        assert statuses <= {200, 503}
        assert eventually(lambda: ingest.query(id=secret, lat=1, lon=2) == 200)
    assert len(track(phone.pk)) >= 4


def _end_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = %s",
            [INGEST],
        )
        assert cursor.rowcount, "ingest holds connections"


class Torn(Recorder):
    """A way to the database that breaks once, after the write was done and before anybody knows."""

    is_broken = False

    async def write(self, rows: Any, quarantined: Any = ()) -> Any:
        done = await super().write(rows, quarantined)
        if rows and not self.is_broken:
            self.is_broken = True
            raise psycopg.OperationalError("torn")
        return done


def test_a_position_whose_write_ended_unknown_is_told_when_it_comes_again(key: Key) -> None:
    phone, other = key("osmand")[0], key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        await positions.recorder.close()
        positions.recorder = Torn()
        lost = positions.receive(senders[phone.pk], [fix(1)], now_us())
        await positions.flush()
        assert isinstance(lost.done.exception(), psycopg.OperationalError)
        assert positions.ticks.waiting == {}
        positions.receive(senders[other.pk], [fix(2)], now_us())
        await positions.flush()
        told = positions.ticks.waiting["S1"]
        await positions.recorder.close()
        return set(told), told[phone.pk][1]

    assert run(act) == ({phone.pk, other.pk}, (START + 1) * 1000)


def test_unknown_ends_are_told_of_beside_a_refused_row_too(key: Key) -> None:
    phone, other = key("osmand")[0], key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        await positions.recorder.close()
        positions.recorder = Torn()  # with the first that it takes, which is a half of what it was given
        allowed = senders[other.pk].rubbish._left
        lost = positions.receive(senders[phone.pk], [fix(1)], now_us())
        lost_too = positions.receive(senders[other.pk], [fix(2), fix(3), Refused("future", "{}")], now_us())
        lost_too.fixes[1].lat = 500.0
        await positions.flush()
        assert all(isinstance(one.done.exception(), psycopg.OperationalError) for one in (lost, lost_too))
        assert senders[other.pk].rubbish._left == pytest.approx(allowed, abs=0.5), (
            "what was not kept counts for nothing"
        )
        positions.ticks.waiting.clear()
        positions.receive(senders[other.pk], [fix(4)], now_us())
        await positions.flush()
        await positions.recorder.close()
        return {row[1] for row in positions.ticks.waiting["S1"].values()}

    assert run(act) == {(START + 1) * 1000, (START + 4) * 1000}


def test_what_a_killed_ingest_wrote_and_did_not_tell_the_next_one_tells(key: Key) -> None:
    fresh, old = key("osmand")[0], key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> Any:
        positions.receive(senders[fresh.pk], [fix(1)], now_us())
        positions.receive(senders[old.pk], [fix(2)], now_us() - 60 * SECOND)
        await positions.flush()
        born = Positions(positions.recorder, Ticks(counts := Counts()), counts)
        await Upkeep(Keyring(), born)._load_marks()
        assert {fresh.pk, old.pk} <= set(born.latest)
        return {row[:2] for row in born.ticks.waiting["S1"].values()} & {(fresh.pk, (START + 1) * 1000), (old.pk, 0)}

    assert run(act) == {(fresh.pk, (START + 1) * 1000)}


async def test_what_redis_could_not_be_told_it_is_told_afterwards(settings: Any) -> None:
    ticks, socket = Ticks(Counts()), settings.REDIS_SOCKET
    old, new = (7, 1000, 1.0, 2.0, None, None, None, None), (7, 2000, 1.5, 2.0, None, None, None, None)
    settings.REDIS_SOCKET = "/nowhere/redis.sock"
    ticks.put("S1", old)
    await ticks.send()
    assert (ticks.counts.failed, ticks.counts.published, ticks.waiting) == (1, 0, {"S1": {7: old}})
    ticks.put("S1", new)
    settings.REDIS_SOCKET = socket
    async with redis.asyncio.Redis(unix_socket_path=socket) as link, link.pubsub() as heard:
        await heard.subscribe(CHANNEL)
        await heard.get_message(timeout=2)
        await ticks.send()
        frames = [await heard.get_message(ignore_subscribe_messages=True, timeout=2) for _ in range(2)]
        await ticks._forget()
    said = [orjson.loads(one["data"].partition(b"\n")[2])["fixes"] for one in frames if one]
    assert [list(new)] in said
    assert (ticks.waiting, ticks.counts.published) == ({}, 1)


@pytest.fixture
def cut_off(station: None) -> Iterator[Ingest]:
    """An ingest process whose database does not answer."""
    port = free_port()
    with running(uvicorn(port), f"http://127.0.0.1:{port}/", PGDATABASE="there_is_none"):
        yield Ingest(port)


def test_without_a_database_every_phone_keeps_its_queue(cut_off: Ingest, key: Key) -> None:
    assert cut_off.query(id=key("osmand")[1], lat=1, lon=2) == 503
    assert cut_off.owntracks(key("owntracks")[1], {"_type": "lwt"})[0] == 503
    assert cut_off.fixes(key("fixes")[1], [])[0] == 503
    assert cut_off.forward(key("forward", "gateway")[1], {}) == 503


def test_without_redis_positions_come_in_all_the_same(station: None, key: Key) -> None:
    phone, secret = key("osmand")
    port, database = free_port(), connection.settings_dict["NAME"]
    with running(uvicorn(port), f"http://127.0.0.1:{port}/", PGDATABASE=database, REDIS_SOCKET="/nowhere/redis.sock"):
        deaf = Ingest(port)
        began = time.monotonic()
        for step in range(20):
            assert deaf.query(id=secret, timestamp=int(time.time()) - 100 + step, lat=1, lon=2) == 200
        assert time.monotonic() - began < 15
    assert len(track(phone.pk)) == 20


def test_more_than_can_wait_is_turned_away(key: Key) -> None:
    phone = key("osmand")[0]

    async def act(positions: Positions, senders: dict[int, Sender]) -> None:
        positions.waiting = 10**6
        with pytest.raises(Overloaded):
            positions.receive(senders[phone.pk], [fix(1)], now_us())

    run(act)


# ---- told


def test_walls_are_told_once_per_station_and_tick(ingest: Ingest, key: Key, station: Any) -> None:
    phones = [key("osmand") for _ in range(5)]
    lat = random.uniform(10, 40)  # other tests publish on the same channel
    link = redis.Redis(unix_socket_path=settings.REDIS_SOCKET)
    with link, link.pubsub() as heard:
        heard.subscribe("positions")
        for _, secret in phones:
            assert ingest.query(id=secret, lat=lat, lon=106.5, speed=2.5, accuracy=4) == 200
        rows: dict[int, list[Any]] = {}
        ticks = []
        until = time.monotonic() + 5
        while len(rows) < 5 and time.monotonic() < until:
            message = heard.get_message(ignore_subscribe_messages=True, timeout=0.2)
            said = _heard(message, lat) if message else None
            if said:
                ticks.append(said["tick"])
                rows |= {row[0]: row for row in said["fixes"]}
    assert set(rows) == {phone.pk for phone, _ in phones}
    assert rows[phones[0][0].pk][2:] == [lat, 106.5, 2.5, None, 4.0, None]
    assert ticks == sorted(set(ticks))


def _heard(message: dict[str, Any], lat: float) -> dict[str, Any] | None:
    name, _, text = message["data"].partition(b"\n")
    said = orjson.loads(text)
    assert (name.decode(), said["type"]) == (said["station"], "fixes")
    return said if said["fixes"][0][2] == lat else None


def test_the_frame_and_the_polled_rows_are_the_same(ingest: Ingest, key: Key, station: Any) -> None:
    since = clock.now()
    phone, secret = key("osmand")
    assert ingest.query(id=secret, lat=1.5, lon=2.5, speed=3, bearing=90, accuracy=4) == 200
    [row] = live.snapshot([station.s1.pk])["S1"]
    assert row[0] == phone.pk
    assert row[2:] == [1.5, 2.5, 3.0, 90.0, 4.0, None]
    assert live.poll([station.s1.pk], since) == {"S1": [row]}
    assert live.poll([station.s1.pk], clock.now()) == {}
    assert live.snapshot([station.s2.pk]) == {}
    assert orjson.loads(frame(1, "S1", {phone.pk: tuple(row)}).partition(b"\n")[2])["fixes"] == [row]


def test_a_mark_says_when(ingest: Ingest, key: Key) -> None:
    phone, secret = key("fixes")
    moment = time.time() - 10
    assert ingest.fixes(secret, [{"time": iso(moment), "lat": 1.5, "lon": 2.5}])[0] == 200
    assert LastFix.objects.get(device=phone).corrected.timestamp() == pytest.approx(moment, abs=0.001)
