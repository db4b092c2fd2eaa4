"""Which buildings stand between an eye and a place."""

from collections.abc import Sequence

from django.db import connection

Place = tuple[float, float]  # latitude, longitude
Eye = tuple[float, float, float]  # latitude, longitude, metres above the ground

# The line of sight falls evenly from the eye to the ground, so over a building it is lowest where it leaves it. The building that
# an eye hangs on hides nothing from it; of one in which the place itself lies, what can be seen is its outside.
_HIDDEN = """
    with eyes as (
        select n, high, st_setsrid(st_point(lon, lat), 4326) as eye, st_setsrid(st_point(to_lon, to_lat), 4326) as place
        from unnest(%(lats)s::float8[], %(lons)s::float8[], %(highs)s::float8[], %(to_lats)s::float8[], %(to_lons)s::float8[])
        with ordinality as given(lat, lon, high, to_lat, to_lon, n))
    select distinct n from eyes
    join places_building b on st_intersects(b.outline, st_makeline(eye, place)) and not st_intersects(b.outline, eye)
    where not st_intersects(b.outline, place) and b.height_m > high * (1 - (
        select coalesce(max(st_linelocatepoint(st_makeline(eye, place), geom)), 0)
        from st_dumppoints(st_intersection(b.outline, st_makeline(eye, place)))))
"""


def hidden(looks: Sequence[tuple[Eye, Place]]) -> set[int]:
    """From which eyes a building takes the sight of a place on the ground (degrees, WGS-84): their positions in `looks`.

    By the buildings of all loaded maps, upright from their outlines, on level ground. Trees, walls and bridges are not known.
    """
    if not looks:
        return set()
    lats, lons, highs, to_lats, to_lons = (list(part) for part in zip(*((*eye, *to) for eye, to in looks), strict=True))
    asked = {"lats": lats, "lons": lons, "highs": highs, "to_lats": to_lats, "to_lons": to_lons}
    with connection.cursor() as cursor:
        cursor.execute(_HIDDEN, asked)
        return {n - 1 for (n,) in cursor.fetchall()}
