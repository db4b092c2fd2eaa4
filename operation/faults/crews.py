"""Crews that are sent somewhere, their terminals, and what became of their orders, for the faults that orders must bear."""

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operation.faults.clients import Clerk, Line, Wall
from operation.faults.ledger import Ledger, clear_away
from operation.faults.stage import Stage


@dataclass(frozen=True)
class Crew:
    """A unit on patrol with one officer, by whose token their terminal speaks."""

    unit: str
    token: str


@contextlib.contextmanager
def crews(stage: Stage, count: int) -> Iterator[list[Crew]]:
    """So many crews; afterwards they are off duty."""
    mark = secrets.token_hex(3)
    keys = {f"c{mark}-{number}": secrets.token_urlsafe(24) for number in range(1, count + 1)}
    for unit, key in keys.items():
        stage.sql(_CREW.format(unit=unit, key_hash=hashlib.sha256(key.encode()).hexdigest()))
    try:
        yield [Crew(unit, key) for unit, key in keys.items()]
    finally:
        stage.sql(_OFF.format(mark=mark))
        clear_away(stage)


_CREW = """
WITH station AS (SELECT min(id) AS id FROM command_station),
officer AS (
    INSERT INTO command_officer (password, username, name, badge, rank, station_id, is_active, must_change_password, pin)
    SELECT '!', '{unit}', '{unit}', '', '', id, true, false, '' FROM station RETURNING id
),
may AS (
    INSERT INTO command_grant (officer_id, station_id, role) SELECT officer.id, station.id, 'officer' FROM officer, station
),
token AS (
    INSERT INTO command_token (officer_id, key_hash, scopes, created_at, expires_at)
    SELECT id, '{key_hash}', '[]', now(), now() + interval '1 day' FROM officer
),
unit AS (
    INSERT INTO dispatch_unit (station_id, call_sign, kind, status, status_at)
    SELECT id, '{unit}', 'foot', 'patrol', now() FROM station RETURNING id
)
INSERT INTO dispatch_crew (unit_id, officer_id, joined_at) SELECT unit.id, officer.id, now() FROM unit, officer
"""
_OFF = """
UPDATE dispatch_assignment SET status = 'cancelled', ended_at = now() WHERE ended_at IS NULL
    AND unit_id IN (SELECT id FROM dispatch_unit WHERE call_sign LIKE 'c{mark}-%');
UPDATE dispatch_crew SET left_at = now() WHERE left_at IS NULL
    AND unit_id IN (SELECT id FROM dispatch_unit WHERE call_sign LIKE 'c{mark}-%');
UPDATE dispatch_unit SET status = 'off_duty' WHERE call_sign LIKE 'c{mark}-%';
"""


class Terminal(Wall):
    """A crew's phone with its page open: hears orders, and knows when each first came and how often it was told to ring."""

    def __init__(self, port: int, crew: Crew) -> None:
        super().__init__(port, crew.token)
        self.came: dict[str, float] = {}  # the incident's number → unix s
        self.rung: dict[int, set[int]] = {}  # order → the counts that it heard

    def hear(self, said: dict[str, Any]) -> None:
        """As any page."""
        super().hear(said)
        for order in list(self.topics["order"].values()):
            self.came.setdefault(order["incident"], time.time())
            self.rung.setdefault(order["id"], set()).add(order["rung"])

    def order_for(self, number: str) -> int | None:
        """The order to this crew for an incident, once it is here."""
        return next((one["id"] for one in self.topics["order"].values() if one["incident"] == number), None)


class Desk(Clerk):
    """Opens a call, sends a unit, and ends it."""

    async def open_and_send(self, unit: str) -> tuple[str, float]:
        """The incident's number, and the moment (unix s) at which the unit's sending was first asked for."""
        said = {"kind": "fight", "priority": 3, "lat": 29.6, "lon": 106.5, "facts": "fault"}
        _, incident = await self.taken("POST", "incidents/", said)
        number = str(incident["number"])
        asked_at, _ = await self.taken("POST", f"incidents/{number}/assignments/", {"unit": unit})
        return number, asked_at

    async def cancel(self, number: str) -> None:
        """It was nothing: who was sent is free again."""
        await self.taken("POST", f"incidents/{number}/cancel/", {})


def desk(stage: Stage, token: str, ledger: Ledger) -> Desk:
    """A desk with a connection of its own."""
    return Desk(Line(stage.home.port), ledger, token)


# ---- what the database says afterwards


@dataclass(frozen=True)
class Fate:
    """What became of an order: how often it rang, how often the log says so, and how many alarms there were."""

    order: int
    rung: int
    told: int
    alarms: int


def fates(stage: Stage, numbers: list[str]) -> list[Fate]:
    """Of the orders of these incidents, each of which had one unit; two orders for one of them are two fates."""
    wanted = ",".join(f"'{number}'" for number in numbers) or "''"
    rows = stage.sql(_FATES.format(wanted=wanted)).split()
    return [Fate(*(int(word) for word in row.split("|"))) for row in rows]


_FATES = """
SELECT one.id, one.rung,
    (SELECT count(*) FROM dispatch_logentry entry WHERE entry.incident_id = incident.id AND entry.code = 'rang_again'),
    (SELECT count(*) FROM command_alarm alarm WHERE alarm.kind = 'order_unanswered' AND alarm.subject_id = one.id::text)
FROM dispatch_order one JOIN dispatch_assignment sent ON sent.id = one.assignment_id
JOIN dispatch_incident incident ON incident.id = sent.incident_id WHERE incident.number IN ({wanted})
"""


def slow(stage: Stage, seconds: float) -> None:
    """Let each second ring take so long in the database; 0 lets it be as it was."""
    stage.sql("DROP TRIGGER IF EXISTS fault_slow ON dispatch_order; DROP FUNCTION IF EXISTS fault_slow()")
    if seconds:
        stage.sql(_SLOW.format(seconds=seconds))


_SLOW = """
CREATE FUNCTION fault_slow() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$;
CREATE TRIGGER fault_slow BEFORE UPDATE ON dispatch_order FOR EACH ROW WHEN (NEW.rung > OLD.rung)
    EXECUTE FUNCTION fault_slow()
"""


def in_hand(stage: Stage) -> list[str]:
    """Orders (ids as text) whose second ring a worker is at, in the midst of it, at this moment."""
    asleep = stage.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    if asleep == "0":
        return []
    return stage.sql(
        "SELECT key FROM command_job WHERE kind = 'ring_order' AND done_at IS NULL AND leased_until > now()"
    ).split()


def done_at(stage: Stage, keys: list[str]) -> list[float]:
    """When the second rings of these orders were done (unix s); shorter than `keys` while some are not."""
    wanted = ",".join(f"'{key}'" for key in keys) or "''"
    return [float(row) for row in stage.sql(_DONE_AT.format(wanted=wanted)).split()]


_DONE_AT = """
SELECT extract(epoch FROM done_at) FROM command_job
WHERE kind = 'ring_order' AND key IN ({wanted}) AND done_at IS NOT NULL
"""


def hurry(stage: Stage, kind: str = "ring_order") -> None:
    """Let jobs of a kind that are asked for be due now."""
    stage.sql(_HURRY.format(kind=kind))


_HURRY = "UPDATE command_job SET due_at = now() WHERE kind = '{kind}' AND done_at IS NULL AND due_at > now()"
