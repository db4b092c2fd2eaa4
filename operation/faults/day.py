"""An ordinary day: units report, desks take calls from the first word to the last, and walls remember what they were told.

Ordinary are 200 units with a fix every 5 s each, and two desks with an act every 0.6 s between them.
"""

import asyncio
import contextlib
import itertools
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from operation.faults.beside import beside
from operation.faults.clients import KEYS, Clerk, Going, Line, Phone, Wall, running
from operation.faults.ledger import Ledger, add_devices, clear_away
from operation.faults.stage import Stage

UNITS, PERIOD_S = 200, 5.0
WALLS, DESKS, PAUSE_S = 4, 2, 1.2
READY_S = 30.0
NEVER = float("inf")
Shows = Callable[[Any], bool]


@dataclass(frozen=True)
class Act:
    """Something done at a desk; a wall has it once it was told of `subject` (of `topic`) what `shows` says it should be."""

    topic: str
    subject: str
    asked_at: float  # unix s at which its request began
    shows: Shows


class Watching(Wall):
    """A wall that remembers when it was told what, how far each mark was at which moment, and when it said "degraded"."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(port, token)
        self.told: dict[tuple[str, str], list[tuple[float, Any]]] = {}
        self.marks: dict[int, list[tuple[int, float]]] = {}  # device → (its moment in ms, when it came), newer only
        self.said: list[tuple[float, bool]] = []  # unix s, degraded from then on

    def hear(self, said: dict[str, Any]) -> None:
        """As any wall, and remember."""
        was, now = self.degraded, time.time()
        super().hear(said)
        if self.degraded != was:
            self.said.append((now, self.degraded))
        if said["type"] == "snapshot":
            self._note_all(now)
        for row in said.get("fixes", ()):
            marks = self.marks.setdefault(row[0], [])
            if not marks or row[1] > marks[-1][0]:
                marks.append((row[1], now))

    def _apply(self, items: Any) -> None:
        now = time.time()
        for item in items:
            self.told.setdefault((item["topic"], str(item["id"])), []).append((now, item["payload"]))
        super()._apply(items)

    def _note_all(self, now: float) -> None:
        """A snapshot tells everything, and by its silence what is over."""
        for topic in KEYS:
            shown = self.topics[topic]
            for subject in {key for name, key in self.told if name == topic} | shown.keys():
                self.told.setdefault((topic, subject), []).append((now, shown.get(subject)))

    def delay(self, act: Act) -> float:
        """Seconds from the beginning of an act's request until this wall was told; infinite where it never was."""
        told = self.told.get((act.topic, act.subject), ())
        return next((at - act.asked_at for at, payload in told if at >= act.asked_at and act.shows(payload)), NEVER)


@dataclass
class Desk(Clerk):
    """Takes one call after the other: opens it, sends a unit, steps it on, notes something, closes it."""

    units: list[str] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)

    async def run(self, going: Going) -> None:
        with contextlib.closing(self.line):
            for unit in itertools.cycle(self.units):
                with contextlib.suppress(LookupError):
                    await self._call(going, unit)

    async def _call(self, going: Going, unit: str) -> None:
        number = await self._open(going)
        at, key = f"incidents/{number}/", f"S1/{unit}"
        for path, method, said, subject, shows in (
            ("assignments/", "POST", {"unit": unit}, ("unit", key), lambda now: now and now["incident"] == number),
            (f"assignments/{unit}/", "PATCH", {"status": "on_scene"}, ("unit", key), _is_at(number)),
            ("log/", "POST", {"text": "note"}, None, lambda now: now and now["code"] == "note"),
            ("close/", "POST", {"disposition": "18"}, ("incident", number), lambda now: now is None),
        ):
            await going.from_(time.time() + PAUSE_S)
            asked_at, answer = await self.taken(method, at + path, said)
            self.acts.append(Act(*(subject or ("log", str(answer["id"]))), asked_at, shows))
        self.closed.add(number)

    async def _open(self, going: Going) -> str:
        await going.from_(time.time() + PAUSE_S)
        key = str(uuid.uuid4())
        said = {"kind": "fight", "priority": 3, "lat": 29.6, "lon": 106.5, "facts": f"fault-{key}"}
        began = time.monotonic()
        asked_at, answer = await self.taken("POST", "incidents/", said, key)
        number = str(answer["number"])
        self.ledger.calls[key] = number
        self.ledger.took("call", began)
        self.acts.append(Act("incident", number, asked_at, bool))
        return number


def _is_at(number: str) -> Shows:
    return lambda now: bool(now) and now["incident"] == number and now["status"] == "on_scene"


@dataclass
class Day:
    """Everybody at work at one station."""

    stage: Stage
    token: str
    phones: list[tuple[int, str]]
    units: list[str]
    walls: list[Watching] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    going: Going = field(default_factory=Going)

    @contextlib.asynccontextmanager
    async def under_way(self, walls: int = WALLS) -> AsyncIterator[None]:
        """Everybody at work, the walls first."""
        port = self.stage.home.port
        self.walls = [Watching(port, self.token) for _ in range(walls)]
        self.desks = [Desk(Line(port), self.ledger, self.token, self.units[at::DESKS]) for at in range(DESKS)]
        senders = [Phone(Line(port), self.ledger, device, key, PERIOD_S) for device, key in self.phones]
        other = beside(self.stage, self.token, self.ledger)
        async with running(wall.run() for wall in self.walls):
            await asyncio.wait_for(asyncio.gather(*(wall.ready.wait() for wall in self.walls)), READY_S)
            phones, desks = (one.run(self.going) for one in senders), (one.run(self.going) for one in self.desks)
            async with running([*phones, *desks, other.run(self.going)]):
                yield

    def delays(self, since: float, until: float) -> list[float]:
        """Seconds from each act's request to each wall, of the acts begun between two moments (unix s)."""
        acts = [act for desk in self.desks for act in desk.acts if since <= act.asked_at < until]
        return [wall.delay(act) for act in acts for wall in self.walls]

    def missing(self) -> int:
        """Acknowledged and not in the database, or not as it was acknowledged."""
        closed = {number for desk in self.desks for number in desk.closed}
        open_still = self.stage.sql("SELECT number FROM dispatch_incident WHERE state = 'open'").split()
        return self.ledger.missing(self.stage) + len(closed & set(open_still))


@contextlib.contextmanager
def day(stage: Stage, token: str, units: int = UNITS) -> Iterator[Day]:
    """A station with so many units on patrol, each with its phone; afterwards it is as it was."""
    phones = add_devices(stage, "osmand", units)
    mark = secrets.token_hex(3)
    ids = ",".join(str(device) for device, _ in phones)
    stage.sql(_UNITS.format(mark=mark, ids=ids))
    try:
        yield Day(stage, token, phones, [f"d{mark}-{number}" for number in range(1, units + 1)])
    finally:
        stage.sql(_OFF.format(mark=mark))
        clear_away(stage)


_UNITS = """
WITH made AS (
    INSERT INTO dispatch_unit (station_id, call_sign, kind, status, status_at)
    SELECT (SELECT min(id) FROM command_station), 'd{mark}-' || place, 'foot', 'patrol', now()
    FROM unnest(ARRAY[{ids}]::bigint[]) WITH ORDINALITY AS one (device, place) RETURNING id, call_sign
)
INSERT INTO dispatch_unit_devices (unit_id, device_id)
SELECT made.id, one.device
FROM unnest(ARRAY[{ids}]::bigint[]) WITH ORDINALITY AS one (device, place) JOIN made ON call_sign = 'd{mark}-' || place
"""
_OFF = """
UPDATE dispatch_assignment SET status = 'cancelled', ended_at = now() WHERE ended_at IS NULL
    AND unit_id IN (SELECT id FROM dispatch_unit WHERE call_sign LIKE 'd{mark}-%');
DELETE FROM dispatch_unit_devices WHERE unit_id IN (SELECT id FROM dispatch_unit WHERE call_sign LIKE 'd{mark}-%');
UPDATE dispatch_unit SET status = 'off_duty' WHERE call_sign LIKE 'd{mark}-%';
"""


async def job_done(stage: Stage, token: str, timeout_s: float) -> None:
    """See that scheduler and worker together bring something about: a call that has waited too long becomes an alarm.

    They look every 10 s. Raises TimeoutError.
    """
    number = f"J-{time.time_ns():x}"
    await asyncio.to_thread(stage.sql, _WAITS.format(number=number))
    try:
        async with asyncio.timeout(timeout_s):
            while await asyncio.to_thread(stage.sql, _ALARMS.format(number=number)) == "0":
                await asyncio.sleep(0.3)
    finally:
        line = Line(stage.home.port)
        said = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
        await line.call("POST", f"/api/v1/incidents/{number}/cancel/", b"{}", **said)
        line.close()


_WAITS = """
INSERT INTO dispatch_incident
    (station_id, number, kind_id, priority, state, place, address, caller_name, caller_phone, facts, opened_at,
     disposition)
VALUES ((SELECT min(id) FROM command_station), '{number}', (SELECT min(id) FROM dispatch_kind), 1, 'open',
        ST_SetSRID(ST_MakePoint(106.5, 29.6), 4326), '', '', '', '', now() - interval '70 s', '')
"""
_ALARMS = "SELECT count(*) FROM command_alarm WHERE kind = 'unassigned' AND subject_id = '{number}'"


def percentile(figures: list[float], share: float) -> float:
    """Of a list in any order; infinite where there is nothing."""
    return sorted(figures)[int(share * (len(figures) - 1))] if figures else NEVER
