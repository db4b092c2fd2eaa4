"""Looks, off the hot path, for devices that a person should attend to."""

import datetime as dt
from typing import Any

from django.db.models import Count

from command import alarms, changes, clock
from command.models import Alarm
from devices import recordings_folder, unrecorded
from devices.devices import WAITING
from devices.models import Device, Quarantine

REFUSED = "fixes_refused"
PERIOD = dt.timedelta(minutes=10)
MANY = 5  # refused in that time; a single odd fix needs nobody
UNAPPROVED = "unapproved"  # what waits for approval has an alarm of its own
KNOW, ATTEND = 3, 2


def look() -> None:
    """Raise and clear the alarms about refused fixes, waiting trackers, cameras not recorded, recordings that are away."""
    _waiting()
    _refused()
    unrecorded.look()
    recordings_folder.look()


def _waiting() -> None:
    for device in Device.objects.filter(approved_at=None, revoked_at=None):
        alarms.raise_alarm(device.station_id, WAITING, ATTEND, "device", device.pk)


def _refused() -> None:
    lately = Quarantine.objects.filter(received__gt=clock.now() - PERIOD).exclude(code=UNAPPROVED)
    counted = lately.values("device_id", "station_id", "code").annotate(count=Count("id")).order_by("-count")
    troubled: dict[int, Any] = {}
    for row in counted:
        if row["count"] >= MANY:
            troubled.setdefault(row["device_id"], row)
    for pk, row in troubled.items():
        alarms.raise_alarm(row["station_id"], REFUSED, KNOW, "device", pk, code=row["code"], count=row["count"])
    for alarm in Alarm.objects.filter(kind=REFUSED, cleared_at=None).exclude(subject_id__in=map(str, troubled)):
        with changes.change():
            alarms.clear_alarm(alarm.station_id, REFUSED, "device", alarm.subject_id)
