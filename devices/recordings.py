"""Verbs about what was recorded: each file entered and linked to the one before, held, played for a reason, ended at its term."""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any, TypedDict

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from command import audit, changes, clock, jobs
from command.errors import Invalid, NotThere
from command.models import AuditEntry
from command.permissions import Capability, Principal
from devices import recordings_folder
from devices.models import PictureSource, Playback, Recording, RecordingHold
from devices.pictures import watching

ZERO = "0" * 64
PART = recordings_folder.PART
AT_ONCE = 200_000  # files that one run of the terms erases, an hour of a thousand cameras: the next goes on
TOGETHER = 200  # of them in one transaction
LONGEST = dt.timedelta(hours=24)  # of one playback
FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # what is asked of before is asked by mistake
SOURCES_LIMIT = 16
VALID = dt.timedelta(hours=8)  # a playback that was opened may go on for so long
ANCHORED = dt.timedelta(hours=2)  # the job runs each hour
_DAY = dt.timedelta(days=1)


def linked(before: str, source: int, number: int, sha256: str, began_us: int, ended_us: int) -> str:
    """The link of a file to the one before: SHA-256 over the words, with a blank between."""
    return hashlib.sha256(f"{before} {source} {number} {sha256} {began_us} {ended_us}".encode()).hexdigest()


def us(at: dt.datetime) -> int:
    """µs since 1970."""
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def when(microseconds: int) -> dt.datetime:
    """The moment of so many µs since 1970."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)


def enter(closed: dict[str, Any]) -> Recording | None:
    """Enter a file that is whole, as the recorder tells it (`segments.Closed`); a second time changes nothing.

    None where its source is not known (any more): the file stays, and nobody is shown it.
    """
    with changes.change():
        source = PictureSource.objects.select_for_update(no_key=True).filter(pk=closed["source"]).first()
        if source is None:
            return None
        entered = Recording.objects.filter(path=closed["path"]).first() or add(source, closed)
    if entered.sha256 == closed["sha256"]:  # another file under that name takes no place of what is on record
        _finish(entered.path)
    return entered


def add(source: PictureSource, closed: dict[str, Any], station_id: int | None = None) -> Recording:
    """The row of a file, as `segments.Closed` tells of it, linked to the source's newest; the source's row is locked.

    `station_id`: whose it is, where that is another one than the source's now.
    """
    newest = Recording.objects.filter(source=source).order_by("-number").first()
    before = newest.link if newest else ZERO
    number = newest.number + 1 if newest else 1
    began, ended = closed["began_us"], max(closed["began_us"], closed["ended_us"])
    return Recording.objects.create(
        source=source, station_id=station_id or source.station_id, number=number, path=closed["path"],
        began_at=when(began), ended_at=when(ended), size=closed["size"], sha256=closed["sha256"],
        before=before, link=linked(before, source.pk, number, closed["sha256"], began, ended),
        codec=closed["codec"], format=closed["format"], packets=closed["packets"], is_cut_off=closed["cut_off"],
    )  # fmt: skip


def _finish(path: str) -> None:
    """Its row is committed: the file may bear its name. Until then the next recorder finds it as one to be entered."""
    part = settings.RECORDINGS / (path + PART)
    if part.exists():
        part.replace(settings.RECORDINGS / path)


def file_of(recording: Recording) -> Path | None:
    """Where its bytes are; None where they are gone, or are erased on record."""
    return next((path for path in _paths(recording) if path.exists()), None) if recording.erased_at is None else None


def _paths(recording: Recording) -> tuple[Path, Path]:
    return settings.RECORDINGS / recording.path, settings.RECORDINGS / (recording.path + PART)


# ---- playing


def begin(
    principal: Principal, source_ids: list[int], since: dt.datetime, until: dt.datetime, incident: str, reason: str
) -> Playback:
    """Open recordings of sources from a time: entered before anything is shown.

    Raises NotThere, Forbidden (`reason_required`), Invalid, Problem 503 where the entry can't be written.
    """
    is_long = not dt.timedelta() < until - since <= LONGEST or since < FIRST or until > clock.now() + LONGEST
    if not 1 <= len(source_ids) <= SOURCES_LIMIT or is_long:
        limits = {"sources": SOURCES_LIMIT, "hours": int(LONGEST.total_seconds() // 3600)}
        said = _("expected 1 to %(sources)s cameras and at most %(hours)s hours, the end after the beginning") % limits
        raise Invalid("invalid", said)
    found = list(sources_of(principal).filter(pk__in=set(source_ids)).order_by("pk"))
    if len(found) != len(set(source_ids)):
        raise NotThere("not_there", _("There is no such picture."))
    incident, reason = watching.checked_reason(principal, incident, reason, open_only=False)
    with audit.before_showing():
        made = Playback.objects.create(
            actor_kind=principal.kind, actor_id=str(principal.pk), since=since, until=until, incident=incident,
            reason=reason, began_at=clock.now(),
        )  # fmt: skip
        made.sources.set(found)
        for source in found:
            facts: dict[str, Any] = {"playback": made.pk, "incident": incident or None}
            facts |= {"since": since.isoformat(), "until": until.isoformat()}
            audit.record(principal, "play", "picture_source", source.pk, source.station_id, **facts)
    return made


def sources_of(principal: Principal) -> Any:
    """The sources whose recordings a principal may play."""
    stations = principal.rights().stations(Capability.PLAY_RECORDINGS)
    there = Recording.objects.filter(
        source=OuterRef("pk"), station__in=stations
    )  # who was there once left something there
    mine = PictureSource.objects.filter(Q(station__in=stations) | Exists(there))
    return mine.select_related("station", "camera", "officer")


def of_playback(principal: Principal, playback_id: int) -> Playback:
    """A playback that this principal opened and that is still valid. Raises NotThere."""
    mine = Playback.objects.filter(actor_kind=principal.kind, actor_id=str(principal.pk))
    found = mine.filter(pk=playback_id, began_at__gt=clock.now() - VALID).first()
    if found is None:
        raise NotThere("not_there", _("There is no such playback, or it was opened too long ago."))
    return found


def rows(principal: Principal, playback: Playback) -> Any:
    """The recordings of a playback, in their order, as far as the right still holds."""
    within = Q(began_at__lt=playback.until, ended_at__gt=playback.since)
    mine = Recording.objects.visible_to(principal).filter(within, source__in=playback.sources.all())
    return mine.select_related("kept").order_by("began_at", "source")


def opened_file(principal: Principal, playback_id: int, recording_id: int) -> tuple[Recording, Path]:
    """A recording of a playback that this principal opened, and where its bytes are. Raises NotThere."""
    found = rows(principal, of_playback(principal, playback_id)).filter(pk=recording_id).first()
    path = file_of(found) if found else None
    if found is None or path is None:
        raise NotThere("not_there", _("There is no such recording, or it has reached its term."))
    return found, path


# ---- terms


def hold(source_id: int, since: dt.datetime, until: dt.datetime | None, kind: str, subject: str) -> None:
    """Keep what a source recorded in a time beyond its term; until None: from `since` on. What is being erased just now is
    waited for: what is held is never erased, and what is erased already is seen to be.
    """
    with transaction.atomic():
        _lock(source_id)
        RecordingHold.objects.update_or_create(
            source_id=source_id, subject_kind=kind, subject_id=subject, since=since, defaults={"until": until}
        )


def _lock(source_id: int) -> PictureSource:
    """Whoever holds or erases what a source recorded does so one after the other."""
    return PictureSource.objects.select_for_update(no_key=True).get(pk=source_id)


def is_held() -> Exists:
    """Whether a recording is held, as an expression over `Recording`."""
    within = RecordingHold.objects.filter(source=OuterRef("source"), since__lt=OuterRef("ended_at"))
    return Exists(within.filter(Q(until=None) | Q(until__gt=OuterRef("began_at"))))


def end_terms() -> int:
    """Erase the files that are past their source's days and that nothing holds. Their rows and links stay. Returns how many.

    A film that came late has its days from when it was whole. A file that is not found is entered as such: nobody erased it here.
    While the recordings' disk is away all waits, and `/health` says so.
    """
    if not recordings_folder.is_there():
        return 0
    _unlink_left()
    done = 0
    for source_id in list(PictureSource.objects.order_by("pk").values_list("pk", flat=True)):
        while done < AT_ONCE and (some := _erase(source_id)):
            done += some
    return done


def _due(source: PictureSource) -> QuerySet[Recording]:
    term = clock.now() - source.kept_days * _DAY
    over = source.recordings.alias(over_at=Greatest("ended_at", "kept__moved_at"))  # the greater that there is
    return over.filter(~is_held(), erased_at=None, ended_at__lt=term, over_at__lt=term)


def _erase(source_id: int) -> int:
    """Enter that some files of a source are erased, then do it. Returns of how many."""
    with changes.change():
        due = _due(_lock(source_id)).select_for_update(of=("self",))
        gone = list(due.order_by("ended_at", "number")[:TOGETHER])
        for one in gone:
            facts = {"number": one.number, "sha256": one.sha256, "found": file_of(one) is not None}
            audit.record(None, "erase_recording", "picture_source", one.source_id, one.station_id, **facts)
        Recording.objects.filter(pk__in=[one.pk for one in gone]).update(erased_at=clock.now(), is_left=True)
    _unlink(gone)
    return len(gone)


def _unlink(gone: list[Recording]) -> None:
    for one in gone:
        for path in _paths(one):
            path.unlink(missing_ok=True)


def _unlink_left() -> None:
    """Once more what earlier runs erased on record: one that was killed in between, or a power cut, may have left some of it."""
    while left := list(Recording.objects.filter(is_left=True).order_by("pk")[:TOGETHER]):
        _unlink(left)
        Recording.objects.filter(pk__in=[one.pk for one in left]).update(is_left=False)


def anchor() -> int:
    """Enter the newest link of each source that recorded of late into the audit: nothing after it can be taken away unseen.

    Returns of how many sources.
    """
    lately = Recording.objects.filter(began_at__gt=clock.now() - ANCHORED)
    newest = list(lately.order_by("source", "-number").distinct("source"))
    for one in newest:
        with changes.change():
            facts = {"number": one.number, "link": one.link}
            audit.record(None, "anchor_recordings", "picture_source", one.source_id, one.station_id, **facts)
    return len(newest)


class Told(TypedDict):
    """What the audit says of a recording: the entry (its number, its hash, whose chain) and the recording's number.

    `link` is null where it tells of an erasure; `found`: whether there was a file to erase, else null.
    """

    source: int
    number: int
    link: str | None
    found: bool | None
    station: str
    entry: int
    hash: str
    at: str


def told(source_ids: list[int], since: dt.datetime) -> list[Told]:
    """What the audit says since a moment of links and erasures of sources, oldest first. It reads the whole audit once."""
    actions = ("anchor_recordings", "keep_film", "erase_recording")
    about = {"subject_kind": "picture_source", "subject_id__in": [str(one) for one in source_ids]}
    entries = AuditEntry.objects.filter(action__in=actions, at__gte=since, **about).select_related("station")
    return [_told(one) for one in entries.order_by("pk")]


def _told(entry: AuditEntry) -> Told:
    return {
        "source": int(entry.subject_id), "number": entry.facts["number"], "link": entry.facts.get("link"),
        "found": entry.facts.get("found"), "station": entry.station.code, "entry": entry.number, "hash": entry.hash,
        "at": entry.at.isoformat(),
    }  # fmt: skip


TERMS = jobs.pin({"recordings": end_terms, "anchors of recordings": anchor})
