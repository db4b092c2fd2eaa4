"""R15: cameras flap and hang, beside others that are well: each is its own child's trouble and nobody else's."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import uvloop

from operation import say
from operation.faults.clients import running
from operation.faults.eyes import FPS, Eye, Watcher, enter, eyes, forget, mute, now_us, pulling
from operation.faults.ledger import hire, result
from operation.faults.stage import Stage, free_port

GOAL = "healthy cameras miss nothing, seen ≤ 10 s after it is back, a dead one ≤ 1 % of a core, no child left over"
BACK_S, HUNG_S, CPU_PERCENT, GONE_S = 10.0, 20.0, 1.0, 12.0
HEALTHY, FLAPS, CPU_S = 3, 6, 40.0
AWAY_S = 2.0
BEGUN_S = 20.0  # until a watched camera has its child, on a machine that is busy with others
_TICKS = os.sysconf("SC_CLK_TCK")


def run(
    stage: Stage, healthy: int = HEALTHY, flaps: int = FLAPS, cpu_s: float = CPU_S, *, hang: bool = True
) -> dict[str, Any]:
    """One camera is killed `flaps` times, one takes connections and says nothing, one is dead, one's child is stopped."""
    token = hire(stage)
    try:
        with eyes(stage, healthy + 2) as found:
            return uvloop.run(_broken(stage, token, found, flaps, cpu_s, hang=hang))
    finally:
        forget(stage)


async def _broken(
    stage: Stage, token: str, found: list[Eye], flaps: int, cpu_s: float, *, hang: bool
) -> dict[str, Any]:
    async with mute() as silent:
        dead = f"rtsp://127.0.0.1:{free_port()}/camera"
        sources = await asyncio.to_thread(enter, stage, [*(one.url for one in found), silent, dead], recorded=False)
        flapping, stopped, *well = sources[: len(found)]
        watcher = Watcher(stage.home.port, token, sources)
        async with running([watcher.run()]):
            for source in (flapping, stopped, *well):
                await watcher.sees(source, 0)
            began = now_us()
            back, hung, percent = await asyncio.gather(
                _flapped(watcher, found[0], flapping, flaps), _hung(stage, watcher, stopped) if hang else _nothing(),
                _cpu(stage, sources[-2:], cpu_s),
            )  # fmt: skip
            lasted = (now_us() - began) / 1e6
        gone_s = await _gone(stage)
    missed = sum(watcher.missed(source) for source in well)
    share = min(_rate(watcher, source, began, lasted) for source in well)
    ok = max(back) <= BACK_S and hung <= HUNG_S and max(percent) <= CPU_PERCENT and gone_s <= GONE_S and share > 0.97
    return result(
        "R15", GOAL, missed, 0, max(back), ok=ok, flaps=len(back), hung_back_s=round(hung, 1),
        mute_cpu_percent=percent[0], dead_cpu_percent=percent[1], healthy_share=round(share, 3),
        children_gone_s=round(gone_s, 1), lasted_s=round(lasted),
    )  # fmt: skip


def _rate(watcher: Watcher, source: int, since_us: int, lasted: float) -> float:
    """Which part of its pictures came."""
    came = sum(since_us < head.captured_us <= since_us + lasted * 1e6 for head in watcher.heads[source])
    return came / (lasted * FPS)


async def _flapped(watcher: Watcher, eye: Eye, source: int, flaps: int) -> list[float]:
    """Kill the camera and bring it back, again and again: s from its return to its next picture."""
    back = []
    for number in range(flaps):
        await asyncio.to_thread(eye.stop)
        await asyncio.sleep(AWAY_S * (1 + number % 4))
        await asyncio.to_thread(eye.start)
        back.append(await watcher.sees(source, now_us()))
        say.line(f"  camera back {number + 1} of {flaps}: seen after {back[-1]:.1f} s")
    return back


async def _hung(stage: Stage, watcher: Watcher, source: int) -> float:
    """Stop a camera's child: s until its pictures come from another one."""
    [pid] = await _children(stage, source)
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(0.5)  # what it had written before is still on its way
    return await watcher.sees(source, now_us())


async def _children(stage: Stage, *sources: int) -> list[int]:
    """The children that pull these sources, once each has one: who begins first is seen before the last is there. Raises
    TimeoutError after BEGUN_S.
    """
    async with asyncio.timeout(BEGUN_S):
        while not set(sources) <= (found := await asyncio.to_thread(_pulling, stage)).keys():
            await asyncio.sleep(0.2)
    return [found[source] for source in sources]


def _pulling(stage: Stage) -> dict[int, int]:
    return pulling(stage.pid("pictures"))


async def _nothing() -> float:
    return 0.0


async def _cpu(stage: Stage, sources: list[int], cpu_s: float) -> list[float]:
    """Per cent of a core that the children of these sources use."""
    pids = await _children(stage, *sources)
    before, began = [_used(pid) for pid in pids], time.monotonic()
    await asyncio.sleep(cpu_s)
    lasted = time.monotonic() - began
    return [round(100 * (_used(pid) - used) / lasted, 2) for pid, used in zip(pids, before, strict=True)]


def _used(pid: int) -> float:
    """Processor s of a process. Raises OSError where it is gone: a child of a dead camera stays the same one."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / _TICKS


async def _gone(stage: Stage) -> float:
    """S until no child is left, since nobody watches; infinity where one stays."""
    began = time.monotonic()
    while await asyncio.to_thread(_pulling, stage):
        if time.monotonic() > began + 2 * GONE_S:
            return float("inf")
        await asyncio.sleep(0.2)
    return time.monotonic() - began
