"""R0: an ordinary day with 200 units; then one process after the other is killed in the midst of it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import uvloop
from websockets.exceptions import InvalidHandshake

from operation import say
from operation.faults.clients import running, until_right
from operation.faults.day import NEVER, UNITS, Day, Watching, day, job_done, percentile
from operation.faults.eyes import Watcher, enter, eyes, forget, now_us
from operation.faults.ledger import hire, result
from operation.faults.stage import Stage
from operation.supervisor import alive

GOAL = (
    "from an act to every wall p95 within 1 s and p99 within 2 s; any one process killed: all works again within 30 s"
)
P95_S, P99_S, BACK_WITHIN_S = 1.0, 2.0, 30.0
STEADY_S, FIRST_S, AFTER_S = 180.0, 5.0, 3.0
PROCESSES = ("web", "ingest", "pictures", "worker", "beat", "nginx", "redis", "postgres")
WITH_JOBS = ("worker", "beat", "redis")  # whose return shows by a job that was done


def run(
    stage: Stage, steady_s: float = STEADY_S, processes: tuple[str, ...] = PROCESSES, units: int = UNITS
) -> dict[str, Any]:
    """Takes about 5 min."""
    with day(stage, hire(stage), units) as playing, eyes(stage, 1) as [eye]:
        try:
            [camera] = enter(stage, [eye.url], recorded=False)
            return uvloop.run(_run(playing, steady_s, processes, camera))
        finally:
            forget(stage)


async def _run(today: Day, steady_s: float, processes: tuple[str, ...], camera: int) -> dict[str, Any]:
    """`camera`: the source that somebody watches while `pictures` is killed."""
    back: dict[str, float] = {}
    async with today.under_way():
        await asyncio.sleep(FIRST_S)
        since = time.time()
        await asyncio.sleep(steady_s)
        until = time.time()
        say.line(f"  {len(today.ledger.calls)} calls, {len(today.ledger.fixes):,} fixes; now the kills")
        again = today.ledger.again
        await asyncio.sleep(AFTER_S)  # what was asked at the end is on its way
        for name in processes:
            async with _watched(today, camera) if name == "pictures" else contextlib.nullcontext():
                back[name] = round(await _killed(today, name, camera), 1)
            say.line(f"  {name} killed: all works again after {back[name]} s")
            await asyncio.sleep(AFTER_S)
        today.going.pause()
        _, wrong = await until_right(today.stage.home.port, today.token, list(today.walls), BACK_WITHIN_S)
    delays = today.delays(since, until)
    p95, p99, worst = percentile(delays, 0.95), percentile(delays, 0.99), max(back.values(), default=0.0)
    ok = p95 <= P95_S and p99 <= P99_S and worst <= BACK_WITHIN_S
    return result(
        "R0", GOAL, today.missing() + delays.count(NEVER), today.ledger.doubled(today.stage), worst,
        ok=ok and not (wrong or today.ledger.refused or again), p95_s=round(p95, 3), p99_s=round(p99, 3),
        max_s=round(max(delays, default=NEVER), 3), acts=len(delays) // len(today.walls), units=len(today.units),
        back_s=back, wrong=len(wrong), refused=dict(today.ledger.refused),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def _watched(today: Day, camera: int) -> AsyncIterator[None]:
    """Somebody watches the camera and sees it when this begins; they are cut off by the kill."""
    watcher = Watcher(today.stage.home.port, today.token, [camera])
    async with running([watcher.run()]):
        await watcher.sees(camera, now_us())
        yield


async def _killed(today: Day, name: str, camera: int) -> float:
    """Kill a process; the seconds until its work is done again, infinite where it is not."""
    stage, pid = today.stage, await asyncio.to_thread(today.stage.pid, name)
    killed_at = await asyncio.to_thread(stage.kill, name)
    while alive(pid):
        await asyncio.sleep(0.005)
    dead_at = time.monotonic()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2 * BACK_WITHIN_S):
            await _until_back(today, name, pid, dead_at)
            if name == "pictures":
                await _seen_again(today, camera)
            return time.monotonic() - killed_at
    return NEVER


async def _until_back(today: Day, name: str, pid: int, dead_at: float) -> None:
    """Wait for another process of that name, for a fix and a call that were taken since, and for that call on every wall."""
    while await asyncio.to_thread(_pid, today.stage, name) in (0, pid):
        await asyncio.sleep(0.1)
    while not await today.ledger.takes_again(dead_at, ("fix", "call"), BACK_WITHIN_S):
        pass  # the caller's patience ends it
    while any(wall.degraded or not _has_newest(wall, today) for wall in today.walls):
        await asyncio.sleep(0.05)
    if name in WITH_JOBS:
        await job_done(today.stage, today.token, 2 * BACK_WITHIN_S)


async def _seen_again(today: Day, camera: int) -> None:
    """Wait until whoever asks anew sees the camera, and nobody stands as watching but them: the dead process's looks are over."""
    stage = today.stage
    watcher = Watcher(stage.home.port, today.token, [camera])
    async with running([_asking(watcher)]):
        while await watcher.sees(camera, now_us()) == NEVER:
            pass  # the caller's patience ends it
        while await asyncio.to_thread(stage.sql, _WATCHED.format(source=camera)) != "1":
            await asyncio.sleep(0.1)


async def _asking(watcher: Watcher) -> None:
    """Watch; as long as the door is closed, ask again."""
    while True:
        with contextlib.suppress(OSError, InvalidHandshake):
            await watcher.run()
        await asyncio.sleep(0.3)


_WATCHED = "SELECT count(*) FROM devices_watch WHERE source_id = {source} AND ended_at IS NULL"


def _has_newest(wall: Watching, today: Day) -> bool:
    """Whether the wall was told of the newest call."""
    return ("incident", list(today.ledger.calls.values())[-1]) in wall.told


def _pid(stage: Stage, name: str) -> int:
    """0 as long as there is none, or nobody knows."""
    with contextlib.suppress(OSError, say.Trouble):
        return stage.pid(name)
    return 0
