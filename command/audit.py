"""The record of who did what: `record` inside a verb, written at the end of its transaction."""

from typing import Any

from command import chain, changes
from command.permissions import Principal


def record(
    actor: Principal | None, action: str, subject_kind: str, subject_id: object, station_id: int, **facts: Any
) -> None:
    """Enter into the station's audit that `actor` (None: the system) did `action` to the subject.

    Only ids and codes belong into `facts`, never names, numbers of people or free words.
    """
    who = (actor.kind, str(actor.pk)) if actor else ("system", "")
    entry = chain.Audited(station_id, who, action, (subject_kind, str(subject_id)), facts)
    changes.current().audited.append(entry)


def look_up(
    actor: Principal, action: str, subject_kind: str, subject_id: object, station_id: int, **facts: Any
) -> None:
    """Record a look-up in a transaction of its own, before anything is shown; what can't be recorded is not shown."""
    with changes.change():
        record(actor, action, subject_kind, subject_id, station_id, **facts)
