"""The audit as a folder that anybody can verify with `verify.py` and the heads: `manifest.json` and `entries.txt`."""

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from command import audit, chain, clock, signing
from command.errors import Invalid
from command.models import AuditCheckpoint, AuditEntry, Station
from command.permissions import Principal

CHUNK = 5_000  # entries read at once


def export(actor: Principal | None, station: Station, since: dt.datetime | None, folder: Path) -> dict[str, Any]:
    """Write the station's entries from `since` on into an empty or new folder; returns the manifest.

    The export is itself entered. Raises Invalid where the folder holds something, Problem (503) where the entry can't be
    written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid("not_empty", f"{folder}: expected an empty folder or none, found something in it.")
    audit.look_up(actor, "export_audit", "station", station.code, station.pk)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    rows = AuditEntry.objects.filter(station=station)
    newest = rows.order_by("number").last()
    assert newest is not None  # the export's own entry  # nosec B101
    begun = rows.filter(at__gte=since) if since else rows
    first = begun.order_by("number").first() or newest
    checkpoint = AuditCheckpoint.objects.filter(station=station).order_by("number").last()
    before = rows.filter(number=first.number - 1).first()
    manifest = {
        "station": station.code,
        "first": first.number,
        "last": newest.number,
        "before": before.hash if before else checkpoint.said["hash"] if checkpoint else chain.BEGINNING,
        "checkpoint": checkpoint.said if checkpoint else None,
        "exported_at": clock.now().isoformat(),
        "fingerprint": signing.fingerprint(),
    }
    wanted = rows.filter(number__gte=first.number, number__lte=newest.number).order_by("number")
    with (folder / "entries.txt").open("w", encoding="utf-8", newline="\n") as file:
        for lines in _batched(_lines(wanted)):
            file.write("".join(lines))
    (folder / "manifest.json").write_text(signing.canonical(manifest) + "\n", encoding="utf-8")
    return manifest


def _lines(rows: Any) -> Iterator[str]:
    for entry in rows.iterator(CHUNK):
        yield f"{entry.hash} {chain.text_of(entry)}\n"


def _batched(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(itertools.islice(lines, CHUNK)):
        yield batch
