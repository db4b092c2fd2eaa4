"""R5: PostgreSQL is killed again and again under positions and incidents. It shows the death of a process, not a power cut."""

import asyncio
import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from operation import say
from operation.faults.clients import Caller, Going, Line, Phone, Wall, running, until_right
from operation.faults.ledger import Ledger, add_devices, clear_away, hire, result
from operation.faults.stage import Stage
from operation.supervisor import alive

BACK_WITHIN_S, WRITES_PER_S = 15.0, 500
GOAL = "acknowledged and missing 0, doubled 0, back within 15 s of each kill, at least 500 acknowledged writes/s"
KILLS = 50
LONGEST_S = 330.0  # the whole run
PHONES, PERIOD_S = 120, 0.25  # one fix each: 480/s
ARRAYS, ARRAY, ARRAY_PERIOD_S = 12, 10, 0.5  # 240/s
CALLERS, CALLS_PERIOD_S = 3, 1.0


@dataclass
class Kills:
    """What each kill brought about."""

    times: list[float] = field(default_factory=list)
    never: int = 0  # after so many nothing was taken again

    @property
    def worst(self) -> float:
        return max(self.times, default=0.0)


def run(stage: Stage, kills: int = KILLS) -> dict[str, Any]:
    """Kill PostgreSQL `kills` times; takes about 2.5 s each, and ends after 6 minutes whatever happens."""
    token = hire(stage)
    singles, arrays = add_devices(stage, "osmand", PHONES), add_devices(stage, "fixes", ARRAYS)
    try:
        return uvloop.run(_broken(stage, token, singles, arrays, kills))
    finally:
        clear_away(stage)


async def _broken(
    stage: Stage, token: str, singles: list[tuple[int, str]], arrays: list[tuple[int, str]], kills: int
) -> dict[str, Any]:
    port, ledger, going = stage.home.port, Ledger(), Going()
    wall = Wall(port, token)
    phones = [Phone(Line(port), ledger, device, key, PERIOD_S) for device, key in singles]
    phones += [Phone(Line(port), ledger, device, key, ARRAY_PERIOD_S, ARRAY) for device, key in arrays]
    callers = [Caller(Line(port), ledger, token, CALLS_PERIOD_S) for _ in range(CALLERS)]
    async with running([wall.run()]):
        await asyncio.wait_for(wall.ready.wait(), 20)
        async with running([*(phone.run(going) for phone in phones), *(caller.run(going) for caller in callers)]):
            began = time.monotonic()
            done = await _kills(stage, ledger, kills, began + LONGEST_S)
            await _caught_up(phones)
            lasted = time.monotonic() - began
            going.pause()
            _, wrong = await until_right(port, token, [wall], BACK_WITHIN_S)
    rate = (len(ledger.fixes) + len(ledger.calls)) / lasted
    ok = len(done.times) == kills and not done.never and done.worst <= BACK_WITHIN_S and rate >= WRITES_PER_S
    return result(
        "R5", GOAL, ledger.missing(stage), ledger.doubled(stage), done.worst, ok=ok and not wrong and not ledger.refused,
        kills=len(done.times), writes=len(ledger.fixes) + len(ledger.calls), writes_per_s=round(rate),
        incidents=len(ledger.calls), again=ledger.again, slowed=ledger.slowed,
        wall_wrong=len(wrong), refused=dict(ledger.refused),
    )  # fmt: skip


async def _caught_up(phones: list[Phone]) -> None:
    """Wait until what phones kept through the last kill is acknowledged too, at most as long as it may take to come back."""
    now = time.time()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BACK_WITHIN_S):
            while any(phone.due < now for phone in phones):
                await asyncio.sleep(0.05)


async def _kills(stage: Stage, ledger: Ledger, kills: int, until: float) -> Kills:
    done, chance = Kills(), random.Random(5)  # noqa: S311 - no secret  # nosec B311
    for number in range(kills):
        await asyncio.sleep(chance.uniform(1.0, 2.0))
        if time.monotonic() > until:
            break
        killed_at, dead_at = await asyncio.to_thread(kill, stage, children_too=number % 2 == 1)
        is_back = await ledger.takes_again(dead_at, ("fix", "call"), 2 * BACK_WITHIN_S)
        done.never += not is_back
        done.times.append(time.monotonic() - killed_at)
        say.line(f"  kill {number + 1} of {kills}: back after {done.times[-1]:.1f} s, {len(ledger.fixes):,} fixes")
    return done


def kill(stage: Stage, *, children_too: bool) -> tuple[float, float]:
    """Kill the server, and in the same moment all its processes or else let them find out by themselves.

    The moments (monotonic s) of the kill, and from which none of these processes was left.
    """
    server = stage.pid("postgres")
    family = _children(server)
    killed_at = stage.kill("postgres")
    for pid in family if children_too else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(alive(pid) for pid in [server, *family]):
        if time.monotonic() > killed_at + 10:
            raise say.Trouble(f"Of PostgreSQL {server} something outlived it by 10 s.")
        time.sleep(0.01)
    return killed_at, time.monotonic()


def _children(pid: int) -> list[int]:
    if not pid:
        raise say.Trouble("PostgreSQL is not running.")
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
