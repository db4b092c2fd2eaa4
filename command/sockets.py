"""The one socket for state. It speaks for one principal: hello, then a snapshot or what is newer, then news and positions.

What it sends is decided by the hub; here stand only the connection's manners: who may connect, what a client may say,
and that a client which stops acknowledging gets the newest state later instead of a growing heap of old ones.
"""

import asyncio
import time
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.security.websocket import OriginValidator, WebsocketDenier

from command import live, principals
from command.hub import Hub
from command.permissions import Principal

NOT_SIGNED_IN, FORBIDDEN, SILENT, MALFORMED, TOO_MANY = 4401, 4403, 4408, 4400, 4429
SILENCE_S = 10.0  # without an acknowledgement that is due, or a hello, the connection is closed
MESSAGE_LIMIT = 65_536
PATIENCE, PATIENCE_PER_S = 100.0, 10.0  # for messages that nobody waits for: so many at once, and so many a second
HELLO_COSTS = 20.0


class SameOrigin(OriginValidator):
    """Refuses pages of other hosts and ports. Who names no origin is no browser, so nobody's cookie is being abused."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and origin.partition(b"://")[2] != headers.get(b"host"):
            return await WebsocketDenier()(scope, receive, send)
        return await super().__call__(scope, receive, send)

    def valid_origin(self, parsed_origin: Any) -> bool:
        return parsed_origin is None or bool(super().valid_origin(parsed_origin))


class SignedIn:
    """Who connects, by cookie and session. A socket changes no session: what it sends does not pass where one would be saved."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        async def straight(known: Any, heard: Any, _saving: Any) -> Any:
            return await self.app(known, heard, send)

        return await AuthMiddlewareStack(straight)(scope, receive, send)


class LiveConsumer(AsyncWebsocketConsumer):
    """One browser. `through` is the cursor up to which it has been served; None until its hello."""

    principal: Principal
    hub: Hub

    async def connect(self) -> None:
        self.through: dict[str, int] | None = None
        self.shown = 0
        self.streams: frozenset[str] = frozenset()  # codes of the stations whose positions it gets
        self.seq = 0
        self.unacknowledged: dict[int, float] = {}  # seq → when it was sent
        self.tick: int | None = None  # the one tick that may be under way
        self.tick_sent = 0.0
        self.waiting: dict[str, dict[int, Any]] = {}  # station → device → newest row, held back meanwhile
        self.serving = asyncio.Lock()
        self.patience, self.heard = PATIENCE, time.monotonic()
        self.is_leaving = False
        found, refused = await sync_to_async(_who)(self.scope)
        await self.accept()
        if found is None or refused:
            await self.close(refused)
            return
        self.principal = found
        self.hub = Hub.here()
        self.hello_due = asyncio.ensure_future(self._expect_hello())

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "hub"):
            self.hello_due.cancel()
            self.hub.leave(self)

    async def _expect_hello(self) -> None:
        """Nobody reads anew the rights of who never says hello, so they may not stay."""
        await asyncio.sleep(SILENCE_S)
        if self.through is None:
            await self.close(SILENT)

    @property
    def session_key(self) -> str | None:
        session = self.scope.get("session")
        return session.session_key if session else None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "hub") or self.is_leaving:
            return
        said = parsed(text_data)
        if said is None:
            await self.turn_away(MALFORMED)
        elif said.get("type") == "ack" and await self.acknowledged(said):
            pass
        elif not self.is_patient(HELLO_COSTS if said.get("type") == "hello" else 1.0):
            await self.turn_away(TOO_MANY)
        elif said.get("type") == "hello":
            await self.hello(said.get("cursor"))

    async def turn_away(self, code: int) -> None:
        """Close; what is still in the post is not read."""
        self.is_leaving = True
        await self.close(code)

    def is_patient(self, cost: float) -> bool:
        """Whether one more message that nobody waits for is borne: a flood of them would keep everyone else waiting."""
        now = time.monotonic()
        self.patience = min(PATIENCE, self.patience + (now - self.heard) * PATIENCE_PER_S) - cost
        self.heard = now
        return self.patience >= 0

    async def hello(self, cursor: Any) -> None:
        """Serve from the client's cursor where that can be done, else with a snapshot; then join the hub."""
        await self.hub.join(self, cursor if _is_cursor(cursor) else None)

    async def acknowledged(self, said: dict[str, Any]) -> bool:
        """Take an acknowledgement; False for one of what was never sent, or twice."""
        seq, tick = said.get("seq"), said.get("tick")
        was_due = type(seq) is int and self.unacknowledged.pop(seq, None) is not None
        if self.tick is not None and type(tick) is int and tick >= self.tick:
            self.tick, was_due = None, True
            if self.waiting:
                await self.send_waiting()
        return was_due

    def is_silent(self) -> bool:
        """Whether an acknowledgement is overdue."""
        oldest = min(self.unacknowledged.values(), default=time.monotonic())
        if self.tick is not None:
            oldest = min(oldest, self.tick_sent)
        return time.monotonic() - oldest > SILENCE_S

    async def send_numbered(self, kind: str, rest: bytes) -> None:
        """Send a snapshot or events: `rest` is the JSON object's inside after type and seq, encoded once for many."""
        self.seq += 1
        self.unacknowledged[self.seq] = time.monotonic()
        await self.send(f'{{"type":"{kind}","seq":{self.seq},{rest.decode()}')

    async def send_tick(self, station: str, tick: int, frame: str, rows: list[Any]) -> None:
        """Send positions as they came, or keep the newest of each device while one tick is not acknowledged."""
        if self.tick is None:
            self.tick, self.tick_sent = tick, time.monotonic()
            await self.send(frame)
        else:
            kept = self.waiting.setdefault(station, {})
            kept.update((row[0], row) for row in rows)

    async def send_waiting(self) -> None:
        station, rows = self.waiting.popitem()
        self.tick, self.tick_sent = self.hub.newest_tick, time.monotonic()
        frame = {"type": "fixes", "tick": self.tick, "station": station, "fixes": list(rows.values())}
        await self.send(orjson.dumps(frame).decode())

    async def say(self, text: str) -> None:
        """Send a text that needs no acknowledgement."""
        await self.send(text)

    async def dismiss(self, code: int, reason: str) -> None:
        """Close, saying why."""
        await self.send(f'{{"type":"bye","code":"{reason}"}}')
        await self.close(code)


def _who(scope: dict[str, Any]) -> tuple[Principal | None, int]:
    """Who connects, and the code to close with at once, or 0."""
    found = principal_of(scope)
    if found is None:
        return None, NOT_SIGNED_IN
    return found, 0 if live.may_see(found.rights()) else FORBIDDEN


def principal_of(scope: dict[str, Any]) -> Principal | None:
    """Who connects: by a token, a session, or a screen's cookie; None for nobody."""
    headers = {name.lower(): value for name, value in scope.get("headers", [])}
    if b"authorization" in headers:
        return principals.of_bearer(headers[b"authorization"].decode("latin-1"))
    user = scope.get("user")
    if user is not None and user.is_authenticated:
        return principals.again(user, scope["session"].session_key)
    return principals.of_screen(scope.get("cookies", {}).get(principals.SCREEN_COOKIE, ""))


def parsed(text: str | None) -> dict[str, Any] | None:
    """A message of a client: a JSON object of at most MESSAGE_LIMIT characters, or None for anything else."""
    if text is None or len(text) > MESSAGE_LIMIT:
        return None
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None


def _is_cursor(cursor: Any) -> bool:
    return isinstance(cursor, dict) and all(type(number) is int for number in cursor.values())
