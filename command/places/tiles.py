"""Vector tiles of the base map, drawn by PostGIS and kept on disk as long as the import they show."""

import gzip
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

MAX_ZOOM = 17  # beyond it the browser enlarges

# The zoom from which a kind is drawn at all.
ROAD_FROM = {
    "motorway": 0, "trunk": 6, "primary": 9, "secondary": 11, "tertiary": 12, "rail": 12, "residential": 13,
    "service": 15, "foot": 15,
}  # fmt: skip
AREA_FROM = {"water": 0, "green": 9, "sand": 11, "works": 12, "campus": 13, "ground": 10, "trade": 14, "bridge": 14}
BUILDING_FROM, PAVED_FROM, NUMBERS_FROM = 14, 14, 17
RANK_FROM = {1: 12, 2: 14, 3: 15, 4: 16, 5: 17}
PIXEL_M = 78_271.5  # metres a pixel of a 512 px tile at zoom 0 on the equator
SMALLEST_PX = 24  # square pixels: what is smaller is not drawn

TILE = """
with box as (select st_tileenvelope(%(z)s, %(x)s, %(y)s) as b,
                    st_transform(st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => %(margin)s), 4326) as near),
m as (select id, version from places_map where name = %(name)s),
roads as (
    select min(r.osm_id) as id, r.name, r.name_en, r.kind, abs(r.oneway)::int as oneway, r.bridge, r.tunnel, r.layer::int,
           st_linemerge(st_collect(case when r.oneway < 0 then st_reverse(r.line) else r.line end), r.oneway <> 0) as line
    from places_road r, m, box where r.map_id = m.id and r.line && box.near and r.kind = any(%(road_kinds)s)
    group by r.name, r.name_en, r.kind, abs(r.oneway), r.bridge, r.tunnel, r.layer, r.oneway <> 0),
road as (
    select id, name, name_en, kind, oneway, bridge, tunnel, layer,
           st_asmvtgeom(st_simplify(st_transform(line, 3857), %(tolerance)s, true), b, 4096, 128, true) as geom
    from roads, box order by layer, kind),
building as (
    select o.osm_id as id, o.name,
           st_asmvtgeom(st_simplify(st_transform(o.outline, 3857), %(tolerance)s), b, 4096, 64, true) as geom
    from places_building o, m, box
    where %(z)s >= %(building_from)s and o.map_id = m.id and o.outline && box.near and o.size >= %(smallest)s),
area as (
    select o.osm_id as id, o.kind, o.name,
           st_asmvtgeom(st_simplify(st_transform(o.outline, 3857), %(tolerance)s), b, 4096, 64, true) as geom
    from places_area o, m, box
    where o.map_id = m.id and o.outline && box.near and o.kind = any(%(area_kinds)s) and o.size >= %(smallest)s
    order by o.size desc),
place as (
    select p.id, p.kind, p.category, p.rank::int, case when p.kind = 'address' then p.category else p.name end as name,
           st_asmvtgeom(st_transform(p.point, 3857), b, 4096, 256, true) as geom
    from places_place p, m, box
    where p.map_id = m.id and p.point && box.near
      and ((p.kind = 'landmark' and p.rank <= %(rank)s) or (p.kind = 'address' and %(numbers)s))
    order by p.rank, p.id)
select m.version,
    (select coalesce(st_asmvt(area, 'area', 4096, 'geom', 'id'), '') from area where geom is not null)
    || (select coalesce(st_asmvt(building, 'building', 4096, 'geom', 'id'), '') from building where geom is not null)
    || (select coalesce(st_asmvt(road, 'road', 4096, 'geom', 'id'), '') from road where geom is not null)
    || (select coalesce(st_asmvt(place, 'place', 4096, 'geom', 'id'), '') from place where geom is not null)
from m
"""


def exists(z: int, x: int, y: int) -> bool:
    """Whether there is such a tile: zoom 0 to 17, column and row inside the world."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


def cached(name: str, version: int, z: int, x: int, y: int) -> bytes | None:
    """The gzipped tile of that version if it was drawn before."""
    try:
        return _file(name, version, z, x, y).read_bytes()
    except FileNotFoundError:
        return None


def draw(name: str, z: int, x: int, y: int) -> tuple[int, bytes] | None:
    """Version and gzipped tile of the map as it is now, kept for the next; None if there is no such map."""
    with connection.cursor() as cursor:
        cursor.execute(TILE, _wanted(z) | {"name": name, "z": z, "x": x, "y": y})
        row = cursor.fetchone()
    if row is None:
        return None
    version, tile = row[0], gzip.compress(bytes(row[1]), compresslevel=6, mtime=0)
    _keep(_file(name, version, z, x, y), tile)
    return version, tile


def forget(name: str, keep: int | None = None) -> None:
    """Remove the cached tiles of all versions of a map but `keep`; without that, of all."""
    folder = Path(settings.TILE_CACHE) / name
    for version in folder.iterdir() if folder.is_dir() else ():
        if version.name != str(keep):
            shutil.rmtree(version, ignore_errors=True)


def _wanted(z: int) -> dict[str, Any]:
    """What a tile of zoom `z` shows, as parameters of TILE."""
    pixel_m = PIXEL_M / 2**z
    return {
        "margin": 0.07,
        "tolerance": pixel_m / 4 if z < 16 else 0.0,
        "smallest": SMALLEST_PX * pixel_m**2 if z < 16 else 0.0,
        "road_kinds": [kind for kind, zoom in ROAD_FROM.items() if z >= zoom],
        "area_kinds": [kind for kind in (*AREA_FROM, "pitch", "paved") if z >= AREA_FROM.get(kind, PAVED_FROM)],
        "building_from": BUILDING_FROM,
        "rank": max((rank for rank, zoom in RANK_FROM.items() if z >= zoom), default=0),
        "numbers": z >= NUMBERS_FROM,
    }


def _file(name: str, version: int, z: int, x: int, y: int) -> Path:
    return Path(settings.TILE_CACHE) / name / str(version) / str(z) / str(x) / f"{y}.mvt.gz"


def _keep(path: Path, tile: bytes) -> None:
    """Write beside and rename, so that nobody ever reads half a tile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(tile)
    Path(beside).replace(path)
