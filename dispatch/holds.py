"""What an incident holds beyond its term: the tracks of the units that were sent to it, while they were."""

import datetime as dt

from django.db.models import Q

from command import clock, jobs
from devices.models import Hold
from dispatch.models import Assignment

LOOKED_BACK = dt.timedelta(days=2)  # assignments that ended longer ago were held while they lasted
EVERY = dt.timedelta(minutes=10)


def hold_tracks() -> int:
    """Hold the fixes of the devices that units on incidents carry, from dispatch to the end; returns how many holds."""
    lately = Q(ended_at=None) | Q(ended_at__gte=clock.now() - LOOKED_BACK)
    rows = (
        Assignment.objects.filter(lately, unit__devices__isnull=False)
        .order_by("pk")
        .values_list("unit__devices", "dispatched_at", "ended_at", "incident__number")
    )
    holds = [
        Hold(device_id=device, since=since, until=until, subject_kind="incident", subject_id=number)
        for device, since, until, number in rows
    ]
    key = ["device", "subject_kind", "subject_id", "since"]
    Hold.objects.bulk_create(holds, 1000, update_conflicts=True, update_fields=["until"], unique_fields=key)
    return len(holds)


JOBS = jobs.pin({"holds": hold_tracks}, EVERY)
