"""R14: the wall is left on. Twenty minutes of steady load stand for its week: what grows in them
would fill the machine. Ten minutes go before: until each of the worker's children has done each job once, it grows."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import orjson
import redis.asyncio
import uvloop
from playwright.async_api import CDPSession, Page, WebSocket

from operation import say
from operation.faults import browser, memory
from operation.faults.clients import until_right
from operation.faults.day import UNITS, Day, day
from operation.faults.ledger import hire, result
from operation.faults.slope import Slope, theil_sen
from operation.faults.stage import Stage

GOAL = "browser heap ≤ 1 MB/h with its 95 % bound, nothing in the station grows beyond its limit; delivered = sent"
LASTS_S, WARM_S, EVERY_S = 1_800.0, 600.0, 10.0
RIGHT_S = 20.0
PROGRAMS = ("web", "ingest", "worker", "beat")
# An hour: what a week of it may cost a machine of 4 GB. The heap's is the goal itself
LIMITS = {
    "browser_heap_mb": 1.0, "browser_nodes": 100.0, **{f"{name}_mb": 4.0 for name in PROGRAMS}, "redis_mb": 1.0,
    **{f"{name}_files": 3.0 for name in PROGRAMS}, "database_connections": 1.0,
}  # fmt: skip
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'station' AND pid <> pg_backend_pid()"


@dataclass
class Delivery:
    """What a browser's socket heard: the numbers of the frames, and how far its events reach."""

    numbers: list[int] = field(default_factory=list)  # of the connection that is open
    broken: int = 0  # frames that did not follow the one before
    sockets: int = 0
    through: dict[str, int] = field(default_factory=dict)

    def watch(self, socket: WebSocket) -> None:
        """Listen to a socket from its beginning."""
        self.sockets += 1
        self.numbers = [0]
        socket.on("framereceived", self._heard)

    def _heard(self, frame: str | bytes) -> None:
        said = orjson.loads(frame)
        if "seq" in said:
            self.broken += said["seq"] != self.numbers[-1] + 1
            self.numbers.append(said["seq"])
            self.through |= said.get("cursor") or said.get("through") or {}


@dataclass
class Readings:
    """What was read when."""

    hours: list[float] = field(default_factory=list)
    of: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in LIMITS})

    def take(self, at_hours: float, found: dict[str, float]) -> None:
        self.hours.append(at_hours)
        for name, value in found.items():
            self.of[name].append(value)

    def slopes(self) -> dict[str, Slope]:
        """The growth of each in an hour."""
        return {name: theil_sen(self.hours, values) for name, values in self.of.items()}


def run(stage: Stage, lasts_s: float = LASTS_S, warm_s: float = WARM_S, units: int = UNITS) -> dict[str, Any]:
    """Takes `lasts_s`, of which the first `warm_s` seconds are not counted: caches and lists fill up."""
    with day(stage, hire(stage), units) as playing:
        return uvloop.run(_run(playing, lasts_s, warm_s))


async def _run(today: Day, lasts_s: float, warm_s: float) -> dict[str, Any]:
    stage, readings, delivery = today.stage, Readings(), Delivery()
    key = await asyncio.to_thread(browser.pair, stage)
    async with browser.chromium() as chromium, today.under_way(walls=2):
        page = await browser.wall(chromium, stage.address, key)
        page.on("websocket", delivery.watch)
        await page.reload()
        devtools = await page.context.new_cdp_session(page)
        began = time.monotonic()
        while (passed := time.monotonic() - began) < lasts_s:
            found = await _read(stage, devtools)
            if passed >= warm_s:
                readings.take(passed / 3600, found)
            _tell(passed, found)
            await asyncio.sleep(max(0.0, began + passed + EVERY_S - time.monotonic()))
        today.going.pause()
        _, wrong = await until_right(stage.home.port, today.token, list(today.walls), RIGHT_S)
        unshown = await _unshown(stage, page, delivery)
    return _result(today, readings, delivery, wrong, unshown)


async def _read(stage: Stage, devtools: CDPSession) -> dict[str, float]:
    """One reading of everything; the browser's heap after its garbage was collected."""
    await devtools.send("HeapProfiler.collectGarbage")
    heap = await devtools.send("Runtime.getHeapUsage")
    nodes = await devtools.send("Memory.getDOMCounters")
    found = {"browser_heap_mb": heap["usedSize"] / 1e6, "browser_nodes": float(nodes["nodes"])}
    return found | await asyncio.to_thread(_of_station, stage) | {"redis_mb": await _redis_mb(stage)}


def _of_station(stage: Stage) -> dict[str, float]:
    found = {"database_connections": float(stage.sql(_CONNECTIONS))}
    for name in PROGRAMS:
        pids = memory.family(stage.pid(name))
        found |= {f"{name}_mb": memory.megabytes(pids), f"{name}_files": float(memory.files(pids))}
    return found


async def _redis_mb(stage: Stage) -> float:
    async with redis.asyncio.Redis(unix_socket_path=stage.env["REDIS_SOCKET"]) as link:
        return float((await link.info("memory"))["used_memory"]) / 1e6


def _tell(passed: float, found: dict[str, float]) -> None:
    if int(passed / EVERY_S) % 6 == 0:
        words = ", ".join(f"{name} {value:.1f}" for name, value in found.items() if name.endswith("_mb"))
        say.line(f"  {passed:.0f} s: {words}")


async def _unshown(stage: Stage, page: Page, delivery: Delivery) -> int:
    """Events that the station numbered and the browser was not told of, once nobody sends any more."""
    await page.wait_for_timeout(3_000)
    rows = await asyncio.to_thread(
        stage.sql, "SELECT code, number FROM command_eventcounter JOIN command_station ON id = station_id"
    )
    sent = {code: int(number) for code, _, number in (row.partition("|") for row in rows.split())}
    return sum(number - delivery.through.get(code, 0) for code, number in sent.items())


def _result(today: Day, readings: Readings, delivery: Delivery, wrong: list[str], unshown: int) -> dict[str, Any]:
    slopes = readings.slopes()
    over = [name for name, slope in slopes.items() if slope.value > LIMITS[name]]
    unsure = [name for name, slope in slopes.items() if slope.high > LIMITS[name] and name not in over]
    ok = not over and "browser_heap_mb" not in unsure and not (wrong or unshown or delivery.broken)
    ok = ok and delivery.sockets == 1 and not today.ledger.refused
    return result(
        "R14", GOAL, today.missing() + unshown, today.ledger.doubled(today.stage), 0.0, ok=ok,
        minutes=round((readings.hours[-1] - readings.hours[0]) * 60, 1), readings=len(readings.hours),
        per_hour={name: slope.rounded() for name, slope in slopes.items()}, over=over, not_shown_yet=unsure,
        last={name: round(values[-1], 1) for name, values in readings.of.items()}, frames=len(delivery.numbers) - 1,
        broken=delivery.broken, sockets=delivery.sockets, calls=len(today.ledger.calls), wrong=len(wrong),
    )  # fmt: skip
