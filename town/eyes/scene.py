"""What stands around a camera, read from the town's own map: roads, houses with their true heights, water and green."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium

from town.graph import DRIVEN
from town.plane import Point, metres
from town.sights import STOREY_M, storeys

SEED = "truth"  # of the houses whose storeys nobody has counted
HALF_M = {  # from a road's middle to its kerb; of a dual one each side
    "primary": 9.5, "secondary": 7.5, "tertiary": 6.0, "residential": 4.0, "living_street": 3.0, "footway": 1.4,
}  # fmt: skip
DUAL_HALF_M = 6.0
SMALL = ("living_street", "footway")
GREEN = ("grass", "wood", "park", "pitch")


@dataclass(frozen=True)
class Road:
    """A road's middle line as it is drawn in the map, with its junctions by their places in that line."""

    line: list[Point]
    kind: str
    oneway: bool
    half_m: float
    crossed: dict[int, float]  # at which corner it meets another road, and that one's half width

    @property
    def driven(self) -> bool:
        return self.kind in DRIVEN

    @property
    def lanes(self) -> int:
        """In each direction that it has."""
        if self.oneway:
            return max(1, int(self.half_m * 2 / 3.5))
        return max(1, int(self.half_m / 3.3))


@dataclass(frozen=True)
class House:
    """A building's outline and height in m; `kind` as the map says it, with "shops" where a street runs along it."""

    ring: list[Point]
    height_m: float
    kind: str
    number: int


@dataclass
class Scene:
    """All of the town. `areas` are flat: their kind and outline, what comes later lies above."""

    roads: list[Road] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)
    areas: list[tuple[str, list[Point]]] = field(default_factory=list)


def read(path: Path) -> Scene:
    """The town of a map file."""
    scene, dice = Scene(), random.Random(SEED)  # noqa: S311 - a town, not a key  # nosec B311
    rings: dict[int, list[Point]] = {}
    drawn: list[tuple[list[int], list[Point], dict[str, str]]] = []
    wanted = osmium.filter.EntityFilter(osmium.osm.WAY | osmium.osm.RELATION)
    thing: Any
    for thing in osmium.FileProcessor(str(path)).with_locations().with_filter(wanted):
        tags = {tag.k: tag.v for tag in thing.tags}
        if not thing.is_way():
            scene.areas += [(_area(tags), rings[one.ref]) for one in thing.members if one.role == "outer"]
            scene.areas += [("wood", rings[one.ref]) for one in thing.members if one.role == "inner"]
            continue
        line = [metres(node.lat, node.lon) for node in thing.nodes]
        if "building" in tags:
            shops = "shops" if "addr:street" in tags else tags["building"]
            scene.houses.append(House(line[:-1], storeys(tags, dice) * STOREY_M, shops, len(scene.houses)))
        elif "highway" in tags and tags.get("area") != "yes":
            drawn.append(([node.ref for node in thing.nodes], line, tags))
        elif line[0] == line[-1]:
            rings[thing.id] = line[:-1]
            scene.areas += [(_area(tags), line[:-1])] if tags else []
    scene.areas.sort(key=lambda area: area[0] == "pier")
    scene.roads = list(_roads(drawn))
    return scene


def _area(tags: dict[str, str]) -> str:
    for key in ("natural", "leisure", "landuse", "man_made", "amenity", "place"):
        if key in tags:
            return tags[key] if tags[key] in (*GREEN, "water", "pier") else "paved"
    return "paved"


def _half(tags: dict[str, str]) -> float:
    kind = tags["highway"]
    if kind == "primary" and tags.get("oneway") == "yes":
        return DUAL_HALF_M
    return HALF_M.get(kind, 2.0)


def _roads(drawn: list[tuple[list[int], list[Point], dict[str, str]]]) -> Iterable[Road]:
    times = Counter(itertools.chain.from_iterable(set(nodes) for nodes, _, _ in drawn))
    widest: dict[int, list[tuple[float, int]]] = {}
    for number, (nodes, _, tags) in enumerate(drawn):
        for node in nodes:
            if times[node] > 1 and tags["highway"] != "footway":
                widest.setdefault(node, []).append((_half(tags), number))
    for number, (nodes, line, tags) in enumerate(drawn):
        crossed = {
            at: max(half for half, other in widest[node] if other != number)
            for at, node in enumerate(nodes)
            if any(other != number for _, other in widest.get(node, []))
        }
        oneway = tags.get("oneway") == "yes" or tags.get("junction") == "roundabout"
        yield Road(line, tags["highway"], oneway, _half(tags), crossed)
