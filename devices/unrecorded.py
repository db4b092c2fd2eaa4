"""A look for cameras that should be recorded and are not, whatever the cause: the camera, the recorder, the disk."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest

from command import alarms, clock
from command.models import Alarm
from devices.models import PictureSource, Recording

KIND, SUBJECT, ATTEND = "not_recorded", "recordings", 2
LATE = dt.timedelta(
    seconds=90
)  # a file is whole after 20 s and a key picture, a camera that was away is back within 10
NAMED = 2  # cameras that an alarm names


def late() -> list[PictureSource]:
    """The sources of cameras whose recording should have gone on and has not for LATE, by name."""
    newest = Recording.objects.filter(source=OuterRef("pk")).order_by("-number").values("ended_at")[:1]
    due = PictureSource.objects.filter(is_recorded=True, camera__retired_at=None).exclude(address="")
    heard = Greatest(Coalesce(Subquery(newest), F("recorded_from")), Coalesce(F("recorded_from"), Subquery(newest)))
    found = due.annotate(heard_at=heard).filter(Q(heard_at=None) | Q(heard_at__lt=clock.now() - LATE))
    return list(found.select_related("camera").order_by("camera__name", "pk"))


def look() -> None:
    """Raise and clear one alarm a station about cameras that are not recorded."""
    counted: dict[int, int] = defaultdict(int)
    for source in late():
        counted[source.station_id] += 1
    for station, count in counted.items():
        alarms.raise_alarm(station, KIND, ATTEND, SUBJECT, station, count=count)
    for alarm in Alarm.objects.filter(kind=KIND, cleared_at=None).exclude(station__in=counted):
        alarms.clear_alarm(alarm.station_id, KIND, SUBJECT, alarm.subject_id)


def names(stations: Collection[str]) -> dict[str, str]:
    """Which cameras are not recorded now, by station: a few names, and how many more."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in late():
        found[str(source.station_id)].append(source.label)
    return {one: _few(found[one]) for one in stations if one in found}


def _few(cameras: list[str]) -> str:
    more = len(cameras) - NAMED
    return ", ".join(cameras[:NAMED]) + (f" +{more}" if more > 0 else "")
