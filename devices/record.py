"""Writes fixes: one transaction for all that waited. COPY into a staging table, insert what is new, move the marks."""

import asyncio
import contextlib
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from devices import database
from devices.gateway.fix import Fix
from devices.ticks import PLACE, Place

WRITE_S = 10.0  # a database that takes longer counts as down
_EPOCH_2000_US = 946_684_800_000_000  # PostgreSQL counts its µs from there
_NAN = math.nan

_STAGING = """
CREATE TEMP TABLE IF NOT EXISTS staging (
    row integer, device_id bigint, time timestamptz, corrected timestamptz, received timestamptz,
    lat float8, lon float8, speed float8, course float8, altitude float8, accuracy float8, battery float8, mock boolean
) ON COMMIT DELETE ROWS
"""
_COPY = "COPY staging FROM STDIN (FORMAT BINARY)"
_COPY_HEAD, _COPY_TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
# Every field preceded by its length; a missing reading travels as NaN, so that all rows have one shape
_ROW = struct.Struct(">h" + "ii" + "iq" * 4 + "id" * 7 + "i?").pack

# One statement: all of it sees the marks as they were committed before, so `late` is what it says. Rows that are there
# already are left as they are and never move a mark.
_TAKE = """
WITH fresh AS (
    INSERT INTO devices_fix
    SELECT s.device_id, s.time, s.corrected, s.received, s.lat, s.lon, NULLIF(s.speed, 'NaN'), NULLIF(s.course, 'NaN'),
           NULLIF(s.altitude, 'NaN'), NULLIF(s.accuracy, 'NaN'), NULLIF(s.battery, 'NaN'), s.mock,
           COALESCE(s.corrected < mark.corrected, false)
    FROM staging s LEFT JOIN devices_lastfix mark USING (device_id)
    ON CONFLICT DO NOTHING
    RETURNING *
), moved AS (
    INSERT INTO devices_lastfix AS mark
        (device_id, time, corrected, received, place, speed, course, altitude, accuracy, battery, mock)
    SELECT DISTINCT ON (device_id) device_id, time, corrected, received, ST_SetSRID(ST_MakePoint(lon, lat), 4326),
           speed, course, altitude, accuracy, battery, mock
    FROM fresh WHERE NOT late ORDER BY device_id, corrected DESC
    ON CONFLICT (device_id) DO UPDATE SET
        time = EXCLUDED.time, corrected = EXCLUDED.corrected, received = EXCLUDED.received, place = EXCLUDED.place,
        speed = EXCLUDED.speed, course = EXCLUDED.course, altitude = EXCLUDED.altitude, accuracy = EXCLUDED.accuracy,
        battery = EXCLUDED.battery, mock = EXCLUDED.mock
    WHERE EXCLUDED.corrected > mark.corrected
    RETURNING device_id
)
SELECT (SELECT array_agg(device_id) FROM moved),
       CASE WHEN (SELECT count(*) FROM fresh) < %s THEN
           (SELECT array_agg(s.row) FROM staging s
            WHERE NOT EXISTS (SELECT FROM fresh f WHERE f.device_id = s.device_id AND f.time = s.time)) END
"""
_MARKS = f"SELECT {PLACE} FROM devices_lastfix m WHERE m.device_id = ANY(%s)"  # noqa: S608 - our own words  # nosec B608
_QUARANTINE = (
    "INSERT INTO devices_quarantine (device_id, station_id, received, code, profile, raw) "
    "VALUES (%s, %s, %s, %s, %s, %s)"
)
Row = tuple[int, int, Fix]  # device, received µs, fix


@dataclass(slots=True)
class Written:
    """Numbers of the rows that had been there already, and the devices whose mark moved."""

    doubled: Sequence[int]
    moved: Sequence[int]


def packed(rows: Sequence[Row]) -> bytes:
    """The rows in COPY's binary form. Raises struct.error for what fits no column."""
    parts = [_COPY_HEAD]
    for row, (device_id, received, fix) in enumerate(rows):
        parts.append(
            _ROW(
                13, 4, row, 8, device_id, 8, fix.time_us - _EPOCH_2000_US, 8, fix.corrected_us - _EPOCH_2000_US,
                8, received - _EPOCH_2000_US, 8, fix.lat, 8, fix.lon,
                8, _NAN if fix.speed is None else fix.speed, 8, _NAN if fix.course is None else fix.course,
                8, _NAN if fix.altitude is None else fix.altitude, 8, _NAN if fix.accuracy is None else fix.accuracy,
                8, _NAN if fix.battery is None else fix.battery, 1, fix.mock,
            )
        )  # fmt: skip
    parts.append(_COPY_TAIL)
    return b"".join(parts)


class Recorder:
    """The one connection that writes fixes. Every call is a transaction of its own, durable when it returns."""

    def __init__(self) -> None:
        self._link: psycopg.AsyncConnection[Any] | None = None

    async def write(self, rows: Sequence[Row], quarantined: Sequence[tuple[Any, ...]] = ()) -> Written:
        """Write all or nothing.

        Raises psycopg.DataError or IntegrityError where the database refuses a row, OperationalError or TimeoutError
        where it is down. After the last two nobody knows whether it was written; a repetition does no harm.
        """
        data = packed(rows)
        try:
            async with asyncio.timeout(WRITE_S):
                link = await self._connected()
                async with link.transaction(), link.cursor() as cursor:
                    if quarantined:
                        await cursor.executemany(_QUARANTINE, quarantined)
                    return await self._take(cursor, data, len(rows)) if rows else Written((), ())
        except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError):
            await self.close()
            raise

    async def marks(self, devices: Sequence[int]) -> list[Place]:
        """The marks of these devices as they are. Raises OperationalError or TimeoutError where the database is down."""
        try:
            async with asyncio.timeout(WRITE_S):
                found = await (await self._connected()).execute(_MARKS, [list(devices)])
                return await found.fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError):
            await self.close()
            raise

    async def _take(self, cursor: psycopg.AsyncCursor[Any], data: bytes, count: int) -> Written:
        async with cursor.copy(_COPY) as copy:
            await copy.write(data)
        await cursor.execute(_TAKE, [count], prepare=True)
        moved, doubled = await cursor.fetchone() or (None, None)
        return Written(doubled or (), moved or ())

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._link is None or self._link.closed:
            self._link = await database.connect(autocommit=True)
            await self._link.execute(_STAGING)
        return self._link

    async def close(self) -> None:
        """Give the connection up; the next write makes a new one."""
        link, self._link = self._link, None
        if link is not None:
            with contextlib.suppress(Exception):
                await link.close()
