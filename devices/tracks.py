"""Where a device has been, in the order of corrected time."""

import datetime as dt
from typing import Any

from django.db import connection

LIMIT = 20_000  # fixes; with more in the period, the newest
_FIELDS = "corrected, lat, lon, speed, course, altitude, accuracy, battery, late"
_NAMES = ("time", *_FIELDS.split(", ")[1:])
_ALWAYS = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC))
# The first part is served by the key and only the days' partitions, the second by the index of corrected ones; the third
# is what is held beyond its term
_TRACK = (
    f"SELECT * FROM (SELECT {_FIELDS} FROM devices_fix "  # noqa: S608 - constants  # nosec B608
    "WHERE device_id = %(device)s AND corrected = time AND time BETWEEN %(since)s AND %(until)s "
    f"UNION ALL SELECT {_FIELDS} FROM devices_fix "
    "WHERE device_id = %(device)s AND corrected <> time AND corrected BETWEEN %(since)s AND %(until)s "
    f"UNION ALL SELECT {_FIELDS} FROM devices_heldfix "
    "WHERE device_id = %(device)s AND corrected BETWEEN %(since)s AND %(until)s) AS all_kinds "
    "ORDER BY corrected DESC LIMIT %(limit)s"
)


def track(device_id: int, since: dt.datetime | None = None, until: dt.datetime | None = None) -> list[dict[str, Any]]:
    """The device's fixes from `since` to `until`, oldest first; units as in `Fix`, times in ISO 8601."""
    values: dict[str, Any] = {
        "device": device_id,
        "since": since or _ALWAYS[0],
        "until": until or _ALWAYS[1],
        "limit": LIMIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TRACK, values)
        rows = cursor.fetchall()
    return [{**dict(zip(_NAMES, row, strict=True)), "time": row[0].isoformat()} for row in reversed(rows)]
