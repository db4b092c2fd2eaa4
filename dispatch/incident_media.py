"""What was recorded and said of an incident, in its export: the files as they were written, and the chain that links them."""

import datetime as dt
import hashlib
import math
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum

from devices import films, recordings
from devices.models import Recording, RecordingHold, Turn
from devices.voice import files, turns
from dispatch.models import Incident
from dispatch.recording_gaps import gaps

FOLDER, VOICE, STILLS_FOLDER = "media/recordings", "media/voice", "media/stills"
STILLS = 8  # moments of which there is a picture: the call, and who came first
REACH = 720  # files of 20 s, so far the chain goes on to what the audit knows; it is told each hour


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


def write(incident: Incident, folder: Path) -> dict[str, Any]:
    """Copy the files into `folder`/media/recordings; what `media/recordings.json` says, {} where nothing was recorded.

    `files`: one entry a file, in each source's order. Numbers count a source's files without a gap, and `link` is SHA-256 of the
    words “before source number sha256 began_us ended_us”: a file that is missing, swapped or put in is found by `verify.py`.
    `own`: it belongs to the incident; the others only lead from one of its own to the next and to what the audit knows, and
    their `file` is null. One of its own has none where the bytes are gone: erased at its term (`erased_at`; `erasure`: the
    audit's word), or else it is missing. `kept`: a film that a phone kept and sent later. `gaps`: when nothing was recorded.
    `anchors`: links that stand in the audit.
    """
    own = {one.pk: one for one in of_incident(incident)}
    if not own:
        return {}
    sources = sorted({one.source_id for one in own.values()})
    told = recordings.told(sources, min(one.began_at for one in own.values()) - recordings.ANCHORED)
    erased = {(one["source"], one["number"]): one for one in told if one["link"] is None}
    files: list[dict[str, Any]] = []
    anchors: list[recordings.Told] = []
    for source in sources:
        linked = [one for one in told if one["source"] == source and one["link"] is not None]
        first, last = _span([one.number for one in own.values() if one.source_id == source], linked)
        anchors += [one for one in linked if first <= one["number"] <= last]
        files += [
            {**_one(one, folder, is_own=one.pk in own), "erasure": erased.get((source, one.number))}
            for one in _chain(source, first, last)
        ]
    return {"files": files, "gaps": gaps(files), "anchors": anchors}


def _span(own: list[int], anchors: list[recordings.Told]) -> tuple[int, int]:
    """From which number to which: the incident's own, out to the nearest that the audit knows, or to the very first."""
    first, last = min(own), max(own)
    below = [one["number"] for one in anchors if first - REACH <= one["number"] <= first]
    above = [one["number"] for one in anchors if last <= one["number"] <= last + REACH]
    return max(below, default=1 if first <= REACH else first), min(above, default=last)


def _chain(source: int, first: int, last: int) -> Any:
    found = Recording.objects.filter(source=source, number__range=(first, last))
    return found.select_related("source__camera", "source__officer", "kept").order_by("number")


def _one(one: Recording, folder: Path, *, is_own: bool) -> dict[str, Any]:
    path, name = recordings.file_of(one) if is_own else None, None
    if path is not None:
        name = _name(one)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    return {
        "source": one.source_id, "name": one.source.label, "number": one.number, "own": is_own, "file": name,
        "began_us": recordings.us(one.began_at), "ended_us": recordings.us(one.ended_at), "codec": one.codec,
        "sha256": one.sha256, "before": one.before, "link": one.link, "packets": one.packets, "cut_off": one.is_cut_off,
        "kept": hasattr(one, "kept"), "erased_at": one.erased_at.isoformat() if one.erased_at else None,
    }  # fmt: skip


def _name(one: Recording) -> str:
    return f"{FOLDER}/{one.source_id}/{one.number}.{one.path.rpartition('.')[2]}"


def write_stills(incident: Incident, folder: Path, within_s: float | None = None) -> list[dict[str, Any]]:
    """Write what was to be seen when the call came and when somebody came to the scene into `folder`/media/stills, a picture of
    each source and moment that was recorded; what `media/stills.json` says of them: of which file each was made, when and how.

    Where `within_s` seconds are over, the rest is left out (`file` null, `left_out`: no_time; no_picture: none could be made).
    """
    ends = time.monotonic() + (math.inf if within_s is None else within_s)
    arrived = sorted(at for at in incident.assignments.values_list("on_scene_at", flat=True) if at)
    there = list(of_incident(incident).filter(erased_at=None, kept=None))
    return [
        _still(one, at, folder, ends)
        for at in dict.fromkeys([incident.opened_at, *arrived][:STILLS])  # the call first, of all sources
        for one in there
        if one.began_at <= at < one.ended_at
    ]


def _still(one: Recording, at: dt.datetime, folder: Path, ends: float) -> dict[str, Any]:
    left_s = min(films.PATIENCE_S, ends - time.monotonic())
    picture = films.picture_of(one, at, left_s) if left_s > 0 else None
    facts = {"source": one.source_id, "name": one.source.label, "at": at.isoformat()}
    made_of = {"made_of": _name(one), "made_of_sha256": one.sha256}
    if picture is None:
        why = "no_time" if time.monotonic() >= ends else "no_picture"
        return {**facts, "file": None, "sha256": None, **made_of, "left_out": why}
    name = f"{STILLS_FOLDER}/{one.source_id}-{one.number}-{at:%Y%m%dT%H%M%S.%f}Z.jpg"
    (folder / STILLS_FOLDER).mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(picture)
    made_by = {"made_by": "decoded at that moment, written as JPEG", "left_out": None}
    return {**facts, "file": name, "sha256": hashlib.sha256(picture).hexdigest(), **made_of, **made_by}


def write_voice(incident: Incident, folder: Path) -> list[dict[str, Any]]:
    """Copy what was said in the incident's talk group into `folder`/media/voice; what `media/voice.json` says of it, a turn each.

    `file` (Ogg Opus) is null where nothing was kept (no `sha256`), and where the sound is gone or is not what was kept.
    """
    return [_turn(one, folder) for one in turns.said_in("incident", incident.number)]


def _turn(one: Turn, folder: Path) -> dict[str, Any]:
    content = files.read(settings.TURNS, one.key, one.sha256) if one.sha256 else None
    name = f"{VOICE}/{one.key}.ogg"
    if content is not None:
        (folder / VOICE).mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return {
        "key": str(one.key), "speaker": one.speaker.label, "began_at": one.began_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "ending": one.ending, "packets": one.packets, "file": name if content is not None else None, "sha256": one.sha256,
        "erased_at": one.erased_at.isoformat() if one.erased_at else None,
    }  # fmt: skip
