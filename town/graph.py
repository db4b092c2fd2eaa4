"""The town's roads as one walks and drives them, and its addresses, read from its own map file."""

import heapq
import itertools
import math
import random
from dataclasses import dataclass, field
from typing import Any

import osmium

DRIVEN = {
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service",
    "primary_link", "secondary_link", "tertiary_link", "trunk_link",
}  # fmt: skip
WALKED = DRIVEN - {"motorway", "trunk"} | {"footway", "path", "pedestrian", "steps", "track"}
METRES_A_DEGREE = 111_195.0
Place = tuple[float, float]  # latitude, longitude in degrees


def metres(a: Place, b: Place) -> float:
    """Distance of two places of a town: flat, good to a thousandth."""
    east = (b[1] - a[1]) * math.cos(math.radians(a[0]))
    return math.hypot(b[0] - a[0], east) * METRES_A_DEGREE


@dataclass
class Graph:
    """Nodes by id, and from each the nodes one may go to."""

    places: dict[int, Place] = field(default_factory=dict)
    onward: dict[int, list[int]] = field(default_factory=dict)

    def add(self, nodes: list[int], way: int) -> None:
        """Add a road; `way` is 1 along, -1 against, 0 both."""
        for a, b in itertools.pairwise(nodes):
            if way >= 0:
                self.onward.setdefault(a, []).append(b)
            if way <= 0:
                self.onward.setdefault(b, []).append(a)
            self.onward.setdefault(a, [])
            self.onward.setdefault(b, [])

    def keep_main_part(self) -> None:
        """Forget nodes from which one could not come back: the largest strongly connected part stays."""
        start = max(self.onward, key=lambda node: len(self.onward[node]))
        back: dict[int, list[int]] = {}
        for node, nexts in self.onward.items():
            for other in nexts:
                back.setdefault(other, []).append(node)
        kept = _reached(self.onward, start) & _reached(back, start)
        self.onward = {node: [n for n in nexts if n in kept] for node, nexts in self.onward.items() if node in kept}

    def nearest(self, place: Place) -> int:
        """The node nearest to a place."""
        return min(self.onward, key=lambda node: metres(self.places[node], place))

    def path(self, start: int, goal: int) -> list[int]:
        """The shortest way from node to node (A*), both included; [start] when there is none."""
        end = self.places[goal]
        waiting: list[tuple[float, float, int]] = [(0.0, 0.0, start)]
        came: dict[int, int] = {start: start}
        best = {start: 0.0}
        while waiting:
            _, gone, node = heapq.heappop(waiting)
            if node == goal:
                return _traced(came, goal)
            if gone > best[node]:
                continue
            for other in self.onward[node]:
                length = gone + metres(self.places[node], self.places[other])
                if length < best.get(other, math.inf):
                    best[other], came[other] = length, node
                    heapq.heappush(waiting, (length + metres(self.places[other], end), length, other))
        return [start]


def _reached(onward: dict[int, list[int]], start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        for other in onward.get(waiting.pop(), []):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _traced(came: dict[int, int], goal: int) -> list[int]:
    way = [goal]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return way[::-1]


@dataclass
class Town:
    """What its people need of the town."""

    walk: Graph
    drive: Graph
    addresses: list[tuple[str, Place]]

    def address(self, dice: random.Random) -> tuple[str, Place]:
        """Some address of the town."""
        return dice.choice(self.addresses)


def read(path: str) -> Town:
    """Read roads and addresses of an `.osm.pbf`. Raises RuntimeError when it is no such file."""
    walk, drive, addresses = Graph(), Graph(), []
    thing: Any
    for thing in osmium.FileProcessor(path).with_locations():
        tags = thing.tags
        if thing.is_way():
            _road(thing, walk, drive)
        if "addr:housenumber" in tags and "addr:street" in tags and (place := _middle(thing)):
            number = tags["addr:housenumber"]
            name = f"{tags['addr:street']}{number if number.endswith('号') else number + '号'}"
            addresses.append((name, place))
    for graph in (walk, drive):
        graph.keep_main_part()
    return Town(walk, drive, addresses)


def _road(way: Any, walk: Graph, drive: Graph) -> None:
    kind = way.tags.get("highway")
    if kind not in WALKED | DRIVEN or way.tags.get("area") == "yes":
        return
    nodes = [node.ref for node in way.nodes if node.location.valid()]
    for node in way.nodes:
        if node.location.valid():
            walk.places[node.ref] = drive.places[node.ref] = (node.location.lat, node.location.lon)
    oneway = way.tags.get("oneway", "yes" if way.tags.get("junction") == "roundabout" else "no")
    if kind in WALKED:
        walk.add(nodes, 0)
    if kind in DRIVEN:
        drive.add(nodes, {"yes": 1, "1": 1, "true": 1, "-1": -1}.get(oneway, 0))


def _middle(thing: Any) -> Place | None:
    if thing.is_node():
        return thing.location.lat, thing.location.lon
    if not thing.is_way():
        return None
    found = [(node.location.lat, node.location.lon) for node in thing.nodes if node.location.valid()]
    if not found:
        return None
    return sum(lat for lat, _ in found) / len(found), sum(lon for _, lon in found) / len(found)
