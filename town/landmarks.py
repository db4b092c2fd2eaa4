"""What everybody in town knows: the port, the mall, schools, the hospital, the park, stops and shops."""

import math
import random
from collections.abc import Iterator

from town.buildings import House
from town.drawing import Drawing, Tags
from town.plane import (
    Ground,
    Point,
    area,
    direction,
    distance,
    inside,
    left_of,
    middle_of,
    rectangle,
    shifted,
)
from town.streets import Block, Plan

# name, tags of the ground, where it should be (street coordinates), how large at least (m²), tags of its buildings
GROUNDS: list[tuple[str, Tags, Point, float, Tags]] = [
    ("第一商厦", {"landuse": "retail"}, (-60, 800), 9_000, {"building": "retail", "shop": "mall"}),
    ("清水广场", {"place": "square", "highway": "pedestrian", "area": "yes"}, (-330, 600), 8_000, {}),
    ("清水区人民医院", {"amenity": "hospital"}, (-760, 1_620), 15_000, {"building": "hospital"}),
    ("清水中学", {"amenity": "school"}, (380, 1_750), 16_000, {"building": "school"}),
    ("清水区实验小学", {"amenity": "school"}, (-1_000, 950), 9_000, {"building": "school"}),
    ("码头小学", {"amenity": "school"}, (1_500, 1_000), 9_000, {"building": "school"}),
    ("江城职业学院", {"amenity": "college"}, (1_650, 1_850), 16_000, {"building": "college"}),
    ("南岸小学", {"amenity": "school"}, (-700, -600), 9_000, {"building": "school"}),
    ("幸福幼儿园", {"amenity": "kindergarten"}, (-1_800, 1_000), 6_000, {"building": "kindergarten"}),
    ("清水区政府", {"amenity": "townhall"}, (150, 1_250), 9_000, {"building": "government"}),
    ("清水客运站", {"amenity": "bus_station"}, (-1_900, 1_750), 10_000, {"building": "transportation"}),
    ("清水体育场", {"leisure": "sports_centre"}, (900, 1_600), 15_000, {"building": "sports_hall"}),
    ("老街农贸市场", {"amenity": "marketplace"}, (-1_450, 420), 8_000, {"building": "retail"}),
    ("人民公园", {"leisure": "park"}, (-1_900, 480), 14_000, {}),
    ("南山公园", {"leisure": "park"}, (600, -1_000), 20_000, {}),
    ("桂花苑公园", {"leisure": "park"}, (600, 1_050), 9_000, {}),
    ("清水寺", {"amenity": "place_of_worship", "religion": "buddhist"}, (-1_750, -620), 8_000, {"building": "temple"}),
    ("演示派出所", {"amenity": "police"}, (-420, 860), 7_000, {"building": "government"}),
    ("清水消防救援站", {"amenity": "fire_station"}, (1_250, 1_350), 7_000, {"building": "fire_station"}),
]  # fmt: skip
SHOPS: list[tuple[str, Tags, float]] = [
    ("{}便利店", {"shop": "convenience"}, 3), ("老码头火锅（{}店）", {"amenity": "restaurant"}, 2),
    ("{}面馆", {"amenity": "restaurant"}, 3), ("渔家小厨（{}店）", {"amenity": "restaurant"}, 1),
    ("清水农商银行（{}支行）", {"amenity": "bank"}, 1), ("江城银行（{}支行）", {"amenity": "bank"}, 1),
    ("康宁大药房（{}店）", {"amenity": "pharmacy"}, 2), ("{}卫生服务站", {"amenity": "clinic"}, 0.5),
    ("惠万家超市（{}店）", {"shop": "supermarket"}, 1.5), ("云栖酒店（{}店）", {"tourism": "hotel"}, 0.6),
    ("平安旅馆（{}）", {"tourism": "guest_house"}, 0.6), ("{}茶馆", {"amenity": "cafe"}, 1),
    ("星河网吧（{}店）", {"amenity": "internet_cafe"}, 0.6), ("夜色酒吧（{}店）", {"amenity": "bar"}, 0.4),
    ("{}五金店", {"shop": "hardware"}, 0.8), ("{}理发店", {"shop": "hairdresser"}, 1),
    ("{}社区居委会", {"office": "government"}, 0.5), ("{}邮政所", {"amenity": "post_office"}, 0.3),
    ("欢唱KTV（{}店）", {"amenity": "karaoke_box"}, 0.4), ("金莎金店（{}店）", {"shop": "jewelry"}, 0.3),
]  # fmt: skip


def choose(plan: Plan) -> None:
    """Give blocks to the landmarks: for each the nearest that is large enough."""
    for name, _, (u, v), least, _ in GROUNDS:
        want = plan.river.place(u, v)
        fit = [b for b in plan.blocks if b.use == "houses" and least < area(b.ring(plan.river)) < least * 4.5]
        block = min(fit, key=lambda b: distance(middle_of(b.ring(plan.river)), want))
        block.use, block.name = "ground", name


def draw(chance: random.Random, plan: Plan, drawing: Drawing, ground: Ground) -> None:
    """The grounds and what stands on them."""
    tags_of = {name: (tags, building) for name, tags, _, _, building in GROUNDS}
    for block in plan.blocks:
        ring = block.ground(plan.river, 2.0)
        if block.use == "ground":
            tags, building = tags_of[block.name]
            _ground(chance, drawing, ground, block.name, ring, tags, building)
        elif block.use == "park":
            _park(drawing, ring, block)
    _port(drawing, plan, ground)
    _piers(drawing, plan)


def _ground(
    chance: random.Random, drawing: Drawing, ground: Ground, name: str, ring: list[Point], tags: Tags, building: Tags
) -> None:
    is_mall = building.get("shop") == "mall"
    drawing.ring(ring, tags if is_mall else {"name": name, **tags})
    along = direction(ring[0], ring[8])
    if "leisure" in tags and tags["leisure"] == "park":
        _pond(drawing, middle_of(ring), 26)
        return
    if not building:
        drawing.node(middle_of(ring), {"historic": "monument", "name": f"{name}纪念碑"})
        return
    if is_mall:
        shape = _largest(ring, along)
        drawing.ring(shape, {"name": name, **building})
        return
    _rows(chance, drawing, ground, ring, along, building)
    if tags.get("amenity") in ("school", "college") or "sports" in tags.get("leisure", ""):
        _field(drawing, ring, along)


def _largest(ring: list[Point], along: Point) -> list[Point]:
    """The largest rectangle of a fixed shape around the middle that fits."""
    middle = middle_of(ring)
    shapes = (rectangle(middle, along, 1.35 * size, size) for size in range(120, 20, -4))
    return next(shape for shape in shapes if all(inside(p, ring) for p in shape))


def _rows(
    chance: random.Random, drawing: Drawing, ground: Ground, ring: list[Point], along: Point, building: Tags
) -> None:
    """Buildings in rows on the northern part of a ground."""
    middle = middle_of(ring)
    for row in range(4):
        for column in (-1, 0, 1):
            spot = shifted(shifted(middle, along, column * 46), left_of(along), -6 + row * 27)
            shape = rectangle(spot, along, chance.uniform(26, 40), chance.uniform(12, 16))
            if all(inside(p, ring) for p in shape) and ground.is_free(shape):
                ground.add(shape, 5)
                drawing.ring(shape, building)


def _field(drawing: Drawing, ring: list[Point], along: Point) -> None:
    """A sports ground with round ends on the southern part."""
    middle = shifted(middle_of(ring), left_of(along), -38)
    track = []
    for step in range(24):
        angle = 2 * math.pi * step / 24
        x = 30 * math.cos(angle) + math.copysign(18, math.cos(angle))
        track.append(shifted(shifted(middle, along, x), left_of(along), 20 * math.sin(angle)))
    if all(inside(p, ring) for p in track):
        drawing.ring(track, {"leisure": "pitch", "sport": "athletics"})


def _pond(drawing: Drawing, middle: Point, size: float) -> list[Point]:
    ring = []
    for step in range(20):
        angle = 2 * math.pi * step / 20
        reach = size * (1 + 0.25 * math.sin(2 * angle + 1) + 0.12 * math.cos(3 * angle))
        ring.append((middle[0] + 1.5 * reach * math.cos(angle), middle[1] + reach * math.sin(angle)))
    drawing.ring(ring, {"natural": "water", "water": "pond"})
    return ring


def _park(drawing: Drawing, ring: list[Point], block: Block) -> None:
    """滨河公园: a lake, and paths from the streets around it."""
    drawing.ring(ring, {"leisure": "park", "name": block.name, "name:en": "Riverside Park"})
    middle = middle_of(ring)
    lake = _pond(drawing, middle, 52)
    walk = [shifted(p, direction(middle, p), 14) for p in lake]
    nodes = [drawing.node(p) for p in walk]
    streets = [node for line, tags in drawing.ways if "highway" in tags and "name" in tags for node in line]
    drawing.way([*nodes, nodes[0]], {"highway": "footway", "name": "环湖步道"})
    for gate in ring[::4]:
        street = min(streets, key=lambda node: distance(drawing.at(node), gate))
        nearest = min(range(len(walk)), key=lambda i: distance(walk[i], gate))
        bend = shifted(middle_of([gate, walk[nearest]]), left_of(direction(gate, walk[nearest])), 14)
        drawing.way([street, drawing.node(gate), drawing.node(bend), nodes[nearest]], {"highway": "footway"})
    drawing.node(shifted(middle, (0.0, 1.0), 75), {"amenity": "cafe", "name": "湖心茶亭"})


def _port(drawing: Drawing, plan: Plan, ground: Ground) -> None:
    """清水港: large blocks of warehouses."""
    count = 0
    for block in (b for b in plan.blocks if b.use == "port"):
        ring = block.ground(plan.river, 2.0)
        drawing.ring(ring, {"landuse": "industrial", "industrial": "port"})
        along, middle = direction(ring[0], ring[8]), middle_of(ring)
        for row in range(-4, 5):
            for column in range(-3, 4):
                spot = shifted(shifted(middle, along, column * 84), left_of(along), row * 46)
                shape = rectangle(spot, along, 70, 30)
                if all(inside(p, ring) for p in shape) and ground.is_free(shape):
                    count += 1
                    ground.add(shape, 6)
                    drawing.ring(shape, {"building": "warehouse", "name": f"{count}号仓库"})


def _piers(drawing: Drawing, plan: Plan) -> None:
    """Piers into the river below the port, and a ferry landing in the middle of town."""
    for number, u in enumerate((1180, 1400, 1620, 1840, 2060), start=1):
        foot, head = plan.river.place(u, 4), plan.river.place(u, -78)
        shape = rectangle(middle_of([foot, head]), direction(foot, head), distance(foot, head), 16)
        drawing.ring(shape, {"man_made": "pier", "name": f"清水港{number}号码头"})
    drawing.node(plan.river.place(1700, 30), {"landuse": "port", "name": "清水港", "name:en": "Qingshui Port"})
    drawing.node(plan.river.place(-520, 10), {"amenity": "ferry_terminal", "name": "朝阳渡口"})


def shops(chance: random.Random, drawing: Drawing, houses: list[House]) -> None:
    """A shop, a bank, a restaurant in some of the houses on livelier streets."""
    share = {"primary": 0.3, "secondary": 0.25, "tertiary": 0.2, "residential": 0.07, "living_street": 0.03}
    seen: set[str] = set()
    for house in houses:
        if "addr:street" not in house.tags or chance.random() > share.get(house.kind, 0):
            continue
        pattern, tags, _ = chance.choices(SHOPS, [weight for _, _, weight in SHOPS])[0]
        name = pattern.format(house.street)
        if name not in seen:
            seen.add(name)
            address = {key: value for key, value in house.tags.items() if key.startswith("addr:")}
            drawing.node(house.middle, {"name": name, **tags, **address})


def stops(plan: Plan, drawing: Drawing) -> None:
    """Bus stops near the crossings of larger streets, and three stations of the underground."""
    for name, stop in _bus_stops(plan):
        drawing.node(stop, {"highway": "bus_stop", "public_transport": "platform", "name": name})
    for name, (u, v) in (("人民广场站", (-230, 690)), ("码头西路站", (1_000, 720)), ("杨柳站", (-1_330, 690)),
                         ("南山路站", (-150, -790))):  # fmt: skip
        drawing.node(plan.river.place(u, v), {"railway": "station", "station": "subway", "name": name})


def _bus_stops(plan: Plan) -> Iterator[tuple[str, Point]]:
    crossed: dict[object, list[str]] = {}
    for street in plan.streets:
        for t, junction in street.stops:
            crossed.setdefault(junction, []).append(street.name_at(t))
    for street in (s for s in plan.streets if s.kind in ("primary", "secondary")):
        last: Point | None = None
        for t, junction in street.stops:
            here = plan.river.place(*street.at(t + 0.06))
            other = next((name for name in crossed[junction] if name != street.name_at(t)), "")
            bridge = street.name_at(t + 0.06).endswith("桥") or not street.name_at(t + 0.06)
            if bridge or not other or (last and distance(here, last) < 330) or t + 0.06 > len(street.corners) - 1:
                continue
            last = here
            side = left_of(direction(here, plan.river.place(*street.at(t + 0.08))))
            yield f"{other}口", shifted(here, side, -street.half_width - 1.5)
