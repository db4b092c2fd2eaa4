"""Positions on the live picture: newest wins, at most ten times a second."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import connection

from command import clock
from command.live import Stream
from command.permissions import Capability
from devices.ticks import CHANNEL, PLACE

SHOWN = dt.timedelta(days=1)  # a mark that nothing was heard of for longer is on no picture
_ROWS = (
    f"SELECT s.code, {PLACE} FROM devices_lastfix m JOIN devices_device d ON d.id = m.device_id "  # noqa: S608 - our own words  # nosec B608
    "JOIN command_station s ON s.id = d.station_id WHERE d.station_id = ANY(%s)"
)


def snapshot(station_ids: Collection[int]) -> dict[str, list[Any]]:
    """The marks of the last day at these stations, by station code: rows as in a `fixes` frame."""
    return _rows(_ROWS + " AND m.received > %s", [list(station_ids), clock.now() - SHOWN])


def poll(station_ids: Collection[int], since: dt.datetime) -> dict[str, list[Any]]:
    """The marks received after `since`, for when nobody is told of them."""
    return _rows(_ROWS + " AND m.received > %s", [list(station_ids), since])


def _rows(query: str, values: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        for code, *row in cursor.fetchall():
            found.setdefault(code, []).append(row)
    return found


STREAM = Stream("positions", CHANNEL, Capability.SEE_MAP, snapshot, poll)
