"""The town's day, for as long as it is let: people move, phones report, calls come in and are answered."""

import asyncio
import datetime as dt
import json
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from town import graph
from town.calls import Day
from town.client import Client
from town.people import Unit
from town.phones import Phone

STEP_S = 1.0
RETRY_S = 3.0


def run(base: str, keys: Path, town_map: Path, seed: int, speed: float) -> None:
    """Let the town live until it is ended; `speed` is how many times faster than life people move."""
    said = json.loads(keys.read_text(encoding="utf-8"))
    asyncio.run(_live(base, said, town_map, seed, speed))


async def _live(base: str, keys: dict[str, Any], pbf: Path, seed: int, speed: float) -> None:
    """Everybody at once: units move, phones report, calls come in and are answered."""
    client, town = Client(base), graph.read(str(pbf))
    units = _units(keys, town, seed)
    day = Day(client, keys, town, units, seed)
    jobs: list[Callable[[], Awaitable[None]]] = [day.call_in, day.follow, lambda: _move(units, speed)]
    jobs += [_carried(client, said, units[said["unit"]], seed) for said in keys["devices"].values()]
    await asyncio.gather(*(_for_ever(job) for job in jobs))


def _units(keys: dict[str, Any], town: graph.Town, seed: int) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for said in keys["devices"].values():
        if said["unit"] not in units:
            roads = town.drive if said["kind"] == "car" else town.walk
            dice = random.Random(f"unit {seed} {said['unit']}")  # noqa: S311 - a play, no secret  # nosec B311
            units[said["unit"]] = Unit(said["unit"], said["kind"], roads, dice)
    return units


async def _move(units: dict[str, Unit], speed: float) -> None:
    """Move everybody once a second, by as much time as has passed."""
    before = time.monotonic()
    while True:
        await asyncio.sleep(STEP_S)
        now = time.monotonic()
        for unit in units.values():
            unit.step((now - before) * speed)
        before = now


def _carried(client: Client, said: dict[str, Any], unit: Unit, seed: int) -> Callable[[], Awaitable[None]]:
    dice = random.Random(f"phone {seed} {said['id']}")  # noqa: S311 - a play, no secret  # nosec B311
    phone = Phone(said, dice)

    async def report() -> None:
        await asyncio.sleep(dice.uniform(0, 3))
        while True:
            now = time.time()
            phone.read(now, unit.place, unit.speed, unit.course)
            await phone.report(client, now)
            await asyncio.sleep(phone.period_s)

    return report


async def _for_ever(job: Callable[[], Awaitable[None]]) -> None:
    """A part of the day that fails begins again; the others go on."""
    while True:
        try:
            await job()
        except Exception as failed:
            _log(type(failed).__name__)
        await asyncio.sleep(RETRY_S)


def _log(event: str) -> None:
    """One line as the station's own processes write theirs. What an error says of itself may hold keys."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    print(json.dumps({"at": at, "level": "error", "process": "town", "logger": "town", "event": event}), flush=True)
