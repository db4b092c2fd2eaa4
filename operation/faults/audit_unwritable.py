"""R17: the audit takes no entry. Every door behind which something is looked up must then stay shut, and open again after."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvloop

from operation import say
from operation.faults.clients import Line, running
from operation.faults.day import NEVER
from operation.faults.ledger import clear_away, hire, result
from operation.faults.stage import Stage

GOAL = "while the audit takes no entry every look-up is refused and nothing is shown; look-ups shown and not entered 0"
SHUT_S, OPEN_S, OPENS_WITHIN_S = 6.0, 3.0, 10.0
LOOKERS, REFUSED = 2, 503
ROLES = ("commander", "inspector", "administrator")
TOKEN = "lookup" * 6  # of a form: what the cookie says the field must say
# What must be seen behind a door, and may be seen nowhere else
PHONE, STREET, NOTE, RAW, UNIT = "13800004711", "金丝雀街4711号", "canary4711", "raw-canary-4711", "canary-4711"


@dataclass(frozen=True)
class Door:
    """Something that is looked up: by whom, how it is asked for, what it shows, and what it enters."""

    name: str
    role: str
    path: str
    shows: str
    action: str
    form: dict[str, str] | None = None


def doors(number: str, device: str) -> list[Door]:
    """All doors to what is looked up; `number` is a closed incident, `device` one with a track and a refused fix."""
    caller = {"station": "S1", "caller": PHONE, "purpose": "case", "reference": "case 4711", "words": ""}
    return [
        Door("callers", "commander", "/incidents/callers/", number, "search_people", caller),
        Door("incident search", "commander", "/incidents/?station=S1&state=closed", STREET, "search_incidents"),
        Door("incident", "inspector", f"/incidents/{number}/", STREET, "read_incident"),
        Door("API incident search", "commander", "/api/v1/incidents/?state=closed", STREET, "search_incidents"),
        Door("API incident", "commander", f"/api/v1/incidents/{number}/", PHONE, "read_incident"),
        Door("API incident log", "commander", f"/api/v1/incidents/{number}/log/", NOTE, "read_incident"),
        Door("API track", "inspector", f"/api/v1/devices/{device}/track/", "29.4711", "read_track"),
        Door("audit", "inspector", f"/audit/?station=S1&subject={number}", f"incident {number}", "search_audit"),
        Door("quarantine", "administrator", f"/manage/quarantine/{device}/future/", RAW, "look_at_quarantine"),
        Door("export of devices", "administrator", "/manage/devices/export/", UNIT, "export_devices"),
        Door("export of people", "administrator", "/manage/people/export/", UNIT, "export_people"),
        Door("export of units", "administrator", "/manage/units/export/", UNIT, "export_units"),
    ]


@dataclass
class Looks:
    """What the people at the doors were answered."""

    shown: Counter[str] = field(default_factory=Counter)  # action → how often something was shown
    refused: Counter[str] = field(default_factory=Counter)  # door → how often it stayed shut
    leaked: list[str] = field(default_factory=list)  # doors that showed something while the audit took nothing
    strange: Counter[str] = field(default_factory=Counter)
    newest: dict[str, float] = field(default_factory=dict)  # door → when the newest look that was shown began
    is_shut: bool = False
    is_over: bool = False


async def look(line: Line, door: Door, token: str, looks: Looks) -> None:
    """Knock once."""
    began, was_shut = time.monotonic(), looks.is_shut
    said = {"Authorization": f"Bearer {token}", "Accept": "*/*"}
    if door.form is None:
        status, body = await line.call("GET", door.path, b"", **said)
    else:
        said |= {"Cookie": f"csrftoken={TOKEN[:32]}", "Content_Type": "application/x-www-form-urlencoded"}
        form = urlencode({**door.form, "csrfmiddlewaretoken": TOKEN[:32]}).encode()
        status, body = await line.call("POST", door.path, form, **said)
    shows = door.shows.encode() in body
    if shows:
        looks.shown[door.action] += 1
        looks.newest[door.name] = began
        if was_shut and looks.is_shut:
            looks.leaked.append(door.name)
    if status == REFUSED:
        looks.refused[door.name] += 1
    elif status != 200 or not shows:
        looks.strange[f"{door.name}: {status} {'shown' if shows else 'not shown'}"] += 1


async def looking(port: int, all_doors: list[Door], tokens: dict[str, str], looks: Looks) -> None:
    """Go from door to door until it is over."""
    with contextlib.closing(Line(port)) as line:
        while not looks.is_over:
            for door in all_doors:
                await look(line, door, tokens[door.role], looks)


# ---- how the audit comes to take nothing


@contextlib.asynccontextmanager
async def _between(stage: Stage, before: str, after: str) -> AsyncIterator[None]:
    await asyncio.to_thread(stage.sql, before)
    try:
        yield
    finally:
        await asyncio.to_thread(stage.sql, after)


def refused(stage: Stage, shut_s: float) -> contextlib.AbstractAsyncContextManager[None]:
    """The table takes no row."""
    table = "ALTER TABLE command_auditentry"
    return _between(
        stage, f"{table} ADD CONSTRAINT fault CHECK (false) NOT VALID", f"{table} DROP CONSTRAINT IF EXISTS fault"
    )


def forbidden(stage: Stage, shut_s: float) -> contextlib.AbstractAsyncContextManager[None]:
    """The station has lost its right to write there."""
    table = "ON command_auditentry"
    return _between(stage, f"REVOKE INSERT {table} FROM station", f"GRANT INSERT {table} TO station")


def read_only(stage: Stage, shut_s: float) -> contextlib.AbstractAsyncContextManager[None]:
    """The whole database can only be read, as when its disk takes no more."""
    reload = "SELECT pg_reload_conf(); SELECT pg_sleep(0.5)"
    return _between(
        stage, f"ALTER SYSTEM SET default_transaction_read_only = on; {reload}",
        f"SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only; {reload}",
    )  # fmt: skip


@contextlib.asynccontextmanager
async def held(stage: Stage, shut_s: float) -> AsyncIterator[None]:
    """Somebody holds the chains' heads and does not let go."""
    hold = f"BEGIN; LOCK TABLE command_audithead IN EXCLUSIVE MODE; SELECT pg_sleep({shut_s + 1}); COMMIT"
    holding = asyncio.ensure_future(asyncio.to_thread(stage.sql, hold))
    while "ExclusiveLock" not in await asyncio.to_thread(stage.sql, _HELD):
        await asyncio.sleep(0.05)
    try:
        yield
    finally:
        await holding


_HELD = (
    "SELECT mode FROM pg_locks WHERE relation = 'command_audithead'::regclass AND granted AND mode = 'ExclusiveLock'"
)
Way = Callable[[Stage, float], contextlib.AbstractAsyncContextManager[None]]
WAYS: tuple[Way, ...] = (refused, forbidden, read_only, held)


# ---- the fault


def run(stage: Stage, shut_s: float = SHUT_S, ways: tuple[Way, ...] = WAYS) -> dict[str, Any]:
    """Takes about 60 s."""
    tokens = {role: hire(stage, role) for role in ROLES}
    number, device = _furnish(stage)
    try:
        return uvloop.run(_run(stage, doors(number, device), tokens, shut_s, ways))
    finally:
        clear_away(stage)


async def _run(
    stage: Stage, all_doors: list[Door], tokens: dict[str, str], shut_s: float, ways: tuple[Way, ...]
) -> dict[str, Any]:
    looks, opened = Looks(), list[float]()
    before = _entered(stage)
    async with running(looking(stage.home.port, all_doors, tokens, looks) for _ in range(LOOKERS)) as people:
        opened.append(await _until_open(all_doors, looks))
        for way in ways:
            refusals = sum(looks.refused.values())
            async with way(stage, shut_s):
                looks.is_shut = True
                await asyncio.sleep(shut_s)
                looks.is_shut = False
            opened.append(await _until_open(all_doors, looks))
            count = sum(looks.refused.values()) - refusals
            say.line(f"  {way.__name__}: {count} refused, open again after {opened[-1]:.1f} s")
        looks.is_over = True
        await asyncio.gather(*people)
    entered = _entered(stage) - before
    unentered = sum((looks.shown - entered).values())
    unrefused = [door.name for door in all_doors if not looks.refused[door.name]]
    ok = not (looks.leaked or looks.strange or unrefused) and max(opened) <= OPENS_WITHIN_S
    return result(
        "R17", GOAL, unentered, 0, max(opened), ok=ok, shown=sum(looks.shown.values()), entered=sum(entered.values()),
        refused=sum(looks.refused.values()), leaked=sorted(set(looks.leaked)), never_refused=unrefused,
        strange=dict(looks.strange), doors=len(all_doors), ways=[way.__name__ for way in ways],
    )  # fmt: skip


async def _until_open(all_doors: list[Door], looks: Looks) -> float:
    """Seconds until every door has shown something to somebody who came after now."""
    since = time.monotonic()
    while any(looks.newest.get(door.name, 0.0) < since for door in all_doors):
        if time.monotonic() - since > 3 * OPENS_WITHIN_S:
            return NEVER
        await asyncio.sleep(0.02)
    return time.monotonic() - since


def _entered(stage: Stage) -> Counter[str]:
    """Entries of the audit by action."""
    rows = stage.sql("SELECT action, count(*) FROM command_auditentry GROUP BY 1").split()
    return Counter({action: int(count) for action, _, count in (row.partition("|") for row in rows)})


def _furnish(stage: Stage) -> tuple[str, str]:
    """A closed incident, and a device with a track and a refused fix, all of it marked: the number and the id."""
    mark = f"{time.time_ns():x}"
    said = {"mark": mark, "unit": UNIT, "street": STREET, "phone": PHONE, "note": NOTE, "raw": RAW}
    number, device = f"S1-{mark}", stage.sql(_DEVICE.format(**said))
    for text in (_INCIDENT, _TRACK, _REFUSED, _UNIT, _OFFICER):
        stage.sql(text.format(number=number, device=device, **said))
    return number, device


_DEVICE = """
INSERT INTO devices_device (station_id, name, kind, profile, datum, clock_offset_s, approved_at, changed_at)
VALUES ((SELECT min(id) FROM command_station), '{unit} {mark}', 'phone', 'fixes', 'wgs84', 0, now(), now()) RETURNING id
"""
_INCIDENT = """
WITH made AS (
    INSERT INTO dispatch_incident (station_id, number, kind_id, priority, state, place, address, caller_name,
        caller_phone, facts, opened_at, closed_at, disposition)
    VALUES ((SELECT min(id) FROM command_station), '{number}', (SELECT min(id) FROM dispatch_kind), 3, 'closed',
        ST_SetSRID(ST_MakePoint(106.5, 29.6), 4326), '{street}', '', '{phone}', '', now(), now(), '18')
    RETURNING id, station_id
)
INSERT INTO dispatch_logentry (incident_id, station_id, at, actor_name, code, params, text)
SELECT id, station_id, now(), '', 'note', '{{}}', '{note}' FROM made
"""
_TRACK = """
INSERT INTO devices_fix (device_id, time, corrected, received, lat, lon, mock, late)
VALUES ({device}, now(), now(), now(), 29.4711, 106.5, false, false)
"""
_REFUSED = """
INSERT INTO devices_quarantine (device_id, station_id, received, code, profile, raw)
VALUES ({device}, (SELECT min(id) FROM command_station), now(), 'future', 'fixes', '{raw}')
"""
_UNIT = """
INSERT INTO dispatch_unit (station_id, call_sign, kind, status, status_at)
VALUES ((SELECT min(id) FROM command_station), '{unit}' || right('{mark}', 6), 'foot', 'off_duty', now())
"""
_OFFICER = """
INSERT INTO command_officer (password, username, name, badge, rank, pin, station_id, is_active, must_change_password)
VALUES ('!', '{unit}-{mark}', '{unit}', '', '', '', (SELECT min(id) FROM command_station), true, false)
"""
