"""`town build`: the district's map and roster from a seed."""

import json
import random
from pathlib import Path

from town import buildings, cameras, landmarks, panoramas, roster, streets
from town.carriageways import Carriageways
from town.drawing import Drawing
from town.plane import Point, degrees
from town.river import EAST, WEST, River


def build(folder: Path, seed: int) -> dict[str, int]:
    """Write town.osm.pbf and roster.json into `folder`; the same seed gives the same bytes. Returns what was built."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)  # noqa: S311 - a town, not a key  # nosec B311
    river = River.of(chance)
    plan = streets.plan(chance, river)
    drawing, houses = _draw(chance, plan)
    drawing.write(folder / "town.osm.pbf")
    people = roster.roster(random.Random(seed + 1), _boundary(river))  # noqa: S311  # nosec B311
    people["cameras"] = cameras.cameras(random.Random(seed + 2), plan)  # noqa: S311  # nosec B311
    people["cameras"] += panoramas.panoramas(houses)
    (folder / "roster.json").write_text(json.dumps(people, ensure_ascii=False, indent=1), encoding="utf-8")
    numbered = sum("addr:housenumber" in house.tags for house in houses)
    return {"streets": len({street.name for street in plan.streets}), "houses": len(houses), "numbers": numbered}


def _draw(chance: random.Random, plan: streets.Plan) -> tuple[Drawing, list[buildings.House]]:
    drawing, river = Drawing(), plan.river
    outer = drawing.ring(river.water(), {})
    inner = drawing.ring(river.island(), {"natural": "wood", "place": "islet", "name": "江心洲"})
    drawing.multipolygon([outer], [inner], {"natural": "water", "water": "river", "name": "清水河",
                                            "name:en": "Qingshui River"})  # fmt: skip
    drawing.line([(x, (river.north_bank(x) + river.south_bank(x)) / 2 - 70) for x in range(int(WEST), int(EAST), 100)],
                 {"waterway": "river", "name": "清水河"})  # fmt: skip
    Carriageways(plan, drawing).draw()
    _banks(drawing, river)
    landmarks.choose(plan)
    ground = buildings.built_ground(drawing, [river.water()])
    landmarks.draw(chance, plan, drawing, ground)
    houses = buildings.houses(chance, plan, ground)
    buildings.draw(random.Random(len(houses)), drawing, houses)  # noqa: S311  # nosec B311
    landmarks.shops(chance, drawing, houses)
    landmarks.stops(plan, drawing)
    return drawing, houses


def _banks(drawing: Drawing, river: River) -> None:
    """A green strip along both banks, but not along the port's quay."""
    for start, end, near, far in ((-2420, 1000, 3, 36), (-2420, 2260, -303, -338)):
        us = [start + (end - start) * i / 60 for i in range(61)]
        ring = [river.place(u, near) for u in us] + [river.place(u, far) for u in reversed(us)]
        drawing.ring(ring, {"landuse": "grass"})


def _boundary(river: River) -> list[tuple[float, float]]:
    """The station's ground as (longitude, latitude): around the outer streets."""
    corners: list[Point] = []
    for (u1, v1), (u2, v2) in ((W_S, E_S), (E_S, E_N), (E_N, W_N), (W_N, W_S)):
        corners += [river.place(u1 + (u2 - u1) * i / 12, v1 + (v2 - v1) * i / 12) for i in range(12)]
    ring = [(lon, lat) for lat, lon in map(degrees, corners)]
    return [*ring, ring[0]]


W_S, E_S, E_N, W_N = (-2520.0, -1320.0), (2370.0, -1320.0), (2370.0, 2220.0), (-2520.0, 2220.0)
