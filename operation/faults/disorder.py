"""R10: the same journeys sent in order by one phone, and by others shuffled, twice, in overlapping arrays, side by side."""

import asyncio
import json
import random
import time
from typing import Any

import orjson

from operation import say
from operation.faults.clients import Line
from operation.faults.ledger import add_devices, hire, result
from operation.faults.stage import Stage

GOAL = "each track and mark equals that of the ordered run; doubled rows 0"
JOURNEYS, FIXES, SPACING_S = 12, 200, 3
CONNECTIONS = 4  # of one phone at once
ARRAY = 12  # fixes
PATIENCE_S = 0.25
PROFILES = ("fixes", "osmand")
SAID = ("time", "lat", "lon", "speed", "course", "altitude", "accuracy", "battery")

Fix = dict[str, Any]
Device = tuple[int, str]  # id and key


def run(stage: Stage, journeys: int = JOURNEYS) -> dict[str, Any]:
    """Takes about 15 s: a device may send 50 fixes a second."""
    token = hire(stage)
    phones = [list(zip(*[iter(add_devices(stage, each, 2 * journeys))] * 2, strict=True)) for each in PROFILES]
    return asyncio.run(_run(stage, token, [_journey(number) for number in range(journeys)], *phones))


def _journey(number: int) -> list[Fix]:
    """Fixes of the last ten minutes, oldest first, with all that a phone can say."""
    chance, began = random.Random(number), int(time.time()) - FIXES * SPACING_S - 5  # noqa: S311 - no secret  # nosec B311
    return [
        {
            "time": _iso(began + step * SPACING_S), "lat": round(29.6 + step / 1e5, 6),
            "lon": round(106.5 + number / 1e3 + chance.random() / 1e4, 6), "speed": round(chance.random() * 20, 2),
            "course": float(chance.randrange(360)), "altitude": float(chance.randrange(200, 300)),
            "accuracy": float(chance.randrange(3, 30)), "battery": round(1 - step / FIXES, 2),
        }
        for step in range(FIXES)
    ]  # fmt: skip


def _iso(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))


async def _run(
    stage: Stage, token: str, journeys: list[list[Fix]], arrays: list[tuple[Device, Device]],
    singles: list[tuple[Device, Device]],
) -> dict[str, Any]:  # fmt: skip
    """Of each pair of phones the first sends in order, the second in disorder."""
    began, port = time.monotonic(), stage.home.port
    say.line(f"  {len(journeys)} journeys of {FIXES} fixes: in order, and in disorder, as arrays and one by one")
    work = []
    for journey, (one, two), (three, four) in zip(journeys, arrays, singles, strict=True):
        parts = [journey[at : at + ARRAY] for at in range(0, FIXES, ARRAY)]
        work.append(_send(port, _arrays(one[1], parts), 1))
        work.append(_send(port, _arrays(two[1], _overlapping(journey)), CONNECTIONS))
        work.append(_send(port, _singles(three[1], journey), 1))
        twice = random.Random(four[1]).sample(journey * 2, FIXES * 2)  # noqa: S311 - no secret  # nosec B311
        work.append(_send(port, _singles(four[1], twice), CONNECTIONS))
    refused = sum(await asyncio.gather(*work))
    line, unequal, lost, doubled = Line(port), 0, 0, 0
    for ordered, disordered in [*arrays, *singles]:
        model = await _track(line, token, ordered[0])
        track = await _track(line, token, disordered[0])
        unequal += track != model
        times = {fix["time"] for fix in track}
        lost += FIXES - len(model) + len({fix["time"] for fix in model} - times)
        doubled += len(track) - len(times)
    line.close()
    marks = _unequal_marks(stage, [(one[0], other[0]) for one, other in [*arrays, *singles]])
    return result(
        "R10", GOAL, lost, doubled, time.monotonic() - began, ok=not (unequal or marks or refused),
        unequal=unequal, unequal_marks=marks, refused=refused,
    )  # fmt: skip


def _unequal_marks(stage: Stage, pairs: list[tuple[int, int]]) -> int:
    """Pairs of which the newest positions are not the same."""
    rows = stage.sql("SELECT device_id, corrected, ST_AsText(place), speed, course FROM devices_lastfix").splitlines()
    marks = {int(device): mark for device, _, mark in (row.partition("|") for row in rows)}
    return sum(one not in marks or marks[one] != marks.get(other) for one, other in pairs)


def _overlapping(journey: list[Fix]) -> list[list[Fix]]:
    """Arrays that share half of their fixes with the next, their fixes and they themselves shuffled, some sent twice."""
    chance = random.Random(len(journey))  # noqa: S311 - no secret  # nosec B311
    parts = [journey[at : at + ARRAY] for at in range(0, FIXES, ARRAY // 2)]
    parts += chance.sample(parts, len(parts) // 4)
    chance.shuffle(parts)
    return [chance.sample(part, len(part)) for part in parts]


def _arrays(key: str, parts: list[list[Fix]]) -> list[tuple[str, bytes, dict[str, str]]]:
    return [("/fixes/", json.dumps(part).encode(), {"Authorization": f"Bearer {key}"}) for part in parts]


def _singles(key: str, fixes: list[Fix]) -> list[tuple[str, bytes, dict[str, str]]]:
    """OsmAnd's query, one for each fix."""
    names = {"time": "timestamp", "course": "bearing", "battery": "batt"}
    said = [[f"id={key}", *(f"{names.get(k, k)}={_query(k, v)}" for k, v in fix.items())] for fix in fixes]
    return [("/osmand/?" + "&".join(each), b"", {}) for each in said]


def _query(name: str, value: Any) -> str:
    if name == "battery":
        return f"{value * 100:.0f}"
    return str(value).replace("+", "%2B") if name == "time" else str(value)


async def _send(port: int, requests: list[tuple[str, bytes, dict[str, str]]], connections: int) -> int:
    """Send over several connections at once, each again until it is taken; how many were refused for good."""
    waiting, refused = list(reversed(requests)), 0

    async def one() -> None:
        nonlocal refused
        line = Line(port)
        while waiting:
            path, body, headers = waiting.pop()
            while (status := (await line.call("POST", path, body, **headers))[0]) in (0, 429, 502, 503):
                await asyncio.sleep(PATIENCE_S)
            refused += status != 200
        line.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return refused


async def _track(line: Line, token: str, device: int) -> list[Fix]:
    status, body = await line.call("GET", f"/api/v1/devices/{device}/track/", Authorization=f"Bearer {token}")
    if status != 200:
        raise RuntimeError(f"no track of device {device}: {status} {body[:100]!r}")
    return [{name: fix[name] for name in SAID} for fix in orjson.loads(body)]
