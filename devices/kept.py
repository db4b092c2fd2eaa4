"""Verbs on films that phones kept of a scene: announced, taken in pieces, and recordings like all others once they are whole.

A film is its sender's to give and nobody's to change: it counts as here when every byte is and their SHA-256 is the one that the
phone counted. Only then does the phone forget its own copy.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from command import audit, changes, clock, jobs, pieces
from command.errors import Conflict, Forbidden, Invalid, NotThere, Problem
from command.models import Officer
from command.permissions import Capability, Principal, require
from devices import recordings, recordings_folder
from devices.containers import HEAD, Container, NoFilm, container_of
from devices.models import KeptFilm
from devices.pictures import sending
from devices.pictures.room import has_room

MB = 2**20
SIZE_LIMIT = 64 * MB  # of one film: phones begin another every minute
PIECE_LIMIT = 900_000  # bytes; more does not come through the front door
LONGEST = dt.timedelta(hours=1)
A_DAY = 40_000 * MB  # of one officer in 24 hours: a day and a half at full quality
UNFINISHED = dt.timedelta(days=30)  # so long the rest may come: then what there is of it has no more right to be here
FIRST, LAST = recordings.FIRST, recordings.FIRST.replace(year=2100)  # however wrong a phone's clock is
FOLDER = "kept"
AT_ONCE = 500  # that one run lets go of: the next goes on
Entered = Callable[[int, str, dt.datetime, dt.datetime], None]
StationOf = Callable[[int, str, dt.datetime, dt.datetime], int | None]
_entered: list[Entered] = []
_stations: list[StationOf] = []


class KeptAnswer(TypedDict):
    """How a film stands. `state`: receiving, or kept once all is here and is what the phone counted."""

    key: str
    state: str
    received: int
    size: int
    sha256: str


def pin_entered(entered: Entered) -> None:
    """Have a room above told of each film that is kept, in its transaction: whose (an officer's id), the incident that the phone
    named, from when to when. Called from a room's AppConfig.ready().
    """
    _entered.append(entered)


def pin_station(station_of: StationOf) -> None:
    """Have a room above say at which station a film was made (its id), told as in `pin_entered`; None where it doesn't know."""
    _stations.append(station_of)


class Said(NamedTuple):
    """What a phone says of a film. `began` and `ended` are by its own clock, `sending_at` is what that shows as it says so."""

    key: uuid.UUID
    began: dt.datetime
    ended: dt.datetime
    sending_at: dt.datetime | None
    size: int  # bytes
    sha256: str  # hex
    kind: str  # video/webm or video/mp4
    incident: str = ""  # whose scene it takes it for


def announce(actor: Principal, said: Said) -> KeptFilm:
    """Say that a film will come; the same once more tells where to go on.

    Raises Forbidden, Invalid, NotThere (somebody else's), Conflict (another film under this key), Problem (429, 503, 507).
    """
    officer = _officer(actor)
    suffix = _checked(said)
    try:
        with changes.change():
            Officer.objects.select_for_update(no_key=True).get(pk=officer.pk)  # the day's sum is counted one by one
            if not KeptFilm.objects.filter(key=said.key).exists():
                _see_that_room(officer, said.size)
                return _new(officer, said, suffix)
    except IntegrityError:  # somebody else announced one under this key just now
        pass
    return _again(officer, said)


def _new(officer: Officer, said: Said, suffix: str) -> KeptFilm:
    """The phone's clock is put right by how far it is off as it sends; what is announced is over."""
    now, lasted = clock.now(), said.ended - said.began
    off = now - said.sending_at if said.sending_at else dt.timedelta()
    began_at = max(FIRST, min(said.began + off, now - lasted))
    name = str(uuid.uuid4())
    film = KeptFilm.objects.create(
        key=said.key, officer=officer, incident=said.incident, began_at=began_at, ended_at=began_at + lasted,
        size=said.size, sha256=said.sha256, path=f"{FOLDER}/{name[:2]}/{name}.{suffix}", announced_at=now, moved_at=now,
    )  # fmt: skip
    facts = {"size": said.size, "sha256": said.sha256}
    audit.record(officer, "announce_film", "kept_film", film.pk, officer.station_id, **facts)
    return film


def _again(officer: Officer, said: Said) -> KeptFilm:
    known = own(officer, said.key)
    if (known.size, known.sha256) != (said.size, said.sha256):
        raise Conflict("another_film", _("Another film was announced under this key before."))
    if known.recording_id is None:
        _see_that_there()
    if known.recording_id is None and known.received and not (settings.RECORDINGS / known.path).exists():
        KeptFilm.objects.filter(pk=known.pk, recording=None).update(
            received=0
        )  # a restore brings the row, not the file
        known.received = 0
    return known


def own(actor: Principal, key: uuid.UUID, *, is_locked: bool = False) -> KeptFilm:
    """A film that the principal announced. Raises NotThere."""
    rows = KeptFilm.objects.select_for_update(of=("self",)) if is_locked else KeptFilm.objects.all()
    mine = rows.filter(key=key, officer_id=actor.pk).first() if actor.kind == "officer" else None
    if mine is None:
        raise NotThere("not_there", _("You have announced no such film."))
    return mine


def append(actor: Principal, key: uuid.UUID, offset: int, piece: bytes) -> KeptFilm:
    """Put the next piece on; with the last one the film is kept.

    Raises NotThere, Forbidden, Invalid (no film, or not what the phone counted: then it begins anew), Conflict with how much was
    `received`, Problem (503, 507).
    """
    officer = _officer(actor)
    _see_that_there()
    with changes.change():
        film = own(officer, key, is_locked=True)
        if film.recording_id or offset != film.received:
            raise Conflict("other_place", _("Another piece is expected."), received=film.received)
        _see_that_it_fits(film, offset, piece)
        _see_that_disk_has(len(piece))
        _put(film, offset, piece)
        film.received, film.moved_at = film.received + len(piece), clock.now()
        is_wrong = film.received == film.size and not _keep(officer, film)
        film.save(update_fields=["received", "moved_at", "recording"])
    if is_wrong:
        said = _("What arrived is not what the phone counted (SHA-256): send it again from the beginning.")
        raise Invalid("other_hash", said, status=422, received=0)
    return film


def _keep(officer: Officer, film: KeptFilm) -> bool:
    """Make a recording of a film that is whole; False where its bytes are not what was announced: they are let go."""
    path = settings.RECORDINGS / film.path
    if pieces.settled(path) != film.sha256:
        path.unlink()
        film.received = 0
        return False
    with path.open("rb") as file:
        found = container_of(file.read(HEAD))
    source = sending.source_of(officer)
    told = (officer.pk, film.incident, film.began_at, film.ended_at)
    station_id = next((known for known in (of(*told) for of in _stations) if known), None)
    film.recording = made = recordings.add(source, _closed(film, found), station_id)
    facts = {"number": made.number, "sha256": made.sha256, "link": made.link, "incident": film.incident or None}
    audit.record(officer, "keep_film", "picture_source", source.pk, made.station_id, **facts)
    for tell in _entered:
        tell(*told)
    return True


def _closed(film: KeptFilm, found: Container) -> dict[str, Any]:
    return {
        "path": film.path, "began_us": recordings.us(film.began_at), "ended_us": recordings.us(film.ended_at),
        "size": film.size, "sha256": film.sha256, "codec": found.codec, "format": found.format, "packets": 0,
        "cut_off": False,
    }  # fmt: skip


def answer(film: KeptFilm) -> KeptAnswer:
    """What its sender is told."""
    state = "kept" if film.recording_id else "receiving"
    return {
        "key": str(film.key), "state": state, "received": film.received, "size": film.size, "sha256": film.sha256,
    }  # fmt: skip


def drop_unfinished() -> int:
    """Let go of what came of films whose rest did not come within 30 days. Returns of how many."""
    if not recordings_folder.is_there():
        return 0
    return sum(map(_drop, list(_unfinished().order_by("pk").values_list("pk", flat=True)[:AT_ONCE])))


def _unfinished() -> QuerySet[KeptFilm]:
    return KeptFilm.objects.filter(recording=None, moved_at__lt=clock.now() - UNFINISHED)


def _drop(film_id: int) -> int:
    """Let go of a film, unless its rest came just now. Its bytes go first: of one that is killed in between the row is left, by
    which the next run goes on, and the phone, which has all of it still, begins anew.
    """
    with changes.change():
        film = _unfinished().select_for_update(of=("self",)).select_related("officer").filter(pk=film_id).first()
        if film is None:
            return 0
        (settings.RECORDINGS / film.path).unlink(missing_ok=True)
        facts = {"received": film.received, "sha256": film.sha256}
        audit.record(None, "drop_film", "kept_film", film.pk, film.officer.station_id, **facts)
        film.delete()
    return 1


# ---- what is asked of a film


def _officer(actor: Principal) -> Officer:
    """Whoever may show a scene may give what they kept of it. Raises Forbidden."""
    if not isinstance(actor, Officer):
        raise Forbidden("person_only", _("This is for a person who has signed in."))
    require(actor, Capability.OWN_ORDERS, actor.station_id)
    return actor


def _checked(said: Said) -> str:
    """How the file's name will end. Raises Invalid."""
    fields = {}
    suffix = {"video/webm": "webm", "video/mp4": "mp4"}.get(said.kind.partition(";")[0].strip())
    if suffix is None:
        fields["type"] = _("expected video/webm or video/mp4, found “%(found)s”") % {"found": said.kind[:60]}
    if not 0 < said.size <= SIZE_LIMIT:
        facts = {"limit": SIZE_LIMIT, "found": said.size}
        fields["size"] = _("expected 1 to %(limit)s bytes, found %(found)s") % facts
    clocks = [said.began, said.ended, said.sending_at or said.began]
    if not dt.timedelta() <= said.ended - said.began <= LONGEST or not all(FIRST <= one < LAST for one in clocks):
        minutes = int(LONGEST.total_seconds() // 60)
        fields["ended_at"] = _("expected an end at most %(minutes)s minutes after the beginning") % {"minutes": minutes}
    if fields or suffix is None:
        words = " ".join(f"{name}: {word}" for name, word in fields.items())
        raise Invalid("invalid", words, fields=fields)
    return suffix


def _see_that_room(officer: Officer, size: int) -> None:
    since = clock.now() - dt.timedelta(days=1)
    lately = KeptFilm.objects.filter(officer=officer, announced_at__gt=since).aggregate(whole=Sum("size"))["whole"] or 0
    if lately + size > A_DAY:
        said = _("You sent %(sent)s MB of films within a day: the rest is taken later, the phone keeps it.")
        raise Problem("enough_for_a_day", said % {"sent": lately // MB}, status=429)
    _see_that_there()
    _see_that_disk_has(size)


def _see_that_there() -> None:
    if not recordings_folder.is_there():
        said = _("The station's disk for recordings is away: the phone keeps the film.")
        raise Problem("disk_away", said, status=503)


def _see_that_disk_has(size: int) -> None:
    if not has_room(settings.RECORDINGS, size):
        raise _full()


def _see_that_it_fits(film: KeptFilm, offset: int, piece: bytes) -> None:
    if not 0 < len(piece) <= min(PIECE_LIMIT, film.size - offset):
        raise Invalid("bad_piece", _("expected a piece of the film, found %(found)s bytes") % {"found": len(piece)})
    if offset:
        return
    if len(piece) < min(HEAD, film.size):
        facts = {"least": min(HEAD, film.size), "found": len(piece)}
        raise Invalid("bad_piece", _("expected at least %(least)s bytes at first, found %(found)s") % facts)
    try:
        found = container_of(piece)
    except NoFilm as wrong:
        raise Invalid("not_a_film", _("expected a film (WebM or MP4), found %(found)s") % {"found": wrong}) from None
    if not film.path.endswith(found.suffix):
        facts_ = {"expected": film.path.rpartition(".")[2], "found": found.suffix}
        raise Invalid("not_a_film", _("expected a film of the announced type (%(expected)s), found %(found)s") % facts_)


def _put(film: KeptFilm, offset: int, piece: bytes) -> None:
    try:
        pieces.put(settings.RECORDINGS / film.path, offset, piece)
    except pieces.Gone as gone:
        said = _("What had arrived is gone from the station's disk: announce the film again.")
        raise Conflict("gone", said, received=0) from gone
    except pieces.Full as full:
        raise _full() from full


def _full() -> Problem:
    return Problem("disk_full", _("The station's disk has no room: the phone keeps the film."), status=507)


TERMS = jobs.pin({"unfinished films": drop_unfinished})
