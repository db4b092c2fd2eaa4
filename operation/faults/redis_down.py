"""R4: Redis is away for 5 min. Then it is back, and whoever waited for it must take up work again; last, a worker that hangs."""

import asyncio
import bisect
import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import uvloop

from operation import say, services
from operation.faults.clients import until_right
from operation.faults.day import NEVER, UNITS, Day, Watching, day, job_done, percentile
from operation.faults.ledger import hire, result
from operation.faults.memory import family
from operation.faults.stage import Stage

GOAL = (
    "fixes and calls taken all the time, every mark on every wall within 5 s, walls say degraded within 5 s; "
    "back: walls right within 10 s, jobs done within 45 s; /health names a worker that hangs"
)
DOWN_S, FIRST_S = 300.0, 5.0
MARK_S, SAID_S, CALL_P95_S, RIGHT_S, JOBS_S, HANGS_S = 5.0, 5.0, 1.0, 10.0, 45.0, 75.0
HEALTH_ASKED = 2  # times, each up to 5 s
TAKEN = 0.95  # of what should have been sent meanwhile


@dataclass
class Outage:
    """What became of it. Moments are unix s."""

    began: float = 0.0
    ended: float = 0.0
    late: list[str] = field(default_factory=list)  # what /health named meanwhile
    right_s: float = NEVER
    jobs_s: float = NEVER
    wrong: list[str] = field(default_factory=list)
    hanging: str = "not tried"


def run(stage: Stage, down_s: float = DOWN_S, units: int = UNITS, hang: bool = True) -> dict[str, Any]:
    """Takes about 7 min."""
    with day(stage, hire(stage), units) as playing:
        return uvloop.run(_run(playing, down_s, hang))


async def _run(today: Day, down_s: float, hang: bool) -> dict[str, Any]:
    outage = Outage()
    async with today.under_way():
        await asyncio.sleep(FIRST_S)
        await _without_redis(today, outage, down_s)
        say.line(f"  Redis is back after {down_s:.0f} s; /health named {', '.join(outage.late) or 'nothing'}")
        await _with_it_again(today, outage)
    if hang:
        outage.hanging = await asyncio.to_thread(_hanging, today.stage)
    return _result(today, outage)


async def _without_redis(today: Day, outage: Outage, down_s: float) -> None:
    outage.began = time.time()
    await asyncio.to_thread(today.stage.stop, "redis")
    await asyncio.sleep(down_s)
    outage.late = await asyncio.to_thread(late, today.stage)
    outage.ended = time.time()


async def _with_it_again(today: Day, outage: Outage) -> None:
    stage = today.stage
    await asyncio.to_thread(stage.start, "redis")
    back_at = time.monotonic()
    today.going.pause()
    right_at, outage.wrong = await until_right(stage.home.port, today.token, list(today.walls), 3 * RIGHT_S)
    outage.right_s = right_at - back_at
    today.going.resume()
    with suppress(TimeoutError):
        await job_done(stage, today.token, 4 * JOBS_S)
        outage.jobs_s = time.monotonic() - back_at


def _result(today: Day, outage: Outage) -> dict[str, Any]:
    marks = [late for wall in today.walls for late in mark_delays(today, wall, outage)]
    calls = today.delays(outage.began, outage.ended - SAID_S)
    said = max(_degraded_after(wall, outage) for wall in today.walls)
    sent = sum(outage.began <= moment / 1000 < outage.ended for _, moment in today.ledger.fixes)
    due = len(today.phones) * (outage.ended - outage.began) / 5.0
    call_p95, mark_max = percentile(calls, 0.95), max(marks, default=NEVER)
    ok = mark_max <= MARK_S and said <= SAID_S and call_p95 <= CALL_P95_S and sent >= TAKEN * due
    ok = ok and outage.right_s <= RIGHT_S and outage.jobs_s <= JOBS_S and "redis" in outage.late
    ok = ok and outage.hanging in ("not tried", "named") and not (outage.wrong or today.ledger.refused)
    return result(
        "R4", GOAL, today.missing() + calls.count(NEVER), today.ledger.doubled(today.stage),
        max(outage.right_s, outage.jobs_s), ok=ok, down_s=round(outage.ended - outage.began), fixes=sent,
        calls=len(today.ledger.calls), again=today.ledger.again, mark_p95_s=round(percentile(marks, 0.95), 2),
        mark_max_s=round(mark_max, 2), said_s=round(said, 1), call_p95_s=round(call_p95, 3),
        right_s=round(outage.right_s, 1), jobs_s=round(outage.jobs_s, 1), health=outage.late, hanging=outage.hanging,
        wrong=len(outage.wrong), refused=dict(today.ledger.refused),
    )  # fmt: skip


def mark_delays(today: Day, wall: Watching, outage: Outage) -> list[float]:
    """For each fix acknowledged meanwhile: the seconds from its moment until the wall's mark was as far or farther."""
    found = []
    for device, moment in today.ledger.fixes:
        if outage.began <= moment / 1000 < outage.ended - MARK_S:
            marks = wall.marks.get(device, [])
            place = bisect.bisect_left(marks, (moment, 0.0))
            found.append(marks[place][1] - moment / 1000 if place < len(marks) else NEVER)
    return found


def _degraded_after(wall: Watching, outage: Outage) -> float:
    """Seconds from Redis' end until the wall said so for good; infinite where it said otherwise while Redis was away."""
    said = [(at, degraded) for at, degraded in wall.said if outage.began <= at < outage.ended]
    return said[0][0] - outage.began if [degraded for _, degraded in said] == [True] else NEVER


def _hanging(stage: Stage) -> str:
    """A worker that lives and does nothing: whether /health names it in time, and is well again once it works again."""
    services.wait_until_healthy(stage.home)
    pids = family(stage.pid("worker"))
    _signal(pids, signal.SIGSTOP)
    try:
        until = time.monotonic() + HANGS_S
        while time.monotonic() < until:
            if "worker" in late(stage):
                break
            time.sleep(1)
        else:
            return "not named"
    finally:
        _signal(pids, signal.SIGCONT)
    services.wait_until_healthy(stage.home)
    return "named"


def late(stage: Stage) -> list[str]:
    """What /health names as late; on a busy machine it is asked again."""
    said = ""
    for _ in range(HEALTH_ASKED):
        _, said = services.health(stage.home)
        with suppress(ValueError, KeyError):
            return list(json.loads(said)["late"])
        time.sleep(0.5)
    return [f"no answer: {said[:200]}"]


def _signal(pids: list[int], sign: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
