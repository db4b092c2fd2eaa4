"""What ingest does beside the hot path: remember steady clock offsets, and where everyone was before a restart."""

import asyncio
import logging

import psycopg

from devices import database
from devices.gateway.clocks import SECOND
from devices.keys import Keyring
from devices.positions import Positions
from devices.ticks import PLACE, Place

log = logging.getLogger(__name__)
EVERY_S = 1.0
_MARKS = f"""
    SELECT s.code, m.received > now() - interval '15 seconds', {PLACE}
    FROM devices_lastfix m JOIN devices_device d ON d.id = m.device_id JOIN command_station s ON s.id = d.station_id
    WHERE m.corrected > now() - interval '1 hour'
"""  # noqa: S608 - our own words  # nosec B608


class Upkeep:
    """Loads the marks once, then writes offsets as they change."""

    def __init__(self, keyring: Keyring, positions: Positions) -> None:
        self.keyring, self.positions = keyring, positions

    async def run(self) -> None:
        """Run for ever."""
        try:
            await self._load_marks()
            while True:
                await asyncio.sleep(EVERY_S)
                await self._save_clocks()
        except (psycopg.OperationalError, OSError, TimeoutError) as lost:
            log.warning("upkeep: the database is lost (%s)", type(lost).__name__)

    async def _load_marks(self) -> None:
        async with await database.connect(autocommit=True) as link:
            for station, is_fresh, *row in await (await link.execute(_MARKS)).fetchall():
                place: Place = tuple(row)
                if self.positions.latest.setdefault(place[0], place) is place and is_fresh:
                    self.positions.ticks.put(station, place)  # who was killed may have written and not told it
            self.positions.ticks.ring()

    async def _save_clocks(self) -> None:
        changed, self.positions.changed_clocks = self.positions.changed_clocks, set()
        if not changed:
            return
        values = [(sender.clock.offset / SECOND, sender.id) for sender in changed]
        try:
            async with await database.connect(autocommit=True) as link, link.cursor() as cursor:
                await cursor.executemany("UPDATE devices_device SET clock_offset_s = %s WHERE id = %s", values)
        except psycopg.OperationalError:
            self.positions.changed_clocks |= changed
            raise
        for offset, device_id in values:
            log.info("device %s: its clock is off by %.0f s", device_id, -offset)
