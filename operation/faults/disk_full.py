"""R6: the disk of the recordings runs full and is emptied again, while cameras are recorded and calls come in."""

import asyncio
import contextlib
import os
import shutil
import subprocess  # nosec B404 # argument lists only, never a shell
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from operation.faults.clients import Caller, Going, Line, running
from operation.faults.eyes import enter, eyes, forget, now_us
from operation.faults.kept import files, folder, is_written, parts, rows_of, wrong_in
from operation.faults.ledger import Ledger, clear_away, hire, result
from operation.faults.stage import Stage

GOAL = "no recording corrupt or half entered, alarms at 85 and 95 %, calls taken, recorded again once there is room"
CAMERAS, DISK = 3, "32m"
FULL_S, ALARM_S, AGAIN_S, CALLS_S = 15.0, 45.0, 25.0, 0.5
PATIENCE_S = 40.0


@dataclass(frozen=True)
class Seen:
    """Whether each alarm came, how many calls were taken while nothing could be written, s until it was recorded again."""

    alarms: list[bool]
    calls: int
    back_s: float


def run(stage: Stage) -> dict[str, Any]:
    """Takes about 2 min, since one looks at disks every 30 s. As root alone: it mounts a small disk."""
    token, ledger = hire(stage), Ledger()
    sources: list[int] = []
    try:
        with small_disk(stage), eyes(stage, CAMERAS) as found:
            sources += enter(stage, [one.url for one in found], recorded=True)
            done = uvloop.run(_filled(stage, token, ledger, sources))
            forget(stage)
            _settle(stage)
            return _result(stage, ledger, sources, done)
    finally:
        forget(stage)
        clear_away(stage)


@contextlib.contextmanager
def small_disk(stage: Stage) -> Iterator[None]:
    """The folder of the recordings is a disk of its own for a while. Raises CalledProcessError where none may be mounted."""
    place = folder(stage)
    stage.stop("pictures")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    stage.sql("DELETE FROM devices_recording; DELETE FROM devices_recordingsfolder")
    _told("mount", "-t", "tmpfs", "-o", f"size={DISK}", "recordings", str(place))
    try:
        stage.start("pictures")
        yield
    finally:
        stage.stop("pictures")
        _told("umount", "-l", str(place))
        stage.sql("DELETE FROM devices_recording; DELETE FROM devices_recordingsfolder")
        stage.start("pictures")


def _told(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)  # nosec B603 # an argument list of our own, no shell


async def _filled(stage: Stage, token: str, ledger: Ledger, sources: list[int]) -> "Seen":
    caller = Caller(Line(stage.home.port), ledger, token, CALLS_S)
    async with running([caller.run(Going())]):
        await asyncio.to_thread(_wait_written, stage, sources, 0)
        alarms = []
        for percent, kind in ((88, "disk_filling"), (97, "disk_full")):
            _fill(folder(stage), percent)
            alarms.append(await asyncio.to_thread(_alarmed, stage, kind))
        _fill(folder(stage), 100)
        calls = len(ledger.calls)
        await asyncio.sleep(FULL_S)
        calls = len(ledger.calls) - calls
        (folder(stage) / "filler").unlink()
        return Seen(alarms, calls, await asyncio.to_thread(_wait_written, stage, sources, now_us()))


def _fill(place: Path, percent: float) -> None:
    """Fill the disk up to so many per cent with a file that nobody needs."""
    disk = os.statvfs(place)
    wanted = int(disk.f_blocks * disk.f_frsize * percent / 100) - (disk.f_blocks - disk.f_bavail) * disk.f_frsize
    with (place / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
        while wanted > 0:
            wanted -= filler.write(bytes(min(wanted, 65_536)))
        if percent >= 100:
            while True:
                filler.write(bytes(4096))


def _alarmed(stage: Stage, kind: str) -> bool:
    """Whether the alarm of the recordings' disk comes in time."""
    query = (
        f"SELECT count(*) FROM command_alarm WHERE kind = '{kind}' AND subject_id = 'recordings' AND cleared_at IS NULL"  # noqa: S608 - our own words  # nosec B608
    )
    until = time.monotonic() + ALARM_S
    while stage.sql(query) == "0":
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True


def _wait_written(stage: Stage, sources: list[int], since_us: int) -> float:
    """S until a file of each source that began after a moment is being written; infinity where that never comes."""
    began = time.monotonic()
    while not all(is_written(stage, source, since_us) for source in sources):
        if time.monotonic() > began + PATIENCE_S:
            return float("inf")
        time.sleep(0.1)
    return time.monotonic() - began


def _settle(stage: Stage) -> None:
    until = time.monotonic() + PATIENCE_S
    while parts(stage) and time.monotonic() < until:
        time.sleep(0.2)


def _result(stage: Stage, ledger: Ledger, sources: list[int], seen: Seen) -> dict[str, Any]:
    rows = rows_of(stage, sources)
    wrong = wrong_in(folder(stage), rows)
    astray = files(stage, sources) ^ {row.path for row in rows}
    ok = not wrong and all(seen.alarms) and seen.back_s <= AGAIN_S and seen.calls > 0 and not ledger.refused
    return result(
        "R6", GOAL, len(astray) + ledger.missing(stage), ledger.doubled(stage), seen.back_s, ok=ok and not ledger.again,
        alarms=seen.alarms, calls_while_full=seen.calls, files=len(rows), cut_off=sum(row.is_cut_off for row in rows),
        wrong=wrong[:5], again=ledger.again, refused=dict(ledger.refused),
    )  # fmt: skip
