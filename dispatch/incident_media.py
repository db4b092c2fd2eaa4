"""The recordings of an incident in its export: the files as they were written, and the chain that links them."""

import shutil
from pathlib import Path
from typing import Any

from django.db.models import Sum

from devices import recordings
from devices.models import Recording, RecordingHold
from dispatch.models import Incident

FOLDER = "recordings"


def of_incident(incident: Incident) -> Any:
    """What is held for an incident, by source and number."""
    holds = RecordingHold.objects.filter(subject_kind="incident", subject_id=incident.number)
    found = Recording.objects.none()
    for hold in holds:
        rows = Recording.objects.filter(source=hold.source_id, ended_at__gt=hold.since)
        found = found | (rows.filter(began_at__lt=hold.until) if hold.until else rows)
    return found.distinct().select_related("source__camera", "source__officer").order_by("source", "number")


def size(incident: Incident) -> int:
    """How many bytes of recordings an export holds."""
    return int(of_incident(incident).filter(erased_at=None).aggregate(whole=Sum("size"))["whole"] or 0)


def write(incident: Incident, folder: Path) -> list[dict[str, Any]]:
    """Copy the files into `folder`/recordings; what `recordings.json` says of them: one entry a file, in the chain's order.

    `file` is null where the bytes are gone. Numbers count a source's files without a gap, and `link` is SHA-256 of the words
    “before sha256 began_us ended_us”: a file that is missing, swapped or put in is found by `verify.py`.
    """
    return [_one(one, folder) for one in of_incident(incident)]


def _one(one: Recording, folder: Path) -> dict[str, Any]:
    path, name = recordings.file_of(one), None
    if path is not None:
        name = f"{FOLDER}/{one.source_id}/{one.number}.{one.path.rpartition('.')[2]}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    return {
        "source": one.source_id, "name": one.source.label, "number": one.number, "file": name,
        "began_us": recordings.us(one.began_at), "ended_us": recordings.us(one.ended_at), "codec": one.codec,
        "sha256": one.sha256, "before": one.before, "link": one.link, "cut_off": one.is_cut_off,
    }  # fmt: skip
