"""The oracle by which recommendations are judged: the same town for the same seed, slow where and when towns are slow."""

import random

import pytest

from tests.dispatch.engine import crossroads
from town.oracle import Oracle


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(crossroads(tmp_path_factory.mktemp("oracle") / "crossroads.osm.pbf"))


def test_a_seed_is_a_town_and_a_call_happens_once(path: str) -> None:
    one, same, other = Oracle(path, "a"), Oracle(path, "a"), Oracle(path, "b")
    assert one.seconds("car", [1, 4], 4, 14, "x") == same.seconds("car", [1, 4], 4, 14, "x")
    assert one.seconds("car", [1], 4, 14, "x") != other.seconds("car", [1], 4, 14, "x")
    assert one.seconds("car", [1], 4, 14, "x") != one.seconds("car", [1], 4, 14, "y"), "junctions differ by call"
    assert one.person("S1/1", "x") == same.person("S1/1", "x") != one.person("S1/2", "x")


def test_it_is_there_in_no_time_slower_on_foot_and_at_rush_hour(path: str) -> None:
    town = Oracle(path, "a")
    assert town.seconds("car", [4], 4, 14, "x") == {4: 0.0}
    [noon, rush] = [town.seconds("car", [1], 4, hour, "x")[1] for hour in (14, 18)]
    assert noon < rush < 3 * noon
    walk = town.seconds("foot", [1], 4, 14, "x")[1]
    assert walk > 3 * noon
    assert walk == town.seconds("foot", [1], 4, 18, "y")[1], "who walks waits for nobody"


def test_somebody_strolls_along_roads_and_not_back(path: str) -> None:
    net = Oracle(path, "a").nets["foot"]
    dice = random.Random(1)
    assert net.stroll(1, 0, dice) == 1
    assert {net.stroll(1, 300, dice) for _ in range(30)} == {2}, "the first junction is 400 m away"
    assert {net.stroll(1, 600, dice) for _ in range(30)} == {5, 7}


def test_who_can_not_come_is_left_out(path: str) -> None:
    assert Oracle(path, "a").seconds("car", [99], 4, 14, "x") == {}
