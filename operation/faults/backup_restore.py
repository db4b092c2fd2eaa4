"""R20: the machine is lost with its disk; what is left is a backup's file and the archive on another machine."""

import asyncio
import io
import json
import os
import shutil
import subprocess  # nosec B404 # argument lists only, never a shell
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from PIL import Image

from operation import say
from operation.archive import EVERY_S
from operation.backup import write
from operation.faults.clients import Caller, Going, Line, Phone, running
from operation.faults.ledger import Ledger, add_devices, clear_away, hire, result
from operation.faults.stage import Stage, free_port
from operation.home import PROJECT, Home
from operation.postgres import Cluster
from operation.up import stop

RPO_S, RTO_S = 300.0, 1800.0
GOAL = "acknowledged more than 5 min before the loss and missing 0, running within 30 min, what was erased stays erased"
PHONES, PERIOD_S, CALLS_PERIOD_S = 20, 0.5, 0.5
# A name and a number that must be found nowhere afterwards
_OFFICER = """
INSERT INTO command_officer (password, username, name, badge, rank, pin, station_id, is_active, must_change_password)
VALUES ('!', 'canary', '金丝雀', '4711', '', '', (SELECT min(id) FROM command_station), true, false) RETURNING id
"""
_CALLER = """
INSERT INTO dispatch_incident (station_id, number, kind_id, priority, state, place, address, caller_name, caller_phone,
    facts, opened_at, disposition)
VALUES ((SELECT min(id) FROM command_station), 'S1-canary', (SELECT min(id) FROM dispatch_kind), 4, 'open',
    'POINT(106.5 29.6)', '', '金丝雀', '4711', '', now(), '') RETURNING id
"""
_LEFT = """
SELECT (SELECT count(*) FROM command_officer WHERE name = '金丝雀' OR badge = '4711' OR username = 'canary')
     + (SELECT count(*) FROM dispatch_incident WHERE caller_name = '金丝雀' OR caller_phone = '4711')
"""


@dataclass
class Restored:
    """The station on the new machine; to the ledger it is a stage."""

    home: Home

    def sql(self, query: str) -> str:
        """Rows as text."""
        return Cluster(self.home).sql(query).strip()


def run(stage: Stage, load_s: float = 280, archive_s: int = EVERY_S) -> dict[str, Any]:
    """Back up under load, erase two people, go on for `load_s`, lose the machine, restore on another. About 6 min."""
    token, phones = hire(stage), add_devices(stage, "osmand", PHONES)
    folder = stage.home.root / "other-machine"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    new = Restored(Home(stage.home.root.parent / "faults-restored").borrowing(stage.home.packages))
    _archive_every(stage, archive_s)
    try:
        photos: dict[str, str] = {}
        ledger, lost_at = uvloop.run(_until_lost(stage, token, phones, folder, load_s, photos))
        took = _restored(stage, new.home, folder)
        wrong = _photos_wrong(new, photos)
        return _compared(stage, new, ledger, lost_at, took, RPO_S if archive_s == EVERY_S else archive_s + 30, wrong)
    finally:
        stop(new.home)
        shutil.rmtree(new.home.root)
        _archive_every(stage, EVERY_S)
        clear_away(stage)


def _archive_every(stage: Stage, seconds: int) -> None:
    for words in (f"ALTER SYSTEM SET archive_timeout = {seconds}", "SELECT pg_reload_conf()"):
        stage.cluster.sql(words, "postgres")


async def _until_lost(
    stage: Stage, token: str, devices: list[tuple[int, str]], folder: Path, load_s: float, photos: dict[str, str]
) -> tuple[Ledger, float]:
    """Everybody at work; returns what was acknowledged, and the moment (unix s) from which the first machine is no more."""
    ledger, going, port = Ledger(), Going(), stage.home.port
    people = await asyncio.to_thread(_add_canaries, stage)
    phones = [Phone(Line(port), ledger, device, key, PERIOD_S).run(going) for device, key in devices]
    async with running([*phones, Caller(Line(port), ledger, token, CALLS_PERIOD_S).run(going)]):
        await asyncio.sleep(3)
        photos |= {"backed up": await _photo(port, token), "erased": await _photo(port, token)}
        await asyncio.to_thread(write, stage.home, folder / "backup.tar")
        for kind, ident in people:
            await asyncio.to_thread(stage.manage, "erase", kind, ident, "--reason", "asked")
        newest = stage.sql("SELECT max(id) FROM dispatch_photo")  # the one that is to be erased
        await asyncio.to_thread(stage.manage, "erase", "photo", newest, "--reason", "mistake")
        photos["newer"] = await _photo(port, token)
        say.line(f"  backed up, two people erased; {load_s:.0f} s more, then the machine is lost")
        await asyncio.sleep(load_s)
        lost_at = time.time()
        shutil.copytree(stage.cluster.archive.folder, folder / "archive")  # as the other machine has it at this moment
        going.pause()
        await asyncio.sleep(1)
    return ledger, lost_at


async def _photo(port: int, token: str) -> str:
    """Note something with a photo, as a phone does; returns the photo's key."""
    line, key, made = Line(port), str(uuid.uuid4()), io.BytesIO()
    Image.effect_noise((400, 300), 60).save(made, "JPEG")
    said = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    call = json.dumps({"kind": "fight", "priority": 4, "lat": 29.6, "lon": 106.5}).encode()
    _, opened = await line.call("POST", "/api/v1/incidents/", call, **said)
    note = json.dumps({"text": "photo", "photos": [key]}).encode()
    await line.call("POST", f"/api/v1/incidents/{json.loads(opened)['number']}/log/", note, **said)
    status, answer = await line.call(
        "POST", f"/api/v1/photos/{key}/", made.getvalue(), Authorization=f"Bearer {token}", Content_Type="image/jpeg"
    )
    line.close()
    if status != 201:
        raise RuntimeError(f"the photo was not taken: {status} {answer[:200]!r}")
    return key


def _photos_wrong(new: Restored, photos: dict[str, str]) -> list[str]:
    """Which photos are gone that should be there, or there that should be gone."""
    there = {name: bool(list((new.home.root / "photos").glob(f"*/{key}.large.jpg"))) for name, key in photos.items()}
    return [name for name, is_there in there.items() if is_there == (name == "erased")]


def _add_canaries(stage: Stage) -> list[tuple[str, str]]:
    return [("officer", stage.sql(_OFFICER)), ("caller", stage.sql(_CALLER))]


def _restored(stage: Stage, home: Home, folder: Path) -> float:
    """Restore by the same command as a person would; returns the seconds until the station was healthy."""
    env = {**os.environ, "STATION_HOME": str(home.root), "STATION_PACKAGES": str(stage.home.packages)}
    argv = [str(home.python), "-m", "operation", "restore", str(folder / "backup.tar")]
    argv += ["--archive", str(folder / "archive"), "--port", str(free_port())]
    began = time.monotonic()
    done = subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True)  # nosec B603 # an argument list of our own, no shell
    if done.returncode:
        raise RuntimeError(f"restore: {done.stderr[-1500:]}")
    return time.monotonic() - began


def _compared(
    stage: Stage, new: Restored, ledger: Ledger, lost_at: float, took: float, rpo_s: float, photos: list[str]
) -> dict[str, Any]:
    kept = {
        *new.sql("SELECT device_id || ':' || round(extract(epoch FROM time) * 1000)::bigint FROM devices_fix").split()
    }
    moments = [moment / 1000 for device, moment in ledger.fixes if f"{device}:{moment}" not in kept]
    known = set(new.sql("SELECT number FROM dispatch_incident").split())
    rows = stage.sql("SELECT number, extract(epoch FROM opened_at) FROM dispatch_incident").split()
    opened = dict(row.split("|") for row in rows)
    moments += [float(opened[number]) for number in ledger.calls.values() if number not in known]
    before = [moment for moment in moments if moment < lost_at]
    rpo = max((lost_at - moment for moment in before), default=0.0)
    late = sum(lost_at - moment > rpo_s for moment in before)
    left = _canaries_left(new)
    ok = took <= RTO_S and not left and not photos and bool(ledger.calls)
    return result(
        "R20", GOAL, late, ledger.doubled(new), took, ok=ok, rpo_s=round(rpo, 1), rpo_goal_s=rpo_s,  # type: ignore[arg-type]
        acknowledged=len(ledger.fixes) + len(ledger.calls), younger_and_gone=len(before), erased_found_again=left,
        photos_wrong=photos,
    )  # fmt: skip


def _canaries_left(new: Restored) -> int:
    """Rows that still say who was erased."""
    return int(new.sql(_LEFT))
