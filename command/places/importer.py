"""Replaces a map by an extract: read, then one transaction in which the old rows go and the new ones come by COPY."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.backends.utils import CursorWrapper

from command import audit, changes, clock
from command.models import Officer, Station
from command.places import catalogue, extract, extracts, gather, tiles
from command.places.catalogue import Entry, Found
from command.places.extract import Extract, Progress, RoadRow
from command.places.models import Map

log = logging.getLogger(__name__)
ONE_IMPORT_AT_A_TIME = 0x6D617073  # key of the advisory lock: places' ids are given by the importer
NEAR_A_STREET = 0.002  # degrees, about 200 m: a number or landmark farther from any named road has no street
SEA_MARGINS = (0.01, 0.003, 0.0)  # degrees: how far the sea is drawn beyond the roads, as far as the coast reaches


@dataclass(frozen=True, slots=True)
class Imported:
    name: str
    version: int
    counts: dict[str, int]


def _logged(stage: str, count: int) -> None:
    log.info("import: %s %s", stage, count)


def import_map(path: Path, name: str, progress: Progress = _logged, actor: Officer | None = None) -> Imported:
    """Replace the map `name` by the extract at `path`. Raises Invalid and keeps the old map if that can't be."""
    rows = extract.read(path, progress)
    with changes.change(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [ONE_IMPORT_AT_A_TIME])
        base_map = _next_version(name, rows)
        _clear(cursor, base_map)
        _copy_roads(cursor, base_map, rows.roads)
        _copy_shapes(cursor, base_map, rows)
        progress("stored", len(rows.roads) + len(rows.shapes))
        entries = _entries(cursor, base_map, rows)
        cursor.execute("drop table shape")
        _copy_entries(cursor, base_map, entries)
        base_map.counts = _counts(cursor, base_map, entries)
        base_map.save()
        enter(actor, "import_map", base_map, version=base_map.version)
        kept = extracts.beside(path, name)  # while the import can still be called off
    extracts.keep(kept, name)
    _analyse()
    tiles.forget(base_map.name, keep=base_map.version)
    return Imported(base_map.name, base_map.version, base_map.counts)


def clear(base_map: Map) -> None:
    """Take away all rows of a map but its own."""
    with connection.cursor() as cursor:
        _clear(cursor, base_map)


def enter(actor: Officer | None, action: str, base_map: Map, **facts: int) -> None:
    """A map belongs to no station, so that stands in the topmost one's chain; before there is one, there is no chain."""
    root = Station.objects.filter(parent=None).order_by("pk").first()
    if root:
        audit.record(actor, action, "map", base_map.pk, root.pk, **facts)


def _next_version(name: str, rows: Extract) -> Map:
    """The map's row with a version that no browser has seen: seconds of now, or one more than the last."""
    old = Map.objects.filter(name=name).first()
    now = clock.now()
    base_map = old or Map(name=name, version=0)
    base_map.version = max(base_map.version + 1, int(now.timestamp()))
    base_map.imported_at = now
    base_map.bounds = Polygon.from_bbox(rows.bounds())
    base_map.save()
    return base_map


def _clear(cursor: CursorWrapper, base_map: Map) -> None:
    for table in ("spelling", "place", "road", "building", "area"):
        cursor.execute(f"delete from places_{table} where map_id = %s", [base_map.pk])  # noqa: S608 - our own names  # nosec B608


def _copy(cursor: CursorWrapper, into: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.cursor.copy(f"copy {into} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _copy_roads(cursor: CursorWrapper, base_map: Map, roads: list[RoadRow]) -> None:
    into = "places_road (map_id, osm_id, name, name_en, kind, oneway, bridge, tunnel, layer, line)"
    _copy(cursor, into, ((base_map.pk, r.osm_id, r.name, r.name_en, r.kind, r.oneway, r.bridge, r.tunnel, r.layer,
                          _line(r.nodes)) for r in roads))  # fmt: skip


def _line(nodes: list[extract.Node]) -> str:
    return "SRID=4326;LINESTRING(" + ",".join(f"{lon:.7f} {lat:.7f}" for _, lon, lat in nodes) + ")"


def _copy_shapes(cursor: CursorWrapper, base_map: Map, rows: Extract) -> None:
    """Stage all shapes in a temporary table, then let PostGIS measure them into their own."""
    cursor.execute(
        "create temporary table shape (sort text, osm_id bigint, kind text, name text, more jsonb, shape geometry)"
        " on commit drop"
    )
    _copy(cursor, "shape", ((s.sort, s.osm_id, s.kind, s.name, orjson.dumps(s.more).decode(), s.shape)
                            for s in rows.shapes))  # fmt: skip
    cursor.execute("update shape set shape = st_setsrid(shape, 4326)")
    cursor.execute(BUILDINGS, [base_map.pk])
    cursor.execute(AREAS, [base_map.pk])
    _draw_sea(cursor, base_map, rows)


# m² of a small shape in degrees; a geography would be exact and ten times slower
SIZE = "st_area(shape) * 110574 * 111320 * cos(radians(st_y(st_startpoint(st_exteriorring(st_geometryn(shape, 1))))))"
BUILDINGS = f"""
    insert into places_building (map_id, osm_id, name, size, height_m, outline)
    select %s, osm_id, name, {SIZE}, (more->>'height_m')::float, shape from shape where sort = 'building' on conflict do nothing
"""  # noqa: S608  # nosec B608
AREAS = f"""
    insert into places_area (map_id, osm_id, kind, name, size, outline)
    select %s, osm_id, kind, name, {SIZE}, shape from (
        select sort, osm_id, kind, name, shape from shape where sort = 'area'
        union all
        select sort, osm_id, kind, name, st_multi(st_buffer(shape::geography, (more->>'half_width')::float)::geometry)
        from shape where sort = 'stream' order by 1
    ) as drawn where not st_isempty(shape) on conflict do nothing
"""  # noqa: S608  # nosec B608
# Coastlines have the water on their right: a face of the box cut by them is sea if more of its edges say so than not.
SEA = f"""
    with box as (
        select st_expand(st_setsrid(st_makebox2d(st_point(%s, %s), st_point(%s, %s)), 4326), %s)::geometry as b),
    coast as (
        select st_intersection(st_linemerge(st_collect(shape)), b) as c from shape, box where sort = 'coast' group by b),
    faces as (
        select (st_dump(st_polygonize(cut))).geom as face
        from (select st_union(st_boundary(b), c) as cut from box, coast) as cuts),
    edges as (select (st_dumpsegments(c)).geom as edge from coast),
    sides as (
        select st_centroid(edge) as middle, sin(st_azimuth(st_startpoint(edge), st_endpoint(edge))) * 1e-6 as dx,
               cos(st_azimuth(st_startpoint(edge), st_endpoint(edge))) * 1e-6 as dy
        from edges where st_length(edge) > 0),
    votes as (
        select st_translate(middle, side * dy, -side * dx) as spot, side from sides, (values (1), (-1)) as v(side)),
    seas as (
        select st_multi(face) as shape from box, faces join votes on st_contains(face, spot)
        where st_area(face) < 0.95 * st_area(b)  -- a coast that does not cut the box says nothing of its inside
        group by face having sum(side) > 0)
    insert into places_area (map_id, osm_id, kind, name, size, outline)
    select %s, -row_number() over (), 'water', '', {SIZE}, shape from seas
"""  # noqa: S608  # nosec B608


def _draw_sea(cursor: CursorWrapper, base_map: Map, rows: Extract) -> None:
    """Close the coastlines against a box around the roads; the widest box that they reach."""
    if not any(shape.sort == "coast" for shape in rows.shapes):
        return
    for margin in SEA_MARGINS:
        cursor.execute(SEA, [*rows.bounds(), margin, base_map.pk])
        if cursor.rowcount:
            return


def _entries(cursor: CursorWrapper, base_map: Map, rows: Extract) -> list[Entry]:
    return [
        *catalogue.of_streets(gather.streets(rows.roads)),
        *catalogue.of_crossings(gather.crossings(rows.roads)),
        *catalogue.of_landmarks(_found(cursor, base_map, "landmark")),
        *catalogue.of_numbers(_found(cursor, base_map, "number")),
    ]


FOUND = """
    select s.name, s.kind, coalesce(nullif(s.more->>'street', ''), near.name, ''), s.more->>'number', s.more->'aliases',
           st_x(s.spot), st_y(s.spot), s.size
    from (select *, st_pointonsurface(shape) as spot, st_area(shape) as size from shape where sort = %s) as s
    left join lateral (
        select r.name from places_road r
        where r.map_id = %s and r.name <> '' and r.kind <> 'rail' and s.more->>'street' = ''
          and st_dwithin(r.line, s.spot, %s) order by r.line <-> s.spot limit 1
    ) as near on true
    order by s.osm_id
"""


def _found(cursor: CursorWrapper, base_map: Map, sort: str) -> list[Found]:
    """Landmarks or house numbers with a point on them and, where they name no street, the nearest one's name."""
    cursor.execute(FOUND, [sort, base_map.pk, NEAR_A_STREET])
    found = []
    for name, kind, street, number, aliases, lon, lat, size in cursor.fetchall():
        is_number = sort == "number"
        found.append(Found(name="" if is_number else name, category="" if is_number else kind, street=street,
                           number=kind if is_number else number, aliases=orjson.loads(aliases or "[]"),
                           point=(lon, lat), size=size))  # fmt: skip
    return found


def _copy_entries(cursor: CursorWrapper, base_map: Map, entries: list[Entry]) -> None:
    cursor.execute("select coalesce(max(id), 0) from places_place")
    first = cursor.fetchone()[0] + 1
    _copy(cursor, "places_place (id, map_id, kind, name, detail, category, rank, point)", (
        (number, base_map.pk, e.kind, e.name[:400], e.detail[:400], e.category, e.rank,
         f"SRID=4326;POINT({e.point[0]:.7f} {e.point[1]:.7f})")
        for number, e in enumerate(entries, start=first)))  # fmt: skip
    _copy(cursor, "places_spelling (map_id, place_id, how, text)", (
        (base_map.pk, number, how, text)
        for number, e in enumerate(entries, start=first) for how, text in sorted(e.spellings)))  # fmt: skip


def _counts(cursor: CursorWrapper, base_map: Map, entries: list[Entry]) -> dict[str, int]:
    counts = {}
    for table in ("road", "building", "area"):
        cursor.execute(f"select count(*) from places_{table} where map_id = %s", [base_map.pk])  # noqa: S608  # nosec B608
        counts[table] = cursor.fetchone()[0]
    for kind in ("street", "crossing", "landmark", "address"):
        counts[kind] = sum(entry.kind == kind for entry in entries)
    return counts


def _analyse() -> None:
    """Tell the planner about the new rows at once: the first search and the first tile come before autovacuum."""
    with connection.cursor() as cursor:
        for table in ("spelling", "place", "road", "building", "area"):
            cursor.execute(f"analyze places_{table}")
