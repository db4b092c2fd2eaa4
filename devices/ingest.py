"""The doors through which positions come in: a bare ASGI app, as Django's handler would cost ten times as much.

Who knocks with a known key is answered 2xx, whatever they bring: what can't be taken goes to quarantine. A phone that
was refused would send the same for ever and nothing after it.
"""

import asyncio
import base64
import binascii
import contextlib
import gc
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")
django.setup()

from devices.colleagues import Colleagues  # noqa: E402 - Django first
from devices.gateway import DECODERS, traccar  # noqa: E402
from devices.gateway.fix import Fix, Refused, spelled  # noqa: E402
from devices.gateway.osmand import parameters  # noqa: E402
from devices.keys import Keyring, Sender  # noqa: E402
from devices.metrics import Counts  # noqa: E402
from devices.positions import Delivery, Overloaded, Positions, Unavailable  # noqa: E402
from devices.record import Recorder  # noqa: E402
from devices.ticks import Ticks  # noqa: E402
from devices.upkeep import Upkeep  # noqa: E402

log = logging.getLogger(__name__)
BODY_LIMIT = 1_000_000  # bytes
JSON = [(b"content-type", b"application/json")]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Answer(Exception):
    """The end of a request that went another way than it should."""

    def __init__(self, status: int, code: str = "", headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(code)
        self.status, self.headers = status, headers
        self.body = orjson.dumps({"code": code, "message": code.replace("_", " ")}) if code else b""


RETRY = ((b"retry-after", b"2"),)
CHALLENGE = ((b"www-authenticate", b'Basic realm="station"'),)


class Ingest:
    """The process's parts, made when the server starts."""

    def __init__(self) -> None:
        self.keyring = Keyring()
        self.counts = Counts()
        self.ticks = Ticks(self.counts)
        self.positions = Positions(Recorder(), self.ticks, self.counts)
        self.colleagues = Colleagues(self.positions.latest)
        self.upkeep = Upkeep(self.keyring, self.positions)
        _collect_rarely()
        loops = (self.keyring.keep_fresh, self.positions.run, self.ticks.run, self.upkeep.run)
        self.tasks = [asyncio.ensure_future(_for_ever(loop)) for loop in loops]

    async def close(self) -> None:
        """Write and tell what waits, and end."""
        await self.positions.flush()
        await self.ticks.send()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def health(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """For `/health` alone, by the socket: whether the keys are read and what came is being written."""
        return (200 if self.keyring.is_loaded and not self.positions.is_stuck() else 503), b""

    async def metrics(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """For `/metrics` alone, by the socket: what this process has counted."""
        self.counts.waiting = self.positions.waiting
        return 200, self.counts.text()

    # ---- doors

    async def osmand(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """OsmAnd and Traccar Client: a query, a form, or by its content type the JSON of Traccar Client ≥ 9."""
        query = scope["query_string"]
        if scope["method"] == "POST" and (not query or _is_json(scope)):
            body = await _body(scope, receive)
            if _is_json(scope):
                return await self._traccar_client(body)
            query = body
        try:
            fields = parameters(query.decode("latin-1"))
        except ValueError:
            raise Answer(400, "unreadable") from None
        sender = await self._sender(fields.get("id") or fields.get("deviceid"), ("osmand", "traccar8"), 400)
        await self._take(sender, _decoded(sender.profile, fields))
        return 200, b""

    async def _traccar_client(self, body: bytes) -> tuple[int, bytes]:
        document = _document(body)
        sender = await self._sender(traccar.client_key(document), ("traccar9",), 404)
        await self._take(sender, _decoded("traccar9", document))
        return 200, b""

    async def owntracks(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """OwnTracks: whatever it sends is answered 200 once its key is known, or it would send nothing else again."""
        sender = await self._sender(_basic_password(scope), ("owntracks",), 401)
        try:
            document = _document(await _body(scope, receive))
        except Answer:
            return 200, b"[]"
        await self._take(sender, _decoded("owntracks", document))
        return 200, orjson.dumps(await self.colleagues.nearby(sender.id))

    async def traccar(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """A Traccar server that forwards: the key is the gateway's, the trackers are known by their names there."""
        gateway = await self._sender(_bearer(scope), ("forward",), 401)
        document = _document(await _body(scope, receive))
        items = _decoded("forward", document)
        with _within_allowance(gateway, len(items) or 1):
            for item in items:
                await self._forwarded(gateway, item)
        return 200, b""

    async def _forwarded(self, gateway: Sender, item: Fix | Refused) -> None:
        if isinstance(item, Refused) or item.tracker is None:
            await self._written(gateway, [item])
            return
        tracker = await self.keyring.tracker(gateway, item.tracker)
        if tracker is None or tracker.is_revoked or not tracker.is_approved:
            code = "unknown_tracker" if tracker is None else "revoked" if tracker.is_revoked else "unapproved"
            await self._written(tracker or gateway, [Refused(code, spelled({"tracker": item.tracker}))])
            return
        await self._written(tracker, [item])

    async def fixes(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """Our own array; the answer says how each fix fared."""
        sender = await self._sender(_bearer(scope), ("fixes",), 401)
        document = _document(await _body(scope, receive))
        if not isinstance(document, list):
            raise Answer(400, "not_an_array")
        done = await self._take(sender, _decoded("fixes", document))
        bad = [{"index": one.index, "code": one.code} for one in done.quarantined]
        return 200, orjson.dumps({"accepted": done.accepted, "doubled": done.doubled, "quarantined": bad})

    # ---- what the doors share

    async def _sender(self, key: str | None, profiles: tuple[str, ...], unknown: int) -> Sender:
        """The device whose key this is, if it speaks the words of this door."""
        sender = self.keyring.known(key) if key else None
        if sender is None and key:
            sender = await self.keyring.find(key)
        if sender is None or sender.profile not in profiles:
            raise Answer(unknown, "unknown_key", CHALLENGE if unknown == 401 else ())
        return sender

    async def _take(self, sender: Sender, items: list[Fix | Refused]) -> Delivery:
        with _within_allowance(sender, len(items) or 1):
            return await self._written(sender, items)

    async def _written(self, sender: Sender, items: list[Fix | Refused]) -> Delivery:
        delivery = self.positions.receive(sender, items, _now_us())
        await delivery.done
        return delivery


@contextlib.contextmanager
def _within_allowance(sender: Sender, count: int) -> Iterator[None]:
    """So many fixes of what a device may send. Raises Answer (429) where it must wait."""
    if not sender.allowance.take(count):
        raise Answer(429, "too_many", RETRY)
    try:
        yield
    except (Overloaded, *Unavailable):
        sender.allowance.give_back(count)
        raise


def _collect_rarely() -> None:
    """Requests leave no cycles behind; looking for some among 100,000 senders would hold everyone up for long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _for_ever(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop again whenever it ends; what ended it is logged, and the doors stay open."""
    while True:
        try:
            await loop()
        except Exception:
            log.exception("%s failed", getattr(loop, "__qualname__", loop))
        await asyncio.sleep(0.5)


def _now_us() -> int:
    return time.time_ns() // 1000


def _decoded(profile: str, said: Any) -> list[Fix | Refused]:
    """What a known device said. Words that a decoder stumbles over are our mistake; they are kept, and the device goes on."""
    try:
        return DECODERS[profile](said, _now_us())
    except Exception:
        log.exception("a message of profile %s could not be decoded", profile)
        return [Refused("undecodable", f"{type(said).__name__} of {len(said)}" if hasattr(said, "__len__") else "")]


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            return value
    return b""


def _is_json(scope: Scope) -> bool:
    return _header(scope, b"content-type").lower().startswith(b"application/json")


def _bearer(scope: Scope) -> str | None:
    scheme, _, key = _header(scope, b"authorization").decode("latin-1").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _basic_password(scope: Scope) -> str | None:
    scheme, _, value = _header(scope, b"authorization").decode("latin-1").partition(" ")
    try:
        said = base64.b64decode(value, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return said.partition(":")[2] or None


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. One that is too large is never held: it ends with 413 at once."""
    declared = _header(scope, b"content-length")
    if declared.isdigit() and int(declared) > BODY_LIMIT:
        raise Answer(413, "too_large")
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise Answer(413, "too_large")
    return body


def _document(body: bytes) -> Any:
    """A JSON body. What is not quite JSON (NaN, broken UTF-8, control characters, endless numbers) is read too, so that
    it spoils one fix and not an array."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), strict=False, parse_int=_whole)
    except (ValueError, RecursionError):
        raise Answer(400, "unreadable") from None


def _whole(digits: str) -> float:
    """A whole number of any length; thousands of digits are more than Python turns into an int."""
    return int(digits) if len(digits) < 20 else float(digits)


DOORS = {
    "/osmand/": (Ingest.osmand, ("GET", "POST")),
    "/owntracks/": (Ingest.owntracks, ("POST",)),
    "/traccar/": (Ingest.traccar, ("POST",)),
    "/fixes/": (Ingest.fixes, ("POST",)),
}
INSIDE = {  # nginx sends nobody here
    "/health": (Ingest.health, ("GET",)),
    "/metrics": (Ingest.metrics, ("GET",)),
}
DOORS |= {path.rstrip("/"): door for path, door in DOORS.items()}
DOORS |= INSIDE
_here: Ingest


async def _answered(scope: Scope, receive: Receive) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
    door, methods = DOORS.get(scope["path"], (None, ()))
    if door is None:
        return 404, b"", ()
    if scope["method"] not in methods:
        return 405, b"", ((b"allow", ", ".join(methods).encode()),)
    try:
        status, body = await door(_here, scope, receive)
        return status, body, ()
    except Answer as answer:
        return answer.status, answer.body, answer.headers
    except (Overloaded, *Unavailable):
        return 503, Answer(503, "try_again").body, RETRY


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    status, body, headers = await _answered(scope, receive)
    _here.counts.answered[scope["path"].rstrip("/") if scope["path"] in DOORS else "unmatched", status] += 1
    length = (b"content-length", b"%d" % len(body))
    said = [length, *headers, *JSON] if body else [length, *headers]
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    global _here
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _here = Ingest()
            await send({"type": "lifespan.startup.complete"})
        else:
            await _here.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
