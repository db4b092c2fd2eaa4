"""What a fault's clients know: what was acknowledged to them, to be compared with the database and the walls afterwards."""

import asyncio
import functools
import hashlib
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from operation.faults.stage import Stage

Fixes = set[tuple[int, int]]  # device, its moment in ms


@dataclass
class Ledger:
    """Everything that was answered with success, and how often something had to be sent again."""

    fixes: Fixes = field(default_factory=set)
    calls: dict[str, str] = field(default_factory=dict)  # Idempotency-Key → the incident's number
    again: int = 0  # requests repeated because the station could not take them
    slowed: int = 0  # how often a device was told to send slower
    refused: Counter[str] = field(default_factory=Counter)  # answers that mean neither "taken" nor "come again"
    newest: dict[str, float] = field(default_factory=dict)  # kind of request → when the newest acknowledged one began

    def took(self, kind: str, began: float) -> None:
        """A request of this kind, sent at `began` (monotonic s), was answered with success."""
        self.newest[kind] = max(began, self.newest.get(kind, 0.0))

    async def takes_again(self, since: float, kinds: tuple[str, ...], timeout_s: float) -> bool:
        """Wait until a request of each kind that began after `since` was acknowledged."""
        until = time.monotonic() + timeout_s
        while any(self.newest.get(kind, 0.0) <= since for kind in kinds):
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.01)
        return True

    def missing(self, stage: Stage) -> int:
        """Acknowledged and not in the database."""
        kept = _kept_calls(stage)
        lost_calls = sum(kept.get(key, []) == [] or number not in kept[key] for key, number in self.calls.items())
        return len(self.fixes - _kept_fixes(stage)) + lost_calls

    def doubled(self, stage: Stage) -> int:
        """Incidents that are there more often than they were meant."""
        return sum(len(numbers) - 1 for numbers in _kept_calls(stage).values())


def _kept_fixes(stage: Stage) -> Fixes:
    rows = stage.sql("SELECT device_id, round(extract(epoch FROM time) * 1000)::bigint FROM devices_fix")
    return {(int(device), int(moment)) for device, _, moment in (row.partition("|") for row in rows.split())}


def _kept_calls(stage: Stage) -> dict[str, list[str]]:
    """The clients' incidents by the key that each carries as its facts."""
    kept: dict[str, list[str]] = {}
    for row in stage.sql("SELECT facts, number FROM dispatch_incident WHERE facts LIKE 'fault-%'").split():
        key, _, number = row.partition("|")
        kept.setdefault(key.removeprefix("fault-"), []).append(number)
    return kept


# ---- who takes part


@functools.cache
def hire(stage: Stage, role: str = "commander") -> str:
    """The bearer token of somebody with this role, the same one for all faults of a stage."""
    name = f"fault-{secrets.token_hex(4)}"
    stage.manage("add_user", name, "--role", role, "--password-stdin", stdin=f"{secrets.token_urlsafe(16)}\n")
    return stage.manage("api_token", name).split()[-1]


def add_devices(stage: Stage, profile: str, count: int) -> list[tuple[int, str]]:
    """New devices: their ids and keys."""
    keys = [secrets.token_hex(16) for _ in range(count)]
    hashes = {hashlib.sha256(key.encode()).hexdigest(): key for key in keys}
    rows = stage.sql(_DEVICES.format(profile=profile, hashes=",".join(hashes)))
    made = (row.partition("|") for row in rows.split())
    return [(int(device), hashes[key_hash]) for device, _, key_hash in made]


_DEVICES = """
INSERT INTO devices_device
    (station_id, name, kind, profile, datum, key_hash, clock_offset_s, approved_at, changed_at)
SELECT (SELECT min(id) FROM command_station), 'fault ' || left(key_hash, 8), 'phone', '{profile}', 'wgs84', key_hash, 0,
       now(), now()
FROM unnest(string_to_array('{hashes}', ',')) key_hash RETURNING id, key_hash
"""


def clear_away(stage: Stage) -> None:
    """Let the next fault begin with an empty picture."""
    stage.sql("UPDATE dispatch_incident SET state = 'cancelled', closed_at = now() WHERE state = 'open'")
    stage.sql("UPDATE command_alarm SET cleared_at = now() WHERE cleared_at IS NULL")
    stage.sql("UPDATE dispatch_order SET away_at = now() WHERE away_at IS NULL")
    stage.sql("UPDATE dispatch_roadblock SET lifted_at = now() WHERE lifted_at IS NULL")
    stage.sql(
        "UPDATE dispatch_callforhelp SET ended_at = now(), ended_by_id = officer_id, word = 'fault' WHERE ended_at IS NULL"
    )
    stage.sql("UPDATE dispatch_errand SET recalled_at = now() WHERE done_at IS NULL AND recalled_at IS NULL")


def result(
    fault: str, goal: str, lost: int, duplicated: int, recover_s: float, *, ok: bool, **more: Any
) -> dict[str, Any]:
    """The line of a fault script. `ok` is what else the goal asks for."""
    kept = ok and lost == 0 and duplicated == 0
    return {
        "fault": fault, "lost": lost, "duplicated": duplicated, "recover_s": round(recover_s, 1), "goal": goal,
        "ok": kept, **more,
    }  # fmt: skip
