"""The record of who did what: `record` inside a verb, written at the end of its transaction."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import Error, connection
from django.utils.translation import gettext as _

from command import chain, changes
from command.errors import Problem
from command.permissions import Principal

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
