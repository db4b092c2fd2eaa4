"""R13: two dispatchers send one unit at the same moment, again and again, through the public API: one order comes of it."""

import asyncio
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import uvloop

from operation import say
from operation.faults.clients import Line
from operation.faults.ledger import clear_away, hire, result
from operation.faults.stage import Stage

GOAL = (
    "one winner in each of 10,000 rounds and one order for each winner, none for the other, who gets 409 with the winner's "
    "name within 500 ms"
)
ROUNDS = 10_000
LANES = 2  # races at the same time, for different units
UNITS = 10  # a lane's; after a race for each, the incidents are cancelled and all are free again
TOLD_WITHIN_MS = 500.0
LASTS_S = 1200.0  # no longer, however slow the machine; fewer rounds do not keep the goal
SAID_EVERY = 500


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
        status, said = await self.ask("POST", "incidents/", {"kind": "fight", "priority": 4, "lat": 29.6, "lon": 106.5})
        if status != 201:
            raise RuntimeError(f"an incident was not opened: {status} {said}")
        return str(said["number"])

    async def cancel(self, number: str) -> None:
        status, said = await self.ask("POST", f"incidents/{number}/cancel/", {})
        if status != 200:
            raise RuntimeError(f"{number} was not cancelled: {status} {said}")


@dataclass
class Score:
    """What all rounds came to."""

    begun: int = 0
    winners: Counter[int] = field(default_factory=Counter)  # how many won a round: only 1 is right
    won: Counter[str] = field(default_factory=Counter)  # by name: were it always the same one, it would be no race
    unnamed: int = 0  # losers who were not told who won
    sent: set[str] = field(default_factory=set)  # "UNIT|NUMBER" of each winner, as they were answered
    told_ms: list[float] = field(default_factory=list)
    strange: Counter[str] = field(default_factory=Counter)

    @property
    def rounds(self) -> int:
        return sum(self.winners.values())


def run(stage: Stage, rounds: int = ROUNDS) -> dict[str, Any]:
    """Race for units in `LANES` lanes; takes about 35 ms a round."""
    mark = secrets.token_hex(3)
    stage.sql(_UNITS.format(mark=mark, count=LANES * UNITS))
    try:
        score = uvloop.run(_race(stage.home.port, [hire(stage), _hired(stage, f"race-{mark}")], mark, rounds))
        kept = Counter(stage.sql(_SENT.format(mark=mark)).split())
        orders = Counter(stage.sql(_ORDERS.format(mark=mark)).split())
    finally:
        clear_away(stage)
    return _result(score, kept, orders, rounds)


_UNITS = """
INSERT INTO dispatch_unit (station_id, call_sign, kind, status, status_at)
SELECT (SELECT min(id) FROM command_station), 'race-{mark}-' || n, 'foot', 'patrol', now()
FROM generate_series(0, {count} - 1) n
"""
_SENT = """
SELECT call_sign, number FROM dispatch_assignment sent JOIN dispatch_unit unit ON unit.id = sent.unit_id
JOIN dispatch_incident incident ON incident.id = sent.incident_id WHERE call_sign LIKE 'race-{mark}-%'
"""
_ORDERS = """
SELECT call_sign, number FROM dispatch_order made JOIN dispatch_assignment sent ON sent.id = made.assignment_id
JOIN dispatch_unit unit ON unit.id = sent.unit_id JOIN dispatch_incident incident ON incident.id = sent.incident_id
WHERE call_sign LIKE 'race-{mark}-%'
"""


def _hired(stage: Stage, name: str) -> str:
    """The token of a second dispatcher."""
    password = f"{secrets.token_urlsafe(16)}\n"
    stage.manage("add_user", name, "--full-name", name, "--role", "duty_officer", "--password-stdin", stdin=password)
    return stage.manage("api_token", name).split()[-1]


def _result(score: Score, kept: Counter[str], orders: Counter[str], rounds: int) -> dict[str, Any]:
    """`kept` and `orders`: how often the database says that a unit was sent to an incident, and was ordered there."""
    told = sorted(score.told_ms) or [0.0]
    slow = sum(ms > TOLD_WITHIN_MS for ms in told)
    doubled = sum(won - 1 for won in score.winners.elements() if won > 1)
    right = Counter(score.sent)
    missing, beyond = (right - orders).total(), (orders - right).total()
    ok = not (slow or score.unnamed or score.strange) and score.winners[1] == rounds and kept == right
    return result(
        "R13", GOAL, score.winners[0] + missing, doubled + beyond, 0.0, ok=ok, rounds=score.rounds, sent=kept.total(),
        orders=orders.total(), slow=slow, told_p95_ms=round(told[int(0.95 * (len(told) - 1))], 1),
        told_max_ms=round(told[-1], 1), won=sorted(score.won.values()), unnamed=score.unnamed, strange=dict(score.strange),
    )  # fmt: skip


async def _race(port: int, tokens: list[str], mark: str, rounds: int) -> Score:
    score, until = Score(), monotonic() + LASTS_S
    names = [await _name(port, token) for token in tokens]

    async def lane(number: int) -> None:
        pair = [Dispatcher(Line(port), token, name) for token, name in zip(tokens, names, strict=True)]
        units = [f"race-{mark}-{number * UNITS + at}" for at in range(UNITS)]
        while score.begun < rounds and monotonic() < until:
            await _for_each(pair, units, score, rounds)
        for one in pair:
            one.line.close()

    await asyncio.gather(*(lane(number) for number in range(LANES)))
    return score


async def _name(port: int, token: str) -> str:
    line = Line(port)
    _, body = await line.call("GET", "/api/v1/me/", Authorization=f"Bearer {token}")
    line.close()
    return str(json.loads(body)["name"])


async def _for_each(pair: list[Dispatcher], units: list[str], score: Score, rounds: int) -> None:
    """A race for each of the units, which are free again afterwards."""
    numbers = [await one.open() for one in pair]
    for unit in units:
        if score.begun == rounds:
            break
        score.begun += 1
        pair, numbers = pair[::-1], numbers[::-1]  # who asks first has an advantage
        await _round(pair, numbers, unit, score)
        if score.rounds % SAID_EVERY == 0:
            say.line(f"  {score.rounds} of {rounds} rounds, {score.winners[1]} with one winner")
    for one, number in zip(pair, numbers, strict=True):
        await one.cancel(number)


async def _round(pair: list[Dispatcher], numbers: list[str], unit: str, score: Score) -> None:
    began = monotonic()

    async def send(one: Dispatcher, number: str) -> tuple[int, dict[str, Any], float]:
        status, said = await one.ask("POST", f"incidents/{number}/assignments/", {"unit": unit})
        return status, said, (monotonic() - began) * 1000

    told = await asyncio.gather(*(send(one, number) for one, number in zip(pair, numbers, strict=True)))
    score.winners[sum(status == 201 for status, _, _ in told)] += 1
    for (status, said, ms), one, other, number in zip(told, pair, reversed(pair), numbers, strict=True):
        if status == 201:
            score.won[one.name] += 1
            score.sent.add(f"{unit}|{number}")
        elif status == 409:
            score.told_ms.append(ms)
            score.unnamed += said.get("winner", {}).get("by") != other.name
        else:
            score.strange[f"{status} {said.get('code')}"] += 1
