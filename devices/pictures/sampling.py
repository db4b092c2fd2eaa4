"""Stills of streams for browsers that can't draw these: one child process a source, shared by all who want them, while any do."""

import asyncio
import logging
import sys
import time

from django.conf import settings

from devices.pictures.packet import Malformed, head_of
from devices.pictures.pipe import Frames, Lost, framed
from devices.pictures.pulling import AGAIN_S, LONGEST_AGAIN_S, LOOK_S, PIECE, WATCHDOG_S, environment
from devices.pictures.relay import Relay, Viewer

MOST = 16  # sources of which stills are made at a time: each costs up to a tenth of a core and 60 MB

log = logging.getLogger(__name__)


class Sampled:
    """One source of which stills are made. Its child is to the source a viewer like any other: behind, it loses pictures."""

    def __init__(self, number: int, relay: Relay, stills: Relay) -> None:
        self.number, self.relay, self.stills = number, relay, stills
        self.children = 0
        self.epoch = -1  # of the newest still
        self.unanswered_at: float | None = (
            None  # since when the child was given something and said nothing, monotonic s
        )
        self.task: asyncio.Task[None] = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        """Child after child: pictures may end one, and what comes after them is to be seen."""
        wait = AGAIN_S / 2
        while True:
            began = time.monotonic()
            self.children += 1
            try:
                await self._one()
            except Exception as ended:
                facts = {"source": self.number, "why": f"{type(ended).__name__} {ended}"[:200]}
                log.warning("the child that makes stills ended", extra=facts)
            wait = AGAIN_S / 2 if time.monotonic() - began > WATCHDOG_S else min(wait * 2, LONGEST_AGAIN_S)
            await asyncio.sleep(wait)

    async def _one(self) -> None:
        """One child, until it ends or hangs."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devices.pictures.sampler", str(self.number),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            cwd=settings.BASE_DIR, env=environment(), start_new_session=True,
        )  # fmt: skip
        assert child.stdin and child.stdout  # nosec B101 - both were asked for
        entrance, source = child.stdin, self.relay.source(self.number)
        viewer = Viewer(lambda packet: self._give(entrance, packet), serves=self.stills.source(self.number))
        self.unanswered_at = None
        watching = asyncio.ensure_future(self._watch(child))
        source.join(viewer)
        try:
            await self._read(child.stdout, entrance, viewer)
        finally:
            source.leave(viewer)
            watching.cancel()
            entrance.transport.abort()
            if child.returncode is None:
                child.kill()
            await child.communicate()  # its pipe is read to the end, so that nothing of it stays open

    def _give(self, entrance: asyncio.StreamWriter, packet: bytes) -> None:
        if self.unanswered_at is None:
            self.unanswered_at = time.monotonic()
        if not entrance.is_closing():
            entrance.write(framed(packet))

    async def _read(self, out: asyncio.StreamReader, entrance: asyncio.StreamWriter, viewer: Viewer) -> None:
        frames = Frames()
        while piece := await out.read(PIECE):
            for packet in filter(None, frames.feed(piece)):
                self._take(packet)
            self.unanswered_at = None
            viewer.under_way = entrance.transport.get_write_buffer_size()
        raise Lost("its pipe was closed")

    def _take(self, packet: bytes) -> None:
        try:
            head = head_of(packet)
        except Malformed as wrong:
            raise Lost(str(wrong)) from wrong
        if head.epoch != self.epoch:  # the pipe keeps the order, whatever a clock says
            self.epoch = head.epoch
            self.stills.end(self.number)
        self.stills.source(self.number).take(head, packet)

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        """End a child that hangs."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self.unanswered_at is not None and time.monotonic() - self.unanswered_at > WATCHDOG_S:
                child.kill()
                return


class Sampling:
    """All sources of which somebody wants stills now."""

    def __init__(self, relay: Relay) -> None:
        self.relay, self.stills = relay, Relay()
        self.running: dict[int, Sampled] = {}

    def has_room(self, number: int) -> bool:
        """Whether stills of this source are made, or may be."""
        return number in self.running or len(self.running) < MOST

    def want(self, number: int, viewer: Viewer) -> None:
        """Send somebody stills of a source from now on."""
        stills = self.stills.source(number)
        viewer.waits_for_key, viewer.newest = True, None
        stills.join(viewer)
        if number not in self.running:
            self.running[number] = Sampled(number, self.relay, self.stills)

    def release(self, number: int, viewer: Viewer) -> None:
        """They want them no more; with the last one it ends. Who wanted none changes nothing."""
        stills = self.stills.sources.get(number)
        if stills is None or viewer not in stills.viewers:
            return
        stills.leave(viewer)
        if not stills.viewers:
            self.running.pop(number).task.cancel()
            self.stills.end(number)
