"""A backup's file: one tar whose last parts say what it is and the SHA-256 of each other part."""

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from operation import say

FORMAT = "station-command backup"
VERSION = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
_CHUNK = 1 << 20
_BLOCK = 512  # of a tar


class Packing:
    """Writes a chest aside and moves it into place when it is whole. Parts are streamed: nothing is held twice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.draft = path.with_name(f".{path.name}.part")
        self.parts: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        self.draft.unlink(missing_ok=True)
        descriptor = os.open(self.draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self.file = os.fdopen(descriptor, "w+b")
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self.file.close()
        self.draft.unlink(missing_ok=True)

    def put(self, name: str, source: IO[bytes]) -> None:
        """Stream a part to its end; its size is written into its head afterwards."""
        head_at = self.file.tell()
        self.file.write(bytes(_BLOCK))
        size, total = 0, hashlib.sha256()
        for piece in watched(name, source):
            self.file.write(piece)
            total.update(piece)
            size += len(piece)
        self.file.write(bytes(-size % _BLOCK))
        end = self.file.tell()
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(time.time())
        self.file.seek(head_at)
        self.file.write(info.tobuf(tarfile.GNU_FORMAT))
        self.file.seek(end)
        self.parts[name] = {"bytes": size, "sha256": total.hexdigest()}

    def close(self, about: dict[str, Any]) -> None:
        """Write what it is, make it durable and give it its name."""
        said = {"format": FORMAT, "version": VERSION, **about, "parts": dict(self.parts)}
        text = json.dumps(said, indent=1, ensure_ascii=False).encode()
        for name, content in ((MANIFEST, text), (SEAL, hashlib.sha256(text).hexdigest().encode())):
            self.put(name, io.BytesIO(content))
        self.file.write(bytes(2 * _BLOCK))
        self.file.flush()
        os.fsync(self.file.fileno())
        self.draft.replace(self.path)


def watched(name: str, source: IO[bytes]) -> Iterator[bytes]:
    """The pieces of a stream; says every so often how far it is."""
    began = told = time.monotonic()
    size = 0
    while piece := source.read(_CHUNK):
        yield piece
        size += len(piece)
        if time.monotonic() - told > say.PATIENCE_S:
            told = time.monotonic()
            say.line(f"  … {told - began:.0f} s  {name}: {size / 1e6:.0f} MB")


def checked(path: Path) -> dict[str, Any]:
    """What a chest says of itself, after all of it was read and found whole. Raises Trouble that says what is wrong."""
    if not path.is_file():
        raise say.Trouble(f"There is no file {path}.")
    try:
        with tarfile.open(path, "r:") as tar:
            members = {info.name: info for info in tar}
            said = _manifest(path, tar, members)
            for name, part in said["parts"].items():
                _see_that_whole(path, tar, members.get(name), part)
    except (tarfile.TarError, EOFError, OSError) as broken:
        raise say.Trouble(f"{path} can't be read as a backup: {broken}. Nothing was changed.") from None
    return said


def _manifest(path: Path, tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> dict[str, Any]:
    if MANIFEST not in members or SEAL not in members:
        raise say.Trouble(
            f"{path}: expected a backup made by ./station backup, found a file without its manifest: "
            "it is something else, or its end is missing. Nothing was changed."
        )
    text, seal = (_content(tar, members[name]) for name in (MANIFEST, SEAL))
    if hashlib.sha256(text).hexdigest().encode() != seal:
        raise _damaged(path, MANIFEST)
    said: dict[str, Any] = json.loads(text)
    if said.get("format") != FORMAT:
        raise say.Trouble(f"{path} is not a backup of Station Command. Nothing was changed.")
    if said["version"] > VERSION:
        raise say.Trouble(f"{path} was made by a newer Station Command. Use that one. Nothing was changed.")
    return said


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    source = tar.extractfile(member)
    return source.read() if source else b""


def _see_that_whole(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo | None, part: dict[str, Any]) -> None:
    source = tar.extractfile(member) if member else None
    total = hashlib.sha256()
    for piece in watched(member.name if member else "", source) if source else ():
        total.update(piece)
    if total.hexdigest() != part["sha256"]:
        raise _damaged(path, member.name if member else "a part")


def _damaged(path: Path, part: str) -> say.Trouble:
    return say.Trouble(
        f"{path} is damaged: {part} is not what was written (SHA-256). Take another copy of it. Nothing was changed."
    )


@contextmanager
def part(path: Path, name: str) -> Iterator[IO[bytes]]:
    """A part as a stream."""
    with tarfile.open(path, "r:") as tar:
        source = tar.extractfile(name)
        assert source is not None  # `checked` has seen it  # nosec B101
        yield source
