"""Finding places by what a caller says."""

from pathlib import Path

import pytest
from django.test import Client

from command.places import search, words
from command.places.importer import Imported, import_map
from tests.places.district import LAT, LON, STEP, District


def names(text: str, **more: object) -> list[str]:
    return [hit.name for hit in search.find(text, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "best"),
    [
        ("码头北路", "码头北路"), ("码头北", "码头北路"), ("头北路", "码头北路"), ("mtbl", "码头北路"),
        ("matoubeilu", "码头北路"), ("matou bei lu", "码头北路"), ("Matou North Road", "码头北路"),
        ("matou north", "码头北路"), ("码头南路", "码头北路"), ("马头北路", "码头北路"), ("码北路", "码头北路"),
        ("银杏街12号", "银杏街12号"), ("银杏街12", "银杏街12号"), ("银杏街 12 号", "银杏街12号"), ("yxj12", "银杏街12号"),
        ("YXJ12H", "银杏街12号"), ("银杏街1", "银杏街1号"), ("银兴街12号", "银杏街12号"), ("银信街", "银杏街"),
        ("第一商厦", "第一商厦"), ("dyss", "第一商厦"), ("diyi", "第一商厦"), ("商厦", "第一商厦"), ("第一商夏", "第一商厦"),
        ("first mall", "第一商厦"), ("滨河公园", "滨河公园"), ("清水河", "清水河"), ("老码头", "老码头火锅"),
        ("和平路", "和平路"), ("café bar", "O'Brien's 100% \"Café_Bar\""), ("cafe", "O'Brien's 100% \"Café_Bar\""),
    ],
)  # fmt: skip
def test_best(town_map: Imported, said: str, best: str) -> None:
    assert best in names(said)[:1]


@pytest.mark.parametrize(
    "said",
    [
        "码头北路仓储路", "仓储路码头北路", "码头北路 × 仓储路", "仓储路×码头北路", "码头北路与仓储路", "仓储路和码头北路",
        "码头北路&仓储路", "仓储路 码头北路", "mtbl ccl", "cclmtbl", "码头北路仓储路口", "码头 仓储",
    ],
)  # fmt: skip
def test_crossings(town_map: Imported, said: str) -> None:
    assert names(said)[0] == "仓储路 × 码头北路"


def test_a_crossing_with_a_street_whose_name_has_the_and(town_map: Imported) -> None:
    assert names("人民路和平路")[0] == "人民路 × 和平路"


def test_the_nearer_of_equals_first(town_map: Imported, tmp_path: Path) -> None:
    twice = District()
    twice.way((0, 0), (1, 0), highway="residential", name="路")
    twice.node(0, 1, shop="mall", name="双子")
    twice.node(0, 90, shop="mall", name="双子")
    import_map(twice.write(tmp_path / "twice.osm.pbf"), "twice")
    for row in (1, 90):
        here = LAT + row * STEP
        assert search.find("双子", near=(here, LON))[0].lat == pytest.approx(here)


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "%",
        "_",
        "%%%",
        "'",
        '"',
        "\\",
        "\0",
        "a\0b'",
        "😀",
        "😀😀😀",
        "长" * 10_000,
        "a" * 10_000,
        "×",
        "与",
        "号",
    ],
)
def test_hostile(town_map: Imported, said: str) -> None:
    assert len(search.find(said)) <= 8


def test_signs_mean_nothing(town_map: Imported) -> None:
    assert names("%") == names("_") == names("\0") == names("😀") == []


def test_limit(town_map: Imported) -> None:
    assert len(names("银杏街", limit=3)) == 3
    assert len(names("银杏街", limit=50)) > 30


@pytest.fixture
def duty(cast, town_map: Imported) -> Client:
    client = Client()
    client.force_login(cast.duty_officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_door(duty: Client) -> None:
    answer = duty.get("/api/v1/places/", {"q": "yxj12", "lat": "29.6", "lon": "106.55"})
    assert answer.status_code == 200
    assert answer.json()["results"][0] == {
        "kind": "address", "name": "银杏街12号", "detail": "银杏街", "map": "main",
        "lat": pytest.approx(29.603, abs=0.001), "lon": pytest.approx(106.5516, abs=0.001),
    }  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "a" * 10_000}, {"q": "a", "lat": "NaN", "lon": "1"}, {"q": "a", "lat": "91", "lon": "1"},
        {"q": "a", "lat": "1"}, {"q": "a", "limit": "0"}, {"q": "a", "limit": "1e9"}, {"q": "a\0b"},
        {"q": "a", "lat": "inf", "lon": "inf"}, {"q": "a", "lat": "x", "lon": "'"},
    ],
)  # fmt: skip
def test_the_door_refuses_in_words(duty: Client, asked: dict[str, str]) -> None:
    answer = duty.get("/api/v1/places/", asked)
    assert answer.status_code == 400
    assert answer.json()["code"]


def test_the_door_asks_who(db: None) -> None:
    assert Client().get("/api/v1/places/?q=a").status_code == 401
    assert Client().get("/api/v1/maps/").status_code == 401


def test_maps(duty: Client, town_map: Imported) -> None:
    (row,) = duty.get("/api/v1/maps/").json()["results"]
    assert (row["name"], row["version"]) == ("main", town_map.version)
    west, south, east, north = row["bounds"]
    assert 106.54 < west < east < 106.57
    assert 29.59 < south < north < 29.62


def test_folding() -> None:
    assert words.fold("Boulevard d'Été") == "boulevarddete"
    assert words.fold("１２号") == "12号"
    assert words.initials("银杏街12号") == "yxj12h"
    assert words.address("银杏街", "12号") == "银杏街12号"
    assert words.address("Rue Grimaldi", "3") == "3 Rue Grimaldi"
    assert words.edits("银性街", "银杏街12") == 1
