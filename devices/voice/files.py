"""What was said, as files: one a turn, grown page by page, so that a process that dies takes no more than a second with it."""

import hashlib
import os
import shutil
import uuid
from pathlib import Path

from devices.voice.ogg import OggOpus


class TurnFile:
    """The file of a turn under way. Every method may raise OSError."""

    def __init__(self, path: Path, serial: int) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stream = OggOpus(serial)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0)
        self._file.write(self._stream.begin())
        self.packets = 0

    def add(self, packet: bytes, duration_ms: int) -> None:
        """Keep a packet."""
        self.packets += 1
        page = self._stream.add(packet, duration_ms)
        if page:
            self._file.write(page)

    def end(self) -> None:
        """Write the last page and make it durable; a second time does nothing."""
        if not self._file.closed:
            with self._file:
                self._file.write(self._stream.end())
                os.fsync(self._file.fileno())


def path_of(folder: Path, key: uuid.UUID) -> Path:
    """Where a turn lies: a folder for each two first digits, so that none grows too long."""
    return folder / key.hex[:2] / f"{key}.ogg"


def digest(path: Path) -> str:
    """The SHA-256 of a file; "" where it is gone."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def copy(folder: Path, archive: Path, key: uuid.UUID) -> None:
    """Put a turn beside the database's log too. Raises OSError."""
    target = path_of(archive, key)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    shutil.copyfile(path_of(folder, key), draft)
    draft.chmod(0o600)
    draft.replace(target)


def read(folder: Path, key: uuid.UUID, sha256: str) -> bytes | None:
    """What was kept of a turn; None where it is gone, or not what `sha256` says."""
    try:
        content = path_of(folder, key).read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def remove(folder: Path, key: uuid.UUID) -> None:
    """Keep a turn no longer; where it is gone already nothing happens."""
    path_of(folder, key).unlink(missing_ok=True)
