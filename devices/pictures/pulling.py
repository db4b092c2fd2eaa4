"""Cameras are pulled while somebody wants them: one child process each, so that one which hangs or breaks harms no other."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable

from devices.pictures.children import LOOK_S, Children, Waiting
from devices.pictures.relay import Relay
from devices.streams import Stream

LINGER_S = 5.0  # a camera is pulled for so long after the last one left: whoever changes tiles comes back
RECORDED = "recorded"  # who wants a camera that is recorded
READY = 6  # children that wait for a camera, 10 MB each: a scene opens so many at once at most

Load = Callable[[], Awaitable[dict[int, Stream]]]
log = logging.getLogger(__name__)


class Pull(Children):
    """One camera, from the first one who wants it until nobody does. Each child gets the address anew: it may have changed."""

    module = "devices.pictures.camera"

    def __init__(self, number: int, relay: Relay, stream_of: Callable[[int], Stream | None], waiting: Waiting) -> None:
        self.stream_of, self.pulled, self.waiting = stream_of, stream_of(number), waiting
        self.wanted_by: set[object] = set()
        super().__init__(number, relay)

    def may_begin(self) -> bool:
        """Whether the camera has an address."""
        self.pulled = self.stream_of(self.number)
        return self.pulled is not None

    async def begin(self) -> asyncio.subprocess.Process:
        """One that waited, where there is one."""
        return await self.waiting.take()

    def began(self, entrance: asyncio.StreamWriter) -> None:
        """It is to give a sign of life from now on, pictures or none."""
        self.heard_at, stream = time.monotonic(), self.pulled
        if stream is not None:
            said = {"url": stream.address, "source": self.number, "networks": stream.networks}
            entrance.write(json.dumps(said).encode() + b"\n")

    def heard(self, entrance: asyncio.StreamWriter) -> None:
        self.heard_at = time.monotonic()

    def is_outdated(self) -> bool:
        """Whether it pulls what is no longer the camera's address."""
        stream, pulled = self.stream_of(self.number), self.pulled
        if stream is None or pulled is None:
            return True
        return (stream.address, stream.networks) != (pulled.address, pulled.networks)

    def ended(self) -> None:
        self.into.end(self.number)


class Pulls:
    """All cameras that somebody wants now. `load` reads which cameras there are."""

    def __init__(self, relay: Relay, load: Load) -> None:
        self.relay, self.load = relay, load
        self.streams: dict[int, Stream] = {}
        self.cameras: set[int] = set()  # all that had an address since this process began
        self.running: dict[int, Pull] = {}
        self.waiting = Waiting(Pull.module)
        self.looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look which cameras there are, every LOOK_S; a second time changes nothing."""
        if self.looking is None:
            self.looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        while True:
            try:
                self.streams = await self.load()
                self.cameras |= self.streams.keys()
            except Exception:  # without the database what was known goes on
                log.exception("which cameras there are can't be read")
            self._want_recorded()
            await self._get_ready()
            await asyncio.sleep(LOOK_S)

    async def _get_ready(self) -> None:
        try:
            await self.waiting.fill(READY if self.streams else 0)
        except OSError:
            log.exception("no child can be begun")

    def _want_recorded(self) -> None:
        recorded = {number for number, stream in self.streams.items() if stream.is_recorded}
        for number in recorded:
            self.want(number, RECORDED)
        for number in set(self.running) - recorded:
            self.release(number, RECORDED)

    def is_recorded(self, number: int) -> bool:
        """Whether a source's packets are kept: a camera's as its settings say, a phone's always."""
        stream = self.streams.get(number)
        return stream.is_recorded if stream else number not in self.cameras

    def want(self, number: int, who: object) -> None:
        """Somebody wants a camera; a second time changes nothing."""
        self.start()
        pull = self.running.get(number)
        if pull is None or pull.task.done():
            pull = self.running[number] = Pull(number, self.relay, lambda one: self.streams.get(one), self.waiting)
        pull.wanted_by.add(who)

    def release(self, number: int, who: object) -> None:
        """They want it no more; with the last one it ends, a little later."""
        pull = self.running.get(number)
        if pull is not None and who in pull.wanted_by:
            pull.wanted_by.discard(who)
            asyncio.get_running_loop().call_later(LINGER_S, self._end_unwanted, number)

    def _end_unwanted(self, number: int) -> None:
        pull = self.running.get(number)
        if pull is not None and not pull.wanted_by:
            del self.running[number]
            pull.task.cancel()
            self.relay.end(number)
