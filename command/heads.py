"""The signed heads of the audit's chains, written to a folder that should be on another machine.

One file a station, `CODE.heads`, one JSON object a line: `station, number, hash, at, before, key, signature`. `before` is the
SHA-256 of the line before (or 64 zeros where a row of heads begins), so the newest signature vouches for all before it.
"""

import hashlib
import os
from pathlib import Path

from django.conf import settings

from command import clock, signing
from command.models import AuditHead

BEGINNING = "0" * 64


def file_of(code: str) -> Path:
    """The file of a station's heads."""
    return Path(settings.AUDIT_HEADS) / f"{code}.heads"


def write() -> int:
    """Sign and append the head of each chain that has grown since its last line; returns how many. Raises OSError."""
    Path(settings.AUDIT_HEADS).mkdir(mode=0o700, parents=True, exist_ok=True)
    return sum(_write(head) for head in AuditHead.objects.select_related("station").order_by("pk"))


def _write(head: AuditHead) -> bool:
    path = file_of(head.station.code)
    last = _last_line(path)
    if last and b'"hash":"%s"' % head.hash.encode() in last:
        return False
    said = {
        "station": head.station.code,
        "number": head.number,
        "hash": head.hash,
        "at": clock.now().isoformat(),
        "before": hashlib.sha256(last).hexdigest() if last else BEGINNING,
    }
    with path.open("ab") as file:
        file.write(signing.canonical(signing.signed(said)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _last_line(path: Path) -> bytes:
    """The last whole line; what a crash left half-written is cut off."""
    if not path.exists():
        return b""
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 8192))
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) < len(tail):
            file.truncate(end - (len(tail) - len(whole)))
    return whole.splitlines()[-1] if whole else b""
