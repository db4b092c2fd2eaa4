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

from operation import say
from operation.faults.clients import Caller, Going, Line, Phone, Wall, running, until_right
from operation.faults.ledger import Ledger, add_devices, clear_away, hire, result
from operation.faults.stage import Stage

GOAL = "≤ 8 MB for each, p95 of the others + ≤ 10 %, closed after 10 s, whole and newest on return, no alarm missing"
PHASES, PHASE_S = 3, 14.0  # with and without in turn, so that both see the same machine
GOOD, STUCK = 4, 4
PHONES, PERIOD_S, CALLS_PERIOD_S = 150, 0.5, 0.4
MEMORY_MB, MORE = 8.0, 1.10
DRAIN_S = 30.0
SETTLED_WITHIN_S = 60.0  # incidents that wait too long go on raising alarms for a while
FIRST_S = 1.0  # ages of a phase's first second still belong to the one before


class Stuck:
    """A wall whose browser has said hello and then never reads again, as a frozen page does."""

    def __init__(self, port: int, token: str) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
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

    def end(self) -> None:
        self.link.close()


def run(stage: Stage) -> dict[str, Any]:
    """Takes about 200 s."""
    token, phones = hire(stage), add_devices(stage, "osmand", PHONES)
    try:
        return asyncio.run(_run(stage, token, phones))
    finally:
        clear_away(stage)


async def _run(stage: Stage, token: str, phones: list[tuple[int, str]]) -> dict[str, Any]:
    port, ledger, going = stage.home.port, Ledger(), Going()
    good = [Wall(port, token) for _ in range(GOOD)]
    senders = [Phone(Line(port), ledger, device, key, PERIOD_S) for device, key in phones]
    clients = [one.run(going) for one in senders] + [Caller(Line(port), ledger, token, CALLS_PERIOD_S, 1).run(going)]
    without, during, memory, left_open = list[float](), list[float](), list[float](), 0
    async with running([*(wall.run() for wall in good), *clients]):
        await asyncio.gather(*(asyncio.wait_for(wall.ready.wait(), 20) for wall in good))
        await asyncio.sleep(5)
        for phase in range(PHASES):
            without += await _ages(good)
            before = _megabytes(stage)
            stuck = [await asyncio.to_thread(Stuck, port, token) for _ in range(STUCK)]
            during += await _ages(good)
            memory.append((_megabytes(stage) - before) / STUCK)
            closed = await asyncio.gather(*(asyncio.to_thread(one.is_closed) for one in stuck))
            left_open += closed.count(False)
            for one in stuck:
                one.end()
            say.line(
                f"  {phase + 1} of {PHASES}: {memory[-1]:+.2f} MB a stuck wall, {closed.count(True)} of {STUCK} closed"
            )
        back = [Wall(port, token)]
        async with running(wall.run() for wall in back):
            began = time.monotonic()
            going.pause()
            right_at, wrong = await until_right(port, token, [*good, *back], SETTLED_WITHIN_S)
    missing = ledger.missing(stage)
    p95 = _p95(without), _p95(during)
    ok = not wrong and not left_open and max(memory) <= MEMORY_MB and p95[1] <= MORE * p95[0] and not ledger.refused
    return result(
        "R8", GOAL, missing, ledger.doubled(stage), right_at - began, ok=ok, mb_each=round(max(memory), 2),
        p95_without_ms=round(p95[0]), p95_with_ms=round(p95[1]), left_open=left_open, wrong=len(wrong),
        alarms=len(good[0].topics["alarm"]),
    )  # fmt: skip


async def _ages(walls: list[Wall]) -> list[float]:
    """Ages, ms, of the positions that reach the walls during a phase."""
    await asyncio.sleep(FIRST_S)
    for wall in walls:
        wall.ages.clear()
    await asyncio.sleep(PHASE_S - FIRST_S)
    return [age * 1000 for wall in walls for age in wall.ages]


def _megabytes(stage: Stage) -> float:
    """What the web process holds in memory."""
    status = Path(f"/proc/{stage.pid('web')}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _p95(ages: list[float]) -> float:
    return sorted(ages)[int(0.95 * (len(ages) - 1))] if ages else float("inf")
