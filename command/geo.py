"""Geometry on the earth in plain floats: WGS-84 degrees in, metres out."""

import math

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres between two places in degrees (haversine)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


def bearing_deg(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Initial bearing from the first place to the second, degrees clockwise from north, 0 ≤ b < 360."""
    p1, p2, turn = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    east = math.sin(turn) * math.cos(p2)
    north = math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(turn)
    return math.degrees(math.atan2(east, north)) % 360


def place_at(lat: float, lon: float, bearing: float, metres: float) -> tuple[float, float]:
    """The place that lies `metres` from another in a direction (degrees clockwise from north): latitude and longitude."""
    p1, turn, far = math.radians(lat), math.radians(bearing), metres / EARTH_RADIUS_M
    p2 = math.asin(math.sin(p1) * math.cos(far) + math.cos(p1) * math.sin(far) * math.cos(turn))
    east = math.atan2(math.sin(turn) * math.sin(far) * math.cos(p1), math.cos(far) - math.sin(p1) * math.sin(p2))
    return math.degrees(p2), (lon + math.degrees(east) + 180) % 360 - 180


def metres_at_least(lat: float, degrees: float) -> float:
    """The shortest distance in metres that two places `degrees` apart (as if on a plane), one at `lat`, can have."""
    narrowest = math.cos(math.radians(min(89.9, abs(lat) + degrees)))
    return 0.99 * math.radians(degrees) * EARTH_RADIUS_M * narrowest


_SEMI_MAJOR_M, _ECCENTRICITY2 = 6_378_245.0, 0.00669342162296594323  # Krasovsky 1940, on which GCJ-02 was defined
_NEAR_ENOUGH_DEG = 1e-8  # about a millimetre


def _is_in_china(lat: float, lon: float) -> bool:
    """The box inside of which map programs shift; it is wider than the country, as theirs is."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _waves(*terms: tuple[float, float]) -> float:
    return sum(size * math.sin(phase * math.pi) for size, phase in terms) * 2 / 3


def _shift(lat: float, lon: float) -> tuple[float, float]:
    """How far GCJ-02 lies from WGS-84 at a place, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    root, ripple = math.sqrt(abs(x)), _waves((20.0, 6 * x), (20.0, 2 * x))
    north = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += ripple + _waves((20.0, y), (40.0, y / 3), (160.0, y / 12), (320.0, y / 30))
    east = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += ripple + _waves((20.0, x), (40.0, x / 3), (150.0, x / 12), (300.0, x / 30))
    flat = 1 - _ECCENTRICITY2 * math.sin(math.radians(lat)) ** 2
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY2) / flat**1.5
    parallel = _SEMI_MAJOR_M / math.sqrt(flat) * math.cos(math.radians(lat))
    return math.degrees(north / meridian), math.degrees(east / parallel)


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """A place in the datum of map programs in China; unchanged outside of it."""
    if not _is_in_china(lat, lon):
        return lat, lon
    north, east = _shift(lat, lon)
    return lat + north, lon + east


def gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """The way back, by iteration, within millimetres; unchanged outside of China."""
    if not _is_in_china(lat, lon):
        return lat, lon
    guess_lat, guess_lon = lat, lon
    for _ in range(8):
        north, east = _shift(guess_lat, guess_lon)
        off_lat, off_lon = lat - north - guess_lat, lon - east - guess_lon
        guess_lat, guess_lon = guess_lat + off_lat, guess_lon + off_lon
        if abs(off_lat) < _NEAR_ENOUGH_DEG and abs(off_lon) < _NEAR_ENOUGH_DEG:
            break
    return guess_lat, guess_lon
