"""Cameras are pulled while somebody wants them: one child process each, so that one which hangs or breaks harms no other."""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable

from django.conf import settings

from devices.pictures.packet import Malformed, head_of
from devices.pictures.pipe import Frames, Lost
from devices.pictures.relay import Relay
from devices.streams import Stream

WATCHDOG_S = 10.0  # a child that gives no sign of life for so long hangs
AGAIN_S, LONGEST_AGAIN_S = 1.0, 8.0  # before a child is followed by another; longer where it ends at once
LINGER_S = 5.0  # a camera is pulled for so long after the last one left: whoever changes tiles comes back
LOOK_S = 2.5  # so often one looks which cameras there are, and whether a child hangs
RECORDED = "recorded"  # who wants a camera that is recorded
PIECE = 256 * 1024  # bytes read at once

Load = Callable[[], Awaitable[dict[int, Stream]]]
log = logging.getLogger(__name__)


class Pull:
    """One camera, from the first one who wants it until nobody does."""

    def __init__(self, number: int, relay: Relay, stream_of: Callable[[int], Stream | None]) -> None:
        self.number, self.relay, self.stream_of = number, relay, stream_of
        self.wanted_by: set[object] = set()
        self.children = 0
        self.epoch = -1  # of the newest connection
        self.heard_at = 0.0  # monotonic s
        self.task: asyncio.Task[None] = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        """Child after child. Each gets the address anew: it may have changed meanwhile."""
        wait = AGAIN_S / 2
        while True:
            stream, began = self.stream_of(self.number), time.monotonic()
            if stream is not None:
                self.children += 1
                try:
                    await self._one(stream)
                except Exception as ended:
                    facts = {"source": self.number, "why": f"{type(ended).__name__} {ended}"[:200]}
                    log.warning("the child of a camera ended", extra=facts)
                self.relay.end(self.number)
            wait = AGAIN_S if time.monotonic() - began > WATCHDOG_S else min(wait * 2, LONGEST_AGAIN_S)
            await asyncio.sleep(wait)

    async def _one(self, stream: Stream) -> None:
        """One child, until it ends, hangs or the address is another."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devices.pictures.camera", str(self.number),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            cwd=settings.BASE_DIR, env=environment(), start_new_session=True,
        )  # fmt: skip
        assert child.stdin and child.stdout  # nosec B101 - both were asked for
        watching = asyncio.ensure_future(self._watch(child, stream))
        try:
            child.stdin.write(self._words(stream))
            await self._read(child.stdout)
        finally:
            watching.cancel()
            if child.returncode is None:
                child.kill()
            await child.wait()

    async def _read(self, out: asyncio.StreamReader) -> None:
        frames = Frames()
        self.heard_at = time.monotonic()
        while piece := await out.read(PIECE):
            self.heard_at = time.monotonic()
            for packet in filter(None, frames.feed(piece)):
                self._take(packet)
        raise Lost("its pipe was closed")

    def _take(self, packet: bytes) -> None:
        try:
            head = head_of(packet)
        except Malformed as wrong:
            raise Lost(str(wrong)) from wrong
        if head.epoch != self.epoch:  # the pipe keeps the order, whatever a clock says
            self.epoch = head.epoch
            self.relay.end(self.number)
        self.relay.source(self.number).take(head, packet)

    def _words(self, stream: Stream) -> bytes:
        said = {"url": stream.address, "source": self.number, "networks": stream.networks}
        return json.dumps(said).encode() + b"\n"

    async def _watch(self, child: asyncio.subprocess.Process, pulled: Stream) -> None:
        """End a child that hangs, or that pulls what is no longer the camera's address."""
        while True:
            await asyncio.sleep(LOOK_S)
            stream = self.stream_of(self.number)
            is_its = stream is not None and (stream.address, stream.networks) == (pulled.address, pulled.networks)
            if not is_its or time.monotonic() - self.heard_at > WATCHDOG_S:
                child.kill()
                return


def environment() -> dict[str, str]:
    """What a child needs: none of the station's secrets."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}


class Pulls:
    """All cameras that somebody wants now. `load` reads which cameras there are."""

    def __init__(self, relay: Relay, load: Load) -> None:
        self.relay, self.load = relay, load
        self.streams: dict[int, Stream] = {}
        self.cameras: set[int] = set()  # all that had an address since this process began
        self.running: dict[int, Pull] = {}
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
            await asyncio.sleep(LOOK_S)

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
            pull = self.running[number] = Pull(number, self.relay, lambda one: self.streams.get(one))
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
