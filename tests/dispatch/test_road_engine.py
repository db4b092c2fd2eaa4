"""Ways and times from a routing engine that really runs: around what is closed, as fast as our own cars drive."""

import datetime as dt
from pathlib import Path

import pytest

from command import clock, health, people
from command.geo import distance_m
from command.places.importer import import_map
from command.places.maps import remove_map
from devices import devices
from devices.models import Fix
from dispatch import road_blocks, road_speeds, roads, units
from dispatch.models import RoadSpeed
from tests.conftest import Cast
from tests.dispatch.engine import EAST, NORTH, WEST, Engine, at, crossroads

pytestmark = pytest.mark.django_db
PATIENCE_S = roads.PATIENCE_S  # the station's own
ACROSS_SOUTH = {"type": "LineString", "coordinates": [list(at(5, -1.2)), list(at(5, -0.8))]}
ACROSS_EAST = {"type": "LineString", "coordinates": [list(at(9, -0.3)), list(at(9, 0.3))]}


def streets(found: roads.Route | None) -> list[str]:
    assert found
    return [step.street for step in found.steps if step.street]


def test_without_an_engine_nothing_is_known_and_nothing_raised(away: None) -> None:
    assert not roads.is_up()
    assert roads.times([WEST, NORTH], EAST) == [None, None]
    assert roads.route(WEST, EAST, "en") is None
    assert roads.reach(WEST, [60]) is None
    assert roads.match([(WEST, 0.0), (EAST, 60.0)]) == []
    assert roads.health() is None


def test_times_come_by_road_in_the_order_of_the_origins(engine: Engine) -> None:
    nowhere, sea = (0.0, 0.0), at(5, 400)
    west, none, near, far = roads.times([WEST, nowhere, at(9, 0), sea], EAST)
    assert none is None and far is None, "a place off the map spoils no other's answer"
    assert west and near and west.seconds > near.seconds > 0
    straight = distance_m(WEST[1], WEST[0], EAST[1], EAST[0])
    assert straight < west.metres < 2 * straight
    assert (west.source, west.blocked) == ("roads", False)
    foot = roads.times([WEST], EAST, "foot")[0]
    assert foot and foot.seconds > 3 * west.seconds


def test_two_hundred_origins_are_answered_in_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads, "PATIENCE_S", PATIENCE_S)
    many = [at(10 * i / 200, 0) for i in range(200)]
    assert None not in roads.times(many, EAST)


def test_turns_are_told_in_both_languages(engine: Engine) -> None:
    import_map(crossroads(engine.extracts.parent / "x.osm.pbf"), "english")
    try:
        chinese, english = roads.route(WEST, EAST, "zh-hans"), roads.route(WEST, EAST, "en")
    finally:
        (engine.extracts / "english.osm.pbf").unlink()
    assert streets(chinese) == ["迎宾路", "银杏街", "站前路"]
    assert streets(english) == ["迎宾路", "Ginkgo Street", "站前路"]
    assert english
    assert [step.text for step in english.steps][:2] == [
        "Set off to the east along 迎宾路", "Turn right into Ginkgo Street",
    ]  # fmt: skip
    assert english.steps[-1].text == "You are there"
    assert english.shape[0] == pytest.approx(WEST, abs=1e-4)
    assert sum(step.metres for step in english.steps) == pytest.approx(english.metres, abs=5)


def test_a_closed_road_is_gone_round_at_once_and_open_again(engine: Engine, cast: Cast) -> None:
    assert "银杏街" in streets(roads.route(WEST, EAST, "zh-hans"))
    free = roads.times([WEST], EAST)[0]
    made = road_blocks.block(cast.duty_officer, cast.s1, ACROSS_SOUTH, "积水")
    found, round_it = roads.route(WEST, EAST, "zh-hans"), roads.times([WEST], EAST)[0]
    assert streets(found) == ["迎宾路", "文化路", "站前路"]
    assert found and not found.blocked
    assert free and round_it and round_it.metres > free.metres
    road_blocks.unblock(cast.duty_officer, made.pk)
    assert "银杏街" in streets(roads.route(WEST, EAST, "zh-hans"))


def test_where_no_other_way_leads_the_answer_says_so(engine: Engine, cast: Cast) -> None:
    road_blocks.block(cast.duty_officer, cast.s1, ACROSS_EAST)
    cut_off = roads.times([WEST, at(3, -1)], EAST)
    assert [one and one.blocked for one in cut_off] == [True, True]
    elsewhere = roads.times([WEST], NORTH)[0]
    assert elsewhere and not elsewhere.blocked
    for start, to in ((WEST, EAST), (EAST, WEST)):
        found = roads.route(start, to, "en")
        assert found and found.blocked


def test_reach_grows_with_time_and_keeps_the_order(engine: Engine) -> None:
    found = roads.reach(at(5, 0), [120, 60])
    assert found and [area["type"] for area in found] == ["Polygon", "Polygon"]
    wide, narrow = (max(lon for lon, _ in area["coordinates"][0]) for area in found)
    assert wide > narrow


def drive(cast: Cast, call_sign: str, metres_a_second: float) -> None:
    """A car on patrol has been driving eastwards along the southern street for the last two minutes, a fix every 5 s."""
    device, _ = devices.add_device(None, call_sign, "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, call_sign, kind="car", devices=[device])
    step = metres_a_second * 5 / distance_m(*at(0, -1)[::-1], *at(1, -1)[::-1])
    for i in range(24):
        when = clock.now() - dt.timedelta(seconds=5 * (24 - i))
        lon, lat = at(2.3 + i * step, -1)
        Fix.objects.create(
            device=device,
            time=when,
            corrected=when,
            received=when,
            lat=lat,
            lon=lon,
            accuracy=5,
            mock=False,
            late=False,
        )


def test_a_slow_road_is_gone_round_and_forgotten_after_a_while(engine: Engine, cast: Cast, later) -> None:
    drive(cast, "21", 5.5)
    assert road_speeds.measure() > 0
    learnt = RoadSpeed.objects.get()
    assert learnt.speed == pytest.approx(5.5, rel=0.1)
    assert streets(roads.route(WEST, EAST, "zh-hans")) == ["迎宾路", "文化路", "站前路"]
    by_road = roads.times([WEST], EAST)[0]
    assert by_road and by_road.metres > 2300, "units' times heed it as well"
    assert "银杏街" in streets(roads.route(EAST, WEST, "zh-hans")), "the other way nobody was slow"
    later(seconds=20)
    road_speeds.measure()
    assert RoadSpeed.objects.get().weight == learnt.weight, "nothing counts twice"
    later(minutes=16)
    road_speeds.measure()
    assert not RoadSpeed.objects.exists()
    assert "银杏街" in streets(roads.route(WEST, EAST, "zh-hans"))


def test_a_crew_on_foot_says_nothing_of_the_road(engine: Engine, cast: Cast) -> None:
    drive(cast, "21", 1.4)
    assert road_speeds.measure() == 0
    assert not RoadSpeed.objects.exists()


def test_health_tells_what_somebody_should_see_to(engine: Engine, cast: Cast, settings, tmp_path: Path) -> None:
    assert roads.health() == "ok"
    assert health.report()["parts"]["roads"] == "ok"
    import_map(crossroads(tmp_path / "x.osm.pbf"), "gone")
    (engine.extracts / "gone.osm.pbf").unlink()
    assert "gone" in (roads.health() or "")
    settings.ROADS = tmp_path
    (tmp_path / "state.json").write_text('{"state": "ready", "host": "127.0.0.1", "port": 1, "build": "x"}')
    remove(cast, "gone")
    assert roads.health() == "no answer"
    assert roads.times([WEST], EAST) == [None]


def remove(cast: Cast, name: str) -> None:
    remove_map(people.add_officer(None, "top", "administrator", cast.centre, None, name="顶"), name)


def test_an_imported_map_leaves_its_extract_and_takes_it_along(cast: Cast, settings, tmp_path: Path) -> None:
    settings.EXTRACTS = tmp_path / "maps"
    import_map(crossroads(tmp_path / "x.osm.pbf"), "one")
    assert (tmp_path / "maps" / "one.osm.pbf").read_bytes() == (tmp_path / "x.osm.pbf").read_bytes()
    remove(cast, "one")
    assert list((tmp_path / "maps").iterdir()) == []
