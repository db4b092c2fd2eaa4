"""What ingest does beside the hot path: remember steady clock offsets, and where everyone was before a restart."""

import asyncio
import logging

import psycopg

from devices import database
from devices.gateway.clocks import SECOND
from devices.keys import Keyring
from devices.positions import Positions

log = logging.getLogger(__name__)
EVERY_S = 1.0
_MARKS = (
    "SELECT device_id, (extract(epoch FROM corrected) * 1000)::bigint, ST_Y(place), ST_X(place), speed, course, "
    "accuracy, battery FROM devices_lastfix WHERE corrected > now() - interval '1 hour'"
)


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
            for row in await (await link.execute(_MARKS)).fetchall():
                self.positions.latest.setdefault(row[0], row)

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
