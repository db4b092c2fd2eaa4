"""Extracts that come by the page of maps: taken in pieces, then imported by the worker, one at a time.

The pieces are small, so that the front door stays narrow for everything, each is permitted by itself, nothing large ever
stands in memory, and an upload that broke off goes on where it was.
"""

import datetime as dt
import errno
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import Error, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from command import audit, changes, clock, pieces, topmost
from command.errors import Conflict, Invalid, NotThere, Problem
from command.models import Officer
from command.permissions import Capability, Principal
from command.places import importer
from command.places.models import Map, Upload

log = logging.getLogger(__name__)
MAP = Capability.MANAGE_MAP
MB = 2**20
SIZE_LIMIT = 256 * MB  # reading a larger one takes more memory than a station's machine has to spare
PIECE_LIMIT = 900_000  # bytes; more does not come through the front door
ROOM = 6  # times its size on the disk: the file, the rows made of it, and the old map until the new one is whole
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
HEADER = b"OSMHeader"  # the first block of every .osm.pbf is called so
ATTEMPTS = 2
ONE_WORKER = 0x6D617075  # key of the advisory lock that whoever imports holds; it dies with its process
UNFINISHED, FAILED_FOR = dt.timedelta(days=1), dt.timedelta(days=7)
State = Upload.State


def begin(
    actor: Officer, name: str, filename: str, size: int, changed_ms: int, *, replaces: bool = False
) -> Upload:  # fmt: skip
    """Announce a file of `size` bytes that is to be the map `name`; the same file again goes on where it was.

    Raises Forbidden, Invalid, Conflict where the name is taken, and Problem (507) where the disk has no room.
    """
    station = topmost.require(actor, MAP)
    _check(name, filename, size)
    known = Upload.objects.filter(name=name).exclude(state=State.FAILED).first()
    if known:
        return _again(known, actor, filename, size, changed_ms)
    if Map.objects.filter(name=name).exists() != replaces:
        raise Conflict(
            "map_exists" if not replaces else "no_such_map", said := _taken(name, replaces), fields={"name": said}
        )
    _see_that_room(size)
    try:
        with changes.change():
            for failed in Upload.objects.select_for_update().filter(name=name, state=State.FAILED):
                _forget(failed)
            upload = Upload.objects.create(
                name=name, officer=actor, filename=filename[:200], size=size, changed_ms=changed_ms
            )  # fmt: skip
            audit.record(actor, "upload_map", "map_upload", upload.pk, station, size=size)
    except IntegrityError as raced:
        raise _under_way(name) from raced
    return upload


def append(actor: Principal, upload_id: int, offset: int, piece: bytes) -> Upload:
    """Put the next piece on. Raises Forbidden, NotThere, Invalid, Conflict with how much has been `received`, Problem (507)."""
    topmost.require(actor, MAP)
    with transaction.atomic():
        upload = _held(upload_id)
        if upload.state != State.RECEIVING or offset != upload.received:
            raise Conflict("other_place", _("Another piece is expected."), received=upload.received)
        if not 0 < len(piece) <= min(PIECE_LIMIT, upload.size - offset):
            raise Invalid("bad_piece", _("expected a piece of the file, found %(found)s bytes") % {"found": len(piece)})
        if offset == 0 and HEADER not in piece[:64]:
            raise _wrong_file(_("expected an OpenStreetMap extract (.osm.pbf), found something else"))
        _write(path_of(upload), offset, piece)
        upload.received += len(piece)
        upload.moved_at = clock.now()
        if upload.received == upload.size:
            upload.state = State.WAITING
        upload.save(update_fields=["received", "moved_at", "state"])
    return upload


def discard(actor: Principal, upload_id: int) -> None:
    """Forget an upload that is not being imported just now. Raises Forbidden, NotThere, Conflict."""
    station = topmost.require(actor, MAP)
    with changes.change():
        upload = _held(upload_id)
        if upload.state == State.IMPORTING:
            raise Conflict("importing", _("It is being imported just now: wait until that has ended."))
        audit.record(actor, "discard_map", "map_upload", upload.pk, station, state=str(upload.state))
        _forget(upload)


def path_of(upload: Upload) -> Path:
    """Where its bytes are."""
    return Path(settings.UPLOADS) / f"{upload.pk}.osm.pbf"


def work() -> int:
    """Import what waits, one after the other, unless somebody is at it; returns how many became maps."""
    done = 0
    with _alone() as mine:
        if mine:
            _drop_old()
            while upload := _next():
                done += _import(upload)
    return done


def _check(name: str, filename: str, size: int) -> None:
    fields = {}
    if not NAME.fullmatch(name):
        fields["name"] = _("expected 1 to 40 small letters, digits, - and _, found “%(found)s”") % {"found": name[:60]}
    if not filename.endswith(".pbf"):
        said = _("expected a file whose name ends in .osm.pbf, found “%(found)s”")
        fields["file"] = said % {"found": filename[:60]}
    elif not 0 < size <= SIZE_LIMIT:
        said = _(
            "expected at most %(limit)s MB, found %(found)s MB: cut the station's area out of it, for example by osmium extract"
        )
        fields["file"] = said % {"limit": SIZE_LIMIT // MB, "found": f"{size / MB:,.1f}"}
    if fields:
        raise Invalid("invalid", " ".join(fields.values()), fields=fields)


def _taken(name: str, replaces: bool) -> str:
    if replaces:
        return _("There is no such map.")
    return _("There is a map “%(name)s” already: replace it from the list, or choose another name.") % {"name": name}


def _under_way(name: str) -> Conflict:
    said = _("“%(name)s” is on its way already: wait for it, or discard it first.") % {"name": name}
    return Conflict("under_way", said, fields={"name": said})


def _again(known: Upload, actor: Officer, filename: str, size: int, changed_ms: int) -> Upload:
    """The same file of the same person goes on; anything else waits."""
    is_same = (known.officer_id, known.filename, known.size, known.changed_ms) == (
        actor.pk, filename[:200], size, changed_ms
    )  # fmt: skip
    if known.state != State.RECEIVING or not is_same:
        raise _under_way(known.name)
    if known.received and not path_of(known).exists():  # a backup brings back the row and not the file
        known.received = 0
        known.save(update_fields=["received"])
    return known


def _see_that_room(size: int) -> None:
    folder = Path(settings.UPLOADS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size * ROOM:
        said = _("expected %(needed)s MB free on the station's disk, found %(free)s MB")
        facts = {"needed": f"{size * ROOM / MB:,.0f}", "free": f"{free / MB:,.0f}"}
        raise _wrong_file(said % facts, "disk_full", 507)


def _wrong_file(said: str, code: str = "not_a_map", status: int = 400) -> Problem:
    return Problem(code, said, fields={"file": said}, status=status)


def _held(upload_id: int) -> Upload:
    upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
    if upload is None:
        raise NotThere("not_there", _("There is no such upload."))
    return upload


def _write(path: Path, offset: int, piece: bytes) -> None:
    try:
        pieces.put(path, offset, piece)
    except pieces.Gone as gone:
        said = _("What had arrived is gone from the station's disk: load the file again.")
        raise _wrong_file(said, "gone", 409) from gone
    except pieces.Full as full:
        raise _wrong_file(_("The station's disk is full."), "disk_full", 507) from full


def _forget(upload: Upload) -> None:
    path_of(upload).unlink(missing_ok=True)
    upload.delete()


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else imports; held until the end, or until this process or its connection dies."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [ONE_WORKER])
        is_mine = bool(cursor.fetchone()[0])
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("select pg_advisory_unlock(%s)", [ONE_WORKER])


def _next() -> Upload | None:
    """The next to import. One that is being imported while nobody imports was left behind by a worker that died."""
    with transaction.atomic():
        upload = (
            Upload.objects.select_for_update()
            .filter(state__in=(State.WAITING, State.IMPORTING))
            .order_by("began_at")
            .first()
        )
        if upload is None:
            return None
        if upload.attempts >= ATTEMPTS:
            _fail(upload, "broken_off")
        else:
            upload.state, upload.attempts, upload.moved_at = State.IMPORTING, upload.attempts + 1, clock.now()
            upload.save(update_fields=["state", "attempts", "moved_at"])
    return upload if upload.state == State.IMPORTING else _next()


def _import(upload: Upload) -> bool:
    try:
        importer.import_map(
            path_of(upload), upload.name, lambda stage, count: _note(upload, stage, count), upload.officer
        )
    except Invalid as wrong:
        _fail(upload, wrong.code)
    except (MemoryError, OSError, Error, ValueError) as lost:
        log.exception("import of upload %s failed", upload.pk)
        _fail(upload, _code(lost))
    else:
        _forget(upload)
        return True
    return False


def _code(lost: BaseException) -> str:
    """disk_full, no_memory or failed."""
    if isinstance(lost, MemoryError):
        return "no_memory"
    cause = getattr(lost, "__cause__", None)
    is_full = getattr(lost, "errno", None) == errno.ENOSPC or getattr(cause, "sqlstate", None) == "53100"
    return "disk_full" if is_full else "failed"


def _note(upload: Upload, stage: str, count: int) -> None:
    """What others see of an import; inside its transaction they would see nothing and wait for it."""
    if not connection.in_atomic_block:
        Upload.objects.filter(pk=upload.pk).update(stage=stage, count=count, moved_at=clock.now())


def _fail(upload: Upload, code: str) -> None:
    upload.state, upload.code, upload.moved_at = State.FAILED, code, clock.now()
    upload.save(update_fields=["state", "code", "moved_at"])
    path_of(upload).unlink(missing_ok=True)


def _drop_old() -> None:
    now = clock.now()
    old = Upload.objects.filter(state=State.RECEIVING, moved_at__lt=now - UNFINISHED)
    for upload in [*old, *Upload.objects.filter(state=State.FAILED, moved_at__lt=now - FAILED_FOR)]:
        _forget(upload)
