"""Orders go out while Redis is killed, and while it is away: none is lost, none comes or rings twice."""

import asyncio
import contextlib
import itertools
import random
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from operation import say
from operation.faults.clients import running
from operation.faults.crews import Crew, Desk, Terminal, crews, desk, fates
from operation.faults.day import NEVER, percentile
from operation.faults.ledger import Ledger, hire, result
from operation.faults.stage import Stage
from operation.supervisor import alive

GOAL = "orders lost 0, doubled 0, on the crew's terminal p95 within 1 s; unanswered ones ring again within 30 s of Redis' return"
CREWS, KILLS, PAUSE_S, DOWN_S = 6, 8, 6.0, 20.0
P95_S, BACK_WITHIN_S, RING_S = 1.0, 30.0, 10.0
ANSWERS = (True, True, False)  # of three orders one is left alone until it has rung again
READY_S, PATIENCE_S = 30.0, 90.0


Outage = tuple[float, float]  # unix s: Redis was away from then until then


@dataclass
class Lane:
    """One crew with its terminal, sent from one incident to the next."""

    crew: Crew
    terminal: Terminal
    desk: Desk
    turn: int  # of `ANSWERS`, with which it begins: some crew leaves its first order alone, however slow the machine
    sent: dict[str, float] = field(default_factory=dict)  # number → when its sending was asked for (unix s)
    left_alone: dict[str, float] = field(default_factory=dict)  # number → when its second ring came (unix s)
    strange: list[str] = field(default_factory=list)
    is_over: bool = False  # what is under way is still seen to its end

    async def run(self) -> None:
        with contextlib.closing(self.desk.line):
            for answers in itertools.islice(itertools.cycle(ANSWERS), self.turn, None):
                if self.is_over:
                    return
                number, asked_at = await self.desk.open_and_send(self.crew.unit)
                self.sent[number] = asked_at
                order = await self._came(number)
                if order and answers:
                    await self._answer(order)
                elif order:
                    await self._leave_alone(number, order)
                await self.desk.cancel(number)

    async def _came(self, number: str) -> int | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while (order := self.terminal.order_for(number)) is None:
                    await asyncio.sleep(0.005)
                return order
        self.strange.append(f"{number} never came")
        return None

    async def _answer(self, order: int) -> None:
        crew = Desk(self.desk.line, self.desk.ledger, self.crew.token)
        for act in ("delivered", "seen", "go"):
            await crew.taken("POST", f"orders/{order}/{act}/", {})

    async def _leave_alone(self, number: str, order: int) -> None:
        self.left_alone[number] = NEVER
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while 2 not in self.terminal.rung[order]:
                    await asyncio.sleep(0.01)
                self.left_alone[number] = time.time()

    def late(self, outages: list[Outage]) -> list[float]:
        """Seconds from when each second ring was due, or from Redis' return if that came later, until it came."""
        found = []
        for number, rang_at in self.left_alone.items():
            due = self.sent[number] + RING_S
            found.append(rang_at - max([due, *(ended for _, ended in outages if due < ended <= rang_at)]))
        return found

    def delays(self) -> list[float]:
        """Seconds from asking for each sending until the order was on the terminal."""
        return [self.terminal.came.get(number, NEVER) - asked_at for number, asked_at in self.sent.items()]


def run(stage: Stage, kills: int = KILLS, down_s: float = DOWN_S) -> dict[str, Any]:
    """Takes about 2 min."""
    ledger = Ledger()
    with crews(stage, CREWS) as people:
        lanes = [
            Lane(one, Terminal(stage.home.port, one), desk(stage, hire(stage), ledger), turn)
            for turn, one in enumerate(people)
        ]
        outages = uvloop.run(_run(stage, lanes, kills, down_s))
        return _result(stage, ledger, lanes, outages)


async def _run(stage: Stage, lanes: list[Lane], kills: int, down_s: float) -> list[Outage]:
    """Everybody at work; Redis is killed, and last stopped for a while."""
    chance, outages = random.Random(4), list[Outage]()  # noqa: S311 - no secret  # nosec B311
    async with running(lane.terminal.run() for lane in lanes):
        await asyncio.wait_for(asyncio.gather(*(lane.terminal.ready.wait() for lane in lanes)), READY_S)
        async with running(lane.run() for lane in lanes) as under_way:
            for number in range(kills):
                await asyncio.sleep(chance.uniform(0.5, 1.5) * PAUSE_S)
                outages.append(await asyncio.to_thread(_killed, stage))
                say.line(f"  kill {number + 1} of {kills}: {sum(len(lane.sent) for lane in lanes)} orders so far")
            if down_s:
                outages.append(await _stopped(stage, down_s))
            await asyncio.sleep(RING_S)
            for lane in lanes:
                lane.is_over = True
            await asyncio.wait(under_way, timeout=2 * PATIENCE_S)
    return outages


def _killed(stage: Stage) -> Outage:
    pid, began = stage.pid("redis"), time.time()
    stage.kill("redis")
    while alive(pid) or stage.pid("redis") in (0, pid):
        time.sleep(0.02)
    return began, time.time()


async def _stopped(stage: Stage, down_s: float) -> Outage:
    began = time.time()
    await asyncio.to_thread(stage.stop, "redis")
    await asyncio.sleep(down_s)
    await asyncio.to_thread(stage.start, "redis")
    return began, time.time()


def _result(stage: Stage, ledger: Ledger, lanes: list[Lane], outages: list[Outage]) -> dict[str, Any]:
    numbers = [number for lane in lanes for number in lane.sent]
    found = fates(stage, numbers)
    delays = [delay for lane in lanes for delay in lane.delays()]
    waited = [seconds for lane in lanes for seconds in lane.late(outages)]
    lost = len(numbers) - len(found) + sum(len(lane.strange) for lane in lanes) + waited.count(NEVER)
    rings = sum(max(0, one.rung - 2) + max(0, one.told - 1) for one in found)
    doubled = max(0, len(found) - len(numbers)) + rings
    late = max(waited, default=NEVER)
    p95 = percentile(delays, 0.95)
    ok = p95 <= P95_S and late <= BACK_WITHIN_S and bool(waited) and not ledger.refused
    return result(
        "order_redis", GOAL, lost, doubled, max(0.0, late), ok=ok, orders=len(numbers), left_alone=len(waited),
        kills=len(outages), came_p95_s=round(p95, 3), came_max_s=round(max(delays, default=NEVER), 3),
        again=ledger.again, refused=dict(ledger.refused),
    )  # fmt: skip
