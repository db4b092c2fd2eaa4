"""R3: Redis is killed again and again while walls are open and positions and incidents come in."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvloop

from operation import say
from operation.faults.beside import beside
from operation.faults.clients import Caller, Going, Line, Phone, Wall, running, until_right
from operation.faults.ledger import Ledger, add_devices, clear_away, hire, result
from operation.faults.stage import Stage
from operation.supervisor import alive

RIGHT_WITHIN_S = 10.0
GOAL = "events lost 0, every wall equal to a fresh snapshot within 10 s of each kill"
KILLS = 12
WALLS, PHONES, PERIOD_S, CALLS_PERIOD_S = 4, 60, 0.5, 0.25


@dataclass
class Scene:
    """Walls, phones, a caller and whoever does something beside calls, at one station."""

    stage: Stage
    port: int
    token: str
    walls: list[Wall]
    ledger: Ledger = field(default_factory=Ledger)
    going: Going = field(default_factory=Going)

    @contextlib.asynccontextmanager
    async def playing(self, phones: list[tuple[int, str]]) -> AsyncIterator[None]:
        """Everybody at work, the walls first."""
        other = beside(self.stage, self.token, self.ledger)
        async with running(wall.run() for wall in self.walls):
            await asyncio.wait_for(asyncio.gather(*(wall.ready.wait() for wall in self.walls)), 20)
            senders = [
                Phone(Line(self.port), self.ledger, device, key, PERIOD_S).run(self.going) for device, key in phones
            ]
            callers = [Caller(Line(self.port), self.ledger, self.token, CALLS_PERIOD_S).run(self.going)]
            async with running([*senders, *callers, other.run(self.going)]):
                yield

    async def settled(self, since: float) -> tuple[float, list[str]]:
        """Nobody sends; seconds since then until every wall is right, and what is not right in the end."""
        self.going.pause()
        right_at, wrong = await until_right(self.port, self.token, self.walls, RIGHT_WITHIN_S + 10)
        self.going.resume()
        return right_at - since, wrong

    def unseen(self) -> int:
        """Acknowledged incidents that are not on every wall."""
        return sum(
            any(number not in wall.topics["incident"] for wall in self.walls) for number in self.ledger.calls.values()
        )


def run(stage: Stage, kills: int = KILLS) -> dict[str, Any]:
    """Kill Redis `kills` times, each time at another moment; takes about 6 s each."""
    token, phones = hire(stage), add_devices(stage, "osmand", PHONES)
    try:
        return uvloop.run(_broken(stage, token, phones, kills))
    finally:
        clear_away(stage)


async def _broken(stage: Stage, token: str, phones: list[tuple[int, str]], kills: int) -> dict[str, Any]:
    port = stage.home.port
    scene = Scene(stage, port, token, [Wall(port, token) for _ in range(WALLS)])
    chance, times, wrong = random.Random(3), [], list[str]()  # noqa: S311 - no secret  # nosec B311
    async with scene.playing(phones):
        for number in range(kills):
            await asyncio.sleep(chance.uniform(1.0, 2.0))
            killed_at = await asyncio.to_thread(_kill, stage)
            await asyncio.sleep(chance.choice((0.0, 0.05, chance.uniform(0.1, 3.0))))  # what comes last is soonest lost
            took, found = await scene.settled(killed_at)
            times.append(took)
            wrong += found
            say.line(f"  kill {number + 1} of {kills}: walls right after {took:.1f} s{_some(found)}")
    ledger = scene.ledger
    lost = scene.unseen() + ledger.missing(stage)
    ok = not wrong and not ledger.refused and max(times) <= RIGHT_WITHIN_S
    return result(
        "R3", GOAL, lost, ledger.doubled(stage), max(times), ok=ok, kills=kills, incidents=len(ledger.calls),
        fixes=len(ledger.fixes), wrong=len(wrong), refused=dict(ledger.refused),
    )  # fmt: skip


def _kill(stage: Stage) -> float:
    """Kill Redis and see that it was it that died."""
    pid = stage.pid("redis")
    killed_at = stage.kill("redis")
    while alive(pid):
        time.sleep(0.002)
    return killed_at


def _some(found: list[str]) -> str:
    return f"; wrong: {', '.join(found[:5])}" if found else ""
