"""The record of who did what: `record` inside a verb, written at the end of its transaction."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import Error, connection
from django.utils.translation import gettext as _

from command import chain, changes
from command.errors import Problem
from command.models import AuditEntry
from command.permissions import Principal

Words = Callable[[list[int]], dict[int, str]]
_words: dict[str, Words] = {}
LOCK_MS = 3_000  # so long a look-up waits for a chain that somebody else holds; then it is refused


def record(
    actor: Principal | None, action: str, subject_kind: str, subject_id: object, station_id: int, **facts: Any
) -> None:
    """Enter into the station's audit that `actor` (None: the system) did `action` to the subject.

    Only ids and codes belong into `facts`, never names, numbers of people or free words.
    """
    who = (actor.kind, str(actor.pk)) if actor else ("system", "")
    entry = chain.Audited(station_id, who, action, (subject_kind, str(subject_id)), facts)
    changes.current().audited.append(entry)


def pin_words(fact: str, words: Words) -> None:
    """Say where the words are with which somebody said why they looked: of the rows whose ids stand in entries as `fact`.

    They stand outside of the chain, which holds none, and are shown to who reads it. Called from a room's AppConfig.ready().
    """
    _words[fact] = words


def words_of(entries: Iterable[AuditEntry]) -> dict[int, str]:
    """Why somebody looked, in their words, by the number of the entry, where they said it in words."""
    found: dict[int, str] = {}
    entries = list(entries)
    for fact, words in _words.items():
        ids = {entry.number: entry.facts[fact] for entry in entries if type(entry.facts.get(fact)) is int}
        said = words(list(ids.values())) if ids else {}
        found |= {number: said[ident] for number, ident in ids.items() if said.get(ident)}
    return found


@contextlib.contextmanager
def before_showing() -> Iterator[None]:
    """A transaction that enters a look-up before anything of it is shown.

    Raises Problem (503) where the entry can't be written, for whatever reason: what can't be recorded is not shown.
    """
    try:
        with changes.change():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_MS)])
            yield
    except Error as lost:
        said = _("This look-up could not be entered into the audit, so nothing is shown.")
        raise Problem("not_recorded", said, status=503) from lost


def look_up(
    actor: Principal | None, action: str, subject_kind: str, subject_id: object, station_id: int, **facts: Any
) -> None:
    """Record a look-up in a transaction of its own, before anything is shown. Raises Problem (503), see `before_showing`."""
    with before_showing():
        record(actor, action, subject_kind, subject_id, station_id, **facts)
