"""Draws the planned streets: curves, the two sides of dual carriageways and how they meet, bridges, the roundabout."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from town import names
from town.drawing import Drawing, Tags
from town.plane import Point, between, direction, distance, left_of, shifted
from town.streets import ROUNDABOUT, Junction, Plan, Street

HALF_MEDIAN = 8.0  # metres from the middle of a dual street to the middle of each carriageway
RADIUS = 34.0  # of the roundabout
STRAIGHT_M = 0.6  # points that bend a line by less are left out


@dataclass
class Meeting:
    """The streets that meet at a junction."""

    at: Point
    streets: list[tuple[Street, Point]] = field(default_factory=list)  # with its direction there

    @property
    def duals(self) -> list[tuple[Street, Point]]:
        return [(street, along) for street, along in self.streets if street.dual]


class Carriageways:
    def __init__(self, plan: Plan, drawing: Drawing) -> None:
        self.plan, self.drawing = plan, drawing
        self.meetings: dict[Junction, Meeting] = {}
        self.nodes: dict[tuple[Junction, int, int], int] = {}
        self.linked: set[Junction] = set()
        self.ring: dict[int, int] = {}  # nodes of the roundabout by hundredths of a degree
        self.round: Junction | None = None

    def draw(self) -> None:
        """All streets, the dual ones first so that the others can meet them."""
        for street in self.plan.streets:
            street.stops.sort(key=lambda stop: stop[0])
            for t, junction in street.stops:
                meeting = self.meetings.setdefault(junction, Meeting(self.plan.river.place(junction.u, junction.v)))
                meeting.streets.append((street, self._along(street, t)))
        self.round = next(
            j for j, m in self.meetings.items() if {s.name_at(5) for s, _ in m.streets} >= set(ROUNDABOUT)
        )
        for street in sorted(self.plan.streets, key=lambda street: not street.dual):
            for name, is_bridge, start, end in _sections(street):
                self._section(street, name, is_bridge, start, end)
        self._roundabout()

    def _along(self, street: Street, t: float) -> Point:
        river, last = self.plan.river, len(street.corners) - 1
        a, b = street.at(max(0.0, t - 0.02)), street.at(min(float(last), t + 0.02))
        return direction(river.place(*a), river.place(*b))

    def _section(self, street: Street, name: str, is_bridge: bool, start: float, end: float) -> None:
        tags = _tags(street, name, is_bridge)
        if not street.dual:
            for nodes in _parts(self._nodes(street, start, end, 0, is_bridge)):
                self.drawing.way(nodes, tags)
            return
        there = self._nodes(street, start, end, -1, is_bridge)  # one drives on the right
        back = self._nodes(street, start, end, 1, is_bridge)
        self.drawing.way(there, {**tags, "oneway": "yes"})
        self.drawing.way(back[::-1], {**tags, "oneway": "yes"})

    def _nodes(self, street: Street, start: float, end: float, side: int, straight: bool) -> list[int]:
        """The nodes of one line from start to end: junctions, and between them the points that bend it."""
        stops = [(t, junction) for t, junction in street.stops if start <= t <= end]
        marks: list[tuple[float, Junction | None]] = list(stops)
        if not stops or stops[0][0] > start:
            marks.insert(0, (start, None))
        if stops and stops[-1][0] < end:
            marks.append((end, None))
        nodes: list[int] = []
        for index, (t, junction) in enumerate(marks):
            if index and not straight:
                nodes += [self.drawing.node(p) for p in self._bends(street, marks[index - 1][0], t, side)]
            nodes += self._meet(street, t, junction, side)
        return [node for i, node in enumerate(nodes) if i == 0 or nodes[i - 1] != node]

    def _bends(self, street: Street, start: float, end: float, side: int) -> Iterator[Point]:
        river = self.plan.river
        ends = river.place(*street.at(start)), river.place(*street.at(end))
        count = int(distance(*ends) // 28)
        before = shifted(ends[0], left_of(self._along(street, start)), side * HALF_MEDIAN)
        for i in range(1, count):
            t = start + (end - start) * i / count
            p = shifted(river.place(*street.at(t)), left_of(self._along(street, t)), side * HALF_MEDIAN)
            then = start + (end - start) * (i + 1) / count
            after = shifted(river.place(*street.at(then)), left_of(self._along(street, then)), side * HALF_MEDIAN)
            is_inner = all(distance(p, end_point) > HALF_MEDIAN + 6 for end_point in ends)
            is_inner = is_inner and distance(p, self.meetings[self.round].at) > RADIUS + 6  # type: ignore[index]
            if is_inner and distance(p, between(before, after, 0.5)) > STRAIGHT_M / 4:
                yield p
                before = p

    def _meet(self, street: Street, t: float, junction: Junction | None, side: int) -> list[int]:
        """The node or nodes of a street's line at a junction, in the line's direction."""
        if junction is None:
            return [self._end(street, t)]
        if junction is self.round:
            return self._around(street, t, side)
        meeting = self.meetings[junction]
        duals = meeting.duals
        if not duals:
            return [self._node(junction, 0, 0)]
        if not street.dual:
            return self._across(street, t, junction, meeting)
        if len(duals) == 1:
            return [self._node(junction, side, 0)]
        first = duals[0][0] is street
        other = duals[1][1] if first else duals[0][1]
        mine = self._along(street, t)
        order = (-1, 1) if mine[0] * left_of(other)[0] + mine[1] * left_of(other)[1] > 0 else (1, -1)
        return [self._node(junction, side, s) if first else self._node(junction, s, side) for s in order]

    def _across(self, street: Street, t: float, junction: Junction, meeting: Meeting) -> list[int]:
        """A single street at a dual one: over both carriageways, or to the near one where another already crosses."""
        dual_normal = left_of(meeting.duals[0][1])
        mine = self._along(street, t)
        rising = mine[0] * dual_normal[0] + mine[1] * dual_normal[1] > 0
        order = (-1, 1) if rising else (1, -1)
        if junction in self.linked:
            last = t >= len(street.corners) - 1 - 1e-9
            return [self._node(junction, order[0] if last else order[1], 0)]
        self.linked.add(junction)
        return [self._node(junction, s, 0) for s in order]

    def _node(self, junction: Junction, side: int, other: int) -> int:
        key = (junction, side, other)
        if key not in self.nodes:
            meeting = self.meetings[junction]
            self.nodes[key] = self.drawing.node(_offset(meeting, side, other))
        return self.nodes[key]

    def _end(self, street: Street, t: float) -> int:
        """Where a street leaves the district, both carriageways come together."""
        key = (Junction(*street.at(t)), 0, 0)
        found = next((k for k in self.nodes if k[0].u == key[0].u and k[0].v == key[0].v), key)
        if found not in self.nodes:
            self.nodes[found] = self.drawing.node(self.plan.river.place(*street.at(t)))
        return self.nodes[found]

    def _around(self, street: Street, t: float, side: int) -> list[int]:
        """A street at the roundabout ends on its ring and goes on at the other side: a cut between two nodes."""
        along = self._along(street, t)
        middle = self.meetings[self.round].at  # type: ignore[index]
        return [self._ring_node(middle, (-along[0], -along[1])), 0, self._ring_node(middle, along)]

    def _ring_node(self, middle: Point, towards: Point) -> int:
        angle = round(math.degrees(math.atan2(towards[1], towards[0])) * 100) % 36_000
        if angle not in self.ring:
            self.ring[angle] = self.drawing.node(shifted(middle, towards, RADIUS))
        return self.ring[angle]

    def _roundabout(self) -> None:
        """The ring, driven against the clock."""
        middle = self.meetings[self.round].at  # type: ignore[index]
        for angle in range(0, 36_000, 3_000):
            if all(min((angle - used) % 36_000, (used - angle) % 36_000) > 1_200 for used in self.ring):
                towards = math.cos(math.radians(angle / 100)), math.sin(math.radians(angle / 100))
                self._ring_node(middle, towards)
        ring = [self.ring[angle] for angle in sorted(self.ring)]
        tags = {"highway": "secondary", "junction": "roundabout", "name": "银杏环岛", "name:en": "Yinxing Huandao"}
        self.drawing.way([*ring, ring[0]], tags)


def _parts(nodes: list[int]) -> Iterator[list[int]]:
    """A line cut at the zeros, which stand for the roundabout's inside."""
    part: list[int] = []
    for node in [*nodes, 0]:
        if node:
            part.append(node)
            continue
        if len(part) > 1:
            yield part
        part = []


def _sections(street: Street) -> Iterator[tuple[str, bool, float, float]]:
    """Name, whether a bridge, start and end of each part with one name; a part without a name is not built."""
    cuts = [0.0, *sorted(street.sections), float(len(street.corners) - 1)]
    for start, end in itertools.pairwise(cuts):
        name = street.name_at(start)
        if name:
            yield name, name.endswith("桥"), start, end


def _tags(street: Street, name: str, is_bridge: bool) -> Tags:
    tags = {"highway": street.kind, "name": name, "name:en": names.english(name)}
    if is_bridge:
        tags |= {"bridge": "yes", "layer": "1"}
    return tags | {"oneway": "yes"} if street.oneway else tags


def _offset(meeting: Meeting, side: int, other: int) -> Point:
    """Where a carriageway meets what crosses it: moved along the crossing street to the carriageway's middle."""
    duals = meeting.duals
    if not duals or not (side or other):
        return meeting.at
    normal = left_of(duals[0][1])
    if len(duals) > 1:
        return _solve(meeting.at, normal, side * HALF_MEDIAN, left_of(duals[1][1]), other * HALF_MEDIAN)
    crossing = next((along for street, along in meeting.streets if not street.dual), normal)
    across = crossing[0] * normal[0] + crossing[1] * normal[1]
    return shifted(meeting.at, crossing, side * HALF_MEDIAN / across) if abs(across) > 0.4 else shifted(
        meeting.at, normal, side * HALF_MEDIAN)  # fmt: skip


def _solve(at: Point, n1: Point, d1: float, n2: Point, d2: float) -> Point:
    """The point whose distance from `at` along n1 is d1 and along n2 is d2."""
    det = n1[0] * n2[1] - n1[1] * n2[0]
    return at[0] + (d1 * n2[1] - d2 * n1[1]) / det, at[1] + (d2 * n1[0] - d1 * n2[0]) / det
