"""R8: walls that stop reading among others that read, under positions, incidents and alarms."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import uvloop

from operation import say
from operation.faults.clients import Caller, Going, Line, Phone, Wall, running, until_right
from operation.faults.ledger import Ledger, add_devices, clear_away, hire, result
from operation.faults.stage import Stage
from operation.faults.tenfold import leave_waiting

GOAL = "≤ 8 MB for each, p95 of the others + ≤ 10 %, closed after 10 s, whole and newest on return, no alarm missing"
PHASES, PHASE_S = (
    5,
    10.0,
)  # without and with in turn, so that both see the same machine; a stuck wall is let stand so long
FIRST_S = 1.0  # of a phase, not counted: its positions still belong to what was before
LET_GO_S = 14.0  # 10 s of silence, looked for every 2 s, and time to close
GOOD, STUCK = 4, 4
PHONES, PERIOD_S, CALLS_PERIOD_S = 150, 0.5, 0.4
NAP_S = 4.0  # a wall that reads again before it is given up
MEMORY_MB, MORE = 8.0, 1.10
STALE_MS = 2_000  # how far behind the others a wall's marks may be, a second after it read again
DRAIN_S = 30.0
SETTLED_WITHIN_S = 90.0  # the last incidents go on raising alarms for a minute and a little


class Stuck:
    """A wall whose browser has said hello and then never reads again, as a frozen page does."""

    def __init__(self, port: int, token: str) -> None:
        self.link = socket.socket()
        self.link.settimeout(5)
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that its pipe is full soon
        self.link.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.link.sendall(
            f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        if b" 101 " not in self.link.recv(300):
            raise RuntimeError("a wall was turned away")
        hello = json.dumps({"type": "hello", "cursor": None}).encode()
        self.link.sendall(bytes([0x81, 0x80 | len(hello)]) + bytes(4) + hello)

    def is_closed(self) -> bool:
        """Whether the station has ended it for its silence. What lies in the pipes is read first; a pipe that was full takes
        the kernel up to half a minute to open again."""
        heard = b""
        self.link.settimeout(DRAIN_S)
        with contextlib.suppress(OSError):
            while part := self.link.recv(65_536):
                heard = (heard + part)[-200:]
            return b'"silent"' in heard
        return False


class Napping(Wall):
    """A wall that stops reading for a moment and goes on over the same connection."""

    links = 0

    async def _listen(self, link: Any) -> None:
        self.link, self.links = link, self.links + 1
        await super()._listen(link)

    async def nap(self) -> None:
        """Leave what comes in the pipe for `NAP_S`."""
        self.link.transport.pause_reading()
        await asyncio.sleep(NAP_S)
        self.link.transport.resume_reading()


class Memory:
    """The web process's memory and connections, before and at their worst."""

    def __init__(self, stage: Stage) -> None:
        self.place = Path(f"/proc/{stage.pid('web')}/status")
        self.door = f" {stage.home.sockets / 'web.sock'}\n"
        self.before_mb, self.before_links = self.megabytes(), self.links()
        self.worst_mb = self.before_mb

    def megabytes(self) -> float:
        """What it holds in memory."""
        return int(self.place.read_text().split("VmRSS:")[1].split()[0]) / 1024

    def links(self) -> int:
        """How many connections of the front door it has, and the one on which it waits for more."""
        return Path("/proc/net/unix").read_text().count(self.door)

    async def links_kept(self) -> int:
        """Connections more than before, at the least during a second: requests come and go."""
        least = self.links()
        for _ in range(50):
            least = min(least, self.links())
            await asyncio.sleep(0.02)
        return least - self.before_links

    async def watch(self, seconds: float) -> None:
        """Note the worst for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.worst_mb = max(self.worst_mb, self.megabytes())
            await asyncio.sleep(0.1)


class Others:
    """How the walls that read fare: the ages of what reaches them, without a stuck one beside them and with some."""

    def __init__(self, port: int, token: str) -> None:
        self.good = [Wall(port, token) for _ in range(GOOD)]
        self.napping = Napping(port, token)
        self.without: list[float] = []
        self.during: list[float] = []
        self.stale = 0  # marks that were not the newest although their wall read again

    @property
    def walls(self) -> list[Wall]:
        return [*self.good, self.napping]

    async def look(self, seconds: float, into: list[float]) -> None:
        """Take the ages, ms, of positions that reach the walls meanwhile, after the first second."""
        await asyncio.sleep(FIRST_S)
        for wall in self.good:
            wall.ages.clear()
        await asyncio.sleep(seconds - FIRST_S)
        into += [age * 1000 for wall in self.good for age in wall.ages]

    async def nap(self) -> None:
        """One stops reading and reads again; a second later it has the newest of each."""
        links = self.napping.links
        await self.napping.nap()
        await asyncio.sleep(1)
        newest, shown = self.good[0].fixes, self.napping.fixes
        self.stale += sum(row[1] - shown.get(device, row)[1] > STALE_MS for device, row in newest.items())
        self.stale += links != self.napping.links


def run(stage: Stage, phases: int = PHASES, phase_s: float = PHASE_S) -> dict[str, Any]:
    """Takes about 220 s."""
    token, phones = hire(stage), add_devices(stage, "osmand", PHONES)
    try:
        leave_waiting(stage, phases * (phase_s + LET_GO_S))  # so that alarms are raised all the time
        return uvloop.run(_run(stage, token, phones, phases, phase_s))
    finally:
        clear_away(stage)


async def _run(
    stage: Stage, token: str, phones: list[tuple[int, str]], phases: int, phase_s: float
) -> dict[str, Any]:  # fmt: skip
    port, ledger, going, others = stage.home.port, Ledger(), Going(), Others(stage.home.port, token)
    clients = [Phone(Line(port), ledger, device, key, PERIOD_S).run(going) for device, key in phones]
    clients.append(Caller(Line(port), ledger, token, CALLS_PERIOD_S, 1).run(going))
    memory, left_open = list[float](), 0
    async with running([*(wall.run() for wall in others.walls), *clients]):
        await asyncio.wait_for(asyncio.gather(*(wall.ready.wait() for wall in others.walls)), 20)
        back = [Wall(port, token), _as_it_was(others.good[0], port, token)]
        for phase in range(phases):
            await others.look(phase_s, others.without)
            more, open_still = await _stuck(stage, token, others)
            memory.append(more)
            left_open += open_still
            say.line(f"  {phase + 1} of {phases}: {more:+.2f} MB a stuck wall, {open_still} of {STUCK} left open")
        await others.look(phase_s, others.without)
        async with running(wall.run() for wall in back):
            going.pause()
            began = time.monotonic()
            right_at, wrong = await until_right(port, token, [*others.walls, *back], SETTLED_WITHIN_S)
    if wrong:
        say.line(f"  wrong: {', '.join(wrong[:8])}")
    unseen = _unseen_alarms(stage, [*others.walls, *back])
    p95 = _p95(others.without), _p95(others.during)
    alarms = len(back[0].topics["alarm"])
    ok = max(memory) <= MEMORY_MB and p95[1] <= MORE * p95[0] and alarms > 0
    ok = ok and not (wrong or left_open or others.stale or ledger.refused)
    return result(
        "R8", GOAL, ledger.missing(stage) + unseen, ledger.doubled(stage), right_at - began, ok=ok,
        mb_each=round(max(memory), 2), p95_without_ms=round(p95[0], 1), p95_with_ms=round(p95[1], 1),
        left_open=left_open, stale=others.stale, wrong=len(wrong), alarms=alarms,
    )  # fmt: skip


async def _stuck(stage: Stage, token: str, others: Others) -> tuple[float, int]:
    """Let some walls stop reading: the memory that one takes at the worst, MB, and how many were not closed."""
    memory = Memory(stage)
    stuck = [await asyncio.to_thread(Stuck, stage.home.port, token) for _ in range(STUCK)]
    await asyncio.gather(others.look(PHASE_S, others.during), others.nap(), memory.watch(LET_GO_S))
    held = await memory.links_kept()
    closed = await asyncio.gather(*(asyncio.to_thread(one.is_closed) for one in stuck))
    for one in stuck:
        one.link.close()
    return (memory.worst_mb - memory.before_mb) / STUCK, max(closed.count(False), held)


def _as_it_was(wall: Wall, port: int, token: str) -> Wall:
    """A wall that comes back at the end with what this one knew at this moment."""
    left = Wall(port, token)
    left.cursor, left.fixes = wall.cursor, dict(wall.fixes)
    left.topics = {name: dict(shown) for name, shown in wall.topics.items()}
    return left


def _unseen_alarms(stage: Stage, walls: list[Wall]) -> int:
    """Open alarms that are not on a wall, counted for each wall; one that was raised just now may be on its way."""
    rows = stage.sql("SELECT id FROM command_alarm WHERE cleared_at IS NULL AND raised_at < now() - interval '2 s'")
    return sum(number not in wall.topics["alarm"] for number in rows.split() for wall in walls)


def _p95(ages: list[float]) -> float:
    return sorted(ages)[int(0.95 * (len(ages) - 1))] if ages else float("inf")
