"""A position's whole life in ingest: `receive` checks and enqueues, `flush` writes, acknowledges and has it told.

No task, no serializer, no signal and no ORM on this line.
"""

import asyncio
import contextlib
import datetime as dt
import json
import logging
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from command import geo
from devices.gateway.clocks import SECOND
from devices.gateway.fix import Fix, Refused, misplaced
from devices.keys import Sender
from devices.metrics import Counts
from devices.record import Recorder, Row, Written
from devices.ticks import Place, Ticks

log = logging.getLogger(__name__)
GATHER_S = 0.02  # what arrives meanwhile shares a transaction
BATCH_LIMIT = 5_000  # fixes a transaction
STUCK_S = 5.0  # a write that takes longer is one that hangs
QUEUE_LIMIT = 50_000  # fixes waiting; beyond, senders keep their own queue
FUTURE_US = 60 * SECOND
RAW_FIELDS = ("lat", "lon", "speed", "course", "altitude", "accuracy", "battery")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Unavailable = (psycopg.OperationalError, psycopg.InterfaceError, OSError, TimeoutError)


class Overloaded(Exception):
    """More waits than the database takes in; the sender should keep what it has and come again."""


@dataclass(slots=True, eq=False)
class Delivery:
    """What one request brought, until it is written."""

    sender: Sender
    received_us: int
    fixes: list[Fix]
    refused: list[Refused]
    done: asyncio.Future[None]
    doubled: int = 0
    by_database: list[Refused] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return len(self.fixes) - self.doubled - len(self.by_database)

    @property
    def quarantined(self) -> list[Refused]:
        return sorted([*self.refused, *self.by_database], key=lambda one: one.index)


class Positions:
    """The queue between the doors and the database."""

    def __init__(self, recorder: Recorder, ticks: Ticks, counts: Counts) -> None:
        self.recorder, self.ticks, self.counts = recorder, ticks, counts
        self.queue: list[Delivery] = []
        self.waiting = 0  # fixes in the queue
        self.latest: dict[int, Place] = {}  # the mark of each device that moved since the start
        self.changed_clocks: set[Sender] = set()
        self.writing_since: float | None = None  # monotonic s
        self.unsure: dict[int, Sender] = {}  # of whose last write nobody knows whether it was done
        self._arrived = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def receive(self, sender: Sender, items: Sequence[Fix | Refused], received_us: int) -> Delivery:
        """Check what a known device sent and enqueue it; `done` comes true when it is durable. Raises Overloaded."""
        if self.waiting > QUEUE_LIMIT:
            raise Overloaded
        fixes: list[Fix] = []
        refused: list[Refused] = []
        newest = 0
        for item in items:
            if type(item) is Fix:
                newest = max(newest, item.time_us)
                code = fault(sender, item, received_us)
                if code is None:
                    fixes.append(item)
                else:
                    refused.append(Refused(code, spelled(item), item.index))
            else:
                refused.append(item)  # type: ignore[arg-type]
        if newest and sender.clock.hear(received_us, newest):
            self.changed_clocks.add(sender)
        return self._enqueue(Delivery(sender, received_us, fixes, refused, self._loop.create_future()))

    def _enqueue(self, delivery: Delivery) -> Delivery:
        count = len(delivery.fixes) + len(delivery.refused)
        if count:
            self.queue.append(delivery)
            self.waiting += count
            self._arrived.set()
        else:
            delivery.done.set_result(None)
        return delivery

    def is_stuck(self) -> bool:
        """Whether a write began seconds ago and has not ended."""
        return self.writing_since is not None and time.monotonic() - self.writing_since > STUCK_S

    async def run(self) -> None:
        """Run for ever: gather for a moment, then write all that came."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHER_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits, in one transaction unless a row is bad, and tell each sender how it went."""
        batch = self._next_batch()
        if not batch:
            return
        self.writing_since = time.monotonic()
        try:
            with self.counts.write.time():
                await self._write(batch)
        except asyncio.CancelledError:
            raise
        except Exception as failure:
            if not isinstance(failure, Unavailable):
                log.exception("flush failed")
            for delivery in batch:
                if not delivery.done.done():
                    delivery.done.set_exception(failure)
            return
        finally:
            self.writing_since = None
        for delivery in batch:
            self._count(delivery)
            if not delivery.done.done():  # the sender may have gone
                delivery.done.set_result(None)
        await self._tell_unsure()

    def _count(self, delivery: Delivery) -> None:
        fixes = self.counts.fixes
        fixes["taken"] += delivery.accepted
        fixes["doubled"] += delivery.doubled
        fixes["quarantined"] += len(delivery.refused) + len(delivery.by_database)

    def _next_batch(self) -> list[Delivery]:
        batch: list[Delivery] = []
        size = 0
        for delivery in self.queue:
            if size >= BATCH_LIMIT:
                break
            batch.append(delivery)
            size += len(delivery.fixes) + len(delivery.refused)
        del self.queue[: len(batch)]
        self.waiting -= size
        if not self.queue:
            self._arrived.clear()
        return batch

    async def _write(self, batch: list[Delivery]) -> None:
        rows, of = _rows(batch)
        kept = [
            (delivery, refused) for delivery in batch for refused in delivery.refused if delivery.sender.rubbish.take(1)
        ]
        quarantined = [_quarantine_row(delivery, refused) for delivery, refused in kept]
        try:
            await self._write_whole(rows, of, quarantined)
        except Unavailable:
            self.unsure |= {row[0]: delivery.sender for row, delivery in zip(rows, of, strict=True)}
            for delivery, _ in kept:
                delivery.sender.rubbish.give_back(1)
            raise

    async def _write_whole(self, rows: list[Row], of: list[Delivery], quarantined: list[tuple[Any, ...]]) -> None:
        """Everything in one transaction, or, where the database refuses a row, what is good of it."""
        try:
            written = await self.recorder.write(rows, quarantined)
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.NotSupportedError, struct.error):
            await self._write_quarantine(quarantined)
            await self._bisect(rows, of)
        else:
            self._settle(rows, of, written)

    async def _tell_unsure(self) -> None:
        """Tell of the marks of those of whose last write nobody knew: if it was done, a repetition moves them no more."""
        if not self.unsure:
            return
        with contextlib.suppress(*Unavailable):  # the write itself was done
            places = await self.recorder.marks(list(self.unsure))
            senders, self.unsure = self.unsure, {}
            for place in places:
                self._tell(senders[place[0]], place)
            self.ticks.ring()

    async def _bisect(self, rows: list[Row], of: list[Delivery]) -> None:
        """Write the good rows around those that the database refuses."""
        try:
            self._settle(rows, of, await self.recorder.write(rows))
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.NotSupportedError, struct.error) as refusal:
            if len(rows) > 1:
                half = len(rows) // 2
                await self._bisect(rows[:half], of[:half])
                await self._bisect(rows[half:], of[half:])
                return
            log.warning("the database refused a fix of device %s: %s", rows[0][0], type(refusal).__name__)
            refused = Refused("refused", spelled(rows[0][2]), rows[0][2].index)
            of[0].by_database.append(refused)
            await self._write_quarantine([_quarantine_row(of[0], refused)])

    async def _write_quarantine(self, quarantined: list[tuple[Any, ...]]) -> None:
        """One by one: what can't be stored even here is only logged."""
        for row in quarantined:
            with contextlib.suppress(psycopg.DataError, psycopg.IntegrityError):
                await self.recorder.write((), [row])

    def _settle(self, rows: list[Row], of: list[Delivery], written: Written) -> None:
        """What is durable now: count the doubles, and tell of the marks that moved."""
        doubled = set(written.doubled)
        for row in doubled:
            of[row].doubled += 1
        moved = set(written.moved)
        newest: dict[int, tuple[Fix, Sender]] = {}
        for number, (device_id, _, fix) in enumerate(rows):
            if device_id in moved and number not in doubled:
                known = newest.get(device_id)
                if known is None or fix.corrected_us > known[0].corrected_us:
                    newest[device_id] = fix, of[number].sender
        for device_id, (fix, sender) in newest.items():
            place = (
                device_id, fix.corrected_us // 1000, fix.lat, fix.lon, fix.speed, fix.course, fix.accuracy, fix.battery,
            )  # fmt: skip
            self._tell(sender, place)
        self.ticks.ring()

    def _tell(self, sender: Sender, place: Place) -> None:
        self.latest[place[0]] = place
        self.ticks.put(sender.station, place)


def fault(sender: Sender, fix: Fix, received_us: int) -> str | None:
    """Why a fix can't be taken, or None; sets its corrected time and puts its place into WGS-84."""
    code = misplaced(fix.lat, fix.lon)
    if code is not None:
        return code
    fix.corrected_us = fix.time_us + sender.clock.offset
    if fix.corrected_us > received_us + FUTURE_US:
        return "future"
    if sender.is_gcj02:
        fix.lat, fix.lon = geo.gcj02_to_wgs84(fix.lat, fix.lon)
    return None


def spelled(fix: Fix) -> str:
    """A refused fix for people to look at."""
    said = {name: getattr(fix, name) for name in RAW_FIELDS if getattr(fix, name) is not None}
    return json.dumps({"time": moment(fix.time_us).isoformat(), **said})


def moment(time_us: int) -> dt.datetime:
    """µs since 1970 as a datetime."""
    return _EPOCH + dt.timedelta(microseconds=time_us)


def _rows(batch: list[Delivery]) -> tuple[list[Row], list[Delivery]]:
    """The batch's fixes, each once, and which delivery brought each."""
    rows: list[Row] = []
    of: list[Delivery] = []
    seen: set[tuple[int, int]] = set()
    for delivery in batch:
        device_id, received_us = delivery.sender.id, delivery.received_us
        for fix in delivery.fixes:
            key = (device_id, fix.time_us)
            if key in seen:
                delivery.doubled += 1
            else:
                seen.add(key)
                rows.append((device_id, received_us, fix))
                of.append(delivery)
    return rows, of


def _quarantine_row(delivery: Delivery, refused: Refused) -> tuple[Any, ...]:
    sender = delivery.sender
    raw = refused.raw.replace("\0", "")
    return sender.id, sender.station_id, moment(delivery.received_us), refused.code, sender.profile, raw
