"""Importing a map: what is taken from an extract, and what becomes of the old map."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from command.errors import Invalid
from command.models import AuditEntry
from command.places.importer import Imported, import_map
from command.places.models import Area, Building, Map, Place, Road, Spelling
from tests.conftest import Cast
from tests.places.district import STEP, District, district


def test_counts(town_map: Imported) -> None:
    assert town_map.counts == {
        "road": 8, "building": 31, "area": 2, "street": 6, "crossing": 5, "landmark": 5, "address": 31,
    }  # fmt: skip


def test_one_ways(town_map: Imported) -> None:
    oneway = dict(Road.objects.values_list("name", "oneway"))
    assert oneway == {"码头北路": 0, "仓储路": 0, "人民路": 1, "银杏街": -1, "和平路": 0, "柳巷": 1}


def test_names(town_map: Imported) -> None:
    assert Road.objects.get(name="码头北路").name_en == "Matou North Road"


def test_a_river_of_several_ways_keeps_its_island_dry(town_map: Imported) -> None:
    river = Area.objects.get(name="清水河")
    assert river.kind == "water"
    assert len(river.outline[0]) == 2  # the outer ring and the island
    assert river.size == pytest.approx(15 * (STEP * 110_574) * (STEP * 111_320 * 0.8695), rel=0.02)


def test_both_carriageways_make_one_crossing(town_map: Imported) -> None:
    assert Place.objects.filter(kind="crossing", name="人民路 × 仓储路").count() == 1


def test_a_number_without_a_street_gets_the_nearest(town_map: Imported) -> None:
    assert (
        Place.objects.filter(kind="address", name="码头北路7号").exists()
        or Place.objects.filter(kind="address", name="仓储路7号").exists()
    )


def test_a_street_is_one_place(town_map: Imported) -> None:
    street = Place.objects.get(kind="street", name="人民路")
    assert street.point.y == pytest.approx(29.608, abs=0.0005)


def test_importing_again_replaces(town_map: Imported, tmp_path: Path) -> None:
    smaller = District()
    smaller.way((0, 0), (1, 0), highway="residential", name="新街")
    stale = Path(settings.TILE_CACHE) / "main" / str(town_map.version) / "0"
    stale.mkdir(parents=True)
    again = import_map(smaller.write(tmp_path / "s.osm.pbf"), "main")
    assert again.version > town_map.version
    assert list(Road.objects.values_list("name", flat=True)) == ["新街"]
    assert Place.objects.count() == 1
    assert Building.objects.count() == 0
    assert set(Spelling.objects.values_list("text", flat=True)) == {"新街", "xj", "xinjie"}
    assert not stale.exists()


def test_an_import_is_on_record(cast: Cast, tmp_path: Path) -> None:
    done = import_map(district().write(tmp_path / "d.osm.pbf"), "main")
    entry = AuditEntry.objects.get(action="import_map")
    assert (entry.station, entry.subject_id) == (cast.centre, str(Map.objects.get().pk))
    assert entry.facts == {"version": done.version}


def test_maps_stand_side_by_side(town_map: Imported, tmp_path: Path) -> None:
    other = import_map(tmp_path / "d.osm.pbf", "other")
    assert other.counts == town_map.counts
    assert Road.objects.count() == 16
    assert Map.objects.count() == 2


def broken(path: Path, how: str) -> Path:
    whole = district().write(path.with_name("whole.osm.pbf")).read_bytes()
    if how == "no roads":
        bare = District()
        bare.square(0, 0, 1, building="yes")
        return bare.write(path)
    if how != "missing":
        path.write_bytes({"text": b"<osm/>", "empty": b"", "cut": whole[: len(whole) // 2], "zeros": bytes(5000)}[how])
    return path


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("missing", "map_not_there"), ("text", "map_unreadable"), ("cut", "map_unreadable"),
        ("zeros", "map_unreadable"), ("no roads", "map_without_roads"),
    ],
)  # fmt: skip
def test_a_broken_file_leaves_the_old_map(town_map: Imported, tmp_path: Path, how: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        import_map(broken(tmp_path / "broken.osm.pbf", how), "main")
    assert refused.value.code == code
    assert Map.objects.get().version == town_map.version
    assert Road.objects.count() == 8


def test_an_empty_file_is_refused(town_map: Imported, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        import_map(broken(tmp_path / "broken.osm.pbf", "empty"), "main")


def test_an_import_that_fails_half_way_leaves_the_old_map(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = district().write(tmp_path / "d.osm.pbf")
    before = import_map(path, "main")
    monkeypatch.setattr("command.places.importer._copy_entries", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_map(path, "main")
    assert Map.objects.get().version == before.version
    assert Place.objects.count() == 47


def test_the_command(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_map", district().write(tmp_path / "d.osm.pbf"), name="town")
    assert Map.objects.get().name == "town"
    assert "8 road" in capsys.readouterr().err
    with pytest.raises(CommandError, match="no such file"):
        call_command("import_map", tmp_path / "none.osm.pbf")
    with pytest.raises(CommandError, match="letters"):
        call_command("import_map", tmp_path / "d.osm.pbf", name="../etc")


@pytest.mark.parametrize(
    ("said", "metres"),
    [
        ({"height": "12.5"}, 12.5), ({"height": "9 m"}, 9), ({"building__levels": "4"}, 12), ({}, 6),
        ({"height": "high", "building__levels": "1.5"}, 4.5), ({"height": "0"}, 6), ({"height": "40'"}, 6),
    ],
)  # fmt: skip
def test_how_high_a_building_is(db: None, tmp_path: Path, said: dict[str, str], metres: float) -> None:
    made = District()
    made.way((0, 0), (5, 0), highway="residential", name="新街")
    made.square(1, 1, 1, building="yes", **said)
    made.square(3, 1, 1, building="roof", **said)
    import_map(made.write(tmp_path / "h.osm.pbf"), "main")
    assert list(Building.objects.order_by("osm_id").values_list("height_m", flat=True)) == [metres, 0]
