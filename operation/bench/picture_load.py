"""The load of the pictures bench: one feeder of many sources, and walls that take what comes and say so as the page does."""

import asyncio
import base64
import json
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from devices.pictures.packet import HEAD_BYTES, Head, packed
from devices.pictures.pipe import framed

WALL_SOURCES = 64  # of one socket; a wall with more has several
ACKNOWLEDGE_S, ACKNOWLEDGE_BYTES = 0.2, 128 * 1024
WATCH_S = 30.0  # until all have said that they are watched

Payload = Callable[[int], tuple[bool, bytes]]  # number of the packet → whether it is key, its bytes


class Wall(asyncio.Protocol):
    """A socket that watches sources. It counts what it gets, and how late that is."""

    def __init__(self, sources: list[int], *, is_ours: bool) -> None:
        self.sources, self.is_ours, self.heard = sources, is_ours, bytearray()
        self.watched = self.deliveries = self.bytes = 0
        self.delays: list[float] = []  # ms from capture to here
        self.taken: dict[int, int] = {}  # bytes by source, not said yet
        self.saying: asyncio.TimerHandle | None = None
        self.is_closed = False
        self.is_open = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if not self.is_open.is_set():
            head, end, _ = self.heard.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(f"a wall was turned away: {bytes(head)[:200]!r}")
            del self.heard[: len(head) + 4]
            self.is_open.set()
        self._take_frames()

    def _take_frames(self) -> None:
        heard, at, size = self.heard, 0, len(self.heard)
        while size - at >= 2:
            length, begin = heard[at + 1] & 0x7F, at + 2
            if length >= 126:
                begin += 2 if length == 126 else 8
                length = int.from_bytes(heard[at + 2 : begin], "big")
            if size < begin + length:
                break
            self._frame(heard[at] & 0x0F, begin, length)
            at = begin + length
        del heard[:at]

    def _frame(self, kind: int, begin: int, length: int) -> None:
        if kind == 2 and self.is_ours:  # packets one after another, each behind its length
            end = begin + length
            while begin < end:
                length = int.from_bytes(self.heard[begin : begin + 4], "big")
                self._packet(begin + 4, length)
                begin += 4 + length
        elif kind == 2:
            self._packet(begin, length)
        elif kind == 1:
            self._hear(json.loads(self.heard[begin : begin + length]))
        elif kind == 8:
            raise RuntimeError("a wall was closed")

    def _packet(self, begin: int, length: int) -> None:
        head = self.heard[begin : begin + HEAD_BYTES]
        self.deliveries += 1
        self.bytes += length
        self.delays.append(time.time() * 1000 - int.from_bytes(head[16:24], "big") / 1000)
        if self.is_ours:
            self._took(int.from_bytes(head[4:8], "big"), length)

    def _took(self, source: int, length: int) -> None:
        """As `watching.ts` says it: for all sources at once, when it is time or much."""
        self.taken[source] = self.taken.get(source, 0) + length
        if self.taken[source] >= ACKNOWLEDGE_BYTES:
            self._acknowledge()
        elif self.saying is None:
            self.saying = asyncio.get_running_loop().call_later(ACKNOWLEDGE_S, self._acknowledge)

    def _acknowledge(self) -> None:
        if self.saying is not None:
            self.saying.cancel()
        taken, self.taken, self.saying = self.taken, {}, None
        if not self.is_closed:
            self.say({"type": "ack", "bytes": taken})

    def _hear(self, said: dict[str, Any]) -> None:
        if said["type"] == "refused":
            raise RuntimeError(f"a wall was refused: {said}")
        self.watched += said["type"] == "watching"

    def say(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.transport.write(b"\x81" + size + bytes(4) + data)  # masked with zeros

    def begin(self, headers: dict[str, str]) -> None:
        said = {
            "Host": "127.0.0.1", "Origin": "http://127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), "Sec-WebSocket-Version": "13",
            **headers,
        }  # fmt: skip
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self.transport.write(f"GET /pictures/ HTTP/1.1\r\n{head}\r\n".encode())


def _this(wall: Wall) -> Wall:
    return wall


async def connected(path: str, sources: list[int], headers: dict[str, str], *, is_ours: bool) -> list[Wall]:
    """One wall that watches all these sources: as many sockets as it needs."""
    found = []
    for at in range(0, len(sources), WALL_SOURCES):
        some = sources[at : at + WALL_SOURCES]
        wall = Wall(some, is_ours=is_ours)
        await asyncio.get_running_loop().create_unix_connection(partial(_this, wall), path)
        wall.begin(headers)
        await asyncio.wait_for(wall.is_open.wait(), 20)
        for source in some:
            wall.say({"type": "watch", "sources": [source], "reason": "bench of pictures"})
        found.append(wall)
    if is_ours:
        until = time.monotonic() + WATCH_S
        while any(wall.watched < len(wall.sources) for wall in found):
            if time.monotonic() > until:
                raise RuntimeError("a wall was not let watch")
            await asyncio.sleep(0.02)
    return found


class Feeder:
    """All sources, each with `rate` packets a second, evenly spread over the time between two."""

    def __init__(self, feed: str, sources: list[int], rate: float, codec: str, payload: Payload) -> None:
        self.feed, self.sources, self.rate, self.codec, self.payload = feed, sources, rate, codec, payload
        self.sent = 0
        self.epoch = int(time.time()) & 0xFFFF

    async def run(self, seconds: float) -> bool:
        """Feed; whether it kept its time to the end."""
        _, writer = await asyncio.open_unix_connection(self.feed)
        began, first, count = time.perf_counter(), self.sent, len(self.sources)
        while (gone := time.perf_counter() - began) < seconds:
            due = first + int(gone * self.rate * count)
            while self.sent < due:
                turn, which = divmod(self.sent, count)
                is_key, payload = self.payload(turn)
                now = time.time_ns() // 1000
                head = Head(self.codec, is_key, self.sources[which], turn, self.epoch, 0, now)
                writer.write(framed(packed(head, payload)))
                self.sent += 1
            await writer.drain()
            await asyncio.sleep(0.001)
        kept = self.sent - first >= 0.97 * seconds * self.rate * count
        await writer.drain()
        writer.close()
        return kept
