"""One hub a web process: it hears the doorbell and the positions once, and serves every connection of the process."""

import asyncio
import contextlib
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol

import orjson
import psycopg
import redis.asyncio
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from command import clock, hub_reading, live, metrics, principals
from command.changes import DOORBELL
from command.hub_reading import read
from command.permissions import Principal

log = logging.getLogger(__name__)
BEAT_S = 2.0
RIGHTS_S = 4.0  # an open socket must feel a change of rights within 5 s
SHARES_S = 2.0  # how often it is looked whether what rooms are shown is still so
POLL_S = 2.0  # how often positions are read from the database while Redis is dead
OVERLAP = dt.timedelta(seconds=15)  # how long after its receipt a position may become readable, or a loss be found out
RETRY_S = 0.5


class Listener(Protocol):
    """A connection as the hub knows it: whose it is, how far it has been served, and how to tell it something."""

    principal: Principal
    through: dict[str, int] | None
    streams: frozenset[str]
    serving: asyncio.Lock
    shown: int  # what a room was shown last, as a hash

    @property
    def session_key(self) -> str | None: ...
    def is_silent(self) -> bool: ...
    async def say(self, text: str) -> None: ...
    async def send_numbered(self, kind: str, rest: bytes) -> None: ...
    async def send_tick(self, station: str, tick: int, frame: str, rows: list[Any]) -> None: ...
    async def dismiss(self, code: int, reason: str) -> None: ...


class Hub:
    """The connections of this process and what they have been told."""

    _here: ClassVar["Hub | None"] = None

    def __init__(self) -> None:
        self.clients: set[Listener] = set()
        self.through: dict[int, int] = {}  # station id → number of the newest event read
        self.codes: dict[int, str] = {}
        self.degraded = False
        self.newest_tick = 0
        self.polled_at = clock.now()
        loops = (self.doorbell, self.positions, self.shares, self.upkeep)
        self.tasks = [asyncio.ensure_future(_for_ever(loop)) for loop in loops]

    @classmethod
    def here(cls) -> "Hub":
        """The hub of this process's event loop, started with its first connection."""
        loop = asyncio.get_running_loop()
        if cls._here is None or cls._here.tasks[0].get_loop() is not loop:
            cls._here = cls()
        return cls._here

    # ---- joining

    async def join(self, client: Listener, cursor: dict[str, int] | None) -> None:
        """Serve a client from its cursor or with a snapshot; from then on it gets what comes."""
        async with client.serving:
            told = await read(live.news, client.principal, cursor) if cursor else None
            if told is None:
                told = await read(live.snapshot, client.principal)
                client.through, client.shown = told["cursor"], live.fingerprint(told)
            else:
                client.through = told["through"]
            client.streams = await read(live.stream_stations, client.principal)
            await self.send(client, told)
        self.clients.add(client)
        await self.catch_up(client, told["fixes"])

    def leave(self, client: Listener) -> None:
        self.clients.discard(client)

    async def catch_up(self, client: Listener, fixes: list[Any] | None = None) -> None:
        """Send what was committed between the client's own reading and now; nothing if it is level.

        `fixes`: the positions that it has read, where it was not yet among those to whom newer ones were sent.
        """
        async with client.serving:
            if client.through is None:
                return
            if live.is_shared_with(client.principal):
                await self.show_anew(client)
                return
            told = await read(live.news, client.principal, client.through)
            if told is None:
                told = await read(live.snapshot, client.principal)
                client.through = told["cursor"]
            elif told["through"] == client.through and fixes in (None, told["fixes"]):
                return
            else:
                client.through = told["through"]
            await self.send(client, told)

    async def show_anew(self, client: Listener) -> None:
        """Read anew what an enterprise's room is shown, and send it if it is no longer the same."""
        told = await read(live.snapshot, client.principal)
        shown = live.fingerprint(told)
        if shown != client.shown:
            client.through, client.shown = told["cursor"], shown
            await self.send(client, told)

    async def send(self, client: Listener, told: dict[str, Any]) -> None:
        told["degraded"] = self.degraded
        kind = told.pop("type")
        await client.send_numbered(kind, orjson.dumps(told)[1:])
        await hub_reading.note(client.principal, told)

    # ---- events

    async def doorbell(self) -> None:
        """Listen for committed events; after a lost connection read what was missed."""
        database = settings.DATABASES["default"]
        link = await psycopg.AsyncConnection.connect(
            host=database["HOST"], user=database["USER"], password=database["PASSWORD"],
            dbname=connection.settings_dict["NAME"], autocommit=True, connect_timeout=5,
        )  # fmt: skip
        async with link:
            await link.execute(f"LISTEN {DOORBELL}")
            for client in list(self.clients):
                await self.catch_up(client)
            async for ring in link.notifies():
                station_id, _, number = ring.payload.partition(":")
                await self.rung(int(station_id), int(number))

    async def rung(self, station_id: int, number: int) -> None:
        """Tell everyone of the station's new events; each set of rights is encoded once."""
        watching = [client for client in self.clients if self.code_of(client, station_id) is not None]
        if not watching:
            self.through[station_id] = number
            return
        before = self.through.get(station_id)
        if before is None or number <= before:
            before = number - 1 if before is None else before
        if number <= before:
            return
        code, told = await read(hub_reading.news_of, station_id, before)
        self.through[station_id] = max((row for row, _ in told["numbers"]), default=before)
        await self.tell(watching, station_id, code, before, told)

    def code_of(self, client: Listener, station_id: int) -> str | None:
        code = self.codes.get(station_id)
        if client.through is None:
            return None
        if code is None:
            return ""  # not known yet here: let the reading decide
        return code if code in client.through else None

    async def tell(
        self, clients: list[Listener], station_id: int, code: str, before: int, told: dict[str, Any]
    ) -> None:
        self.codes[station_id] = code
        last = self.through[station_id]
        happened = {item["topic"] for item in told["items"]}
        encoded: dict[tuple[str, ...], tuple[dict[str, Any], bytes]] = {}
        for client in clients:
            if client.through is None or code not in client.through or client.through[code] >= last:
                continue
            if client.through[code] < before or client.serving.locked():
                await self.catch_up(client)  # it is further behind
                continue
            if happened & live.part_topics(client.principal, station_id):
                await self.tell_own(client, station_id, code, told["items"])
                continue
            topics = live.whole_topics(client.principal, station_id)
            if topics not in encoded:
                seen = hub_reading.framed(code, last, [item for item in told["items"] if item["topic"] in topics])
                encoded[topics] = seen, orjson.dumps(seen)[1:]
            client.through[code] = last
            await client.send_numbered("events", encoded[topics][1])
            await hub_reading.note(client.principal, encoded[topics][0])

    async def tell_own(self, client: Listener, station_id: int, code: str, items: list[dict[str, Any]]) -> None:
        """Tell events to somebody who sees of some topics only what is their own."""
        async with client.serving:
            last = self.through[station_id]
            if client.through is None or client.through.get(code, last) >= last:
                return  # served otherwise meanwhile
            seen = hub_reading.framed(code, last, await read(live.items_for, items, station_id, client.principal))
            client.through[code] = last
            await client.send_numbered("events", orjson.dumps(seen)[1:])
        await hub_reading.note(client.principal, seen)

    # ---- positions

    async def positions(self) -> None:
        """Pass positions on from Redis; while it is dead, read them from the database and say so."""
        try:
            await self._from_redis()
        except (redis.asyncio.RedisError, OSError, TimeoutError) as lost:
            if not self.degraded:
                log.warning(
                    "positions: Redis is lost (%s), reading the database every %s s", type(lost).__name__, POLL_S
                )
            self.degraded = True
            await self.poll()
            await asyncio.sleep(POLL_S - RETRY_S)

    async def _from_redis(self) -> None:
        link = redis.asyncio.Redis(
            unix_socket_path=settings.REDIS_SOCKET,
            socket_timeout=5,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
        )
        async with link, link.pubsub() as heard:
            await heard.subscribe(*{stream.channel for stream in live.STREAMS.values()} or {"none"})
            if await heard.get_message(timeout=RETRY_S) is None:  # only what is confirmed will not miss what comes next
                raise TimeoutError
            await self.poll()
            self.degraded = False
            asked = time.monotonic()
            while True:
                message = await heard.get_message(ignore_subscribe_messages=True, timeout=1.0)
                if message and message["type"] == "message":
                    await self.ticked(message["data"])
                if time.monotonic() - asked > 1:
                    asked = time.monotonic()
                    await asyncio.wait_for(
                        asyncio.ensure_future(_asked(link)), 2
                    )  # a Redis that hangs says nothing; ask

    async def ticked(self, data: bytes) -> None:
        """One frame of one station, encoded once by its sender."""
        station, _, frame = data.partition(b"\n")
        await self.spread(station.decode(), frame.decode())

    async def spread(self, station: str, frame: str) -> None:
        said = None
        for client in list(self.clients):
            if station not in client.streams:
                continue
            said = said or orjson.loads(frame)
            self.newest_tick = max(self.newest_tick, said["tick"])
            with contextlib.suppress(Exception):  # a connection that is just going must not keep the others waiting
                await client.send_tick(station, said["tick"], frame, said["fixes"])

    async def poll(self) -> None:
        """Read from the database the positions that may have come since the last reading; some come twice."""
        since, self.polled_at = self.polled_at, clock.now()
        if not self.clients:
            return
        for station, rows in (await read(hub_reading.polled, since - OVERLAP)).items():
            self.newest_tick = max(self.newest_tick + 1, live.now_ms())
            frame = {"type": "fixes", "tick": self.newest_tick, "station": station, "fixes": rows}
            await self.spread(station, orjson.dumps(frame).decode())

    # ---- upkeep

    async def upkeep(self) -> None:
        """Every 2 s a beat to everyone, and the silent are let go; every 4 s rights are read anew."""
        rights_at = time.monotonic()
        while True:
            await asyncio.sleep(BEAT_S)
            if not self.degraded:
                self.polled_at = clock.now()
            beat = f'{{"type":"beat","now":{live.now_ms()},"degraded":{"true" if self.degraded else "false"}}}'
            for client in list(self.clients):
                await self._beat(client, beat)
            if time.monotonic() - rights_at >= RIGHTS_S - BEAT_S:
                rights_at = time.monotonic()
                for client in list(self.clients):
                    if client in self.clients:  # it may have left meanwhile
                        await self.recheck(client)

    async def shares(self) -> None:
        """Every 2 s what is shared with rooms is read anew; in a loop of its own, so that beats don't wait for it."""
        while True:
            await asyncio.sleep(SHARES_S)
            for client in list(self.clients):
                if client in self.clients and live.is_shared_with(client.principal):
                    await self.catch_up(client)

    async def _beat(self, client: Listener, beat: str) -> None:
        with contextlib.suppress(Exception):
            if client.is_silent():
                self.leave(client)
                await client.dismiss(4408, "silent")
            else:
                await client.say(beat)

    async def recheck(self, client: Listener) -> None:
        """Read the client's rights anew: gone closes, changed means a new snapshot."""
        now = await read(principals.again, client.principal, client.session_key)
        if now is None:
            self.leave(client)
            await client.dismiss(4401, "not_signed_in")
            return
        rights = await read(now.rights)  # known before others here may ask for them
        before, client.principal = client.principal.rights(), now
        if rights == before:
            return
        if not live.may_see(rights):
            self.leave(client)
            await client.dismiss(4403, "forbidden")
        else:
            self.leave(client)
            await self.join(client, None)


async def _for_ever(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop again whenever it ends; what ended it is logged, and the hub goes on."""
    while True:
        try:
            await loop()
        except asyncio.CancelledError:
            raise
        except (psycopg.OperationalError, OperationalError, InterfaceError) as lost:
            log.warning("%s: the database is lost (%s)", loop.__name__, type(lost).__name__)
        except Exception:
            log.exception("%s failed", loop.__name__)
        await asyncio.sleep(RETRY_S)


async def _asked(link: redis.asyncio.Redis) -> None:
    await link.execute_command("PING")


metrics.SOCKETS.set_function(lambda: len(Hub._here.clients) if Hub._here else 0)
metrics.DEGRADED.set_function(lambda: float(bool(Hub._here and Hub._here.degraded)))
