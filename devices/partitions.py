"""The daily partitions of fixes: a week ahead, and a default one for whatever a wrong clock reports."""

import datetime as dt

from django.db import connection, transaction

DAYS_AHEAD = 7
DAYS_BACK = 7  # on a new database: phones may still hold the fixes of the last days
_TABLE = "devices_fix"
_LOCK = 7_230_001  # advisory: two workers must not make the same day at once


def ensure(today: dt.date, days_back: int = 0) -> list[str]:
    """Make the partitions that are missing from `today - days_back` to a week ahead; their names."""
    wanted = [today + dt.timedelta(days) for days in range(-days_back, DAYS_AHEAD + 1)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        there = _existing()
        missing = [day for day in wanted if name_of(day) not in there]
        for day in missing:
            _make(day)
    return [name_of(day) for day in missing]


def name_of(day: dt.date) -> str:
    """The table of a UTC day."""
    return f"{_TABLE}_{day:%Y%m%d}"


def days() -> list[tuple[str, dt.date]]:
    """The days that have a partition, oldest first, each with its table's name."""
    names = sorted(name for name in _existing() if name.removeprefix(f"{_TABLE}_").isdigit())
    return [(name, dt.datetime.strptime(name[-8:], "%Y%m%d").date()) for name in names]  # noqa: DTZ007 - a day


def _existing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [_TABLE])
        return {name for (name,) in cursor.fetchall()}


def _make(day: dt.date) -> None:
    """One partition, with what the default one already holds of its day (a clock that ran ahead)."""
    name, bounds = name_of(day), [f"{day}T00:00:00Z", f"{day + dt.timedelta(1)}T00:00:00Z"]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE {_TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {_TABLE}_default WHERE time >= %s AND time < %s RETURNING *) "  # noqa: S608  # nosec B608
            f"INSERT INTO {name} SELECT * FROM moved",
            bounds,
        )
        cursor.execute(f"ALTER TABLE {_TABLE} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", bounds)
