"""Lays numbered buildings along the streets, and slabs inside large blocks, so that nothing overlaps."""

import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from town.drawing import Drawing, Tags
from town.plane import Ground, Point, area, between, direction, distance, inside, left_of, middle_of, rectangle, shifted
from town.river import River
from town.streets import Block, Plan, Side

KERB = {"primary": 9.0, "secondary": 8.0, "tertiary": 6.5, "residential": 4.5}  # m from a lane's middle to its kerb
NARROW = 3.5
SIZES = {  # width and depth in m by the street's kind
    "primary": ((20, 38), (14, 20)), "secondary": ((18, 34), (12, 18)), "tertiary": ((13, 28), (11, 16)),
    "residential": ((11, 22), (9, 13)), "living_street": ((8, 14), (7, 10)),
}  # fmt: skip


STOREYS = {  # least and most by the street's kind: the bigger the street the higher its houses
    "primary": (4, 18), "secondary": (3, 12), "tertiary": (3, 9), "residential": (2, 7), "living_street": (1, 3),
    "slab": (6, 11),
}  # fmt: skip


@dataclass
class House:
    """A building on a street, `t` along it, on its left or right."""

    ring: list[Point]
    street: str
    t: float
    is_left: bool
    kind: str
    tags: Tags = field(default_factory=dict)
    storeys: int = 0  # 0 where nobody has counted them

    @property
    def middle(self) -> Point:
        return middle_of(self.ring)


def built_ground(drawing: Drawing, water: Sequence[Sequence[Point]]) -> Ground:
    """The ground that roads and water take."""
    ground = Ground()
    for nodes, tags in drawing.ways:
        if "highway" in tags:
            kerb = KERB.get(tags["highway"], NARROW)
            for one, other in itertools.pairwise(nodes):
                ground.add((drawing.at(one), drawing.at(other)), kerb + 1.0)
    for ring in water:
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
            ground.add((a, b), 6.0)
    return ground


def houses(chance: random.Random, plan: Plan, ground: Ground) -> list[House]:
    """All houses of ordinary blocks, numbered: odd on the left of a street, even on its right."""
    found: list[House] = []
    for block in plan.blocks:
        if block.use == "houses":
            found += _around(chance, plan.river, block, ground)
            found += _within(chance, plan.river, block, ground)
    _number(chance, found)
    return found


def _around(chance: random.Random, river: River, block: Block, ground: Ground) -> Iterator[House]:
    for side, inward_left in ((block.south, True), (block.east, True), (block.north, False), (block.west, False)):
        yield from _along(chance, river, side, inward_left, ground)


def _along(chance: random.Random, river: River, side: Side, is_left: bool, ground: Ground) -> Iterator[House]:
    """Houses side by side on one side of a street, from one corner of the block to the next."""
    street = side.street
    line = [(side.at(i / 24), river.place(*street.at(side.at(i / 24)))) for i in range(25)]
    whole = sum(distance(a[1], b[1]) for a, b in itertools.pairwise(line))
    widths, depths = SIZES[street.kind]
    gap, here = chance.uniform(1.5, 7.0), street.half_width + chance.uniform(4, 10)
    while here < whole - 14:
        width, depth = chance.uniform(*widths), chance.uniform(*depths)
        t, p, along = _point_at(line, here + width / 2)
        if here + width < whole and chance.random() > 0.06:
            inward = left_of(along) if is_left else left_of((-along[0], -along[1]))
            setback = street.half_width + chance.uniform(2.5, 5.0)
            ring = rectangle(shifted(p, inward, setback + depth / 2), along, width, depth)
            if ground.is_free(ring):
                ground.add(ring, 1.2)
                yield House(_shaped(chance, ring), street.name_at(t), t, is_left, street.kind)
        here += width + gap if chance.random() > 0.12 else width + gap + chance.uniform(6, 22)


def _point_at(line: list[tuple[float, Point]], metres: float) -> tuple[float, Point, Point]:
    """Parameter, place and direction `metres` along a line of (t, place)."""
    for (t1, a), (t2, b) in itertools.pairwise(line):
        step = distance(a, b)
        if metres <= step:
            part = metres / step
            return t1 + (t2 - t1) * part, between(a, b, part), direction(a, b)
        metres -= step
    (t1, a), (t2, b) = line[-2:]
    return t2, b, direction(a, b)


def _shaped(chance: random.Random, ring: list[Point]) -> list[Point]:
    """Some houses have a wing: an L within the same ground."""
    if area(ring) < 170 or chance.random() > 0.35:
        return ring
    a, b, c, d = ring
    part, depth = chance.uniform(0.35, 0.6), chance.uniform(0.4, 0.6)
    knee = shifted(between(d, c, part), direction(d, a), distance(d, a) * depth)
    return [a, b, shifted(b, direction(b, c), distance(b, c) * (1 - depth)), knee, between(d, c, part), d]


def _within(chance: random.Random, river: River, block: Block, ground: Ground) -> Iterator[House]:
    """Slabs in rows inside a large block: the houses of a compound, counted as buildings of its first street."""
    ring = block.ring(river)
    if area(ring) < 21_000 or chance.random() > 0.75:
        return
    along = direction(ring[0], ring[8])
    middle = middle_of(ring)
    width, depth, step = chance.uniform(26, 44), chance.uniform(10, 13), chance.uniform(22, 30)
    for row in range(-5, 6):
        for column in range(-4, 5):
            spot = shifted(shifted(middle, along, column * (width + 9)), left_of(along), row * step)
            slab = rectangle(spot, along, width, depth)
            if all(inside(p, ring) for p in slab) and ground.is_free(slab):
                ground.add(slab, 4.0)
                yield House(slab, "", 0.0, True, "slab")


def _number(chance: random.Random, found: list[House]) -> None:
    """Numbers grow along each street; now and then one is missing, as where a house was pulled down."""
    rows: dict[tuple[str, bool], list[House]] = defaultdict(list)
    for house in found:
        if house.street:
            rows[house.street, house.is_left].append(house)
    for (street, is_left), row in rows.items():
        number = 1 if is_left else 2
        for house in sorted(row, key=lambda house: house.t):
            house.tags |= {"addr:street": street, "addr:housenumber": str(number)}
            number += 4 if chance.random() < 0.06 and number > 20 else 2


def draw(chance: random.Random, drawing: Drawing, found: list[House]) -> None:
    """Draw the houses; of every tenth nobody has counted the storeys."""
    kinds = {"slab": "apartments", "living_street": "house", "residential": "residential"}
    for house in found:
        if chance.random() > 0.1:
            house.storeys = chance.randint(*STOREYS[house.kind])
        high = {"building:levels": str(house.storeys)} if house.storeys else {}
        drawing.ring(house.ring, {"building": kinds.get(house.kind, "yes"), **high, **house.tags})
