"""When fixes and refusals reach their term: whole days are dropped, after what is held was copied.

Who holds what stands in `Hold`; a room above puts it there (dispatch for the units of an incident). What is held lies in
`HeldFix` from then on, and tracks read both.
"""

import datetime as dt

from django.db import connection, transaction

from command import clock, jobs
from devices import partitions
from devices.models import LastFix, Quarantine

FIXES_KEPT = dt.timedelta(days=30)
QUARANTINE_KEPT = dt.timedelta(days=30)
PATIENCE_S = (
    3  # for the lock that a drop needs; ingest waits meanwhile. Where it can't be had the next hour tries again
)

_HOLD = (
    "INSERT INTO devices_heldfix (device_id, time, corrected, received, lat, lon, speed, course, altitude, accuracy, "
    "battery, mock, late) SELECT f.device_id, f.time, f.corrected, f.received, f.lat, f.lon, f.speed, f.course, "
    "f.altitude, f.accuracy, f.battery, f.mock, f.late FROM {table} f WHERE {which} AND EXISTS (SELECT FROM devices_hold h "
    "WHERE h.device_id = f.device_id AND f.corrected BETWEEN h.since AND coalesce(h.until, 'infinity')) "
    "ON CONFLICT DO NOTHING"
)
_YOUNG = (
    "CREATE TEMP TABLE young ON COMMIT DROP AS SELECT * FROM {table} WHERE corrected >= %s"  # clocks that lag by days
)
_ODD = "corrected < %s AND corrected <> time"  # by a wrong clock in a day that is not theirs


def end_fix_terms() -> int:
    """Drop the days of more than 30 days ago and what else is that old; returns the number of days."""
    cutoff = clock.now() - FIXES_KEPT
    due = [name for name, day in partitions.days() if day + dt.timedelta(1) <= cutoff.date()]
    for name in due:
        _drop(name, cutoff)
    _delete("devices_fix_default", "corrected < %s", cutoff)
    _delete("devices_fix", _ODD, cutoff)
    LastFix.objects.filter(corrected__lt=cutoff, received__lt=cutoff).delete()
    return len(due)


def _drop(table: str, cutoff: dt.datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'")
        cursor.execute(_HOLD.format(table=table, which="f.corrected < %s"), [cutoff])
        cursor.execute(_YOUNG.format(table=table), [cutoff])
        cursor.execute(f"DROP TABLE {table}")
        cursor.execute("INSERT INTO devices_fix SELECT * FROM young")
        cursor.execute("DROP TABLE young")


def _delete(table: str, which: str, cutoff: dt.datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLD.format(table=table, which=which.replace("corrected", "f.corrected")), [cutoff])
        cursor.execute(f"DELETE FROM {table} WHERE {which}", [cutoff])  # noqa: S608 - constants  # nosec B608


def end_quarantine_terms() -> int:
    """Delete what was refused more than 30 days ago; returns how many."""
    return Quarantine.objects.filter(received__lt=clock.now() - QUARANTINE_KEPT).delete()[0]


TERMS = jobs.pin({"fixes": end_fix_terms, "quarantine": end_quarantine_terms})
