"""What was recorded and said of an incident, in its export: the files as they were written, and the chain that links them."""

import datetime as dt
import hashlib
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum

from devices import films, recordings
from devices.models import Recording, RecordingHold, Turn
from devices.voice import files
from dispatch.models import Incident

FOLDER, VOICE, STILLS_FOLDER = "media/recordings", "media/voice", "media/stills"
STILLS = 8  # moments of which there is a picture: the call, and who came first


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
    """Copy the files into `folder`/media/recordings; what `media/recordings.json` says: one entry a file, in the chain's order.

    `file` is null where the bytes are gone, or where a file between two of the incident's own is none of them. Numbers count a
    source's files without a gap, and `link` is SHA-256 of the words “before source number sha256 began_us ended_us”: a file that
    is missing, swapped or put in is found by `verify.py`. `kept`: a film that a phone kept and sent later.
    """
    own = {one.pk: one for one in of_incident(incident)}
    spans: dict[int, tuple[int, int]] = {}
    for one in own.values():
        first, last = spans.get(one.source_id, (one.number, one.number))
        spans[one.source_id] = min(first, one.number), max(last, one.number)
    whole = [
        one
        for source, (first, last) in sorted(spans.items())
        for one in Recording.objects.filter(source=source, number__range=(first, last))
        .select_related("source__camera", "source__officer", "kept")
        .order_by("number")
    ]
    return [_one(one, folder, is_own=one.pk in own) for one in whole]


def _one(one: Recording, folder: Path, *, is_own: bool) -> dict[str, Any]:
    path, name = recordings.file_of(one) if is_own else None, None
    if path is not None:
        name = f"{FOLDER}/{one.source_id}/{one.number}.{one.path.rpartition('.')[2]}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    return {
        "source": one.source_id, "name": one.source.label, "number": one.number, "file": name,
        "began_us": recordings.us(one.began_at), "ended_us": recordings.us(one.ended_at), "codec": one.codec,
        "sha256": one.sha256, "before": one.before, "link": one.link, "cut_off": one.is_cut_off,
        "kept": hasattr(one, "kept"),
    }  # fmt: skip


def write_stills(incident: Incident, folder: Path) -> list[dict[str, Any]]:
    """Write what was to be seen when the call came and when somebody came to the scene into `folder`/media/stills, a picture of
    each source and moment that was recorded; what `media/stills.json` says of them: of which file each was made, when and how.
    """
    arrived = sorted(at for at in incident.assignments.values_list("on_scene_at", flat=True) if at)
    moments = [incident.opened_at, *arrived][:STILLS]
    found = []
    for one in of_incident(incident).filter(erased_at=None, kept=None):
        for at in moments:
            if one.began_at <= at < one.ended_at and (picture := films.picture_of(one, at)) is not None:
                found.append(_still(one, at, picture, folder))
    return found


def _still(one: Recording, at: dt.datetime, picture: bytes, folder: Path) -> dict[str, Any]:
    name = f"{STILLS_FOLDER}/{one.source_id}-{at:%Y%m%dT%H%M%S}Z.jpg"
    (folder / STILLS_FOLDER).mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(picture)
    return {
        "source": one.source_id, "name": one.source.label, "at": at.isoformat(), "file": name,
        "sha256": hashlib.sha256(picture).hexdigest(),
        "made_of": f"{FOLDER}/{one.source_id}/{one.number}.{one.path.rpartition('.')[2]}", "made_of_sha256": one.sha256,
        "made_by": "decoded at that moment, written as JPEG",
    }  # fmt: skip


def write_voice(incident: Incident, folder: Path) -> list[dict[str, Any]]:
    """Copy what was said in the incident's talk group into `folder`/media/voice; what `media/voice.json` says of it, a turn each.

    `file` (Ogg Opus) is null where the sound is gone or is not what was kept.
    """
    said = Turn.objects.filter(group_kind="incident", group_id=incident.number, ended_at__isnull=False, packets__gt=0)
    return [_turn(one, folder) for one in said.select_related("speaker").order_by("pk")]


def _turn(one: Turn, folder: Path) -> dict[str, Any]:
    content = files.read(settings.TURNS, one.key, one.sha256) if one.sha256 else None
    name = f"{VOICE}/{one.key}.ogg"
    if content is not None:
        (folder / VOICE).mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return {
        "speaker": one.speaker.label, "began_at": one.began_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "file": name if content is not None else None, "sha256": one.sha256,
    }  # fmt: skip
