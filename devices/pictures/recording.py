"""The recorder's parent: what is recorded goes into its pipe, and each file that it tells of is entered."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from django.db import Error

from devices.pictures import marks
from devices.pictures.children import begun, kept
from devices.pictures.packet import Head, packed, payload_of
from devices.pictures.pipe import framed

WATCHDOG_S = 20.0  # a recorder that gives no sign of life for so long hangs; a disk may be busy for a while
AWAY_S = 5.0  # before one looks again whether the folder is there
AGAIN_S = 0.5  # before a recorder that ended is followed by another
PIPE_LIMIT = 32 * 1024 * 1024  # bytes that may wait for it: then packets are lost, which is seen as a gap
ENTER_AGAIN_S = 2.0  # without the database, files wait to be entered
LATE_US = 30_000_000  # what comes later than that is told as of now
SKEW_US = 1_000_000  # a sender's clock may be so wrong; beyond, its packets are recorded at the station's time

Enter = Callable[[dict[str, Any]], Awaitable[object]]
IsThere = Callable[[], Awaitable[bool]]
log = logging.getLogger(__name__)


class Recording:
    """One recorder for all sources of this process. `is_recorded` says whose packets it gets, `is_there` whether the folder is
    the one where recordings are.
    """

    def __init__(self, folder: Path, is_recorded: Callable[[int], bool], enter: Enter, is_there: IsThere) -> None:
        self.folder, self.is_recorded, self.enter, self.is_there = folder, is_recorded, enter, is_there
        self.mark = ""  # the folder's, once it was found to be there
        self.entrance: asyncio.StreamWriter | None = None
        self.closed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.shifts: dict[int, tuple[int, int]] = {}  # by source: epoch, and µs to add to its sender's clock
        self.lost = 0  # packets that found no room on their way
        self.children = 0
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; a second time changes nothing."""
        if not self.tasks:
            self.tasks = [asyncio.ensure_future(self._run()), asyncio.ensure_future(self._enter_all())]

    def take(self, head: Head, packet: bytes) -> None:
        """A packet has come that may be to be recorded."""
        if self.entrance is None or self.entrance.is_closing() or not self.is_recorded(head.source):
            return
        if self.entrance.transport.get_write_buffer_size() > PIPE_LIMIT:
            self.lost += 1
            return
        at = self._at(head)
        if at != head.captured_us:
            packet = packed(dataclasses.replace(head, captured_us=at), bytes(payload_of(packet)))
        with contextlib.suppress(RuntimeError, OSError):  # it has just ended: the next one is under way
            self.entrance.write(framed(packet))

    def _at(self, head: Head) -> int:
        """When it was, by the station's clock: a sender can't say that something was long ago, or will be."""
        at, now = head.captured_us + self._shift(head), time.time_ns() // 1000
        return at if now - LATE_US <= at <= now + SKEW_US else now

    def _shift(self, head: Head) -> int:
        """The same for a whole run of a sender, so that its pictures keep their distances."""
        known = self.shifts.get(head.source)
        if known is None or known[0] != head.epoch:
            off = time.time_ns() // 1000 - head.captured_us
            known = self.shifts[head.source] = head.epoch, off if abs(off) > SKEW_US else 0
        return known[1]

    async def _run(self) -> None:
        """Recorder after recorder; each first repairs what the one before it left."""
        while True:
            try:
                while not await self._may_begin():
                    await asyncio.sleep(AWAY_S)
                await self._one()
            except Exception:  # whatever it was: without a recorder nothing is kept
                log.exception("the recorder is lost")
            await asyncio.sleep(AGAIN_S)

    async def _may_begin(self) -> bool:
        """Without the database, what was found before goes on."""
        try:
            is_there = await self.is_there()
        except Error:
            return bool(self.mark) and self.mark == marks.read(self.folder)
        if is_there:
            self.mark = marks.read(self.folder)
        else:
            log.error("the folder of the recordings is not there: nothing is recorded")
        return is_there

    async def _one(self) -> None:
        self.children += 1
        made = await begun("devices.pictures.recorder", str(self.folder))
        async with kept(made) as (self.entrance, out):
            try:
                while line := await asyncio.wait_for(out.readline(), WATCHDOG_S):
                    self._hear(line)
            finally:
                self.entrance = None
        log.warning("the recorder ended", extra={"children": self.children})

    def _hear(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return  # killed while it spoke: the next finds the file
        if "closed" in said:
            self.closed.put_nowait(said["closed"])
        elif "full" in said:
            log.error("the disk has no room: nothing is recorded")
        elif "away" in said:
            log.error("the disk of the recordings is away: nothing is recorded")

    async def _enter_all(self) -> None:
        """Enter files in the order in which they were closed; nothing is left out while the database is away."""
        while True:
            closed = await self.closed.get()
            while not await self._entered(closed):
                await asyncio.sleep(ENTER_AGAIN_S)

    async def _entered(self, closed: dict[str, Any]) -> bool:
        try:
            await self.enter(closed)
        except Error:
            log.exception("a recording is not entered yet")
            return False
        except Exception:  # it would be so for ever: the others go on, its file stays
            log.exception("a recording can't be entered")
        return True
