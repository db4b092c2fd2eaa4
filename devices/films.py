"""Verbs for who asks for a time of a camera: a film of it, or the picture of a moment. Entered with its reason first."""

import datetime as dt
import subprocess  # nosec B404 # an argument list of our own, no shell
import sys
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from command.errors import Invalid, NotThere
from command.permissions import Principal
from devices import recordings
from devices.models import PictureSource, Playback, Recording
from devices.pictures import joined, replayed
from devices.pictures.children import environment
from devices.pictures.joined import Film, Part

LARGEST = 200 << 20  # bytes of one film: the process holds it whole
STILLS_LARGEST = (
    128 << 20
)  # bytes of one file of still pictures, for the same reason: 20 s at 25 a second and 250 kB each
PATIENCE_S = 20.0  # for a picture: it takes 2 s of processor time at most, which a busy machine gives slowly
MOMENT = dt.timedelta(seconds=1)


def film_of(
    principal: Principal, camera_id: int, start: dt.datetime, end: dt.datetime, incident: str, reason: str
) -> Film:
    """What a camera showed from `start` to `end`. Raises NotThere, Invalid, Forbidden (`reason_required`), Problem 503."""
    found = _opened(principal, camera_id, start, end, incident, reason)
    if sum(one.size for one in found) > LARGEST:
        said = _("expected less than %(size)s MB of recordings, found more: ask for a shorter time") % {
            "size": LARGEST >> 20
        }
        raise Invalid("too_large", said)
    parts = [
        Part(path, recordings.us(one.began_at), recordings.us(one.ended_at))
        for one in found
        if (path := recordings.file_of(one)) is not None and one.path.endswith(".mp4")
    ]
    made = joined.film(parts, recordings.us(start), recordings.us(end))
    if made is None:
        raise _nothing()
    return made


def still_of(principal: Principal, camera_id: int, at: dt.datetime, incident: str, reason: str) -> bytes:
    """The picture that a camera showed at a moment, as JPEG. Raises as `film_of`."""
    found = _opened(principal, camera_id, at, at + MOMENT, incident, reason)
    one = next((one for one in found if one.began_at <= at < one.ended_at), None)
    picture = picture_of(one, at) if one else None
    if picture is None:
        raise _nothing()
    return picture


def stills_of(one: Recording, path: Path) -> bytes:
    """The still pictures of a recording as framed packets. Who asks has entered why. Raises NotThere, Invalid."""
    if one.format != "jpeg":
        said = _("expected a recording of still pictures (jpeg), found %(format)s: ask for the file itself")
        raise Invalid("not_stills", said % {"format": one.format})
    if one.size > STILLS_LARGEST:
        said = _("expected at most %(size)s MB of still pictures in a file, found more: ask for the file itself")
        raise Invalid("too_large", said % {"size": STILLS_LARGEST >> 20})
    found = replayed.stills(path, one.source_id, one.number, recordings.us(one.began_at))
    if not found:
        raise _nothing()
    return found


def picture_of(one: Recording, at: dt.datetime, patience_s: float = PATIENCE_S) -> bytes | None:
    """The picture that a recording shows at a moment, as JPEG; None where its bytes are gone, none of them can be decoded, or
    that takes longer than `patience_s`. Who asks has entered why.
    """
    path = recordings.file_of(one)
    if path is None:
        return None
    offset = str(recordings.us(at) - recordings.us(one.began_at))
    words = [sys.executable, "-m", "devices.pictures.decoding", str(path), offset]
    try:
        done = subprocess.run(  # nosec B603
            words, cwd=settings.BASE_DIR, env=environment(), capture_output=True, timeout=patience_s, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout


def source_of(principal: Principal, camera_id: int) -> PictureSource:
    """Where a camera's pictures come from, if one may play them. Raises NotThere."""
    source: PictureSource | None = recordings.sources_of(principal).filter(camera=camera_id).first()
    if source is None:
        raise NotThere("not_there", _("There is no such camera."))
    return source


def _opened(
    principal: Principal, camera_id: int, start: dt.datetime, end: dt.datetime, incident: str, reason: str
) -> list[Recording]:
    source = source_of(principal, camera_id)
    opened: Playback = recordings.begin(principal, [source.pk], start, end, incident, reason)
    return list(recordings.rows(principal, opened))


def _nothing() -> NotThere:
    return NotThere("not_recorded", _("Nothing of that time is recorded, or it has reached its term."))
