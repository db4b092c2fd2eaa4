"""The audit's chain of hashes: each entry's hash covers the one before it, per station."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from command import clock, signing
from command.models import AuditEntry, AuditHead


@dataclass(frozen=True)
class Audited:
    """What is to be entered: who (kind, id) did what to what. Ids and codes only."""

    station_id: int
    actor: tuple[str, str]
    action: str
    subject: tuple[str, str]
    facts: dict[str, Any] = field(default_factory=dict)


BEGINNING = "0" * 64


def text_of(entry: AuditEntry) -> str:
    """An entry's canonical JSON, which begins with its number."""
    said = [
        entry.number, entry.at.isoformat(), entry.actor_kind, entry.actor_id, entry.action,
        entry.subject_kind, entry.subject_id, entry.facts,
    ]  # fmt: skip
    return signing.canonical(said)


def entry_hash(before: str, entry: AuditEntry) -> str:
    """SHA-256 over the hash before and the entry's canonical JSON, in hex."""
    return hashlib.sha256(f"{before}{text_of(entry)}".encode()).hexdigest()


def extend(audited: Iterable[Audited]) -> None:
    """Append entries to their stations' chains; the heads are locked by station id, as the last locks of a transaction."""
    by_station: dict[int, list[Audited]] = {}
    for one in audited:
        by_station.setdefault(one.station_id, []).append(one)
    for station_id, entries in sorted(by_station.items()):
        _extend_one(station_id, entries)


def _extend_one(station_id: int, entries: list[Audited]) -> None:
    AuditHead.objects.bulk_create([AuditHead(station_id=station_id)], ignore_conflicts=True)
    head = AuditHead.objects.select_for_update().get(pk=station_id)
    at, rows = clock.now(), []
    for one in entries:
        row = AuditEntry(
            station_id=station_id, number=head.number + 1, at=at, actor_kind=one.actor[0], actor_id=one.actor[1],
            action=one.action, subject_kind=one.subject[0], subject_id=one.subject[1], facts=one.facts,
        )  # fmt: skip
        row.hash = entry_hash(head.hash, row)
        head.number, head.hash = row.number, row.hash
        rows.append(row)
    AuditEntry.objects.bulk_create(rows)
    head.save(update_fields=["number", "hash"])
