"""R12: ten times the ordinary load of positions while incidents come in and alarms are raised.

Ordinary is a station of 1,000 units with a fix every 5 s each: 200 fixes a second. Ten times is 2,000, each a request.
"""

import asyncio
import time
from typing import Any

import uvloop

from operation import say
from operation.faults.clients import Caller, Going, Line, Phone, Wall, running, until_right
from operation.faults.ledger import Ledger, add_devices, clear_away, hire, result
from operation.faults.stage import Stage

GOAL = "acknowledged lost 0, alarms and incidents on every wall with p95 within 1 s, 2,000 fixes/s taken for 60 s"
UNITS, PERIOD_S, TENFOLD = 1_000, 5.0, 10
LASTS_S = 60.0
P95_S, KEPT_UP = 1.0, 0.9  # unless so much of it was taken in its time, the load was not what it should be
WALLS, CALLERS, CALLS_PERIOD_S = 4, 2, 1.0
WAITING = 60  # incidents without a unit, of which one after the other has waited too long
DRAINED_WITHIN_S = 20.0


def run(stage: Stage, lasts_s: float = LASTS_S) -> dict[str, Any]:
    """Send ten times the ordinary load for `lasts_s` seconds."""
    token, phones = hire(stage), add_devices(stage, "osmand", UNITS)
    try:
        leave_waiting(stage, lasts_s)
        return uvloop.run(_loaded(stage, token, phones, lasts_s))
    finally:
        clear_away(stage)


async def _loaded(stage: Stage, token: str, phones: list[tuple[int, str]], lasts_s: float) -> dict[str, Any]:
    port, ledger, going = stage.home.port, Ledger(), Going()
    walls = [Wall(port, token) for _ in range(WALLS)]
    senders = [Phone(Line(port), ledger, device, key, PERIOD_S / TENFOLD) for device, key in phones]
    callers = [Caller(Line(port), ledger, token, CALLS_PERIOD_S) for _ in range(CALLERS)]
    async with running(wall.run() for wall in walls):
        await asyncio.wait_for(asyncio.gather(*(wall.ready.wait() for wall in walls)), 20)
        async with running([*(phone.run(going) for phone in senders), *(caller.run(going) for caller in callers)]):
            await _lasting(ledger, lasts_s)
            going.pause()
            ended, taken = time.monotonic(), len(ledger.fixes)
            right_at, wrong = await until_right(port, token, walls, DRAINED_WITHIN_S)
    delays = {"alarm": _alarm_delays(stage, walls), "incident": _incident_delays(callers, walls)}
    p95s = {name: round(_p95(each), 3) for name, each in delays.items()}
    share = taken / (UNITS * TENFOLD / PERIOD_S * lasts_s)
    ok = share >= KEPT_UP and max(p95s.values()) <= P95_S and not wrong and not ledger.refused
    return result(
        "R12", GOAL, ledger.missing(stage) + sum(each.count(float("inf")) for each in delays.values()),
        ledger.doubled(stage), max(0.0, right_at - ended), ok=ok, fixes_per_s=round(taken / lasts_s),
        alarms=len(delays["alarm"]) // WALLS, alarm_p95_s=p95s["alarm"], incidents=len(ledger.calls),
        incident_p95_s=p95s["incident"], position_p95_s=round(_p95([age for wall in walls for age in wall.ages]), 3),
        wrong=len(wrong), refused=dict(ledger.refused),
    )  # fmt: skip


async def _lasting(ledger: Ledger, lasts_s: float) -> None:
    until, before = time.monotonic() + lasts_s, 0
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(10.0, left))
        say.line(f"  {len(ledger.fixes) - before:,} fixes more, {len(ledger.calls)} incidents")
        before = len(ledger.fixes)


def leave_waiting(stage: Stage, lasts_s: float) -> None:
    """Incidents of priority 1 that nobody is sent to; by the rule of 60 s one after the other becomes an alarm."""
    stage.sql(_INCIDENTS.format(mark=f"{time.time_ns():x}", apart_s=lasts_s / WAITING, count=WAITING))


_INCIDENTS = """
INSERT INTO dispatch_incident
    (station_id, number, kind_id, priority, state, place, address, caller_name, caller_phone, facts, opened_at,
     disposition)
SELECT (SELECT min(id) FROM command_station), 'W-' || n || '-{mark}', (SELECT min(id) FROM dispatch_kind), 1, 'open',
       ST_SetSRID(ST_MakePoint(106.5, 29.6), 4326), '', '', '', '', now() - interval '58 s' + n * interval '{apart_s} s',
       ''
FROM generate_series(1, {count}) n
"""


def _alarm_delays(stage: Stage, walls: list[Wall]) -> list[float]:
    """Seconds between the raising of each alarm and its arrival at each wall; infinite where it never came."""
    rows = stage.sql(
        "SELECT id, extract(epoch FROM raised_at) FROM command_alarm WHERE kind = 'unassigned' AND cleared_at IS NULL"
    )
    raised = {number: float(at) for number, _, at in (row.partition("|") for row in rows.split())}
    return [wall.seen.get(("alarm", number), float("inf")) - at for number, at in raised.items() for wall in walls]


def _incident_delays(callers: list[Caller], walls: list[Wall]) -> list[float]:
    """Seconds between a caller's POST and the incident's arrival at each wall; infinite where it never came."""
    asked = {number: at for caller in callers for number, at in caller.asked_at.items()}
    return [wall.seen.get(("incident", number), float("inf")) - at for number, at in asked.items() for wall in walls]


def _p95(figures: list[float]) -> float:
    """The 95th percentile; infinite where there is nothing."""
    return sorted(figures)[int(0.95 * (len(figures) - 1))] if figures else float("inf")
