"""Reads an OpenStreetMap extract into plain rows. The only file that speaks to osmium here; knows no database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium

from command.errors import Invalid
from command.places import kinds

OTHER_NAMES = ("name:en", "name:zh", "alt_name", "short_name", "old_name", "official_name", "loc_name", "int_name")
Node = tuple[int, float, float]  # id, longitude, latitude
Progress = Callable[[str, int], None]  # a stage (objects, shapes, stored) and how many things there are by then


@dataclass(slots=True)
class RoadRow:
    osm_id: int
    name: str
    name_en: str
    kind: str
    oneway: int
    bridge: bool
    tunnel: bool
    layer: int
    nodes: list[Node]


@dataclass(slots=True)
class Shape:
    """Something with a geometry (hex WKB): `sort` is building, area, stream, coast, landmark or number."""

    sort: str
    osm_id: int
    kind: str
    name: str
    shape: str
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Extract:
    roads: list[RoadRow] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of where the roads are, in degrees, without the few that stick out far."""
        nodes = [node for road in self.roads if road.kind != "rail" for node in road.nodes]
        nodes = nodes or [node for road in self.roads for node in road.nodes]
        lons, lats = sorted(node[1] for node in nodes), sorted(node[2] for node in nodes)
        few = len(nodes) // 200
        return lons[few], lats[few], lons[-1 - few], lats[-1 - few]


def read(path: Path, progress: Progress) -> Extract:
    """All of an extract that our map uses. Raises Invalid (`map_not_there`, `map_unreadable`, `map_without_roads`)."""
    if not path.is_file():
        raise Invalid("map_not_there", f"{path}: no such file")
    extract = Extract()
    try:
        for count, thing in enumerate(_things(path), start=1):
            _take(extract, thing)
            if count % 200_000 == 0:
                progress("objects", count)
    except (RuntimeError, ValueError, OSError) as error:  # what osmium raises for anything it can't read
        raise Invalid("map_unreadable", f"{path} is not a readable .osm.pbf file: {error}") from error
    if not extract.roads:
        raise Invalid("map_without_roads", f"{path} holds no roads: nothing to find one's way on")
    progress("shapes", len(extract.roads) + len(extract.shapes))
    return extract


def _things(path: Path) -> Iterator[Any]:
    source = osmium.io.File(str(path), "pbf")
    return iter(osmium.FileProcessor(source).with_locations().with_areas().with_filter(osmium.filter.EmptyTagFilter()))


def _take(extract: Extract, thing: Any) -> None:
    tags = {tag.k: _clean(tag.v) for tag in thing.tags}
    if thing.is_node():
        extract.shapes.extend(_named(thing.id, tags, thing, _wkb.create_point))
    elif thing.is_area():
        extract.shapes.extend(_area(thing, tags))
        extract.shapes.extend(_named(thing.id, tags, thing, _wkb.create_multipolygon))
    elif thing.is_way():
        _take_way(extract, thing, tags)


def _take_way(extract: Extract, way: Any, tags: kinds.Tags) -> None:
    kind = kinds.road_kind(tags)
    if kind:
        extract.roads.extend(_road(way, tags, kind))
    elif tags.get("natural") == "coastline":
        extract.shapes.extend(_shape("coast", way.id, "coast", tags, way, _wkb.create_linestring))
    elif not way.is_closed():
        half_width = kinds.STREAMS.get(tags.get("waterway", ""))
        if half_width and tags.get("tunnel", "no") == "no":
            extract.shapes.extend(
                _shape("stream", way.id * 2, "water", tags, way, _wkb.create_linestring, half_width=half_width)
            )
        extract.shapes.extend(_named(way.id * 2, tags, way, _wkb.create_linestring))


def _road(way: Any, tags: kinds.Tags, kind: str) -> Iterator[RoadRow]:
    nodes = _longest_run(way)
    if len(nodes) < 2:
        return
    name = tags.get("name") or (tags.get("ref", "") if kind not in ("service", "foot", "rail") else "")
    yield RoadRow(
        osm_id=way.id,
        name=name,
        name_en=tags.get("name:en", ""),
        kind=kind,
        oneway=kinds.oneway(tags),
        bridge=tags.get("bridge", "no") != "no",
        tunnel=tags.get("tunnel", "no") != "no",
        layer=_small(tags.get("layer", "0")),
        nodes=nodes,
    )


def _longest_run(way: Any) -> list[Node]:
    """The longest part of a way whose places are in the file: extracts cut their ways at ragged edges."""
    best: list[Node] = []
    run: list[Node] = []
    for node in way.nodes:
        if not node.location.valid():
            run = []
            continue
        if not run or run[-1][0] != node.ref:
            run.append((node.ref, node.lon, node.lat))
        if len(run) > len(best):
            best = run
    return best


def _area(area: Any, tags: kinds.Tags) -> Iterator[Shape]:
    if tags.get("building", "no") != "no":
        high = kinds.height_m(tags)
        yield from _shape("building", area.id, "building", tags, area, _wkb.create_multipolygon, height_m=high)
    elif kind := kinds.area_kind(tags):
        yield from _shape("area", area.id, kind, tags, area, _wkb.create_multipolygon)


def _named(osm_id: int, tags: kinds.Tags, thing: Any, draw: Callable[[Any], str]) -> Iterator[Shape]:
    """The thing as a landmark, as a house number, as both or as neither."""
    category = kinds.category(tags)
    street = tags.get("addr:street") or tags.get("addr:place", "")
    number = tags.get("addr:housenumber", "")
    if tags.get("name") and category:
        aliases = [tags[key] for key in OTHER_NAMES if key in tags]
        yield from _shape(
            "landmark", osm_id, category, tags, thing, draw, aliases=aliases, street=street, number=number
        )
    if number:
        yield from _shape("number", osm_id, number, tags, thing, draw, street=street)


def _shape(
    sort: str, osm_id: int, kind: str, tags: kinds.Tags, thing: Any, draw: Callable[[Any], str], **more: Any
) -> Iterator[Shape]:
    """One shape, or none where the extract's edge took a part of it away."""
    try:
        shape = draw(thing)
    except (RuntimeError, osmium.InvalidLocationError):
        return
    yield Shape(sort, osm_id, kind, tags.get("name", ""), shape, more)


def _clean(value: str) -> str:
    """A tag's value without what PostgreSQL or a screen can't show, and not longer than our columns."""
    return "".join(c for c in value if c.isprintable()).strip()[:200]


def _small(layer: str) -> int:
    try:
        return max(-9, min(9, int(layer)))
    except ValueError:
        return 0


_wkb = osmium.geom.WKBFactory()
