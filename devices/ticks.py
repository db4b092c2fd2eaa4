"""Ten times a second the newest positions of each station go out, encoded once for all who watch.

Newest wins. While Redis is dead, the newest of each device waits for the next tick, and whoever watches reads the database.
"""

import asyncio
import logging
import time
from typing import Any

import orjson
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from devices.metrics import Counts

CHANNEL = "positions"
TICK_S = 0.1
SOONER_S = 0.04  # before its time a tick waits for the next write, so as to carry what that brings
AGAIN_S = 0.5
SEND_S = 0.5  # a Redis that takes longer counts as dead
log = logging.getLogger(__name__)

Place = tuple[int, int, float, float, float | None, float | None, float | None, float | None]
# a mark `m` of the database as such a place
PLACE = (
    "m.device_id, floor(extract(epoch FROM m.corrected) * 1000)::bigint, ST_Y(m.place), ST_X(m.place), "
    "m.speed, m.course, m.accuracy, m.battery"
)


class Ticks:
    """What is to be told at the next tick, by station and device."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.waiting: dict[str, dict[int, Place]] = {}
        self.is_lost = False  # whether the last tick could not be sent
        self._tick = 0
        self._something = asyncio.Event()
        self._redis: Any = None

    def put(self, station: str, place: Place) -> None:
        """A device's new mark, for the next tick: (id, corrected ms, lat, lon, speed, course, accuracy, battery)."""
        self.waiting.setdefault(station, {})[place[0]] = place

    def ring(self) -> None:
        """Everything that was written together has been put."""
        if self.waiting:
            self._something.set()

    async def run(self) -> None:
        """Run for ever: a tick goes out with a write, the first one that is a tick's time after the last."""
        while True:
            await self._something.wait()
            began = time.monotonic()
            await self.send()
            await asyncio.sleep(AGAIN_S if self.is_lost else max(0.0, TICK_S - SOONER_S - (time.monotonic() - began)))
            self._something.clear()
            if self.waiting:
                await self._next_write(TICK_S - (time.monotonic() - began))

    async def _next_write(self, at_most_s: float) -> None:
        """Let a write that is just ending be part of the tick; none later than its time."""
        try:
            async with asyncio.timeout(max(0.0, at_most_s)):
                await self._something.wait()
        except TimeoutError:
            self._something.set()

    async def send(self) -> None:
        """One tick."""
        self._something.clear()
        waiting, self.waiting = self.waiting, {}
        count = sum(map(len, waiting.values()))
        self._tick = max(self._tick + 1, int(time.time() * 1000))
        try:
            async with asyncio.timeout(SEND_S):
                for station, places in waiting.items():
                    await self._connected().publish(CHANNEL, frame(self._tick, station, places))
        except (redis.asyncio.RedisError, OSError, TimeoutError) as lost:
            if not self.is_lost:
                log.warning("ticks: Redis is lost (%s)", type(lost).__name__)
            self.is_lost = True
            self.counts.failed += 1
            for station, places in waiting.items():
                self.waiting[station] = places | self.waiting.get(station, {})
            await self._forget()
        else:
            self.counts.published += count
            if self.is_lost:
                log.warning("ticks: Redis is back")
            self.is_lost = False

    def _connected(self) -> Any:
        if self._redis is None:
            self._redis = redis.asyncio.Redis(
                unix_socket_path=settings.REDIS_SOCKET, socket_timeout=SEND_S, socket_connect_timeout=SEND_S,
                retry=Retry(NoBackoff(), 0),
            )  # fmt: skip
        return self._redis

    async def _forget(self) -> None:
        link, self._redis = self._redis, None
        if link is not None:
            await link.aclose()


def frame(tick: int, station: str, places: dict[int, Place]) -> bytes:
    """The station's name, a line feed, and the text frame as walls get it."""
    said = {"type": "fixes", "tick": tick, "station": station, "fixes": list(places.values())}
    return station.encode() + b"\n" + orjson.dumps(said)
