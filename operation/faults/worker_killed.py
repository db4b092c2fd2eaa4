"""R1: the worker is killed in the midst of jobs: orders that nobody answers ring again, once, whoever dies at it."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import uvloop

from operation import say
from operation.faults.crews import Crew, Desk, crews, desk, done_at, fates, hurry, in_hand, slow
from operation.faults.ledger import Ledger, hire, result
from operation.faults.memory import family
from operation.faults.stage import Stage
from operation.supervisor import alive

GOAL = "jobs lost 0, done twice 0, those that a killed worker was at are done within 30 s"
BACK_WITHIN_S, PATIENCE_S = 30.0, 90.0
KILLS, ORDERS = 6, 4  # in each of the kills' rounds so many orders ring
TAKES_S = 2.0  # a ring, so that a worker can be caught in it


@dataclass
class Round:
    """One kill: the orders whose jobs were under way, and s until these were done."""

    caught: list[str] = field(default_factory=list)
    back_s: float = float("inf")


def run(stage: Stage, kills: int = KILLS) -> dict[str, Any]:
    """Takes about 20 s a kill: half of them take the whole worker, half only its children."""
    ledger, numbers, rounds = Ledger(), list[str](), list[Round]()
    with crews(stage, ORDERS) as people:
        slow(stage, TAKES_S)
        try:
            for number in range(kills):
                numbers += uvloop.run(_sent(desk(stage, hire(stage), ledger), people))
                rounds.append(_round(stage, whole=number % 2 == 0))
                say.line(f"  kill {number + 1} of {kills}: the jobs were done after {rounds[-1].back_s:.1f} s")
                _wait_for_alarms(stage, numbers)
                uvloop.run(_ended(desk(stage, hire(stage), ledger), numbers[-ORDERS:]))
        finally:
            slow(stage, 0)
        return _result(stage, ledger, numbers, rounds)


async def _sent(at: Desk, people: list[Crew]) -> list[str]:
    numbers = [(await at.open_and_send(crew.unit))[0] for crew in people]
    at.line.close()
    return numbers


async def _ended(at: Desk, numbers: list[str]) -> None:
    for number in numbers:
        await at.cancel(number)
    at.line.close()


def _round(stage: Stage, *, whole: bool) -> Round:
    """Kill the worker, or only its children, while they are at jobs; wait for these jobs."""
    hurry(stage)
    until = time.monotonic() + PATIENCE_S
    while not (caught := in_hand(stage)) and time.monotonic() < until:
        time.sleep(0.05)
    killed_at = _kill(stage, whole=whole)
    found = Round(caught)
    while time.monotonic() < until:
        done = done_at(stage, caught)
        if caught and len(done) == len(caught):
            found.back_s = max(done) - killed_at
            break
        time.sleep(0.1)
    return found


def _kill(stage: Stage, *, whole: bool) -> float:
    """`kill -9`, and see that they are gone; the moment (unix s)."""
    main = stage.pid("worker")
    pids = [pid for pid in family(main) if whole or pid != main]
    killed_at = time.time()
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(alive(pid) for pid in pids):
        time.sleep(0.005)
    return killed_at


def _wait_for_alarms(stage: Stage, numbers: list[str]) -> None:
    """Until each order that nobody answered has its alarm, or far too long."""
    hurry(stage, "offer_next")
    until = time.monotonic() + BACK_WITHIN_S
    while time.monotonic() < until and any(one.alarms == 0 for one in fates(stage, numbers)):
        time.sleep(0.5)


def _result(stage: Stage, ledger: Ledger, numbers: list[str], rounds: list[Round]) -> dict[str, Any]:
    found = fates(stage, numbers)
    lost = len(numbers) - len(found) + sum((one.rung < 2) + (one.told < 1) + (one.alarms < 1) for one in found)
    doubled = sum(max(0, one.rung - 2) + max(0, one.told - 1) + max(0, one.alarms - 1) for one in found)
    caught, worst = sum(len(one.caught) for one in rounds), max(one.back_s for one in rounds)
    ok = all(one.caught for one in rounds) and worst <= BACK_WITHIN_S and not ledger.refused
    return result(
        "R1", GOAL, lost, doubled, worst, ok=ok, kills=len(rounds), jobs=3 * len(numbers), caught=caught,
        refused=dict(ledger.refused),
    )  # fmt: skip
