"""How long ways really take in a simulated town: streets of their own pace, rush hours, junctions that hold one up, people.

Nothing of the station knows this model or its seeds; a recommendation is judged by it.
"""

import heapq
import itertools
import math
import random
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import osmium

from town.graph import DRIVEN, WALKED, Place, metres

FREE_M_S = {
    "motorway": 24.0, "trunk": 18.0, "primary": 13.5, "secondary": 12.0, "tertiary": 10.5, "unclassified": 9.0,
    "residential": 7.5, "living_street": 4.5, "service": 5.0,
}  # fmt: skip
MAIN = ("motorway", "trunk", "primary", "secondary")
RUSH = {7: 0.7, 8: 0.55, 9: 0.75, 12: 0.85, 17: 0.65, 18: 0.55, 19: 0.75}  # of the free pace, on main roads
NIGHT = 1.1
WALK_M_S, STAIRS = 1.9, 0.6
STREETS, PEOPLE = 0.22, 0.12  # how much streets and people differ (sigma of a log-normal)
JUNCTION_S = {True: 7.0, False: 2.5}  # on average, on a main road and elsewhere


@dataclass(frozen=True, slots=True)
class Edge:
    """A piece of road as somebody comes along it: where from, how long, how fast when it is empty."""

    start: int
    length: float
    pace: float
    is_main: bool


@dataclass
class Net:
    """The roads of one mode, each node with the pieces that lead to it and the nodes it leads to."""

    places: dict[int, Place] = field(default_factory=dict)
    into: dict[int, list[Edge]] = field(default_factory=dict)
    onward: dict[int, list[int]] = field(default_factory=dict)

    def add(self, nodes: list[int], way: int, pace: float, *, is_main: bool) -> None:
        """Add a road; `way` is 1 along, -1 against, 0 both."""
        for a, b in itertools.pairwise(nodes):
            length = metres(self.places[a], self.places[b])
            for start, end, goes in ((a, b, way >= 0), (b, a, way <= 0)):
                self.into.setdefault(end, [])
                self.onward.setdefault(start, [])
                self.into.setdefault(start, [])
                self.onward.setdefault(end, [])
                if goes:
                    self.into[end].append(Edge(start, length, pace, is_main))
                    self.onward[start].append(end)

    def keep_main_part(self) -> None:
        """Forget nodes from which one could not come back."""
        start = max(self.onward, key=lambda node: len(self.onward[node]))
        back = {node: [edge.start for edge in edges] for node, edges in self.into.items()}
        kept = _reached(self.onward, start) & _reached(back, start)
        self.onward = {node: [n for n in self.onward[node] if n in kept] for node in kept}
        self.into = {node: [edge for edge in self.into[node] if edge.start in kept] for node in kept}

    @property
    def nodes(self) -> list[int]:
        """Where somebody may be, in a steady order."""
        return sorted(self.onward)

    def stroll(self, node: int, far: float, dice: random.Random) -> int:
        """Where somebody is who goes so many metres from a node, turning where they like but not back."""
        before = node
        while far > 0:
            ahead = [one for one in self.onward[node] if one != before] or self.onward[node]
            if not ahead:
                return node
            before, node = node, dice.choice(ahead)
            far -= metres(self.places[before], self.places[node])
        return node


def _reached(onward: dict[int, list[int]], start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        for other in onward.get(waiting.pop(), []):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


class Oracle:
    """A town of one seed. What happens in it at one call goes by the call's own name."""

    def __init__(self, path: str, seed: str) -> None:
        self.seed = seed
        self.nets = {"car": Net(), "foot": Net()}
        thing: Any
        for thing in osmium.FileProcessor(path).with_locations():
            if thing.is_way():
                self._road(thing)
        for net in self.nets.values():
            net.keep_main_part()

    def _road(self, way: Any) -> None:
        kind = way.tags.get("highway")
        if kind not in WALKED | DRIVEN or way.tags.get("area") == "yes":
            return
        nodes = [node.ref for node in way.nodes if node.location.valid()]
        for node in way.nodes:
            if node.location.valid():
                place = (node.location.lat, node.location.lon)
                self.nets["car"].places[node.ref] = self.nets["foot"].places[node.ref] = place
        dice = random.Random(f"{self.seed}/{way.id}")  # noqa: S311 - a simulated town  # nosec B311
        own, base = dice.lognormvariate(0, STREETS), kind.removesuffix("_link")
        oneway = way.tags.get("oneway", "yes" if way.tags.get("junction") == "roundabout" else "no")
        if kind in WALKED:
            pace = WALK_M_S * (STAIRS if kind == "steps" else 1.0)
            self.nets["foot"].add(nodes, 0, pace, is_main=False)
        if kind in DRIVEN:
            along = {"yes": 1, "1": 1, "true": 1, "-1": -1}.get(oneway, 0)
            self.nets["car"].add(nodes, along, FREE_M_S.get(base, 7.0) * own, is_main=base in MAIN)

    def seconds(self, mode: str, origins: Collection[int], to: int, hour: int, call: str) -> dict[int, float]:
        """What each origin's way to a node takes at an hour of the day; those without a way are left out."""
        net, wanted = self.nets[mode], set(origins)
        found: dict[int, float] = {}
        best, waiting = {to: 0.0}, [(0.0, to)]
        while waiting and wanted:
            gone, node = heapq.heappop(waiting)
            if gone > best[node]:
                continue
            if node in wanted:
                wanted.discard(node)
                found[node] = gone
            held = self._held(net, node, call) if mode == "car" else 0.0
            for edge in net.into[node]:
                after = (
                    gone + held * JUNCTION_S[edge.is_main] + edge.length / (edge.pace * self._rush(mode, edge, hour))
                )
                if after < best.get(edge.start, math.inf):
                    best[edge.start] = after
                    heapq.heappush(waiting, (after, edge.start))
        return found

    def _rush(self, mode: str, edge: Edge, hour: int) -> float:
        if mode == "foot":
            return 1.0
        part = RUSH.get(hour, NIGHT if hour < 6 else 1.0)
        return part if edge.is_main else (part + 1) / 2

    def _held(self, net: Net, node: int, call: str) -> float:
        """How long a junction holds one up at this call, as a part of the average; nothing where no roads meet."""
        if len(net.into[node]) < 3:
            return 0.0
        return 2 * (zlib.crc32(f"{self.seed}/{call}/{node}".encode()) & 1023) / 1023

    def person(self, unit: str, call: str) -> tuple[float, float]:
        """How much slower than others somebody is at this call, and the seconds until they roll and until they stand."""
        dice = random.Random(f"{self.seed}/{call}/{unit}")  # noqa: S311 - a simulated town  # nosec B311
        return dice.lognormvariate(0, PEOPLE), dice.uniform(2, 12)
