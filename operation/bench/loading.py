"""The load of the positions bench: phones that post on a schedule, and walls that take the time of what they are shown.

A fix carries the moment at which it was due to be sent, so every wall can tell its age by the host's one clock, and a
request that had to wait for its turn counts from when it was due.
"""

import asyncio
import base64
import json
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

STEP_S = 0.001
WARM_S = 1.0  # left out of the latencies
DRAIN_S = 6.0

Build = Callable[[int, int], bytes]  # (number of the device, its moment in ms) → a request
Acknowledged = Callable[[bytes], int]  # the body of a 200 → fixes that are durable


class Phone(asyncio.Protocol):
    """A kept connection with one request under way; the next ones wait for their turn."""

    def __init__(self, load: "Load") -> None:
        self.load, self.waiting, self.is_busy, self.heard = load, deque[bytes](), False, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.load.lost += 1

    def send(self, request: bytes) -> None:
        if self.is_busy:
            self.waiting.append(request)
        else:
            self.is_busy = True
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        head, end, body = self.heard.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self.heard = b""
        self.load.answered(head[9:12], body)
        if self.waiting:
            self.transport.write(self.waiting.popleft())
        else:
            self.is_busy = False


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0]) if after else 0


@dataclass
class Load:
    """Phones posting at a steady rate over kept connections."""

    path: str
    build: Build
    devices: int
    acknowledges: Acknowledged
    phones: list[Phone] = field(default_factory=list)
    sent: int = 0
    replies: int = 0
    taken: int = 0  # of those, with 200
    acknowledged: int = 0
    refused: dict[bytes, int] = field(default_factory=dict)
    lost: int = 0

    async def connect(self, count: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(count):
            _, phone = await loop.create_unix_connection(lambda: Phone(self), self.path)
            self.phones.append(phone)

    def answered(self, status: bytes, body: bytes) -> None:
        self.replies += 1
        if status == b"200":
            self.taken += 1
            self.acknowledged += self.acknowledges(body)
        else:
            self.refused[status] = self.refused.get(status, 0) + 1

    async def run(self, rate: float, seconds: float) -> bool:
        """Post `rate` requests a second; whether all were taken, soon after the end."""
        began, first, refused = time.perf_counter(), self.sent, dict(self.refused)
        clock_ms = time.time() * 1000
        while (gone := time.perf_counter() - began) < seconds:
            due = first + int(gone * rate)
            while self.sent < due:
                moment = int(clock_ms + (self.sent - first) / rate * 1000)
                self.phones[self.sent % len(self.phones)].send(self.build(self.sent % self.devices, moment))
                self.sent += 1
            await asyncio.sleep(STEP_S)
        return await self._drained() and self.refused == refused

    async def _drained(self) -> bool:
        for _ in range(int(DRAIN_S / 0.02)):
            if self.replies >= self.sent:
                return True
            await asyncio.sleep(0.02)
        return False

    async def flat_out(self, seconds: float) -> float:
        """Every phone posts as soon as it was answered: requests taken a second."""
        began, first = time.perf_counter(), self.taken
        while time.perf_counter() - began < seconds:
            for phone in self.phones:
                if not phone.is_busy:
                    phone.send(self.build(self.sent % self.devices, int(time.time() * 1000)))
                    self.sent += 1
            await asyncio.sleep(0)
        rate = (self.taken - first) / (time.perf_counter() - began)
        await self._drained()
        return rate

    def close(self) -> None:
        for phone in self.phones:
            phone.transport.abort()


class Wall:
    """A socket client that acknowledges what it gets and notes how old each place is when it arrives."""

    def __init__(self, path: str, url: str, headers: dict[str, str], *, is_timing: bool = True) -> None:
        self.path, self.url, self.headers, self.is_timing = path, url, headers, is_timing
        self.ages: list[float] = []  # ms
        self.after_ms = 0.0  # places due before are not counted
        self.frames = 0

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_unix_connection(self.path, limit=16_000_000)
        said = {
            "Host": "127.0.0.1", "Origin": "http://127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), "Sec-WebSocket-Version": "13",
            **self.headers,
        }  # fmt: skip
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self.writer.write(f"GET {self.url} HTTP/1.1\r\n{head}\r\n".encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise RuntimeError(f"a wall was turned away: {answer[:200]!r}")
        self.say({"type": "hello", "cursor": None})
        self.task = asyncio.ensure_future(self._listen())

    def say(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode()
        self.writer.write(bytes([0x81, 0x80 | len(data)]) + bytes(4) + data)  # masked with zeros; all are short

    async def _listen(self) -> None:
        while True:
            head = await self.reader.readexactly(2)
            size = head[1] & 0x7F
            if size >= 126:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            data = await self.reader.readexactly(size)
            if head[0] & 0x0F == 1:
                self.shown(data)
            elif head[0] & 0x0F == 8:
                raise RuntimeError(f"a wall was closed: {data[:100]!r}")

    def shown(self, data: bytes) -> None:
        now = time.time() * 1000
        if data.startswith(b'{"type":"fixes","tick":') and not self.is_timing:
            self.say({"type": "ack", "tick": int(data[23:36])})
            self.frames += 1
            return
        said = orjson.loads(data)
        match said["type"]:
            case "fixes":
                self.say({"type": "ack", "tick": said["tick"]})
                self.ages += [now - row[1] for row in said["fixes"] if row[1] >= self.after_ms]
                self.frames += 1
            case "position":  # the tutorial's
                self.frames += 1
                if said["time"] >= self.after_ms:
                    self.ages.append(now - said["time"])
            case "snapshot" | "events":
                self.say({"type": "ack", "seq": said["seq"]})

    async def close(self) -> None:
        self.task.cancel()
        self.writer.close()
        await asyncio.gather(self.task, return_exceptions=True)


def p95(ages: Sequence[float]) -> float:
    """The 95th percentile, or infinity where nothing was shown."""
    return sorted(ages)[int(0.95 * (len(ages) - 1))] if ages else float("inf")


async def timed(load: Load, walls: list[Wall], rate: float, seconds: float) -> tuple[float, bool]:
    """Run the load; (p95 in ms of due → shown on a wall, whether every request was taken)."""
    for wall in walls:
        wall.ages, wall.after_ms = [], time.time() * 1000 + WARM_S * 1000
    answered = await load.run(rate, seconds)
    await asyncio.sleep(0.3)
    if any(wall.task.done() for wall in walls):
        raise RuntimeError("a wall was closed under the load")
    return p95([age for wall in walls for age in wall.ages]), answered
