"""Room on the disks: the home's and, where it lies on another one, the archive's. Too little of it is an alarm."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from command import alarms
from command.models import Station


class Mark(NamedTuple):
    """An alarm that is raised at `at` per cent and cleared below `over`: so it does not come and go at the mark itself."""

    kind: str
    level: int
    at: float
    over: float


MARKS = (Mark("disk_filling", 2, 85, 82), Mark("disk_full", 1, 95, 92))


@dataclass(frozen=True)
class Room:
    """How full the disk of a place is: per cent used, as `df` counts them, and what is left in bytes."""

    place: str
    percent: float
    free: int


def rooms() -> list[Room]:
    """Each disk once, under the first place that lies on it. A place that is not there is left out."""
    found: dict[int, Room] = {}
    for place, path in (("home", settings.HOME), ("archive", settings.ARCHIVE), ("recordings", settings.RECORDINGS)):
        try:
            disk = Path(path).stat().st_dev
            if disk not in found:
                found[disk] = _room(place, os.statvfs(path))
        except OSError:
            continue
    return list(found.values())


def _room(place: str, said: os.statvfs_result) -> Room:
    used = said.f_blocks - said.f_bfree
    whole = used + said.f_bavail  # what is kept back for root is nobody's
    return Room(place, 100 * used / whole if whole else 100.0, said.f_bavail * said.f_frsize)


def watch() -> None:
    """Raise and clear the alarms of disks that fill, at the topmost station."""
    root = Station.objects.filter(parent=None).order_by("pk").first()
    if root is None:
        return
    for room in rooms():
        for mark in MARKS:
            if room.percent >= mark.at:
                facts = {"percent": round(room.percent, 1), "free_mb": room.free // 1_000_000}
                alarms.raise_alarm(root.pk, mark.kind, mark.level, "disk", room.place, **facts)
            elif room.percent < mark.over:
                alarms.clear_alarm(root.pk, mark.kind, "disk", room.place)
