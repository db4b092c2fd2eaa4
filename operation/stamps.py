"""Stamps: a step whose inputs have not changed since it last succeeded is not run again."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from operation.home import PROJECT, Home


def digest(*inputs: str | Path | Iterable[Path]) -> str:
    """One hash of texts and of files' names and contents; a folder stands for all files in it."""
    total = hashlib.sha256()
    for each in inputs:
        if isinstance(each, str):
            total.update(each.encode() + b"\0")
            continue
        for path in _files([each] if isinstance(each, Path) else each):
            name = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
            total.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def current(home: Home, name: str, value: str) -> bool:
    """Whether the step `name` last succeeded with inputs of this digest."""
    stamp = home.root / "stamps" / name
    return stamp.exists() and stamp.read_text() == value


def write(home: Home, name: str, value: str) -> None:
    """Remember that the step `name` succeeded."""
    folder = home.root / "stamps"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(value)


def forget(home: Home, *names: str) -> None:
    """Make steps run again next time."""
    for name in names:
        (home.root / "stamps" / name).unlink(missing_ok=True)


@contextmanager
def once(home: Home, name: str, value: str) -> Iterator[bool]:
    """`with once(…) as due: if due: …` stamps the step when its block ends without an error."""
    due = not current(home, name, value)
    yield due
    if due:
        write(home, name, value)
