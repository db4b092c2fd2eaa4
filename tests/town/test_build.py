"""The generated district: the same from the same seed, large enough, connected, nothing on top of anything."""

import itertools
import json
from collections import defaultdict
from pathlib import Path

import osmium
import pytest

from command.places import search
from command.places.importer import import_map
from town.build import build
from town.plane import Point, metres

Segment = tuple[Point, Point]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    build(folder, 1)
    return folder


def test_same_seed_same_bytes(town: Path, tmp_path: Path) -> None:
    build(tmp_path / "again", 1)
    for name in ("town.osm.pbf", "roster.json"):
        assert (tmp_path / "again" / name).read_bytes() == (town / name).read_bytes()


def test_another_seed_another_town_as_good(town: Path, tmp_path: Path) -> None:
    counts = build(tmp_path / "other", 2)
    assert (tmp_path / "other" / "town.osm.pbf").read_bytes() != (town / "town.osm.pbf").read_bytes()
    assert counts["streets"] >= 250
    assert counts["numbers"] >= 4_000
    assert_connected(roads(tmp_path / "other"))


def ways(town: Path) -> list[tuple[dict[str, str], list[tuple[int, Point]]]]:
    found = []
    for way in osmium.FileProcessor(str(town / "town.osm.pbf")).with_locations():
        if way.is_way():
            tags = {tag.k: tag.v for tag in way.tags}
            found.append((tags, [(node.ref, metres(node.lat, node.lon)) for node in way.nodes]))
    return found


def roads(town: Path) -> list[tuple[dict[str, str], list[tuple[int, Point]]]]:
    return [(tags, nodes) for tags, nodes in ways(town) if "highway" in tags and tags.get("area") != "yes"]


def reached(onward: dict[int, list[int]], start: int) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        for node in onward[waiting.pop()]:
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return seen


def assert_connected(drawn: list[tuple[dict[str, str], list[tuple[int, Point]]]]) -> None:
    """One gets from nearly everywhere to nearly everywhere, and obeys the one-ways."""
    there: dict[int, list[int]] = defaultdict(list)
    back: dict[int, list[int]] = defaultdict(list)
    for tags, nodes in drawn:
        oneway = tags.get("oneway") == "yes" or tags.get("junction") == "roundabout"
        for (a, _), (b, _) in itertools.pairwise(nodes):
            there[a].append(b)
            back[b].append(a)
            if not oneway:
                there[b].append(a)
                back[a].append(b)
    everywhere = set(there) | set(back)
    start = next(node for node in there if len(there[node]) > 3)
    assert len(reached(there, start) & reached(back, start)) >= 0.95 * len(everywhere)


def test_connected(town: Path) -> None:
    assert_connected(roads(town))


def test_counts(town: Path) -> None:
    drawn = ways(town)
    assert len({tags["name"] for tags, _ in roads(town) if "name" in tags}) >= 250
    assert sum("addr:housenumber" in tags for tags, _ in drawn) >= 4_000
    addresses = [(tags["addr:street"], tags["addr:housenumber"]) for tags, _ in drawn if "addr:street" in tags]
    assert len(addresses) == len(set(addresses))
    assert sum(tags.get("oneway") == "yes" for tags, _ in drawn) > 30
    assert len({tags["name"] for tags, _ in drawn if tags.get("bridge") == "yes"}) == 3
    assert sum(tags.get("man_made") == "pier" for tags, _ in drawn) >= 3
    assert sum(tags.get("building") == "warehouse" for tags, _ in drawn) >= 20


def test_no_building_on_a_road(town: Path) -> None:
    """Not one building's wall crosses the middle of a road."""
    cells: dict[tuple[int, int], list[Segment]] = defaultdict(list)
    for _, nodes in roads(town):
        for (_, a), (_, b) in itertools.pairwise(nodes):
            for cell in cells_of(a, b):
                cells[cell].append((a, b))
    for tags, nodes in ways(town):
        if "building" in tags:
            for (_, a), (_, b) in itertools.pairwise(nodes):
                for cell in cells_of(a, b):
                    assert not any(cross((a, b), road) for road in cells[cell]), tags


def cells_of(a: Point, b: Point) -> list[tuple[int, int]]:
    (x1, x2), (y1, y2) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return [(i, j) for i in range(int(x1 // 50), int(x2 // 50) + 1) for j in range(int(y1 // 50), int(y2 // 50) + 1)]


def turn(p: Point, q: Point, r: Point) -> float:
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


def cross(s: Segment, t: Segment) -> bool:
    return turn(*s, t[0]) * turn(*s, t[1]) < 0 and turn(*t, s[0]) * turn(*t, s[1]) < 0


def test_roster(town: Path) -> None:
    said = json.loads((town / "roster.json").read_text(encoding="utf-8"))
    kinds = [unit["kind"] for unit in said["units"]]
    assert (kinds.count("foot"), kinds.count("car"), kinds.count("auxiliary")) == (24, 8, 4)
    devices = [device for unit in said["units"] for device in unit["devices"]]
    assert {device["profile"] for device in devices} == {
        "traccar8", "traccar9", "osmand", "owntracks", "forward", "fixes",
    }  # fmt: skip
    assert [device["datum"] for device in devices].count("gcj02") == 1
    trackers = [device for device in devices if device["profile"] == "forward"]
    assert len({device["unique_id"] for device in trackers}) == 3
    assert len({device["gateway"] for device in trackers}) == 1
    people = {officer["username"] for officer in said["officers"]}
    assert all(name in people for unit in said["units"] for name in unit["crew"])
    assert set(said["demo"]) <= people
    views = said["cameras"]
    assert len({camera["name"] for camera in views}) == len(views) >= 100
    assert all(106.5 < one["lon"] < 106.6 and 29.57 < one["lat"] < 29.63 and one["bearing_deg"] < 360 for one in views)
    ring = said["station"]["boundary"]["coordinates"][0][0]
    assert ring[0] == ring[-1]
    assert all(106.5 < lon < 106.6 and 29.57 < lat < 29.63 for lon, lat in ring)


@pytest.mark.django_db
def test_imports_like_any_other(town: Path) -> None:
    counts = import_map(town / "town.osm.pbf", "town").counts
    assert counts["address"] >= 4_000
    assert counts["street"] >= 250
    for said, best in (("yxj12", "银杏街12号"), ("dyss", "第一商厦"), ("mtbl ccl", "仓储路 × 码头北路"), ("yspcs", "演示派出所"),
                       ("bhgy", "滨河公园"), ("中山大桥", "中山大桥")):  # fmt: skip
        assert search.find(said)[0].name == best
