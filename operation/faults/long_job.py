"""R2: a job takes longer than its lease, so that another worker takes it up as well: its effect is there once."""

import time
from typing import Any

import uvloop

from operation import say
from operation.faults.crews import Crew, crews, desk, done_at, fates, hurry, slow
from operation.faults.ledger import Ledger, hire, result
from operation.faults.stage import Stage

GOAL = "the effect of each job that two workers were at is there exactly once"
ROUNDS, TAKES_S, LEASE_S, PATIENCE_S = 4, 14.0, 10.0, 60.0


def run(stage: Stage, rounds: int = ROUNDS) -> dict[str, Any]:
    """Takes about 20 s a round. The second ring of an order takes 14 s in the database; its lease is 10 s."""
    ledger, numbers, took = Ledger(), list[str](), list[float]()
    with crews(stage, rounds) as people:
        slow(stage, TAKES_S)
        try:
            for crew in people:
                number, seconds = _round(stage, ledger, crew)
                numbers.append(number)
                took.append(seconds)
                say.line(f"  {len(took)} of {rounds}: done after {seconds:.1f} s")
        finally:
            slow(stage, 0)
        time.sleep(LEASE_S + 2)  # whoever is still at one of them would be done by now
        return _result(stage, ledger, numbers, took)


def _round(stage: Stage, ledger: Ledger, crew: Crew) -> tuple[str, float]:
    """The incident's number, and for how many seconds workers were at its order's ring."""
    at = desk(stage, hire(stage), ledger)

    async def sent() -> str:
        number, _ = await at.open_and_send(crew.unit)
        at.line.close()
        return number

    number = uvloop.run(sent())
    [one] = fates(stage, [number])
    hurry(stage)
    began, until = time.time(), time.monotonic() + PATIENCE_S
    while not done_at(stage, [str(one.order)]):
        if time.monotonic() > until:
            return number, float("inf")
        time.sleep(0.2)
    return number, time.time() - began


def _result(stage: Stage, ledger: Ledger, numbers: list[str], took: list[float]) -> dict[str, Any]:
    found = fates(stage, numbers)
    keys = ",".join(f"'{one.order}'" for one in found)
    at_it = [int(row) for row in stage.sql(_ATTEMPTS.format(keys=keys)).split()]
    lost = len(numbers) - len(found) + sum((one.rung < 2) + (one.told < 1) for one in found)
    doubled = sum(max(0, one.rung - 2) + max(0, one.told - 1) + max(0, one.alarms - 1) for one in found)
    overtaken = sum(count > 1 for count in at_it)
    ok = overtaken == len(numbers) and not ledger.refused
    return result(
        "R2", GOAL, lost, doubled, max(took), ok=ok, jobs=len(numbers), overtaken=overtaken, lease_s=LEASE_S,
        refused=dict(ledger.refused),
    )  # fmt: skip


_ATTEMPTS = "SELECT attempts FROM command_job WHERE kind = 'ring_order' AND key IN ({keys})"
