"""One verb's transaction: its rows, then its events, then its audit entries, in the one order in which locks are taken.

Domain rows are locked by the verb itself; event counters follow by station id, the audit chains' heads come last.
So `publish` and `record` only write down what is to be said, and `change()` says it when the verb is done.
"""

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from command import chain, clock
from command.models import Event, EventCounter

DOORBELL = "station_events"


@dataclass
class Change:
    events: list[tuple[int, str, str, dict[str, Any]]] = field(default_factory=list)
    audited: list[chain.Audited] = field(default_factory=list)


_current: contextvars.ContextVar[Change | None] = contextvars.ContextVar("change", default=None)


def current() -> Change:
    """The change under way. Raises RuntimeError outside of `change()`: nothing is ever said outside a verb."""
    found = _current.get()
    if found is None:
        raise RuntimeError("expected to be inside change(), found no change under way")
    return found


@contextlib.contextmanager
def change() -> Iterator[Change]:
    """Run a verb in one transaction and say at its end what it did; inside another change it becomes part of that."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    mine = Change()
    token = _current.set(mine)
    try:
        with transaction.atomic():
            yield mine
            _write_events(mine)
            chain.extend(mine.audited)
    finally:
        _current.reset(token)


def _write_events(done: Change) -> None:
    by_station: dict[int, list[tuple[str, str, dict[str, Any]]]] = {}
    for station_id, *said in done.events:
        by_station.setdefault(station_id, []).append((said[0], said[1], said[2]))  # type: ignore[arg-type]
    at = clock.now()
    for station_id, events in sorted(by_station.items()):
        last = _count_on(station_id, len(events))
        Event.objects.bulk_create(
            Event(station_id=station_id, number=number, at=at, topic=topic, subject=subject, facts=facts)
            for number, (topic, subject, facts) in enumerate(events, last - len(events) + 1)
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [DOORBELL, f"{station_id}:{last}"])


def _count_on(station_id: int, step: int) -> int:
    table = EventCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (station_id, number) VALUES (%s, %s) "  # noqa: S608 - the table's own name  # nosec B608
            f"ON CONFLICT (station_id) DO UPDATE SET number = {table}.number + EXCLUDED.number RETURNING number",
            [station_id, step],
        )
        return int(cursor.fetchone()[0])
