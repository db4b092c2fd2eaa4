"""Whether the folder of the recordings is the one where they are, and not the empty place where its disk would be.

Else files would be written where nobody looks for them, and what is past its term would be entered as erased while it lies on
the disk that is away. So the folder bears a mark that the database knows; where it doesn't, nothing is recorded, taken, erased.
"""

import enum
import os

from django.conf import settings

from command import alarms, audit, changes, clock
from command.models import Station
from devices.models import Recording, RecordingsFolder
from devices.pictures import marks

PART = ".part"  # at the end of a name: its row is not committed yet
SAMPLE = 100  # of the oldest recordings: most of them are in their folder
KIND, ACT, SUBJECT = "recordings_away", 1, "recordings"


class State(enum.Enum):
    """How it is with the folder. `NEW`: it lacks the mark that is known, and nothing says that it is the wrong one."""

    THERE = "there"
    NEW = "new"
    AWAY = "away"


def is_there() -> bool:
    """Whether recordings may be written and erased; a new folder gets its mark. Raises OSError where it can't be made."""
    found = state()
    if found is State.NEW:
        begin()
    return found is not State.AWAY


def state() -> State:
    """How it is with the folder; changes nothing."""
    known = RecordingsFolder.objects.values_list("mark", flat=True).first()
    if known and known == marks.read(settings.RECORDINGS):
        return State.THERE
    is_first = not known and not Recording.objects.filter(erased_at=None).exists()
    return State.NEW if is_first or _is_the_homes() or _has_the_oldest() else State.AWAY


def begin() -> str:
    """Let recordings lie in the folder from now on, whatever was known of another one; its mark. Raises OSError."""
    with changes.change():
        RecordingsFolder.objects.get_or_create(pk=1)
        row = RecordingsFolder.objects.select_for_update().get(pk=1)
        mark = marks.read(settings.RECORDINGS) or marks.write(settings.RECORDINGS)
        if row.mark != mark:
            row.mark, row.since = mark, clock.now()
            row.save()
            root = _root()
            if root:
                audit.record(None, "begin_recordings", "recordings", mark, root.pk)
    return mark


def look() -> None:
    """Raise and clear the alarm, at the topmost station."""
    root = _root()
    if root is None:
        return
    if state() is State.AWAY:
        alarms.raise_alarm(root.pk, KIND, ACT, "disk", SUBJECT)
    else:
        alarms.clear_alarm(root.pk, KIND, "disk", SUBJECT)


def words() -> str:
    """For `/health`: ok, or what is wrong and what to do."""
    if state() is not State.AWAY:
        return "ok"
    return (
        "their folder is not the one where they are: nothing is recorded, taken from phones or erased; bring its disk back, "
        "or if that is lost: ./station manage begin_recordings"
    )


def _root() -> Station | None:
    return Station.objects.filter(parent=None).order_by("pk").first()


def _is_the_homes() -> bool:
    """Whether it is the home's own and not there at all, as after a restore: where a disk is to be mounted there is a folder."""
    folder = settings.RECORDINGS
    return bool(folder.parent == settings.HOME and not os.path.lexists(folder))


def _has_the_oldest() -> bool:
    """Whether most of what was recorded first is there: a home of before there were marks, or files brought to another disk.
    The newest tell nothing: they may have been written while the disk was away.
    """
    oldest = Recording.objects.filter(erased_at=None).order_by("began_at").values_list("path", flat=True)[:SAMPLE]
    found = [any((settings.RECORDINGS / (path + end)).exists() for end in ("", PART)) for path in oldest]
    return 2 * sum(found) > len(found)
