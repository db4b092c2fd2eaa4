"""What lies nearest to a place, in words: the way back from `search`."""

from django.db import connection

REACH_DEG = 0.0015  # some 150 m: what lies further away would mislead
_NEAREST = """
    select name from places_place where kind <> 'street'
    and point && st_expand(st_setsrid(st_point(%(lon)s, %(lat)s), 4326), %(reach)s)
    order by point <-> st_setsrid(st_point(%(lon)s, %(lat)s), 4326) limit 1
"""


def name_at(lat: float, lon: float) -> str:
    """The name of the address, crossing or landmark nearest to a place (degrees, WGS-84), "" where none is near."""
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, {"lat": lat, "lon": lon, "reach": REACH_DEG})
        row = cursor.fetchone()
    return str(row[0]) if row else ""
