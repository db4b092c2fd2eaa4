"""`bench audit`: how long `verify.py` takes for a million entries, and whether it finds each of five tamperings in them.

The entries and heads are made by the product's own code and written as an export is; the database is left out, so the time
of the export itself is not measured. Every tampering is done as somebody would who has the database but not the folder of
heads, which lies on another machine, nor the key.
"""

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation import say
from operation.home import PROJECT

COUNT, GOAL_S = 1_000_000, 60.0
HEAD_EVERY = 10  # entries: a head every minute, of a station with an entry every six seconds
ZERO = "0" * 64
BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
Line = tuple[str, str]  # hash, canonical JSON


@dataclass
class Export:
    """An export with the heads of its chain, in a folder of its own."""

    folder: Path
    heads: Path
    fingerprint: str
    count: int

    @property
    def entries(self) -> Path:
        return self.folder / "entries.txt"

    def copy(self, name: str) -> "Export":
        """Another export, so far without entries, to be compared with the same heads."""
        other = Export(self.folder.with_name(name), self.heads, self.fingerprint, self.count)
        other.folder.mkdir()
        shutil.copy(self.folder / "manifest.json", other.folder)
        return other


def chained(count: int, first: int = 1, before: str = ZERO, actor: int = 1) -> Iterator[Line]:
    """A chain's entries by the product's own code: an incident's life, again and again."""
    from command import chain
    from command.models import AuditEntry

    actions = ("open_incident", "assigned", "status", "note", "close_incident", "read_track")
    for number in range(first, first + count):
        entry = AuditEntry(
            station_id=1, number=number, at=BEGAN + dt.timedelta(seconds=6 * number), actor_kind="officer",
            actor_id=str(actor + number % 40), action=actions[number % 6], subject_kind="incident",
            subject_id=f"S1-260101-{number // 6 % 10_000:04}", facts={"unit": number % 90},
        )  # fmt: skip
        before = chain.entry_hash(before, entry)
        yield before, chain.text_of(entry)


def make(folder: Path, count: int) -> Export:
    """Write an export and its heads."""
    from django.conf import settings

    from command import signing

    settings.SIGNING_KEY = folder / "key.pem"  # a key of its own: the station's signs nothing here
    made = Export(folder / "whole", folder / "S1.heads", signing.fingerprint(), count)
    made.folder.mkdir()
    manifest = {"station": "S1", "first": 1, "last": count, "before": ZERO, "checkpoint": None}
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    with made.heads.open("wb") as heads:
        last = b""

        def noted(lines: Iterable[Line]) -> Iterator[Line]:
            nonlocal last
            for number, line in enumerate(lines, 1):
                if number % HEAD_EVERY == 0:
                    last = _head(number, line[0], last)
                    heads.write(last + b"\n")
                yield line

        write(made, noted(chained(count)))
    return made


def _head(number: int, hash_: str, last: bytes) -> bytes:
    from command import signing

    at = (BEGAN + dt.timedelta(seconds=6 * number)).isoformat()
    before = hashlib.sha256(last).hexdigest() if last else ZERO
    return signing.canonical(
        signing.signed({"station": "S1", "number": number, "hash": hash_, "at": at, "before": before})
    ).encode()


def write(made: Export, lines: Iterable[Line]) -> None:
    """Write entries as an export does."""
    with made.entries.open("a", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{hash_} {text}\n" for hash_, text in lines)


# ---- the five tamperings: each makes another export and returns it with the first entry that can't be trusted


def flip(whole: Export) -> tuple[Export, int]:
    """One bit of one byte, in the middle."""
    bad, number = whole.copy("flip"), whole.count * 7 // 10
    shutil.copyfile(whole.entries, bad.entries)
    with bad.entries.open("r+b") as file:
        at = _offset(file, number) + 100
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    return bad, number


def cut(whole: Export) -> tuple[Export, int]:
    """The newest thousandth is gone."""
    bad, number = whole.copy("cut"), whole.count - whole.count // 1000 + 1
    shutil.copyfile(whole.entries, bad.entries)
    with bad.entries.open("r+b") as file:
        file.truncate(_offset(file, number))
    return bad, number


def reorder(whole: Export) -> tuple[Export, int]:
    """Two entries that follow each other have changed places."""
    bad, number = whole.copy("reorder"), whole.count // 2
    with whole.entries.open("rb") as source, bad.entries.open("wb") as sink:
        for place, line in enumerate(source, 1):
            if place == number:
                sink.write(next(source))
            sink.write(line)
    return bad, number


def restore(whole: Export) -> tuple[Export, int]:
    """An old state of the database came back, and life went on from there, past where it had been."""
    bad, kept = whole.copy("restore"), whole.count * 6 // 10 // HEAD_EVERY * HEAD_EVERY
    with whole.entries.open("rb") as source, bad.entries.open("wb") as sink:
        for _ in range(kept):
            line = source.readline()
            sink.write(line)
    write(bad, chained(whole.count - kept, kept + 1, line[:64].decode(), actor=100))
    return bad, kept + 1


def rewrite(whole: Export) -> tuple[Export, int]:
    """Somebody else did it all: every entry changed, every hash made to fit."""
    bad = whole.copy("rewrite")
    write(bad, chained(whole.count, actor=100))
    return bad, 1


TAMPERINGS: tuple[Callable[[Export], tuple[Export, int]], ...] = (flip, cut, reorder, restore, rewrite)


def _offset(file: Any, number: int) -> int:
    """Where the line of an entry begins."""
    file.seek(0)
    for _ in range(number - 1):
        file.readline()
    return int(file.tell())


# ---- the verifier, as an outsider runs it


def verified(made: Export) -> dict[str, Any]:
    """Run it: its status, its seconds, and the number of the first bad entry it names."""
    words = [str(made.folder), "--heads", str(made.heads), "--key", made.fingerprint]
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-I", str(PROJECT / "verify.py"), *words], capture_output=True, text=True)  # nosec B603 # an argument list of our own, no shell
    named = re.search(r"first bad entry: (\d+)", done.stdout)
    return {
        "status": done.returncode, "s": round(time.monotonic() - began, 2),
        "first_bad": int(named[1]) if named else None, "said": (done.stdout + done.stderr).strip()[-200:],
    }  # fmt: skip


def measure(folder: Path, count: int) -> dict[str, Any]:
    """Verify the whole export and each tampered one."""
    say.line(f"{count:,} entries are being written …")
    whole = make(folder, count)
    good = verified(whole)
    found: dict[str, Any] = {}
    for tamper in TAMPERINGS:
        say.line(f"{tamper.__name__} …")
        bad, first = tamper(whole)
        said = verified(bad)
        found[tamper.__name__] = {**said, "found": said["status"] == 1 and said["first_bad"] == first}
        shutil.rmtree(bad.folder)
    slowest = max([good["s"], *(one["s"] for one in found.values())])
    ok = good["status"] == 0 and all(one["found"] for one in found.values())
    return {
        "entries": count, "heads": count // HEAD_EVERY, "mb": round(whole.entries.stat().st_size / 1e6),
        "verify_s": good["s"], "slowest_s": slowest, "goal_s": GOAL_S, "tamperings": found,
        "found": sum(one["found"] for one in found.values()), "ok": ok and slowest <= GOAL_S,
    }  # fmt: skip


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "command.settings"
    import django

    django.setup()
    with tempfile.TemporaryDirectory(prefix="st-audit-") as folder:
        found = measure(Path(folder), COUNT)
    if as_json:
        print(json.dumps(found))
    else:
        print(f"{found['entries']:,} entries, {found['heads']:,} heads: verified in {found['verify_s']} s (goal 60)")
        for name, said in found["tamperings"].items():
            words = f"found at entry {said['first_bad']:,}" if said["found"] else f"not found: {said['said']}"
            print(f"{name}: {words}, {said['s']} s")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main("--json" in sys.argv))
