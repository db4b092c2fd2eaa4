"""How light it is in the town: the sun by its clock, the sky, lamps and lit windows. Pure."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from town.eyes.view import Array
from town.plane import LAT, LON

ZONE = dt.timezone(dt.timedelta(hours=8))  # Asia/Shanghai, which knows no summer time
LOW_STEP_DEG, STEP_DEG = 2.5, 7.5  # of the sun's height, below and above 10°: what is drawn once and kept
Colour = tuple[float, float, float]

# The sun's height in degrees; zenith, horizon, sunlight, light from everywhere (1 is full daylight); lamps (0 to 1)
DAY: list[tuple[float, Colour, Colour, Colour, Colour, float]] = [
    (-12, (0.030, 0.036, 0.066), (0.13, 0.11, 0.105), (0, 0, 0), (0.115, 0.120, 0.155), 1.0),
    (-5, (0.09, 0.13, 0.26), (0.38, 0.31, 0.33), (0, 0, 0), (0.24, 0.25, 0.32), 1.0),
    (-1, (0.22, 0.31, 0.50), (0.82, 0.60, 0.48), (0.10, 0.05, 0.02), (0.46, 0.46, 0.52), 0.7),
    (3, (0.33, 0.47, 0.69), (0.92, 0.79, 0.66), (0.55, 0.36, 0.20), (0.62, 0.62, 0.66), 0.1),
    (10, (0.40, 0.56, 0.77), (0.88, 0.87, 0.84), (0.75, 0.63, 0.48), (0.70, 0.71, 0.74), 0.0),
    (30, (0.42, 0.60, 0.81), (0.84, 0.88, 0.90), (0.78, 0.72, 0.63), (0.74, 0.76, 0.79), 0.0),
    (90, (0.40, 0.59, 0.82), (0.84, 0.89, 0.92), (0.62, 0.58, 0.52), (0.78, 0.80, 0.82), 0.0),
]
LIT = ((0, 0.30), (1, 0.12), (5, 0.05), (6, 0.20), (7, 0.30), (17, 0.25), (19, 0.55), (22, 0.50), (24, 0.30))


@dataclass(frozen=True)
class Light:
    """One level of light. `key` names it: the same key, the same picture of what stands still."""

    key: str
    zenith: Array
    horizon: Array
    sunlight: Array
    around: Array
    lamps: float
    lit: float  # share of the windows
    sun: Array  # the direction towards it: east, north, up

    @property
    def is_night(self) -> bool:
        return self.lamps > 0.5


def at(moment: dt.datetime) -> Light:
    """The light at a moment (with its zone)."""
    local = moment.astimezone(ZONE)
    height, bearing = sun(moment)
    size = LOW_STEP_DEG if height < 10 else STEP_DEG
    step = max(-12.0, round(height / size) * size)
    hour = local.hour + local.minute / 60
    lit = round(by_hour(LIT, hour) * 20) / 20
    rows = np.array([[above, *one, *two, *three, *four, lamps] for above, one, two, three, four, lamps in DAY])
    found = np.array([np.interp(step, rows[:, 0], rows[:, column]) for column in range(1, rows.shape[1])])
    turn = round(bearing / 15) * 15 if step > -2 else 0
    rise, way = math.radians(max(step, 2.0)), math.radians(turn)
    direction = np.array([math.sin(way) * math.cos(rise), math.cos(way) * math.cos(rise), math.sin(rise)])
    lit = lit if found[12] > 0.3 else 0.0
    key = f"{step:+.1f} {turn} {lit:.2f}"
    return Light(key, found[0:3], found[3:6], found[6:9], found[9:12], float(found[12]), lit, direction)


def by_hour(steps: Sequence[tuple[float, float]], hour: float) -> float:
    """What is told for some hours of the day, at any."""
    return float(np.interp(hour, [at for at, _ in steps], [value for _, value in steps]))


def sun(moment: dt.datetime) -> tuple[float, float]:
    """The sun's height and bearing in degrees, seen from the town: good to half a degree."""
    utc = moment.astimezone(dt.UTC)
    turn = 2 * math.pi * (utc.timetuple().tm_yday - 1 + utc.hour / 24) / 365
    tilt = math.radians(0.3964 + 3.631 * math.sin(turn) - 22.97 * math.cos(turn)
                        + 0.0389 * math.sin(2 * turn) - 0.3885 * math.cos(2 * turn))  # fmt: skip
    late = 0.004297 + 0.107029 * math.cos(turn) - 1.837877 * math.sin(turn)
    late += -0.837378 * math.cos(2 * turn) - 2.340475 * math.sin(2 * turn)  # the equation of time, in degrees
    hours = utc.hour + utc.minute / 60 + utc.second / 3600
    hour_angle = math.radians((hours - 12) * 15 + LON + late)
    lat = math.radians(LAT)
    up = math.sin(lat) * math.sin(tilt) + math.cos(lat) * math.cos(tilt) * math.cos(hour_angle)
    east = -math.cos(tilt) * math.sin(hour_angle)
    north = math.sin(tilt) * math.cos(lat) - math.cos(tilt) * math.cos(hour_angle) * math.sin(lat)
    return math.degrees(math.asin(up)), math.degrees(math.atan2(east, north)) % 360
