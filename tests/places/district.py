"""A district of a few streets, made anew for each test that wants one."""

from pathlib import Path

import osmium

Tags = dict[str, str]
LAT, LON = 29.60, 106.55
STEP = 0.001  # degrees, about 100 m


class District:
    """Nodes lie on a grid of columns and rows; ways are lists of (column, row)."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[float, float], int] = {}
        self.tags: dict[int, Tags] = {}
        self.ways: list[tuple[list[int], Tags]] = []
        self.relations: list[tuple[list[tuple[int, str]], Tags]] = []

    def node(self, column: float, row: float, **tags: str) -> int:
        number = self.nodes.setdefault((column, row), len(self.nodes) + 1)
        self.tags.setdefault(number, {}).update(_keys(tags))
        return number

    def way(self, *places: tuple[float, float], **tags: str) -> int:
        self.ways.append(([self.node(*place) for place in places], _keys(tags)))
        return len(self.ways)

    def square(self, column: float, row: float, size: float, **tags: str) -> int:
        corners = [(column, row), (column + size, row), (column + size, row + size), (column, row + size)]
        return self.way(*corners, corners[0], **tags)

    def multipolygon(self, outer: int, inner: int, **tags: str) -> None:
        self.relations.append(([(outer, "outer"), (inner, "inner")], {"type": "multipolygon", **tags}))

    def write(self, path: Path) -> Path:
        path.unlink(missing_ok=True)
        make = osmium.osm.mutable
        with osmium.SimpleWriter(str(path)) as out:
            for (column, row), number in self.nodes.items():
                place = (LON + column * STEP, LAT + row * STEP)
                out.add_node(make.Node(id=number, version=1, location=place, tags=self.tags.get(number, {})))
            for number, (nodes, tags) in enumerate(self.ways, start=1):
                out.add_way(make.Way(id=number, version=1, nodes=nodes, tags=tags))
            for number, (members, tags) in enumerate(self.relations, start=1):
                listed = [("w", way, role) for way, role in members]
                out.add_relation(make.Relation(id=number, version=1, members=listed, tags=tags))
        return path


def _keys(tags: dict[str, str]) -> Tags:
    return {key.replace("__", ":"): value for key, value in tags.items()}


def district() -> District:
    """Two streets that cross, a dual one, a one-way lane, a river with an island, houses, a mall."""
    made = District()
    made.way((0, 5), (2, 5), (5, 5), (7, 5), (10, 5), highway="secondary", name="码头北路", name__en="Matou North Road")
    made.way((5, 0), (5, 5), (5, 10), highway="tertiary", name="仓储路")
    made.way((0, 8), (2, 8), (5, 8), (10, 8), highway="primary", name="人民路", oneway="yes")
    made.way((10, 8.2), (5, 8.2), (0, 8.2), highway="primary", name="人民路", oneway="yes")
    made.way((5, 8), (5, 8.2), (5, 9), highway="tertiary", name="仓储路")
    made.way((2, 5), (2, 2), highway="residential", name="银杏街", oneway="-1")
    made.way((1, 8), (2, 8), highway="residential", name="和平路")
    made.way((7, 5), (7, 6), (7, 7), highway="residential", name="柳巷", junction="roundabout")
    for number in range(1, 31):
        made.square(2.1 if number % 2 else 1.6, 2 + number / 12, 0.05,
                    building="yes", addr__street="银杏街", addr__housenumber=str(number))  # fmt: skip
    made.square(3, 6, 0.5, building="retail", shop="mall", name="第一商厦", name__en="First Mall")
    made.node(5.3, 5.1, amenity="restaurant", name="老码头火锅", addr__housenumber="7")  # its street is the nearest
    outer, inner = made.square(0, -4, 4), made.square(1, -3, 1)
    made.multipolygon(outer, inner, natural="water", name="清水河")
    made.square(6, 0, 2, leisure="park", name="滨河公园")
    made.node(9, 9, amenity="cafe", name="O'Brien's 100% \"Café_Bar\"")
    return made
