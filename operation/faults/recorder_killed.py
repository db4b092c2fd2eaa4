"""R16: the recorder is killed, and the whole process `pictures`, under recording. What was written before stays whole."""

import asyncio
import contextlib
import os
import signal
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import uvloop

from operation import say
from operation.faults.clients import running
from operation.faults.exported import recordings_in_export
from operation.faults.eyes import Watcher, enter, eyes, forget, now_us
from operation.faults.kept import Row, files, folder, is_written, parts, rows_of, wrong_in
from operation.faults.ledger import hire, result
from operation.faults.memory import family
from operation.faults.stage import Stage
from operation.supervisor import alive

GOAL = (
    "≤ 1 s lost at each kill, an export names the gap, all before it plays and is proved, files and rows are the same"
)
LOST_S, BACK_S, PATIENCE_S = 1.0, 30.0, 40.0
CAMERAS, KILLS, EVERY_S = 3, 6, 6.0


@dataclass
class Kill:
    """One kill: when (µs since 1970), and what was newest of each source then."""

    at: int
    newest: dict[int, int]
    back_s: float


def run(stage: Stage, cameras: int = CAMERAS, kills: int = KILLS, every_s: float = EVERY_S) -> dict[str, Any]:
    """Every other kill takes the recorder alone, the others the process `pictures` with or without all its children."""
    token = hire(stage)
    sources: list[int] = []
    try:
        with eyes(stage, cameras) as found:
            sources += enter(stage, [one.url for one in found], recorded=True)
            done = uvloop.run(_killed(stage, token, sources, kills, every_s))
            _wait(lambda: all(is_written(stage, source) for source in sources), "they are recorded again")
    finally:
        forget(stage)
    _wait(lambda: not parts(stage), "all files are entered")
    return _result(stage, sources, done, recordings_in_export(stage, token, sources)["gaps"])


async def _killed(stage: Stage, token: str, sources: list[int], kills: int, every_s: float) -> list[Kill]:
    done: list[Kill] = []
    await _wait_open(stage, sources, 0)
    for number in range(kills):
        watcher = Watcher(stage.home.port, token, sources)
        async with running([watcher.run()]):
            for source in sources:
                await watcher.sees(source, now_us())
            await asyncio.sleep(every_s)
            at = await asyncio.to_thread(_kill, stage, ("recorder", "pictures", "all")[number % 3])
            await asyncio.sleep(0.3)  # what was on its way to the watcher at that moment
        newest = {
            source: max(head.captured_us for head in heads if head.captured_us <= at)
            for source, heads in watcher.heads.items()
        }
        await _wait_open(stage, sources, at)
        done.append(Kill(at, newest, (now_us() - at) / 1e6))
        say.line(f"  kill {number + 1} of {kills}: recorded again after {done[-1].back_s:.1f} s")
    return done


def _kill(stage: Stage, whom: str) -> int:
    """`kill -9`, and see that they are gone; the moment."""
    pictures, *children = family(stage.pid("pictures"))
    recorder = [pid for pid in children if "devices.pictures.recorder" in Path(f"/proc/{pid}/cmdline").read_text()]
    pids = {"recorder": recorder, "pictures": [pictures], "all": [pictures, *children]}[whom]
    at = now_us()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(alive(pid) for pid in pids):
        time.sleep(0.005)
    return at


async def _wait_open(stage: Stage, sources: list[int], since_us: int) -> None:
    """Until each source has a file that began after a moment."""
    until = time.monotonic() + PATIENCE_S
    while not all(is_written(stage, source, since_us) for source in sources):
        if time.monotonic() > until:
            raise TimeoutError("a source is not recorded")
        await asyncio.sleep(0.05)


def _wait(what: Any, said: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not what():
        if time.monotonic() > until:
            raise TimeoutError(f"it never came that {said}")
        time.sleep(0.1)


# ---- what is left


def lost_s(rows: list[Row], kill: Kill) -> float:
    """S of pictures that had been taken when the kill came and are in no file, the worst of all sources."""
    worst = 0.0
    for source, newest in kill.newest.items():
        ended = max((row.ended for row in rows if row.source == source and row.began <= kill.at), default=0)
        worst = max(worst, (newest - ended) / 1e6)
    return worst


def gap_s(rows: list[Row], kill: Kill) -> float:
    """S from the end of the file that was cut off to the beginning of the next, the worst of all sources; 0 shows none."""
    worst = 0.0
    for one, two in pairwise(rows):
        if one.source == two.source and one.began <= kill.at < two.began:
            worst = max(worst, (two.began - one.ended) / 1e6)
    return worst


def unnamed(gaps: list[dict[str, Any]], sources: list[int], done: list[Kill]) -> int:
    """How many gaps that kills left, of each source one, an export does not name."""
    named = [(gap["source"], gap["from_us"] - LOST_S * 1e6, gap["to_us"]) for gap in gaps]
    return sum(
        not any(source == of and begins <= kill.at < ends for of, begins, ends in named)
        for kill in done
        for source in sources
    )


def _result(stage: Stage, sources: list[int], done: list[Kill], named: list[dict[str, Any]]) -> dict[str, Any]:
    rows = rows_of(stage, sources)
    wrong = wrong_in(folder(stage), rows)
    astray = files(stage, sources) ^ {row.path for row in rows}
    lost = [round(lost_s(rows, kill), 2) for kill in done]
    gaps = [round(gap_s(rows, kill), 2) for kill in done]
    back = max(kill.back_s for kill in done)
    is_told = all(any(row.is_cut_off for row in rows if row.source == source) for source in sources)
    not_named = unnamed(named, sources, done)
    is_whole = not wrong and is_told and not not_named and len(rows) > len(sources)
    ok = is_whole and max(lost) <= LOST_S and min(gaps) > 0 and back <= BACK_S
    return result(
        "R16", GOAL, len(astray), len(rows) - len({row.path for row in rows}), back, ok=ok, kills=len(done),
        lost_s=max(lost), gap_s=gaps, gaps_not_named=not_named,
        files=len(rows), cut_off=sum(row.is_cut_off for row in rows), wrong=wrong[:5],
    )  # fmt: skip
