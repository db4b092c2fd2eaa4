"""The extracts that maps were imported from. They are kept: the routing engine builds its tiles of whatever lies here."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings


def beside(path: Path, name: str) -> Path:
    """Copy an extract to where it takes its place by `keep`; raises OSError where the disk has no room for it."""
    folder = Path(settings.EXTRACTS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f"{name}.new"
    shutil.copyfile(path, fresh)
    return fresh


def keep(fresh: Path, name: str) -> None:
    """Put the copy in the place of that map's older one, at once or not at all."""
    fresh.replace(_path(name))


def forget(name: str) -> None:
    """Delete the extract of a map that is taken away."""
    _path(name).unlink(missing_ok=True)


def missing(names: Iterable[str]) -> list[str]:
    """Those of these maps whose extract is gone: nobody finds a way on them."""
    return sorted(name for name in names if not _path(name).exists())


def _path(name: str) -> Path:
    return Path(settings.EXTRACTS) / f"{name}.osm.pbf"
