"""The plan of streets: arterials around superblocks, each superblock cut again and again until blocks remain. Pure.

Everything here is straight in the river's street coordinates (u, v) and becomes curved on the ground.
"""

import random
from dataclasses import dataclass, field

from town.names import StreetNames
from town.plane import Point, area, direction, distance, left_of, shifted
from town.river import River

COLUMNS = (-2420.0, -1330.0, -180.0, 1010.0, 2260.0)
ROWS = (48.0, 700.0, 1400.0, 2120.0)
SOUTH_ROWS = (-350.0, -800.0, -1230.0)
BRIDGES = {0: "清水河一桥", 2: "中山大桥", 4: "码头大桥"}
COLUMN_NAMES = (("西环路", "西环南路"), ("杨柳一路", "杨柳南路"), ("中山路", "中山南路"), ("码头西路", "港西路"),
                ("东环路", "东环南路"))  # fmt: skip
ROW_NAMES = ("滨江路", "人民路", "建设路", "北环路")
SOUTH_NAMES = ("南滨路", "南山路", "南环路")
DUAL = frozenset({"人民路", "中山路", "北环路"})
SNAP_M = 26.0  # two lanes that would meet a street this near to each other meet it in one crossing
ROUNDABOUT = ("建设路", "杨柳一路")


@dataclass(eq=False)
class Junction:
    """Where streets meet, in street coordinates."""

    u: float
    v: float


@dataclass(eq=False)
class Street:
    """A line of corners; `t` counts them (1.5 is half way from corner 1 to corner 2)."""

    name: str
    kind: str
    corners: list[Point]
    dual: bool = False
    oneway: bool = False
    sections: dict[int, str] = field(default_factory=dict)  # other names from that corner on; "桥" ends a bridge
    stops: list[tuple[float, Junction]] = field(default_factory=list)

    def at(self, t: float) -> Point:
        i = min(int(t), len(self.corners) - 2)
        (u1, v1), (u2, v2) = self.corners[i], self.corners[i + 1]
        return u1 + (u2 - u1) * (t - i), v1 + (v2 - v1) * (t - i)

    def stop(self, t: float, junction: Junction | None = None) -> Junction:
        """A junction at t, or `junction` put there."""
        junction = junction or Junction(*self.at(t))
        self.stops.append((t, junction))
        return junction

    def name_at(self, t: float) -> str:
        """The name that the street bears at t."""
        return next((name for start, name in sorted(self.sections.items(), reverse=True) if t >= start), self.name)

    @property
    def half_width(self) -> float:
        """Metres from the middle to the kerb."""
        if self.dual:
            return 15.0
        return {"primary": 10.0, "secondary": 8.0, "tertiary": 6.5, "residential": 4.5}.get(self.kind, 3.0)


@dataclass(frozen=True)
class Side:
    """A part of a street along a block."""

    street: Street
    start: float
    end: float

    def at(self, part: float) -> float:
        return self.start + (self.end - self.start) * part


@dataclass
class Block:
    """What streets enclose: south, east, north and west side, each running east or north."""

    south: Side
    east: Side
    north: Side
    west: Side
    use: str = "houses"
    name: str = ""

    def ring(self, river: River) -> list[Point]:
        """Its outline on the ground, counter-clockwise, along the middle of its streets."""
        parts = [i / 8 for i in range(8)]
        there = [side.street.at(side.at(p)) for side in (self.south, self.east) for p in parts]
        back = [side.street.at(side.at(1 - p)) for side in (self.north, self.west) for p in parts]
        return [river.place(*p) for p in there + back]

    def ground(self, river: River, gap: float) -> list[Point]:
        """Its outline inside its streets' kerbs and `gap` metres more, with cut corners."""
        ring: list[Point] = []
        sides = ((self.south, False), (self.east, False), (self.north, True), (self.west, True))
        for side, backwards in sides:
            line = [river.place(*side.street.at(side.at(0.09 + 0.82 * i / 8))) for i in range(9)]
            line = line[::-1] if backwards else line
            inward = left_of(direction(line[0], line[-1]))
            ring += [shifted(p, inward, side.street.half_width + gap) for p in line]
        return ring


@dataclass
class Plan:
    river: River
    streets: list[Street] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def plan(chance: random.Random, river: River) -> Plan:
    """The whole district's streets and blocks."""
    made, names = Plan(river), StreetNames(chance)
    rows, columns = _arterials(chance, made, names)
    for below in range(len(rows) - 1):
        if below == len(SOUTH_ROWS) - 1:
            continue  # the river
        for left in range(len(columns) - 1):
            block = Block(
                Side(rows[below], left + 1, left + 2), Side(columns[left + 1], below + 1, below + 2),
                Side(rows[below + 1], left + 1, left + 2), Side(columns[left], below + 1, below + 2),
            )  # fmt: skip
            _superblock(chance, made, names, block, (below, left))
    return made


def _arterials(chance: random.Random, made: Plan, names: StreetNames) -> tuple[list[Street], list[Street]]:
    """Rows from south to north, columns from west to east, each with a stub that leaves the district."""
    vs = [*reversed(SOUTH_ROWS), *ROWS]
    knots = {(i, j): (u + chance.uniform(-90, 90), v + (chance.uniform(-45, 45) if v not in (48.0, -350.0) else 0.0))
             for i, u in enumerate(COLUMNS) for j, v in enumerate(vs)}  # fmt: skip
    rows = []
    for j, name in enumerate([*reversed(SOUTH_NAMES), *ROW_NAMES]):
        line = [knots[i, j] for i in range(len(COLUMNS))]
        line = [(line[0][0] - 330, line[0][1] + chance.uniform(-40, 40)), *line, (line[-1][0] + 330, line[-1][1])]
        rows.append(Street(names.take(name), "primary" if name in DUAL else "secondary", line, name in DUAL))
    columns = []
    for i, (name, south) in enumerate(COLUMN_NAMES):
        line = [knots[i, j] for j in range(len(vs))]
        line = [(line[0][0], line[0][1] - 260), *line, (line[-1][0] + chance.uniform(-60, 60), line[-1][1] + 260)]
        street = Street(names.take(south), "primary" if name in DUAL else "secondary", line, name in DUAL)
        street.sections = {3: BRIDGES.get(i, ""), 4: names.take(name)}
        columns.append(street)
    for (i, j), (u, v) in knots.items():
        knot = Junction(u, v)
        rows[j].stop(i + 1, knot)
        columns[i].stop(j + 1, knot)
    made.streets += [*rows, *columns]
    return rows, columns


# What the plan wants at certain superblocks (row from the south, column from the west)
NAMED = {(4, 1): ("银杏街", "海棠街"), (3, 3): ("码头北路", "仓储路"), (4, 3): ("滨河北路", "港务路"),
         (4, 2): ("商厦路", "广场路"), (3, 1): ("公园路", "柳荫路"), (5, 1): ("杨柳二路", "医院路"),
         (3, 2): ("滨河路", "江声路"), (5, 2): ("学府路", "书香路")}  # fmt: skip


def _superblock(chance: random.Random, made: Plan, names: StreetNames, block: Block, where: tuple[int, int]) -> None:
    """First a street across and one along, then blocks; the port and the park keep large ones."""
    across, along = NAMED.get(where, ("", ""))
    is_port = where == (3, 3)
    target = 70_000.0 if is_port else 24_000.0 if where[0] in (4,) or where == (3, 2) else 33_000.0
    low, high = _cut(chance, made, names, block, False, names.take(across) if across else None)
    named = names.take(along) if along else None
    for half in (low, high):
        one, other = _cut(chance, made, names, half, True, named)
        for part in (one, other):
            if where == (3, 1) and part is other and half is low:
                part.use, part.name = "park", "滨河公园"
                made.blocks.append(part)
                continue
            if is_port:
                part.use = "port"
            _divide(chance, made, names, part, target)


def _divide(chance: random.Random, made: Plan, names: StreetNames, block: Block, target: float) -> None:
    """Cut across the longer side until the block is small enough."""
    ring = block.ring(made.river)
    wide, high = distance(ring[0], ring[8]), distance(ring[8], ring[16])
    if area(ring) < target * chance.uniform(0.7, 1.5) or max(wide, high) < 120:
        made.blocks.append(block)
        return
    for part in _cut(chance, made, names, block, wide > high * chance.uniform(0.85, 1.15), None):
        _divide(chance, made, names, part, target)


def _cut(
    chance: random.Random, made: Plan, names: StreetNames, block: Block, upright: bool, name: str | None
) -> tuple[Block, Block]:
    """Two blocks with a new street between them, which runs north (upright) or east."""
    first, second = (block.south, block.north) if upright else (block.west, block.east)
    middle = chance.uniform(0.4, 0.6)
    t1, j1 = _meet(made, first, middle + chance.uniform(-0.09, 0.09))
    t2, j2 = _meet(made, second, middle + chance.uniform(-0.09, 0.09))
    line = [(j1.u, j1.v), (j2.u, j2.v)]
    street = _new_street(chance, names, line, first.street, name)
    street.stop(0.0, j1)
    street.stop(1.0, j2)
    made.streets.append(street)
    new = Side(street, 0.0, 1.0)
    s, e, n, w = block.south, block.east, block.north, block.west
    if upright:
        return (
            Block(Side(s.street, s.start, t1), new, Side(n.street, n.start, t2), w, block.use),
            Block(Side(s.street, t1, s.end), e, Side(n.street, t2, n.end), new, block.use),
        )
    return (
        Block(s, Side(e.street, e.start, t2), new, Side(w.street, w.start, t1), block.use),
        Block(new, Side(e.street, t2, e.end), n, Side(w.street, t1, w.end), block.use),
    )


def _meet(made: Plan, side: Side, part: float) -> tuple[float, Junction]:
    """Where a new street meets a side: at a junction that is already near, or at a new one."""
    t = side.at(part)
    here = side.street.at(t)
    for other, junction in side.street.stops:
        inside = side.start + 1e-6 < other < side.end - 1e-6
        if inside and distance(here, (junction.u, junction.v)) < SNAP_M:
            return other, junction
    return t, side.street.stop(t)


def _new_street(
    chance: random.Random, names: StreetNames, line: list[Point], parent: Street, name: str | None
) -> Street:
    long = distance(*line)
    if name:
        return Street(name, "tertiary", line)
    if long > 420:
        return Street(names.street(chance.choice("路街街")), "tertiary" if long > 560 else "residential", line)
    oneway = chance.random() < 0.16
    if long > 210 and chance.random() < 0.6:
        return Street(names.street("街" if chance.random() < 0.7 else "路"), "residential", line, oneway=oneway)
    kind = "residential" if chance.random() < 0.7 else "living_street"
    return Street(names.lane(parent.name_at(1.5), "巷"), kind, line, oneway=oneway and kind == "residential")
