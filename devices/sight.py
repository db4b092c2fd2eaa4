"""What a camera's picture shows of the ground, and where in its picture a place lies. Pure: degrees (WGS-84) and metres.

A point of a picture is told in shares: x from its left edge (0) to its right one (1), y from its upper edge (0) to its lower
one. The ground is taken as flat and level with the camera's foot. Up to `FLAT_FOV_DEG` a picture is that of a pinhole; a wider
one is a panorama, in which equal steps are equal angles. Once calibrated, the plane that was found is believed, not the pose.
"""

import math
from dataclasses import dataclass

from command import geo

# Nine numbers, row by row: (x, y, 1) of a picture to metres east and north of the camera's foot
Plane = tuple[float, ...]
FLAT_FOV_DEG = 150.0  # wider, no lens draws straight lines straight
POSE_DOUBT_DEG = 1.0  # how well bearing and tilt are known of a camera that nobody has calibrated
HEIGHT_DOUBT_M = 0.3
CLICK_DOUBT = 0.003  # of the picture's width: how well somebody points at something
FARTHEST_M = 10_000.0  # ground farther than that is haze, and its doubt larger than any use
LOWEST_M = 0.5  # who stands lower sees no ground as a plane


class NoGround(Exception):
    """A point of a picture where no ground is to be seen; `code` says why: sky, too_far, too_low, below."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pose:
    """How a camera stands and looks. Tilt is counted downwards from the horizon."""

    lat: float
    lon: float
    height_m: float
    bearing_deg: float
    tilt_deg: float
    fov_deg: float
    aspect: float = 16 / 9
    plane: Plane | None = None
    residual_m: float | None = None

    @property
    def is_flat(self) -> bool:
        return self.fov_deg <= FLAT_FOV_DEG

    @property
    def vertical_fov_deg(self) -> float:
        if not self.is_flat:
            return min(180.0, self.fov_deg / self.aspect)
        return 2 * math.degrees(math.atan(math.tan(math.radians(self.fov_deg) / 2) / self.aspect))


@dataclass(frozen=True, slots=True)
class Ground:
    """A place on the ground, and how far it may lie from there."""

    lat: float
    lon: float
    error_m: float


def usual_tilt_deg(height_m: float, range_m: float) -> float:
    """The tilt that a camera has of which nobody said one: it looks at the ground half as far away as it can see."""
    return round(math.degrees(math.atan2(height_m, range_m / 2)), 1)


def way_to(pose: Pose, lat: float, lon: float) -> tuple[float, float]:
    """Where a camera must look for a place on the ground: bearing and tilt, degrees."""
    away = geo.distance_m(pose.lat, pose.lon, lat, lon)
    tilt = math.degrees(math.atan2(pose.height_m, away))
    return geo.bearing_deg(pose.lat, pose.lon, lat, lon), tilt


# ---- from the picture to the ground


def ground(pose: Pose, x: float, y: float) -> Ground:
    """The ground that a point of the picture shows. Raises NoGround."""
    east, north = _metres(pose, x, y)
    away = math.hypot(east, north)
    if away > FARTHEST_M:
        raise NoGround("too_far")
    lat, lon = geo.place_at(pose.lat, pose.lon, math.degrees(math.atan2(east, north)), away)
    return Ground(lat, lon, _doubt_m(pose, x, y, away))


def _metres(pose: Pose, x: float, y: float) -> tuple[float, float]:
    """Metres east and north of the camera's foot."""
    if pose.plane:
        return across_plane(pose.plane, x, y)
    if pose.height_m < LOWEST_M:
        raise NoGround("too_low")
    east, north, up = _ray(pose, x, y)
    if up >= 0:
        raise NoGround("sky")
    return east * pose.height_m / -up, north * pose.height_m / -up


def across_plane(plane: Plane, x: float, y: float) -> tuple[float, float]:
    """Metres east and north by a calibration. Raises NoGround beyond its horizon (the third number is above 0 before it)."""
    east, north, scale = (plane[row] * x + plane[row + 1] * y + plane[row + 2] for row in (0, 3, 6))
    if scale <= 1e-9:
        raise NoGround("sky")
    return east / scale, north / scale


def _ray(pose: Pose, x: float, y: float) -> tuple[float, float, float]:
    """The direction in which a point of the picture lies: east, north, up."""
    if not pose.is_flat:
        above = (0.5 - y) * pose.vertical_fov_deg - pose.tilt_deg
        if above <= -90:
            raise NoGround("below")
        return _direction(pose.bearing_deg + (x - 0.5) * pose.fov_deg, above)
    wide = math.tan(math.radians(pose.fov_deg) / 2)
    aside, above = (2 * x - 1) * wide, (1 - 2 * y) * wide / pose.aspect
    ahead, right, up = _axes(pose)
    east, north, upward = (a + aside * r + above * u for a, r, u in zip(ahead, right, up, strict=True))
    return east, north, upward


def _direction(bearing: float, above: float) -> tuple[float, float, float]:
    turn, rise = math.radians(bearing), math.radians(above)
    return math.sin(turn) * math.cos(rise), math.cos(turn) * math.cos(rise), math.sin(rise)


Axis = tuple[float, float, float]


def _axes(pose: Pose) -> tuple[Axis, Axis, Axis]:
    """Ahead, to the right and upwards of a camera: east, north, up each."""
    turn, tilt = math.radians(pose.bearing_deg), math.radians(pose.tilt_deg)
    right = (math.cos(turn), -math.sin(turn), 0.0)
    up = (math.sin(turn) * math.sin(tilt), math.cos(turn) * math.sin(tilt), math.cos(tilt))
    return _direction(pose.bearing_deg, -pose.tilt_deg), right, up


def _doubt_m(pose: Pose, x: float, y: float, away: float) -> float:
    """How far off the place may be: of a calibrated camera its residual and the click, else what is not known of its pose."""
    if pose.plane:
        return math.hypot(pose.residual_m or 0.0, _click_m(pose, x, y) * (1 if pose.residual_m is not None else 3))
    turn = math.radians(POSE_DOUBT_DEG)
    along = (pose.height_m**2 + away**2) / pose.height_m * turn
    return math.hypot(along, away * turn, away / pose.height_m * HEIGHT_DOUBT_M)


def _click_m(pose: Pose, x: float, y: float) -> float:
    """How many metres the doubt of a click is there; without ground beside it, as far as the ground goes."""
    here = _metres(pose, x, y)
    try:
        beside = [_metres(pose, x + CLICK_DOUBT, y), _metres(pose, x, y - CLICK_DOUBT * pose.aspect)]
    except NoGround:
        return FARTHEST_M
    return math.hypot(*(math.dist(here, one) for one in beside))


# ---- from the ground to the picture


def point(pose: Pose, lat: float, lon: float, above_m: float = 0.0) -> tuple[float, float] | None:
    """Where in the picture a place lies, `above_m` above the ground; shares, beyond 0 to 1 outside of the picture.

    None where it lies behind the camera, and beyond the horizon of a calibration, which knows the ground alone.
    """
    away, bearing = geo.distance_m(pose.lat, pose.lon, lat, lon), geo.bearing_deg(pose.lat, pose.lon, lat, lon)
    turn = math.radians(bearing)
    to = away * math.sin(turn), away * math.cos(turn), above_m - pose.height_m
    if pose.plane:
        return _on_plane(pose.plane, to[0], to[1])
    return _on_flat(pose, to) if pose.is_flat else _on_panorama(pose, bearing, away, to[2])


def _on_flat(pose: Pose, to: Axis) -> tuple[float, float] | None:
    ahead, right, up = (sum(a * b for a, b in zip(axis, to, strict=True)) for axis in _axes(pose))
    if ahead <= 1e-6:
        return None
    wide = math.tan(math.radians(pose.fov_deg) / 2)
    return 0.5 + right / ahead / wide / 2, 0.5 - up / ahead / wide * pose.aspect / 2


def _on_panorama(pose: Pose, bearing: float, away: float, up: float) -> tuple[float, float]:
    aside = (bearing - pose.bearing_deg + 180) % 360 - 180
    above = math.degrees(math.atan2(up, away)) + pose.tilt_deg
    return 0.5 + aside / pose.fov_deg, 0.5 - above / pose.vertical_fov_deg


def _on_plane(plane: Plane, east: float, north: float) -> tuple[float, float] | None:
    """The way back through a calibration."""
    a, b, c, d, e, f, g, h, i = plane
    x = (e * i - f * h) * east + (c * h - b * i) * north + b * f - c * e
    y = (f * g - d * i) * east + (a * i - c * g) * north + c * d - a * f
    scale = (d * h - e * g) * east + (b * g - a * h) * north + a * e - b * d
    if abs(scale) < 1e-12:
        return None
    x, y = x / scale, y / scale
    return (x, y) if g * x + h * y + i > 1e-9 else None


# ---- which see a place


@dataclass(frozen=True, slots=True)
class Look:
    """How a camera has a place in view: how far away, and how far from the middle (degrees, and shares of half its picture)."""

    distance_m: float
    angle_deg: float
    aside: float
    metres_wide: float  # how many metres its picture is wide there

    @property
    def where(self) -> str:
        return "middle" if self.aside <= 0.5 else "edge" if self.aside > 0.8 else "inside"

    @property
    def worth(self) -> float:
        """The more of the picture a person fills the better; less at its edge, where half of what happens is cut off."""
        return (0.6 if self.where == "edge" else 1.0) / max(0.1, self.metres_wide)


NEAR_M = 1.0  # within a metre nobody can tell the direction


def look(pose: Pose, range_m: float, lat: float, lon: float) -> Look | None:
    """How a camera has a place on the ground in view, None where it hasn't; what stands between is not asked here."""
    away = geo.distance_m(pose.lat, pose.lon, lat, lon)
    if away > range_m:
        return None
    where = point(pose, lat, lon)
    aside = _aside(pose, *where) if where else math.inf
    if aside > 1 and not (away < NEAR_M and _looks_down(pose)):
        return None
    return Look(away, _angle_deg(pose, lat, lon), min(aside, 1.0), _metres_wide(pose, away))


def _aside(pose: Pose, x: float, y: float) -> float:
    """How far a point lies from the middle of the picture: 1 at its edges, of which a view all around has none at its sides."""
    return max(abs(2 * x - 1) if pose.fov_deg < 360 else 0.0, abs(2 * y - 1))


def _looks_down(pose: Pose) -> bool:
    return pose.tilt_deg + pose.vertical_fov_deg / 2 >= 90 - 1e-6


def _angle_deg(pose: Pose, lat: float, lon: float) -> float:
    """Between the middle of its view and the place."""
    bearing, tilt = way_to(pose, lat, lon)
    one, other = _direction(bearing, -tilt), _direction(pose.bearing_deg, -pose.tilt_deg)
    return math.degrees(math.acos(max(-1.0, min(1.0, sum(a * b for a, b in zip(one, other, strict=True))))))


def _metres_wide(pose: Pose, away: float) -> float:
    slant = math.hypot(away, pose.height_m)
    half = math.radians(pose.fov_deg) / 2
    return 2 * slant * (math.tan(half) if pose.is_flat else half)
