"""Child processes of the process `pictures`: how one begins and ends, and the children of a source, one after another."""

import asyncio
import logging
import os
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from django.conf import settings

from devices.pictures.packet import Malformed, head_of
from devices.pictures.pipe import Frames, Lost
from devices.pictures.relay import Relay

WATCHDOG_S = 10.0  # a child that gives no sign of life for so long hangs
AGAIN_S, LONGEST_AGAIN_S = 0.5, 8.0  # before a child is followed by another: twice as long each time one ends at once
LOOK_S = 2.5  # so often one looks whether a child hangs
PIECE = 256 * 1024  # bytes read at once

log = logging.getLogger(__name__)


def environment() -> dict[str, str]:
    """What a child needs: none of the station's secrets."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}


async def begun(module: str, *words: str) -> asyncio.subprocess.Process:
    """`python -m module words…`, with a pipe to it and one from it."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=settings.BASE_DIR, env=environment(), start_new_session=True,
    )  # fmt: skip


@asynccontextmanager
async def kept(
    made: asyncio.subprocess.Process,
) -> AsyncIterator[tuple[asyncio.StreamWriter, asyncio.StreamReader]]:
    """The pipes of a child that has begun; it does not outlive the block."""
    assert made.stdin and made.stdout  # nosec B101 - both were asked for
    try:
        yield made.stdin, made.stdout
    finally:
        made.stdin.transport.abort()
        if made.returncode is None:
            made.kill()
        await made.communicate()  # its pipe is read to the end, so that nothing of it stays open


class Waiting:
    """Children of a module that have begun and wait for their first line: whoever needs one waits for no interpreter. While a
    scene opens there is little time for that.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.there: list[asyncio.subprocess.Process] = []

    async def take(self) -> asyncio.subprocess.Process:
        """One of them, or where there is none a new one."""
        while self.there:
            made = self.there.pop()
            if made.returncode is None:
                return made
        return await begun(self.module)

    async def fill(self, count: int) -> None:
        """Begin one more where fewer than so many wait: one at a time, since each takes a fifth of a second of a core."""
        self.there = [one for one in self.there if one.returncode is None]
        if len(self.there) < count:
            self.there.append(await begun(self.module))


class Children(ABC):
    """Those that give one source's packets to a relay: who ends or hangs is followed by another, until `task` is cancelled."""

    module: ClassVar[str]

    def __init__(self, number: int, into: Relay) -> None:
        self.number, self.into = number, into
        self.count = 0  # of those that there were
        self.epoch = -1  # of the newest packet
        self.heard_at: float | None = None  # since when a sign of life is due, monotonic s; None while none is
        self.task: asyncio.Task[None] = asyncio.ensure_future(self._run())

    def may_begin(self) -> bool:
        """Whether there is anything for a child to do now."""
        return True

    async def begin(self) -> asyncio.subprocess.Process:
        """One more of them."""
        return await begun(self.module, str(self.number))

    @abstractmethod
    def began(self, entrance: asyncio.StreamWriter) -> None:
        """A child is there: tell it what it needs. `heard_at` is to be set where it owes a sign of life."""

    @abstractmethod
    def heard(self, entrance: asyncio.StreamWriter) -> None:
        """It gave a sign of life, and what it gave was taken."""

    def is_outdated(self) -> bool:
        """Whether another child should be in its place."""
        return False

    @abstractmethod
    def ended(self) -> None:
        """It is gone."""

    async def _run(self) -> None:
        wait = AGAIN_S
        while True:
            at = time.monotonic()
            if self.may_begin():
                self.count += 1
                try:
                    await self._one()
                except Exception as lost:
                    facts = {"source": self.number, "child": self.module, "why": f"{type(lost).__name__} {lost}"[:200]}
                    log.warning("a child ended", extra=facts)
            wait = AGAIN_S if time.monotonic() - at > WATCHDOG_S else min(wait * 2, LONGEST_AGAIN_S)
            await asyncio.sleep(wait)

    async def _one(self) -> None:
        """One child, until it ends, hangs or is outdated."""
        process = await self.begin()
        async with kept(process) as (entrance, out):
            watching = asyncio.ensure_future(self._watch(process))
            self.heard_at = None
            try:
                self.began(entrance)
                await self._read(out, entrance)
            finally:
                watching.cancel()
                self.ended()

    async def _read(self, out: asyncio.StreamReader, entrance: asyncio.StreamWriter) -> None:
        frames = Frames()
        while piece := await out.read(PIECE):
            for packet in filter(None, frames.feed(piece)):
                self._take(packet)
            self.heard(entrance)
        raise Lost("its pipe was closed")

    def _take(self, packet: bytes) -> None:
        try:
            head = head_of(packet)
        except Malformed as wrong:
            raise Lost(str(wrong)) from wrong
        if head.source != self.number:
            raise Lost(f"expected packets of source {self.number}, found one of {head.source}")
        if head.epoch != self.epoch:  # the pipe keeps the order, whatever a clock says
            self.epoch = head.epoch
            self.into.end(self.number)
        self.into.source(self.number).take(head, packet)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            hangs = self.heard_at is not None and time.monotonic() - self.heard_at > WATCHDOG_S
            if hangs or self.is_outdated():
                process.kill()
                return
