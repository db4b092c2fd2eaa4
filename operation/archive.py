"""The archive: the database's log as it is finished, and the ledger of erasures. It should be another machine's folder.

wal-IDENTITY/NAME.gz    finished segments of the log, at least one every few minutes in which anything was written
bases.jsonl             the backups that were made: where the log needed by each begins
erasures.jsonl          what was erased, by id, so that a restored database can be made to forget it again
"""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from operation import say

EVERY_S = 240  # after so long an unfinished segment is finished: what a lost machine may take with it, and some seconds
KEPT_BASES = 2  # the log since the last but one backup stays, should the newest file be damaged
SEGMENT = re.compile(r"[0-9A-F]{24}")
LEDGER = "erasures.jsonl"

# Run by the server for each segment. One that lies there already with the same content is done; another one is an error.
_PUT = (
    'd="{folder}"; if [ -f "$d/%f.gz" ]; then gzip -cd "$d/%f.gz" | cmp -s - "%p"; '
    'else gzip -1 <"%p" >"$d/.%f.part" && sync "$d/.%f.part" && mv "$d/.%f.part" "$d/%f.gz" && sync "$d"; fi'
)
_GET = '[ -f "{folder}/%f.gz" ] && gzip -cd "{folder}/%f.gz" >"%p"'


class Archive:
    """The archive of one cluster in a folder that may hold those of others."""

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        self.wal = folder / f"wal-{identity}"
        self.identity = identity

    def ensure(self, owner: str | None) -> None:
        """Make the folders. Raises Trouble where the path can't stand in a command line."""
        if any(letter in str(self.folder) for letter in "'\"\\%$`\n"):
            raise say.Trouble(f"{self.folder}: the archive's folder takes no quotes, $, % or backslashes in its name.")
        try:
            self.wal.mkdir(mode=0o700, parents=True, exist_ok=True)
            if owner:
                for folder in (self.folder, self.wal):
                    shutil.chown(folder, owner, owner)
        except OSError as lost:
            say.line(f"The archive {self.folder} can't be written ({lost.strerror}): /health says so until it can.")

    def settings(self) -> str:
        """The server's settings that fill the archive."""
        put = _PUT.format(folder=self.wal)
        return f"archive_mode = on\narchive_timeout = {EVERY_S}\narchive_command = '{put}'\n"

    def reading(self) -> str:
        """The server's setting that reads from the archive in a recovery."""
        return f"restore_command = '{_GET.format(folder=self.wal)}'\n"

    def segments(self) -> list[str]:
        """Names of the segments that lie here, oldest first."""
        found = self.wal.glob("*.gz") if self.wal.is_dir() else ()
        return sorted(path.name[:-3] for path in found if SEGMENT.fullmatch(path.name[:-3]))

    def note_base(self, base: dict[str, Any]) -> int:
        """Remember a new backup and let go of the log that only older ones need; returns how many segments went."""
        with (self.folder / "bases.jsonl").open("a") as file:
            file.write(json.dumps({**base, "identity": self.identity}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return self._prune()

    def bases(self) -> list[dict[str, Any]]:
        """The backups of this cluster, oldest first."""
        path = self.folder / "bases.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [base for base in map(json.loads, lines) if base["identity"] == self.identity]

    def _prune(self) -> int:
        """The first eight digits of a segment's name are its timeline; order is by the rest."""
        needed = min(base["wal_first"][8:] for base in self.bases()[-KEPT_BASES:])
        old = [name for name in self.segments() if name[8:] < needed]
        for name in old:
            (self.wal / f"{name}.gz").unlink(missing_ok=True)
        return len(old)

    def take_over_ledger(self, other: Path) -> None:
        """Add to this archive's ledger of erasures the lines of another one that it lacks."""
        source, target = other / LEDGER, self.folder / LEDGER
        if not source.exists() or (target.exists() and source.samefile(target)):
            return
        known = set(target.read_text().splitlines()) if target.exists() else set()
        with target.open("a") as file:
            file.writelines(f"{line}\n" for line in source.read_text().splitlines() if line not in known)
            file.flush()
            os.fsync(file.fileno())
