"""The clients of a fault, at the front door: phones, callers and walls that go on through whatever happens."""

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from operation import say
from operation.faults.ledger import Ledger

PATIENCE_S = 15.0  # a request without an answer for so long counts as broken
RETRY_S = 0.3
COME_AGAIN = (0, 502, 503, 504)  # 0: the connection broke
SLOWER = 429  # more fixes a second than a device may send, as when it works off what waited: it keeps them and waits
SLOWER_S = 2.0  # as Retry-After says
HOLD_S = 2.5  # a beat's time and a little: a wall that was about to notice something has noticed it
SILENCE_S = 4.5  # after which a wall makes a new connection, as browsers do
KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "station": lambda payload: payload["code"],
    "incident": lambda payload: payload["number"],
    "unit": lambda payload: f"{payload['station']}/{payload['call_sign']}",
    "alarm": lambda payload: str(payload["id"]),
    "kind": lambda payload: payload["slug"],
    "camera": lambda payload: str(payload["id"]),
    "picture": lambda payload: str(payload["id"]),
    "order": lambda payload: str(payload["id"]),
    "call_for_help": lambda payload: str(payload["id"]),
    "errand": lambda payload: str(payload["id"]),
    "road_block": lambda payload: str(payload["id"]),
}  # the log's lines are the newest hundred in a snapshot and all since then on a wall, so they are not compared


class Line:
    """A kept connection to the front door with one request at a time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.writer: asyncio.StreamWriter | None = None

    async def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Status and body; the status is 0 when the connection broke or nobody answered."""
        said = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{said}\r\n"
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._asked(head.encode() + body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self.close()
            return 0, b""

    async def _asked(self, request: bytes) -> tuple[int, bytes]:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1_000_000)
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = head.partition(b"\r\ncontent-length:")
        body = await self.reader.readexactly(int(length.split(b"\r\n", 1)[0])) if length else b""
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head[9:12]), body

    def close(self) -> None:
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.close()


class Going:
    """Whether phones and callers send at the moment."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._event.set()

    def pause(self) -> None:
        self._event.clear()

    def resume(self) -> None:
        self._event.set()

    async def from_(self, due: float) -> float:
        """Wait for the moment `due` (unix s) and for the end of a pause; the moment from which to go on."""
        await asyncio.sleep(max(0.0, due - time.time()))
        if self._event.is_set():
            return due
        await self._event.wait()
        return time.time()


@dataclass
class Clerk:
    """Asks the API as somebody."""

    line: Line
    ledger: Ledger
    token: str

    async def taken(self, method: str, path: str, said: dict[str, Any], key: str = "") -> tuple[float, dict[str, Any]]:
        """Ask until it is taken: when it was first asked (unix s), and the answer. Raises LookupError when it is refused."""
        asked_at, key = time.time(), key or str(uuid.uuid4())
        once = {"Idempotency_Key": key} if method == "POST" else {}
        while True:
            status, body = await self.line.call(
                method, f"/api/v1/{path}", json.dumps(said).encode(), Authorization=f"Bearer {self.token}",
                Content_Type="application/json", **once,
            )  # fmt: skip
            if status < 300 and status not in COME_AGAIN:
                return asked_at, orjson.loads(body)
            if status not in COME_AGAIN:
                self.ledger.refused[f"{method} {status} {body[:80]!r}"] += 1
                raise LookupError(path)
            self.ledger.again += 1
            await asyncio.sleep(RETRY_S)


class Phone:
    """Sends `count` fixes every `period_s` and each again until it is acknowledged, before it sends the next."""

    def __init__(self, line: Line, ledger: Ledger, device: int, key: str, period_s: float, count: int = 1) -> None:
        self.line, self.ledger, self.device, self.key = line, ledger, device, key
        self.period_s, self.count = period_s, count
        self.due = float("inf")  # unix s of the fix that is not acknowledged yet, once it has begun
        self.send = self._single if count == 1 else self._array

    async def run(self, going: Going) -> None:
        with contextlib.closing(self.line):
            await self._for_ever(going)

    async def _for_ever(self, going: Going) -> None:
        self.due = time.time() + random.random() * self.period_s  # noqa: S311 - no secret  # nosec B311
        while True:
            self.due = await going.from_(self.due)
            step = self.period_s / self.count
            moments = [int((self.due - step * ago) * 1000) for ago in reversed(range(self.count))]
            while not await self._delivered(moments):
                self.ledger.again += 1
                await asyncio.sleep(RETRY_S)
            self.due += self.period_s

    async def _delivered(self, moments: list[int]) -> bool:
        """Whether no more needs to be done for these fixes."""
        began = time.monotonic()
        status, body = await self.send(moments)
        if status == SLOWER:
            self.ledger.slowed += 1
            await asyncio.sleep(SLOWER_S)
        if status in (*COME_AGAIN, SLOWER):
            return False
        if status == 200 and (not body or not orjson.loads(body)["quarantined"]):
            self.ledger.fixes.update((self.device, moment) for moment in moments)
            self.ledger.took("fix", began)
        else:
            self.ledger.refused[f"fix {status} {body[:60]!r}"] += 1
        return True

    async def _single(self, moments: list[int]) -> tuple[int, bytes]:
        lat, lon = self._place(moments[0])
        return await self.line.call(
            "POST", f"/osmand/?id={self.key}&timestamp={moments[0]}&lat={lat}&lon={lon}&speed=3.5&bearing=90&accuracy=5"
        )

    async def _array(self, moments: list[int]) -> tuple[int, bytes]:
        fixes = [
            dict(zip(("time", "lat", "lon", "accuracy"), (_iso(moment), *self._place(moment), 5.0), strict=True))
            for moment in moments
        ]
        return await self.line.call("POST", "/fixes/", orjson.dumps(fixes), Authorization=f"Bearer {self.key}")

    def _place(self, moment: int) -> tuple[float, float]:
        """Another place each time, so that a wall which missed one is found out."""
        return round(29.5 + self.device % 997 / 1e4, 6), round(106.5 + moment % 100_000 / 1e6, 6)


def _iso(moment: int) -> str:
    seconds, ms = divmod(moment, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{ms:03}+00:00"


class Caller:
    """Opens an incident every `period_s`; repeats it with the same key when it does not know what became of it."""

    def __init__(self, line: Line, ledger: Ledger, token: str, period_s: float, priority: int = 4) -> None:
        self.line, self.ledger, self.token = line, ledger, token
        self.period_s, self.priority = period_s, priority
        self.asked_at: dict[str, float] = {}  # number → unix s at which its first POST began

    async def run(self, going: Going) -> None:
        with contextlib.closing(self.line):
            await self._for_ever(going)

    async def _for_ever(self, going: Going) -> None:
        due = time.time() + random.random() * self.period_s  # noqa: S311 - no secret  # nosec B311
        while True:
            due = await going.from_(due)
            key, asked_at = str(uuid.uuid4()), time.time()
            while not await self._opened(key, asked_at):
                self.ledger.again += 1
                await asyncio.sleep(RETRY_S)
            due = max(due + self.period_s, time.time())

    async def _opened(self, key: str, asked_at: float) -> bool:
        began = time.monotonic()
        said = {"kind": "fight", "priority": self.priority, "lat": 29.6, "lon": 106.5, "facts": f"fault-{key}"}
        status, body = await self.line.call(
            "POST", "/api/v1/incidents/", json.dumps(said).encode(), Authorization=f"Bearer {self.token}",
            Content_Type="application/json", Idempotency_Key=key,
        )  # fmt: skip
        if status in COME_AGAIN:
            return False
        if status == 201:
            number = orjson.loads(body)["number"]
            self.ledger.calls[key] = number
            self.asked_at[number] = asked_at
            self.ledger.took("call", began)
            return True
        self.ledger.refused[f"call {status} {body[:60]!r}"] += 1
        return status != 500  # an answer that says nothing: asked again, and counted against the station


class Wall:
    """What a browser at the wall knows; comes back by itself and goes on where it was."""

    def __init__(self, port: int, token: str, acknowledges: bool = True) -> None:
        self.address = f"ws://127.0.0.1:{port}/live/"
        self.headers = {"Authorization": f"Bearer {token}"}
        self.topics: dict[str, dict[str, Any]] = {name: {} for name in KEYS}
        self.fixes: dict[int, list[Any]] = {}
        self.cursor: dict[str, int] | None = None
        self.degraded = False
        self.ages: list[float] = []  # s between a position's moment and its arrival
        self.seen: dict[tuple[str, str], float] = {}  # (topic, id) → unix s at which it first came with an event
        self.ready = asyncio.Event()

    async def run(self) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError, WebSocketException):
                async with connect(self.address, additional_headers=self.headers, proxy=None, max_size=None) as link:
                    await link.send(json.dumps({"type": "hello", "cursor": self.cursor}))
                    await self._listen(link)
            await asyncio.sleep(RETRY_S)

    async def _listen(self, link: Any) -> None:
        while True:
            async with asyncio.timeout(SILENCE_S):
                said = orjson.loads(await link.recv())
            self.hear(said)
            for name in ("seq", "tick"):
                if name in said:
                    await link.send(json.dumps({"type": "ack", name: said[name]}))

    def hear(self, said: dict[str, Any]) -> None:
        """Apply what was told, as browsers do."""
        self.degraded = said.get("degraded", self.degraded)
        if said["type"] == "snapshot":
            self.topics, self.fixes, self.cursor = *picture(said), said["cursor"]
            self.ready.set()
        elif said["type"] == "events":
            self._apply(said["items"])
            self.cursor = {**(self.cursor or {}), **said["through"]}
            self._move(said.get("fixes", ()))
        elif said["type"] == "fixes":
            now = time.time()
            self.ages += [now - row[1] / 1000 for row in said["fixes"]]
            self._move(said["fixes"])

    def _apply(self, items: Iterable[dict[str, Any]]) -> None:
        now = time.time()
        for item in items:
            self.seen.setdefault((item["topic"], str(item["id"])), now)
            shown = self.topics.get(item["topic"])
            if shown is None:
                continue
            if item["payload"] is None:
                shown.pop(str(item["id"]), None)
            else:
                shown[str(item["id"])] = item["payload"]

    def _move(self, rows: Iterable[list[Any]]) -> None:
        for row in rows:
            known = self.fixes.get(row[0])
            if known is None or known[1] <= row[1]:
                self.fixes[row[0]] = row

    def differs(self, snapshot: dict[str, Any]) -> list[str]:
        """What is not as in a fresh snapshot, named; empty when the wall is right."""
        topics, fixes = picture(snapshot)
        wrong = [
            f"{name} {key}"
            for name in KEYS
            for key in topics[name].keys() | self.topics[name].keys()
            if topics[name].get(key) != self.topics[name].get(key)
        ]
        return wrong + [
            f"fix {key}" for key in fixes.keys() | self.fixes.keys() if fixes.get(key) != self.fixes.get(key)
        ]


def picture(snapshot: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[int, list[Any]]]:
    """A snapshot's topics by their keys, and its positions by device."""
    topics = {name: {key(payload): payload for payload in snapshot["topics"][name]} for name, key in KEYS.items()}
    return topics, {row[0]: row for row in snapshot["fixes"]}


async def until_right(port: int, token: str, walls: list[Wall], timeout_s: float) -> tuple[float, list[str]]:
    """Wait until every wall equals fresh snapshots, is not degraded, and stays so for `HOLD_S`.

    The moment (monotonic s) from which on it was so, and what is wrong in the end. Nobody may be sending meanwhile.
    """
    line, until = Line(port), time.monotonic() + timeout_s
    right_at: float | None = None
    while True:
        wrong = await _wrong(line, token, walls)
        now = time.monotonic()
        right_at = None if wrong else right_at or now
        if now > until or (right_at and now - right_at > HOLD_S):
            line.close()
            for what in wrong[:10]:
                say.line(f"  wrong: {what}")
            return right_at or now, wrong
        await asyncio.sleep(0.1)


async def _wrong(line: Line, token: str, walls: list[Wall]) -> list[str]:
    status, body = await line.call("GET", "/api/v1/live/", Authorization=f"Bearer {token}")
    if status != 200:
        return [f"no snapshot: {status}"]
    snapshot = orjson.loads(body)
    wrong = [f"wall {number}: {what}" for number, wall in enumerate(walls) for what in wall.differs(snapshot)]
    return wrong + [f"wall {number}: degraded" for number, wall in enumerate(walls) if wall.degraded]


@contextlib.asynccontextmanager
async def running(clients: Iterable[Awaitable[None]]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Let clients go on in the background. Raises what broke one of them: a client that died would hide a loss."""
    tasks = [asyncio.ensure_future(client) for client in clients]
    try:
        yield tasks
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
