"""What an incident's export says of sources on a stage: it is opened, they are held with it, and it is exported and verified."""

import asyncio
import contextlib
import json
import shutil
import subprocess  # nosec B404 # an argument list of our own, no shell
import sys
from typing import Any

from operation.faults.clients import Line
from operation.faults.ledger import clear_away
from operation.faults.stage import Stage
from operation.home import PROJECT

CALL = {"kind": "fight", "priority": 4, "lat": 29.6, "lon": 106.5}


def recordings_in_export(stage: Stage, token: str, sources: list[int]) -> dict[str, Any]:
    """What `media/recordings.json` says of an incident to which these sources belong; the export verifies.

    Raises RuntimeError where it does not.
    """
    number = asyncio.run(_opened(stage, token))
    stage.sql(_HOLDS.format(number=number, sources=",".join(map(str, sources))))
    out = stage.home.root / "exported"
    shutil.rmtree(out, ignore_errors=True)
    key = stage.manage("incident_export", number, "--out", str(out)).split()[-1]
    clear_away(stage)
    words = [sys.executable, "-I", str(PROJECT / "verify.py"), str(out), "--key", key]
    done = subprocess.run(words, capture_output=True, text=True)  # nosec B603 # an argument list of our own, no shell
    if done.returncode:
        raise RuntimeError(f"the export does not verify: {done.stdout[-800:]}{done.stderr[-800:]}")
    found: dict[str, Any] = json.loads((out / "media" / "recordings.json").read_text())
    return found


async def _opened(stage: Stage, token: str) -> str:
    with contextlib.closing(Line(stage.home.port)) as line:
        status, body = await line.call(
            "POST", "/api/v1/incidents/", json.dumps(CALL).encode(), Authorization=f"Bearer {token}",
            Content_Type="application/json",
        )  # fmt: skip
    if status != 201:
        raise RuntimeError(f"an incident was not opened: {status} {body[:200]!r}")
    return str(json.loads(body)["number"])


_HOLDS = """
INSERT INTO devices_recordinghold (source_id, since, until, subject_kind, subject_id)
SELECT id, now() - interval '1 day', NULL, 'incident', '{number}' FROM devices_picturesource WHERE id IN ({sources})
"""
