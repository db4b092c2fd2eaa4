"""R13: two dispatchers send one unit at the same moment, again and again, through the public API."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from operation import say
from operation.faults.clients import Line
from operation.faults.ledger import clear_away, hire, result
from operation.faults.stage import Stage

GOAL = "one winner a round; the other gets 409 with the winner's name within 500 ms"
ROUNDS = 10_000
LANES = 2  # units raced for side by side
FRESH = 100  # rounds after which new incidents are taken, so that none grows without end
TOLD_WITHIN_MS = 500.0


@dataclass
class Dispatcher:
    """One of the two, with a connection and a token of their own."""

    line: Line
    token: str
    name: str

    async def ask(self, method: str, path: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        status, body = await self.line.call(
            method, f"/api/v1/{path}", json.dumps(said).encode(),
            Authorization=f"Bearer {self.token}", Content_Type="application/json",
        )  # fmt: skip
        return status, json.loads(body or b"{}")

    async def open(self) -> str:
        said = {"kind": "fight", "priority": 4, "lat": 29.6, "lon": 106.5}
        status, incident = await self.ask("POST", "incidents/", said)
        if status != 201:
            raise RuntimeError(f"an incident was not opened: {status} {incident}")
        return str(incident["number"])


@dataclass
class Score:
    """What all rounds came to."""

    rounds: int = 0
    winners: Counter[int] = field(default_factory=Counter)  # how many won a round: only 1 is right
    unnamed: int = 0  # losers who were not told who won
    told_ms: list[float] = field(default_factory=list)
    strange: Counter[str] = field(default_factory=Counter)


def run(stage: Stage, rounds: int = ROUNDS) -> dict[str, Any]:
    """Race for units in `LANES` lanes; takes about 30 ms a round."""
    tokens = [hire(stage) for _ in range(2)]
    names = [asyncio.run(_name(stage, token)) for token in tokens]
    for lane in range(LANES):
        stage.manage("add_unit", f"race{lane}", "--json")
    try:
        score = asyncio.run(_race(stage, list(zip(tokens, names, strict=True)), rounds))
    finally:
        clear_away(stage)
    kept = sum(score.winners.values())
    wrong = kept - score.winners[1]
    slow = sum(ms > TOLD_WITHIN_MS for ms in score.told_ms)
    told = sorted(score.told_ms) or [0.0]
    ok = not (wrong or slow or score.unnamed or score.strange) and kept == rounds
    return result(
        "R13", GOAL, score.winners[0], sum(count for won, count in score.winners.items() if won > 1), 0.0, ok=ok,
        rounds=score.rounds, slow=slow, told_p95_ms=round(told[int(0.95 * (len(told) - 1))], 1), told_max_ms=round(told[-1], 1),
        unnamed=score.unnamed, strange=dict(score.strange),
    )  # fmt: skip


async def _name(stage: Stage, token: str) -> str:
    line = Line(stage.home.port)
    _, body = await line.call("GET", "/api/v1/me/", Authorization=f"Bearer {token}")
    line.close()
    return str(json.loads(body)["name"])


async def _race(stage: Stage, people: list[tuple[str, str]], rounds: int) -> Score:
    score = Score()

    async def lane(number: int) -> None:
        pair = [Dispatcher(Line(stage.home.port), token, name) for token, name in people]
        numbers: list[str] = []
        while score.rounds < rounds:
            score.rounds += 1
            if score.rounds % 500 == 0:
                say.line(f"  {score.rounds} of {rounds} rounds, {score.winners[1]} with one winner")
            if score.rounds % FRESH < LANES or not numbers:
                numbers = [await one.open() for one in pair]
            await _round(pair, numbers, f"race{number}", score)
        for one in pair:
            one.line.close()

    await asyncio.gather(*(lane(number) for number in range(LANES)))
    return score


async def _round(pair: list[Dispatcher], numbers: list[str], unit: str, score: Score) -> None:
    began = monotonic()

    async def send(one: Dispatcher, number: str) -> tuple[int, dict[str, Any], float]:
        status, said = await one.ask("POST", f"incidents/{number}/assignments/", {"unit": unit})
        return status, said, (monotonic() - began) * 1000

    told = await asyncio.gather(*(send(one, number) for one, number in zip(pair, numbers, strict=True)))
    won = [place for place, (status, _, _) in enumerate(told) if status == 201]
    score.winners[len(won)] += 1
    for place, (status, said, ms) in enumerate(told):
        if status == 409:
            score.told_ms.append(ms)
            score.unnamed += said.get("winner", {}).get("by") != pair[1 - place].name
        elif status != 201:
            score.strange[f"{status} {said.get('code')}"] += 1
    for place in won:
        status, said = await pair[place].ask(
            "PATCH", f"incidents/{numbers[place]}/assignments/{unit}/", {"status": "cancelled"}
        )
        if status != 200:
            score.strange[f"freeing: {status} {said.get('code')}"] += 1
