"""Finds streets and their crossings in a heap of roads. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from command.places.extract import RoadRow

Point = tuple[float, float]  # longitude, latitude
CROSSING_SPREAD_M = 90.0  # two dual carriageways meet in up to four nodes: one crossing
STREET_GAP_M = 2_000.0  # farther apart, the same name is another street
RANKS = {"motorway": 2, "trunk": 2, "primary": 2, "secondary": 2, "tertiary": 3, "residential": 3}


@dataclass(frozen=True, slots=True)
class Street:
    name: str
    name_en: str
    rank: int
    middle: Point


@dataclass(frozen=True, slots=True)
class Crossing:
    names: tuple[str, str]
    point: Point


def streets(roads: Iterable[RoadRow]) -> list[Street]:
    """One street per name, or several where the same name lies far apart."""
    by_name: dict[str, list[RoadRow]] = defaultdict(list)
    for road in roads:
        if road.name and road.kind != "rail":
            by_name[road.name].append(road)
    return [_street(name, part) for name, rows in by_name.items() for part in _parts(rows)]


def _parts(rows: list[RoadRow]) -> list[list[RoadRow]]:
    middles = [_middle(row) for row in rows]
    return [[rows[i] for i in group] for group in clusters(middles, STREET_GAP_M)]


def _street(name: str, rows: list[RoadRow]) -> Street:
    points = [(lon, lat) for row in rows for _, lon, lat in row.nodes]
    name_en = next((row.name_en for row in rows if row.name_en), "")
    rank = min(RANKS.get(row.kind, 4) for row in rows)
    return Street(name, name_en, rank, nearest_to_mean(points))


def _middle(row: RoadRow) -> Point:
    node = row.nodes[len(row.nodes) // 2]
    return node[1], node[2]


def crossings(roads: Iterable[RoadRow]) -> list[Crossing]:
    """Where two differently named roads share a node; the nodes of one junction are one crossing."""
    names_at: dict[int, set[str]] = defaultdict(set)
    place: dict[int, Point] = {}
    for road in roads:
        if road.name and road.kind != "rail":
            for ref, lon, lat in road.nodes:
                names_at[ref].add(road.name)
                place[ref] = lon, lat
    met: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for ref, names in names_at.items():
        for one, other in combinations(sorted(names), 2):
            met[one, other].append(place[ref])
    return [
        Crossing(names, _mean([points[i] for i in group]))
        for names, points in met.items()
        for group in clusters(points, CROSSING_SPREAD_M)
    ]


def clusters(points: Sequence[Point], within_m: float) -> list[list[int]]:
    """Indices of points in groups: a point belongs to a group when it is near any member of it."""
    groups: list[list[int]] = []
    for index, point in enumerate(points):
        near = [group for group in groups if any(distance_m(point, points[i]) <= within_m for i in group)]
        groups = [group for group in groups if group not in near]
        groups.append([i for group in near for i in group] + [index])
    return groups


def distance_m(a: Point, b: Point) -> float:
    """Metres between two near points, on a plane touching the earth."""
    east = (b[0] - a[0]) * 111_320 * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, (b[1] - a[1]) * 110_574)


def nearest_to_mean(points: Sequence[Point]) -> Point:
    """The one of the points that lies nearest to their middle."""
    middle = _mean(points)
    return min(points, key=lambda point: distance_m(point, middle))


def _mean(points: Sequence[Point]) -> Point:
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
