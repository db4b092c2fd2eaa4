"""R9: phones whose clocks are wrong, jump, or are right while a long queue arrives late; afterwards all are put right."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from operation import say
from operation.faults.clients import Line
from operation.faults.ledger import add_devices, clear_away, hire, result
from operation.faults.stage import Stage

GOAL = "frozen marks 0; steady offsets learned, the queue not taken for one; over 60 s ahead quarantined and shown"
HOUR_S, NINE_YEARS_S = 3600.0, 9 * 365 * 86_400.0
EACH = 3  # phones of a kind
WRONG_S, RIGHT_S = 150.0, 75.0  # a clock behind is believed after 120 s, since it looks like a queue until then
OFFLINE_S, DRAIN_PER_S = 60, 10  # the queue's phone: so long without network, then so many fixes a second
FRESH_S = 6.0  # a mark this young is a live one
MOVES_WITHIN_S = 62.0  # after its clock was put right: a mark may stand up to 60 s ahead, and a fix comes each second
NEAR_S = 2.0  # how near a learned offset must be
STEADY = {"behind": -HOUR_S, "ahead": HOUR_S, "years ahead": NINE_YEARS_S}


@dataclass
class Wrong:
    """A phone and what is wrong with its clock: `ahead()` gives how far ahead it is, in seconds, at this moment."""

    kind: str
    device: int
    key: str
    ahead: Callable[[], float]
    line: Line
    acknowledged: set[int] = field(default_factory=set)  # the times it said, ms
    refused: int = 0

    async def send(self, moment: float) -> None:
        said = round(moment * 1000)
        path = f"/osmand/?id={self.key}&timestamp={said}&lat=29.61&lon=106.55&accuracy=5"
        status, _ = await self.line.call("POST", path)
        if status == 200:
            self.acknowledged.add(said)
        else:
            self.refused += 1

    async def run(self, seconds: float) -> None:
        """A fix a second, live."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self.send(time.time() + self.ahead())
            await asyncio.sleep(1.0)

    async def queue_up(self, seconds: float) -> None:
        """Offline for a minute, a fix a second; then the queue, oldest first, while new ones join it."""
        began, sent = time.time(), 0
        await asyncio.sleep(OFFLINE_S)
        while time.time() - began < seconds:
            if sent < time.time() - began:
                await self.send(began + sent)
                sent += 1
            await asyncio.sleep(1 / DRAIN_PER_S)


def run(stage: Stage) -> dict[str, Any]:
    """Takes about 230 s."""
    chance = random.Random(9)  # noqa: S311 - no secret  # nosec B311
    kinds: dict[str, Callable[[], float]] = {kind: lambda off=off: off for kind, off in STEADY.items()}  # type: ignore[misc]
    kinds["jumping"] = lambda: chance.choice((-HOUR_S, 0.0, HOUR_S, NINE_YEARS_S, 45.0, -90.0))
    kinds["queue"] = lambda: 0.0
    devices = iter(add_devices(stage, "osmand", EACH * len(kinds)))
    phones = [
        Wrong(kind, *next(devices), ahead, Line(stage.home.port)) for kind, ahead in kinds.items() for _ in range(EACH)
    ]
    try:
        return asyncio.run(_run(stage, hire(stage), phones))
    finally:
        stage.sql("DELETE FROM devices_quarantine")  # or the watch would raise its alarms again
        clear_away(stage)


async def _run(stage: Stage, token: str, phones: list[Wrong]) -> dict[str, Any]:
    say.line(f"  {len(phones)} phones with wrong clocks for {WRONG_S:.0f} s")
    await asyncio.gather(*(one.queue_up(WRONG_S) if one.kind == "queue" else one.run(WRONG_S) for one in phones))
    await asyncio.sleep(3)  # offsets are written down every second or so
    wrong = _wrong_offsets(stage, phones)
    ahead = _in_the_future(stage)
    say.line(f"  wrong offsets: {wrong or 'none'}; now the clocks are put right")
    for one in phones:
        one.ahead = lambda: 0.0
    right_at = time.monotonic()
    sending = [asyncio.ensure_future(one.run(RIGHT_S)) for one in phones]
    moved = await _until_fresh(stage, phones, right_at)
    await asyncio.gather(*sending)
    frozen = [one.kind for one in phones if one.device not in moved]
    lost, doubled = _lost(stage, phones), _doubled(stage)
    hidden = await _unshown(stage, token, phones)
    slowest = max(moved.values(), default=RIGHT_S)
    refused = sum(one.refused for one in phones)
    ok = not (wrong or frozen or ahead or hidden or refused) and slowest <= MOVES_WITHIN_S
    return result(
        "R9", GOAL, lost, doubled, slowest, ok=ok, frozen=len(frozen), wrong_offsets=wrong, marks_ahead=ahead,
        not_quarantined=hidden, refused=refused,
    )  # fmt: skip


async def _until_fresh(stage: Stage, phones: list[Wrong], since: float) -> dict[int, float]:
    """Seconds until each phone's mark is that of a live one."""
    moved: dict[int, float] = {}
    while len(moved) < len(phones) and time.monotonic() - since < RIGHT_S:
        rows = await asyncio.to_thread(
            stage.sql, "SELECT device_id, extract(epoch FROM now() - corrected) FROM devices_lastfix"
        )
        ages = {int(device): float(age) for device, _, age in (row.partition("|") for row in rows.split())}
        for one in phones:
            if abs(ages.get(one.device, FRESH_S + 1)) < FRESH_S:
                moved.setdefault(one.device, time.monotonic() - since)
            else:
                moved.pop(one.device, None)
        await asyncio.sleep(0.5)
    return moved


def _wrong_offsets(stage: Stage, phones: list[Wrong]) -> list[str]:
    rows = stage.sql("SELECT id, clock_offset_s FROM devices_device")
    learned = {int(device): float(offset) for device, _, offset in (row.partition("|") for row in rows.split())}
    wanted = {**{kind: -off for kind, off in STEADY.items()}, "queue": 0.0}
    return [
        f"{one.kind} {learned[one.device]:.0f} s"
        for one in phones
        if one.kind in wanted and abs(learned[one.device] - wanted[one.kind]) > NEAR_S
    ]


def _in_the_future(stage: Stage) -> int:
    """Marks that stand in the future: they would be frozen until then."""
    return int(stage.sql("SELECT count(*) FROM devices_lastfix WHERE corrected > received + interval '60 s'"))


def _lost(stage: Stage, phones: list[Wrong]) -> int:
    """Acknowledged, and neither in the phone's track nor in quarantine."""
    kept = _counted(stage, "devices_fix")
    aside = _counted(stage, "devices_quarantine")
    return sum(max(0, len(one.acknowledged) - kept.get(one.device, 0) - aside.get(one.device, 0)) for one in phones)


def _counted(stage: Stage, table: str) -> dict[int, int]:
    """Rows of each device."""
    rows = stage.sql(f"SELECT device_id, count(*) FROM {table} WHERE device_id IS NOT NULL GROUP BY 1")  # noqa: S608 - constants  # nosec B608
    return {int(device): int(count) for device, _, count in (row.partition("|") for row in rows.split())}


def _doubled(stage: Stage) -> int:
    return int(stage.sql("SELECT count(*) - count(DISTINCT (device_id, time)) FROM devices_fix"))


async def _unshown(stage: Stage, token: str, phones: list[Wrong]) -> int:
    """Phones whose clock was far ahead and of which quarantine, or the alarms on every wall, show nothing."""
    aside = set(stage.sql("SELECT DISTINCT device_id FROM devices_quarantine WHERE code = 'future'").split())
    line = Line(stage.home.port)
    _, body = await line.call("GET", "/api/v1/live/", Authorization=f"Bearer {token}")
    line.close()
    alarms = orjson.loads(body)["topics"]["alarm"]
    shown = {str(alarm["subject"]) for alarm in alarms if alarm["kind"] == "fixes_refused"}
    ahead = [str(one.device) for one in phones if one.kind in ("ahead", "years ahead", "jumping")]
    return sum(device not in aside or device not in shown for device in ahead)
