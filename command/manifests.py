"""Folders that prove themselves: `manifest.json` with the SHA-256 of each file, signed with the station's key.

`verify.py FOLDER --key FINGERPRINT` finds any file that was changed, taken away or added.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from command import clock, signing
from command.errors import Invalid
from command.models import Station

NAME = "manifest.json"


def begin(folder: Path) -> None:
    """Make a folder for an export, or take an empty one. Raises Invalid where it holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid("not_empty", f"{folder}: expected an empty folder or none, found something in it.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def seal(folder: Path, kind: str, subject: str, station: Station, left_out: Sequence[str] = ()) -> dict[str, Any]:
    """Sign what the folder holds now; returns the manifest. `kind` and `subject` say what it is an export of, `left_out` what of
    it is not there since it is not for whoever exported it.
    """
    files = {path.relative_to(folder).as_posix(): _digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    manifest = signing.signed(
        {
            "kind": kind,
            "subject": subject,
            "station": station.code,
            "exported_at": clock.now().isoformat(),
            "fingerprint": signing.fingerprint(),
            "files": files,
            "left_out": list(left_out),
        }
    )
    (folder / NAME).write_text(signing.canonical(manifest) + "\n", encoding="utf-8")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
