"""Verbs on photos of notes: announced with the note, taken when they come, shown to those who see the incident."""

import hashlib
import logging
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypedDict

from django.conf import settings
from django.utils.translation import gettext as _

from command import audit, changes, clock, live
from command.erasures import Erasable
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import Officer
from command.permissions import Capability, Level, Principal, require
from dispatch import incidents, photo_files
from dispatch.models import Incident, LogEntry, Photo
from dispatch.states import IncidentState

A_NOTE = 10  # photos, at most
logger = logging.getLogger(__name__)


class PhotoAnswer(TypedDict):
    """A photo that has come: the SHA-256 of what is kept, and its size in pixels."""

    key: str
    sha256: str
    width: int | None
    height: int | None


def note(principal: Principal, number: str, text: str, keys: Collection[uuid.UUID] = ()) -> LogEntry:
    """Add words to the incident's log and say which photos will follow; one of both must be there.

    Raises NotThere, Forbidden, Invalid (nothing, too many), Conflict where such a photo was announced before.
    """
    if len(set(keys)) > A_NOTE:
        said = _("expected at most %(most)s photos, found %(found)s") % {"most": A_NOTE, "found": len(set(keys))}
        raise Invalid("too_many_photos", f"photos: {said}", fields={"photos": said})
    if not text and not keys:
        said = _("expected words or photos, found neither")
        raise Invalid("empty_note", f"text: {said}", fields={"text": said})
    with changes.change():
        entry = incidents.note(principal, number, text)
        if keys:
            _announce(principal, entry, keys)
        return entry


def _announce(principal: Principal, entry: LogEntry, keys: Collection[uuid.UUID]) -> None:
    if not isinstance(principal, Officer):
        raise Forbidden("person_only", _("This is for a person who has signed in."))
    if Photo.objects.filter(key__in=keys).exists():
        raise Conflict("announced", _("Such a photo belongs to another note already."))
    now = clock.now()
    Photo.objects.bulk_create(
        Photo(entry=entry, key=key, officer=principal, announced_at=now) for key in dict.fromkeys(keys)
    )


def take(principal: Principal, key: uuid.UUID, body: bytes) -> Photo:
    """Keep a photo that its sender announced; the same once more changes nothing. It may come after the sender was sent
    elsewhere, for it is part of what they noted while they were there.

    Raises NotThere, Forbidden, Invalid (no such photo is taken), Conflict (another came before, or it was erased).
    """
    own(principal, key)
    clean = _cleaned(body)
    sent = hashlib.sha256(body).hexdigest()
    with changes.change():
        photo = own(principal, key, is_locked=True)
        if photo.erased_at or photo.arrived_at:
            return _again(photo, sent)
        photo_files.write(settings.PHOTOS, photo.key, clean)
        _copy(photo, clean)
        photo.arrived_at, photo.sent_sha256, photo.sha256 = clock.now(), sent, clean.sha256
        photo.width, photo.height = clean.width, clean.height
        photo.save()
        audit.record(principal, "add_photo", "photo", photo.pk, photo.entry.station_id, sha256=photo.sha256)
        live.publish(photo.entry.station_id, "log", photo.entry_id, code=photo.entry.code)
        return photo


def own(principal: Principal, key: uuid.UUID, *, is_locked: bool = False) -> Photo:
    """A photo that the principal announced. Raises NotThere, Forbidden."""
    rows = Photo.objects.select_related("entry__incident")
    rows = rows.select_for_update(of=("self",)) if is_locked else rows
    mine = rows.filter(key=key, officer_id=principal.pk).first() if principal.kind == "officer" else None
    if mine is None:
        raise NotThere("not_there", _("You have announced no such photo."))
    require(principal, Capability.NOTE, mine.entry.station_id, Level.OWN)
    return mine


def _again(photo: Photo, sent: str) -> Photo:
    if photo.erased_at:
        raise Conflict("erased", _("This photo was erased."))
    if photo.sent_sha256 != sent:
        raise Conflict("another_photo", _("Another photo came under this name before."))
    return photo


def _cleaned(body: bytes) -> photo_files.Clean:
    try:
        return photo_files.cleaned(body)
    except photo_files.Unfit as unfit:
        expected = {
            "too_large": _("expected at most %(most)s bytes, found %(found)s"),
            "too_wide": _("expected at most %(px)s px on each side, found %(found)s"),
            "too_many_scans": _("expected a JPEG of at most %(scans)s scans, found %(found)s"),
        }.get(unfit.code, _("expected a JPEG that can be read, found one that begins with %(found)s"))
        limits = {"most": photo_files.LARGEST, "px": photo_files.LONGEST_PX, "scans": photo_files.SCANS}
        said = expected % {**limits, "found": unfit.found}
        raise Invalid(f"photo_{unfit.code}", said, fields={"photo": said}) from None


def _archived() -> Path:
    return settings.ARCHIVE / "photos"


def _copy(photo: Photo, clean: photo_files.Clean) -> None:
    """Beside the database's log, which tells of photos newer than the last backup. An archive that is away stops nobody."""
    try:
        photo_files.write(_archived(), photo.key, clean)
    except OSError as lost:
        logger.warning("photo %s is not in the archive: %s", photo.pk, lost.strerror)


def show(principal: Principal, key: uuid.UUID, size: str) -> tuple[Photo, bytes]:
    """A photo of an incident that one sees, "large" or "small". Whole, or of an incident that is over, it is a look-up, which
    is entered first; a small one of an open incident is part of its log.

    Raises NotThere, Forbidden (a screen, or over and not for this person), Problem 503 where the entry can't be written.
    """
    if size not in photo_files.SIZES:
        known = {"known": ", ".join(photo_files.SIZES), "found": size[:40]}
        raise Invalid("bad_size", "size: " + _("expected one of %(known)s, found %(found)s") % known)
    mine = Incident.objects.visible_to(principal)
    photo = Photo.objects.select_related("entry__incident").filter(key=key, entry__incident__in=mine).first()
    if photo is None or photo.arrived_at is None or photo.erased_at:
        raise NotThere("not_there", _("There is no such photo."))
    if principal.kind == "screen":
        raise Forbidden("person_only", _("A screen shows no photos: anybody may stand before it."))
    incident = photo.entry.incident
    if incident.state != IncidentState.OPEN:
        incidents.may_look_up(principal, incident)
    if size == "large" or incident.state != IncidentState.OPEN:
        audit.look_up(principal, "see_photo", "photo", photo.pk, incident.station_id, incident=incident.number)
    content = photo_files.read(settings.PHOTOS, photo.key, size)
    if content is None:
        raise NotThere("photo_lost", _("This photo is no longer on the disk."))
    return photo, content


def whole(photo: Photo) -> bytes | None:
    """What is kept of a photo, if it is what came; for exports, whose verb has asked for the right."""
    return photo_files.read(settings.PHOTOS, photo.key, "large", photo.sha256) if photo.state == "here" else None


def answer(photo: Photo) -> PhotoAnswer:
    """What its sender is told."""
    return {"key": str(photo.key), "sha256": photo.sha256, "width": photo.width, "height": photo.height}


def _station(ident: int) -> int | None:
    return Photo.objects.filter(pk=ident).values_list("entry__station", flat=True).first()


def _clear(ident: int) -> None:
    """The bytes go, here and in the archive; that there was one stays."""
    photo = Photo.objects.select_for_update(of=("self",)).select_related("entry").get(pk=ident)
    for folder in (settings.PHOTOS, _archived()):
        photo_files.remove(folder, photo.key)
    photo.erased_at = photo.erased_at or clock.now()
    photo.sent_sha256 = photo.sha256 = ""
    photo.save(update_fields=["erased_at", "sent_sha256", "sha256"])
    live.publish(photo.entry.station_id, "log", photo.entry_id, code=photo.entry.code)


ERASABLE: Any = Erasable("photo", Capability.HOLD, _station, _clear)
