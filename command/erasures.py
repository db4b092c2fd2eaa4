"""Erasing a person's data, so that it stays erased when a backup is restored.

Each kind of thing that holds a person's data is pinned by its room with what clears it. The ledger lies beside the
archive, holds ids only and is written before the database: what it says is done again after every restore.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from command import audit, changes, clock
from command.errors import Invalid, NotThere
from command.models import Officer
from command.permissions import Capability, Principal, require

REASONS = ("asked", "term", "court", "mistake")  # the person asked, its time is over, a court decided, never to be kept
LEDGER = "erasures.jsonl"


@dataclass(frozen=True)
class Erasable:
    """A kind of thing with a person's data: who may erase it, whose station it is, and what clears it (twice as well)."""

    kind: str
    capability: Capability
    station_of: Callable[[int], int | None]  # None: there is no such thing
    clear: Callable[[int], None]


KINDS: dict[str, Erasable] = {}
ELSEWHERE: dict[str, list[Callable[[int], None]]] = {}  # by kind: what rooms above clear of it, before the thing itself


def pin_elsewhere(kind: str, clear: Callable[[int], None]) -> None:
    """Have more cleared when a thing of this kind is erased; called from a room's AppConfig.ready()."""
    ELSEWHERE.setdefault(kind, []).append(clear)


def pin(erasable: Erasable) -> None:
    """Make a kind erasable; called from a room's AppConfig.ready()."""
    KINDS[erasable.kind] = erasable


def erase(actor: Principal | None, kind: str, ident: int, reason: str) -> None:
    """Erase the person's data of a thing for good (actor None: the console).

    Raises Invalid, NotThere, Forbidden, and OSError where the ledger can't be written: then nothing is erased.
    """
    erasable = _known(kind)
    if reason not in REASONS:
        raise Invalid("reason", _("expected one of %(known)s, found %(found)s") % _words(REASONS, reason))
    with changes.change():
        station = erasable.station_of(ident)
        if station is None:
            raise NotThere("not_there", _("There is nothing here under that name."))
        if actor is not None:
            require(actor, erasable.capability, station)
        _note({"at": clock.now().isoformat(), "kind": kind, "id": ident, "reason": reason, "actor": _who(actor)})
        _clear(erasable, ident)
        audit.record(actor, "erase", kind, ident, station, reason=reason)


def replay() -> int:
    """Erase again all that the ledger names, after a restore; returns how many things were there to be cleared."""
    path = settings.ARCHIVE / LEDGER
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = {(said["kind"], said["id"]): said["reason"] for said in map(json.loads, lines)}
    return sum(_again(kind, ident, reason) for (kind, ident), reason in found.items())


def _again(kind: str, ident: int, reason: str) -> bool:
    erasable = _known(kind)
    with changes.change():
        station = erasable.station_of(ident)
        if station is None:
            return False
        _clear(erasable, ident)
        audit.record(None, "erase_again", kind, ident, station, reason=reason)
    return True


def _clear(erasable: Erasable, ident: int) -> None:
    for clear in (*ELSEWHERE.get(erasable.kind, ()), erasable.clear):
        clear(ident)


def _known(kind: str) -> Erasable:
    if kind not in KINDS:
        raise Invalid("kind", _("expected one of %(known)s, found %(found)s") % _words(KINDS, kind))
    return KINDS[kind]


def _words(known: Any, found: str) -> dict[str, str]:
    return {"known": ", ".join(known), "found": found}


def _who(actor: Principal | None) -> str:
    return f"{actor.kind}:{actor.pk}" if actor else "console"


def _note(said: dict[str, Any]) -> None:
    """Append a line, durable before anything is erased. A crash in between erases once more than was done: no harm."""
    settings.ARCHIVE.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(settings.ARCHIVE / LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _officer_station(ident: int) -> int | None:
    return Officer.objects.filter(pk=ident).values_list("station_id", flat=True).first()


def _clear_officer(ident: int) -> None:
    """Everything that names the person; what they did stays, by their number. Nobody can sign in as them again."""
    officer = Officer.objects.select_for_update().get(pk=ident)
    for table in (AccessAttempt, AccessFailureLog, AccessLog):
        table.objects.filter(username=officer.username).delete()
    officer.username = officer.name = f"erased-{ident}"
    officer.badge = officer.rank = officer.pin = ""
    officer.is_active = False
    officer.set_unusable_password()
    officer.save()
    TOTPDevice.objects.filter(user=officer).delete()
    for held in (officer.sessions, officer.tokens):
        held.all().delete()


OFFICER = Erasable("officer", Capability.MANAGE_PEOPLE, _officer_station, _clear_officer)
