"""The station is brought to other code, with its tables a step behind, while phones report and calls come in."""

import asyncio
import time
from typing import Any

import uvloop

from operation import services, stamps
from operation.faults.clients import Caller, Going, Line, Phone, Wall, running, until_right
from operation.faults.ledger import Ledger, add_devices, clear_away, hire, result
from operation.faults.stage import Stage

PAUSE_S = 30.0
GOAL = "what phones and callers sent meanwhile is all there, missing 0, doubled 0; a pause of at most 30 s; walls right after"
BEHIND = ("devices", "0002")  # the step of the tables to which they are taken back, so that there is one to take
PHONES, PERIOD_S = 60, 0.5
CALLERS, CALLS_PERIOD_S = 2, 1.0
SETTLED_S = 3.0  # before and after


def run(stage: Stage, phones: int = PHONES) -> dict[str, Any]:
    """One renewal; takes about half a minute."""
    token = hire(stage)
    devices = add_devices(stage, "osmand", phones)
    try:
        return uvloop.run(_renewed(stage, token, devices))
    finally:
        clear_away(stage)


async def _renewed(stage: Stage, token: str, devices: list[tuple[int, str]]) -> dict[str, Any]:
    port, ledger, going, kept = stage.home.port, Ledger(), Going(), _programs(stage)
    wall = Wall(port, token)
    phones = [Phone(Line(port), ledger, device, key, PERIOD_S) for device, key in devices]
    callers = [Caller(Line(port), ledger, token, CALLS_PERIOD_S) for _ in range(CALLERS)]
    async with running([wall.run()]):
        await asyncio.wait_for(wall.ready.wait(), 20)
        async with running([*(phone.run(going) for phone in phones), *(caller.run(going) for caller in callers)]):
            await asyncio.sleep(SETTLED_S)
            watched = asyncio.ensure_future(_longest_pause(ledger))
            down_s = await asyncio.to_thread(_renew, stage)
            taken = await ledger.takes_again(time.monotonic(), ("fix", "call"), PAUSE_S)
            await asyncio.sleep(SETTLED_S)
            watched.cancel()
            pause_s = await watched
            going.pause()
            _, wrong = await until_right(port, token, [wall], 15)
    untouched = kept == _programs(stage)
    ok = taken and pause_s <= PAUSE_S and not wrong and not ledger.refused and untouched
    return result(
        "upgrade", GOAL, ledger.missing(stage), ledger.doubled(stage), pause_s, ok=ok, down_s=round(down_s, 1),
        fixes=len(ledger.fixes), incidents=len(ledger.calls), again=ledger.again, wall_wrong=len(wrong),
        refused=dict(ledger.refused), database_redis_and_nginx_untouched=untouched,
    )  # fmt: skip


def _programs(stage: Stage) -> list[int]:
    """What a renewal leaves alone where nothing about it has changed."""
    return [stage.pid(name) for name in ("postgres", "redis", "nginx")]


def _renew(stage: Stage) -> float:
    """As `./station upgrade` does it; the seconds in which the station did not serve."""
    stage.stop("web")  # what runs is not the code of the older tables
    stage.manage("migrate", *BEHIND)
    stamps.forget(stage.home, "migrate", "running")
    return services.renew(stage.home, town=False)


async def _longest_pause(ledger: Ledger) -> float:
    """Until it is cancelled: the longest time in which no position was taken."""
    longest, count, since = 0.0, len(ledger.fixes), time.monotonic()
    try:
        while True:
            await asyncio.sleep(0.02)
            now = time.monotonic()
            longest = max(longest, now - since)
            if len(ledger.fixes) != count:
                count, since = len(ledger.fixes), now
    except asyncio.CancelledError:
        return longest
