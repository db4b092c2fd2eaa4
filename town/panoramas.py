"""Panoramas: three of the town's highest houses, far from one another, with a camera at a corner of each roof. Pure."""

import math
from collections.abc import Sequence
from typing import Any

from town.buildings import House
from town.plane import Point, degrees, direction, distance, inside, shifted
from town.sights import STOREY_M

COUNT, APART_M = 3, 700.0
MAST_M, INWARD_M = 2.5, 0.4  # above the roof, and in from its corner: nothing of the own house is below
FOV, TILT, ASPECT, RANGE_M = 180.0, 14.0, 4.0, 1500.0
MIDDLE: Point = (0.0, 0.0)  # of the town: they look towards it


def panoramas(houses: Sequence[House]) -> list[dict[str, Any]]:
    """Their cameras, as the roster tells of one, the highest first."""
    chosen: list[House] = []
    for house in sorted((one for one in houses if one.street), key=lambda one: -one.storeys):
        if all(distance(house.middle, other.middle) >= APART_M for other in chosen):
            chosen.append(house)
        if len(chosen) == COUNT:
            break
    return [_camera(house) for house in chosen]


def _camera(house: House) -> dict[str, Any]:
    corner, out = max(_corners(house.ring), key=lambda one: _towards_middle(*one))
    lat, lon = degrees(shifted(corner, out, -INWARD_M))
    return {
        "name": f"{house.street}{house.tags['addr:housenumber']}号楼顶全景", "kind": "panorama", "lat": lat, "lon": lon,
        "height_m": house.storeys * STOREY_M + MAST_M, "bearing_deg": round(math.degrees(math.atan2(*out)) % 360, 1),
        "tilt_deg": TILT, "fov_deg": FOV, "aspect": ASPECT, "range_m": RANGE_M,
    }  # fmt: skip


def _corners(ring: Sequence[Point]) -> list[tuple[Point, Point]]:
    """The corners that stand out, and which way each does."""
    found = []
    for before, corner, after in zip([ring[-1], *ring[:-1]], ring, [*ring[1:], ring[0]], strict=True):
        one, other = direction(before, corner), direction(after, corner)
        out = direction((0.0, 0.0), (one[0] + other[0], one[1] + other[1]))
        if inside(shifted(corner, out, -INWARD_M), ring) and not inside(shifted(corner, out, INWARD_M), ring):
            found.append((corner, out))
    return found


def _towards_middle(corner: Point, out: Point) -> float:
    """1 where a corner looks straight to the middle of the town, -1 where straight away from it."""
    way = direction(corner, MIDDLE)
    return out[0] * way[0] + out[1] * way[1]
