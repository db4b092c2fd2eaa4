"""Short forms of the faults that kill: nothing that was acknowledged is lost, nothing is there twice, walls are right."""

import asyncio

from command import live
from operation.faults import cameras, ordinary_load, postgres_killed, recorder_killed, redis_down, redis_killed, tenfold
from operation.faults.clients import KEYS, Wall, running
from operation.faults.ledger import Ledger, add_devices, clear_away, hire
from operation.faults.stage import Stage

ROW = [7, 1000, 29.5, 106.5, None, None, None, None]
SNAPSHOT = {"type": "snapshot", "cursor": {"S1": 1}, "topics": {name: [] for name in KEYS}}


def test_walls_are_right_soon_after_redis_was_killed(stage: Stage) -> None:
    found = redis_killed.run(stage, kills=1)
    assert found["ok"], str(found)


def test_nothing_acknowledged_goes_with_postgresql(stage: Stage) -> None:
    found = postgres_killed.run(stage, kills=2)  # with and without its children
    assert found["ok"], str(found)


def test_alarms_come_through_ten_times_the_positions(stage: Stage) -> None:
    found = tenfold.run(stage, lasts_s=11)  # the watch that raises alarms looks every 10 s
    assert found["lost"] == found["duplicated"] == found["wrong"] == 0, str(found)
    assert found["alarms"], str(found)
    assert found["alarm_p95_s"] < 5 * tenfold.P95_S, "other tests use the machine meanwhile, but not for so long"


def test_a_day_goes_on_when_the_web_process_or_that_of_pictures_is_killed(stage: Stage) -> None:
    found = ordinary_load.run(stage, steady_s=4, processes=("web", "pictures"), units=20)
    assert found["lost"] == found["duplicated"] == found["wrong"] == 0, str(found)
    assert found["acts"], str(found)
    assert found["p99_s"] < 5 * ordinary_load.P99_S, "other tests use the machine meanwhile, but not for so long"
    assert found["recover_s"] <= ordinary_load.BACK_WITHIN_S, str(found)


def test_a_day_goes_on_without_redis(stage: Stage) -> None:
    found = redis_down.run(stage, down_s=8, units=20, hang=False)
    assert found["lost"] == found["duplicated"] == found["wrong"] == 0, str(found)
    assert {"redis", "worker"} <= set(found["health"]), str(found)
    assert found["mark_max_s"] < 2 * redis_down.MARK_S, str(found)
    assert found["jobs_s"] <= redis_down.JOBS_S, str(found)


def test_a_position_that_was_committed_late_is_shown_although_redis_is_dead(stage: Stage) -> None:
    [(device, _)] = add_devices(stage, "osmand", 1)
    token = hire(stage)
    stage.stop("redis")
    try:
        asyncio.run(_shown(stage, token, device))
    finally:
        stage.start("redis")
        stage.mend()


async def _shown(stage: Stage, token: str, device: int) -> None:
    wall = Wall(stage.home.port, token)
    async with running([wall.run()]):
        async with asyncio.timeout(15):
            await wall.ready.wait()
            while not wall.degraded:
                await asyncio.sleep(0.1)
        stage.sql(
            "INSERT INTO devices_lastfix (device_id, time, corrected, received, place, mock) SELECT "
            f"{device}, at, at, at, ST_SetSRID(ST_MakePoint(106.5, 29.6), 4326), false "
            "FROM (SELECT now() - interval '6 s' AS at) received"
        )
        async with asyncio.timeout(8):
            while device not in wall.fixes:
                await asyncio.sleep(0.1)


def test_the_ledger_finds_what_is_gone_and_what_is_there_twice(stage: Stage) -> None:
    ledger = Ledger(fixes={(1, 1)}, calls={"lost": "S1-1", "twice": "S1-2-fault"})
    rows = ", ".join(
        f"(1, 'S1-{number}-fault', (SELECT min(id) FROM dispatch_kind), 4, 'open', 'POINT(106.5 29.6)', '', '', '', "
        "'fault-twice', now(), '')"
        for number in (2, 3)
    )
    stage.sql(
        "INSERT INTO dispatch_incident (station_id, number, kind_id, priority, state, place, address, caller_name, "
        f"caller_phone, facts, opened_at, disposition) VALUES {rows}"
    )
    try:
        assert ledger.missing(stage) == 2
        assert ledger.doubled(stage) == 1
    finally:
        stage.sql("DELETE FROM dispatch_incident WHERE facts = 'fault-twice'")
        clear_away(stage)


def test_walls_are_compared_by_all_that_they_show() -> None:
    assert KEYS.keys() | {"log"} == live.TOPICS.keys(), "a topic that no fault compares may be lost in any"


def test_a_wall_that_missed_something_is_found_out() -> None:
    wall = Wall(0, "")
    wall.hear({**SNAPSHOT, "fixes": [ROW]})
    moved = {**SNAPSHOT, "fixes": [[7, 2000, *ROW[2:]]]}
    assert wall.differs({**SNAPSHOT, "fixes": [ROW]}) == []
    assert wall.differs(moved) == ["fix 7"]
    wall.hear({"type": "fixes", "tick": 1, "fixes": moved["fixes"]})
    assert wall.differs(moved) == []
    called = {**SNAPSHOT["topics"], "incident": [{"number": "S1-1"}]}
    assert wall.differs({**moved, "topics": called}) == ["incident S1-1"]


def test_cameras_that_flap_hang_or_are_dead_harm_no_other(stage: Stage) -> None:
    found = cameras.run(stage, healthy=1, flaps=1, cpu_s=4, hang=False)  # that one takes the watchdog's 10 s
    assert found["lost"] == 0, str(found)
    assert found["recover_s"] <= cameras.BACK_S, str(found)
    assert found["children_gone_s"] <= cameras.GONE_S, str(found)
    assert found["dead_cpu_percent"] < 10 * cameras.CPU_PERCENT, "other tests use the machine meanwhile"


def test_who_kills_the_recorder_takes_a_second_and_nothing_before(stage: Stage) -> None:
    found = recorder_killed.run(stage, kills=2, every_s=1.5)  # it alone, and the process `pictures`
    assert found["ok"], str(found)
