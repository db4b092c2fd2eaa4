"""Who may send: the devices' keys in memory, always fresh to within seconds. Used by ingest alone.

Everything is read once at the start; afterwards only what changed: at the doorbell's ring, every few seconds in case it
was not heard, and, sparingly, when a key is not known.
"""

import asyncio
import hashlib
import logging
import time
from typing import Any

import psycopg

from devices import database
from devices.gateway.clocks import SECOND, Clock
from devices.limits import Allowance
from devices.models import DOORBELL

log = logging.getLogger(__name__)
DEVICE_RATE, GATEWAY_RATE = 50, 2_000  # fixes/s
RUBBISH_RATE, RUBBISH_BURST = 1, 1_000  # of what can't be taken, so much is kept; the rest is only answered
REFRESH_S = 3.0
LOOK_S = 0.2  # an unknown key makes us look at most this often
RETRY_S = 0.5
READ_S = 5.0  # a database that takes longer counts as down
TRACKERS_WAITING_LIMIT = 200  # a gateway; beyond, unknown trackers are quarantined without a row of their own

_COLUMNS = (
    "SELECT d.id, d.station_id, s.code, d.kind, d.profile, d.datum, d.key_hash, d.gateway_id, d.unique_id, "
    "d.clock_offset_s, d.approved_at IS NOT NULL, d.revoked_at IS NOT NULL, d.changed_at "
    "FROM devices_device d JOIN command_station s ON s.id = d.station_id "
)
_CHANGED = _COLUMNS + "WHERE d.changed_at > %s::timestamptz - interval '60 s' OR d.id = %s"
_WAITING = (
    "INSERT INTO devices_device (station_id, name, kind, profile, datum, gateway_id, unique_id, clock_offset_s) "
    "SELECT %(station)s, %(name)s, 'tracker', 'forward', %(datum)s, %(gateway)s, %(name)s, 0 "
    "WHERE (SELECT count(*) FROM devices_device WHERE gateway_id = %(gateway)s AND approved_at IS NULL) < %(limit)s "
    "ON CONFLICT DO NOTHING"
)


class Sender:
    """A device as ingest knows it."""

    __slots__ = (
        "allowance", "clock", "gateway_id", "id", "is_approved", "is_gcj02", "is_revoked", "key_hash", "kind",
        "profile", "rubbish", "station", "station_id", "unique_id",
    )  # fmt: skip

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.clock = Clock(offset=round(row[9] * SECOND))
        self.allowance = Allowance(GATEWAY_RATE if row[3] == "gateway" else DEVICE_RATE)
        self.rubbish = Allowance(RUBBISH_RATE, RUBBISH_BURST)
        self.take(row)

    def take(self, row: tuple[Any, ...]) -> None:
        """What the database says of it now."""
        self.id, self.station_id, self.station, self.kind, self.profile, datum, self.key_hash = row[:7]
        self.gateway_id, self.unique_id = row[7:9]
        self.is_gcj02, self.is_approved, self.is_revoked = datum == "gcj02", row[10], row[11]


class Keyring:
    """Senders by the hash of their key, and trackers by their gateway and name."""

    def __init__(self) -> None:
        self.senders: dict[int, Sender] = {}
        self.by_key: dict[str, Sender] = {}
        self.trackers: dict[tuple[int, str], Sender] = {}
        self.is_loaded = False
        self._changed_at: Any = "-infinity"
        self._looked_at = 0.0
        self._reading, self._looking = asyncio.Lock(), asyncio.Lock()
        self._link: psycopg.AsyncConnection[Any] | None = None

    def known(self, key: str) -> Sender | None:
        """Whose key this is, as far as we know."""
        return self.by_key.get(hashlib.sha256(key.encode(errors="replace")).hexdigest())

    async def find(self, key: str) -> Sender | None:
        """Whose key this is, looking again at the database for one added just now. Raises psycopg.OperationalError."""
        sender = self.known(key)
        if sender is None:
            await self.look()
            sender = self.known(key)
        return sender

    async def tracker(self, gateway: Sender, unique_id: str) -> Sender | None:
        """A gateway's tracker; one that nobody knows gets a row and waits for approval. None: too many wait."""
        found = self.trackers.get((gateway.id, unique_id))
        if found is None:
            values = {
                "station": gateway.station_id, "name": unique_id, "gateway": gateway.id,
                "datum": "gcj02" if gateway.is_gcj02 else "wgs84", "limit": TRACKERS_WAITING_LIMIT,
            }  # fmt: skip
            async with asyncio.timeout(READ_S), self._reading:
                link = await self._connected()
                await link.execute(_WAITING, values)
            await self.refresh()
            found = self.trackers.get((gateway.id, unique_id))
        return found

    async def look(self) -> None:
        """Read what changed up to now; all who ask within a moment share one reading."""
        asked_at = time.monotonic()
        await asyncio.sleep(max(0.0, self._looked_at + LOOK_S - asked_at))
        async with self._looking:
            if self._looked_at < asked_at:
                await self.refresh()

    async def refresh(self, device_id: int = 0) -> None:
        """Read what changed since the last time, and this device. Raises psycopg.OperationalError or TimeoutError."""
        async with asyncio.timeout(READ_S), self._reading:
            link = await self._connected()
            looked_at = time.monotonic()
            cursor = await link.execute(_CHANGED, [self._changed_at, device_id])
            rows = await cursor.fetchall()
            self._looked_at = looked_at
        for row in rows:
            self._put(row)
        self.is_loaded = True

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._link is None or self._link.closed:
            self._link = await database.connect(autocommit=True)
        return self._link

    def _put(self, row: tuple[Any, ...]) -> None:
        sender = self.senders.get(row[0])
        if sender is None:
            sender = self.senders[row[0]] = Sender(row)
        else:
            self.by_key.pop(sender.key_hash, None)
            sender.take(row)
        if sender.key_hash and not sender.is_revoked:
            self.by_key[sender.key_hash] = sender
        if sender.gateway_id:
            self.trackers[sender.gateway_id, sender.unique_id] = sender
        if self._changed_at == "-infinity" or row[12] > self._changed_at:
            self._changed_at = row[12]

    async def keep_fresh(self) -> None:
        """Run for ever: read anew at each ring of the doorbell and at least every few seconds."""
        while True:
            try:
                link = await database.connect(autocommit=True)
                async with link:
                    await link.execute(f"LISTEN {DOORBELL}")
                    await self._listen(link)
            except (psycopg.Error, OSError, TimeoutError) as lost:
                log.warning("keys: the database is lost (%s)", type(lost).__name__)
            await asyncio.sleep(RETRY_S)

    async def _listen(self, link: psycopg.AsyncConnection[Any]) -> None:
        while True:
            await self.refresh()
            async for ring in link.notifies(timeout=REFRESH_S, stop_after=1):
                await self.refresh(int(ring.payload))
