"""The station's people, units and phones."""

import random
from typing import Any

from town import names

DEMO = (
    ("commander", "指挥长", "commander"), ("duty", "值班员", "duty_officer"), ("officer", "民警", "officer"),
    ("auxiliary", "辅警", "auxiliary"), ("inspector", "督察", "inspector"), ("technician", "技术员", "technician"),
    ("administrator", "管理员", "administrator"),
)  # fmt: skip
FOOT, CARS, AUXILIARIES = 24, 8, 4
PROFILES = ("traccar9", "owntracks", "osmand", "traccar8", "traccar9", "owntracks", "fixes")
GATEWAY_CARS = 3  # of the cars, how many carry a tracker behind the gateway
RANKS = ("一级警员", "二级警司", "一级警司", "三级警督", "二级警督")


def roster(chance: random.Random, boundary: list[tuple[float, float]]) -> dict[str, Any]:
    """All that load_roster needs. `boundary` is a closed ring of (longitude, latitude)."""
    officers = [_person(chance, name, f"{title}（演示）", role, 900 + i) for i, (name, title, role) in enumerate(DEMO)]
    units: list[dict[str, Any]] = []
    for number in range(1, FOOT + 1):
        crew = _crew(chance, officers, "officer", 2 if number % 3 == 0 else 1)
        units.append(_unit(f"21{number:02d}", "foot", crew, PROFILES[number % len(PROFILES)]))
    for number in range(1, CARS + 1):
        crew = _crew(chance, officers, "officer", 2)
        profile = "forward" if number <= GATEWAY_CARS else PROFILES[number % len(PROFILES)]
        units.append(_unit(f"{20 + number}车", "car", crew, profile, vehicle=f"渝A{chance.randrange(1000, 9999)}警"))
    for number in range(1, AUXILIARIES + 1):
        units.append(_unit(f"辅{number}", "auxiliary", _crew(chance, officers, "auxiliary", 1), PROFILES[number]))
    _oddities(units)
    area = {"type": "MultiPolygon", "coordinates": [[boundary]]}
    return {
        "station": {"code": "S1", "name": "演示派出所", "zone": "Asia/Shanghai", "boundary": area},
        "officers": officers,
        "units": units,
        "demo": [name for name, _, _ in DEMO],
    }


def _person(chance: random.Random, username: str, name: str, role: str, badge: int) -> dict[str, str]:
    rank = "" if role == "auxiliary" else chance.choice(RANKS)
    return {"username": username, "name": name, "rank": rank, "badge": f"{badge:06d}", "role": role}


def _crew(chance: random.Random, officers: list[dict[str, str]], role: str, size: int) -> list[str]:
    crew = []
    for _ in range(size):
        number = len(officers) + 1
        officers.append(_person(chance, f"p{number:03d}", names.person(chance), role, 210_000 + number))
        crew.append(officers[-1]["username"])
    return crew


def _unit(call_sign: str, kind: str, crew: list[str], profile: str, **more: str) -> dict[str, Any]:
    device = {"name": f"{call_sign} {'车载' if profile == 'forward' else '手机'}", "profile": profile, "datum": "wgs84"}
    if profile == "forward":
        device |= {"gateway": "车载网关", "unique_id": f"8690000000{sum(map(ord, call_sign)):05d}"}
    return {"call_sign": call_sign, "kind": kind, "crew": crew, "devices": [device], **more}


def _oddities(units: list[dict[str, Any]]) -> None:
    """One phone's map kit gives GCJ-02 places, as phones bought with some do; it says OsmAnd."""
    device = next(d for unit in units for d in unit["devices"] if d["profile"] == "osmand")
    device["datum"] = "gcj02"
