"""What becomes the map file: nodes, ways and areas with their tags, numbered in the order they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import osmium

from town.plane import Point, degrees

Tags = dict[str, str]


@dataclass
class Drawing:
    nodes: list[tuple[Point, Tags]] = field(default_factory=list)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)
    multipolygons: list[tuple[list[tuple[int, str]], Tags]] = field(default_factory=list)

    def node(self, at: Point, tags: Tags | None = None) -> int:
        """Draw a node and give its id."""
        self.nodes.append((at, tags or {}))
        return len(self.nodes)

    def way(self, nodes: Sequence[int], tags: Tags) -> int:
        self.ways.append((list(nodes), tags))
        return len(self.ways)

    def line(self, points: Sequence[Point], tags: Tags) -> int:
        return self.way([self.node(p) for p in points], tags)

    def ring(self, points: Sequence[Point], tags: Tags) -> int:
        """A closed way."""
        nodes = [self.node(p) for p in points]
        return self.way([*nodes, nodes[0]], tags)

    def multipolygon(self, outer: Sequence[int], inner: Sequence[int], tags: Tags) -> None:
        members = [(way, "outer") for way in outer] + [(way, "inner") for way in inner]
        self.multipolygons.append((members, {"type": "multipolygon", **tags}))

    def at(self, node: int) -> Point:
        return self.nodes[node - 1][0]

    def write(self, path: Path) -> None:
        """The drawing as .osm.pbf; the same drawing gives the same bytes."""
        path.unlink(missing_ok=True)
        make = osmium.osm.mutable
        with osmium.SimpleWriter(str(path)) as out:
            for number, (point, tags) in enumerate(self.nodes, start=1):
                lat, lon = degrees(point)
                out.add_node(make.Node(id=number, version=1, location=(lon, lat), tags=tags))
            for number, (nodes, tags) in enumerate(self.ways, start=1):
                out.add_way(make.Way(id=number, version=1, nodes=nodes, tags=tags))
            for number, (members, tags) in enumerate(self.multipolygons, start=1):
                listed = [("w", way, role) for way, role in members]
                out.add_relation(make.Relation(id=number, version=1, members=listed, tags=tags))
