"""Finding and running what lies in a folder of measurements or faults, with one JSON value on stdout and nothing else."""

import contextlib
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from operation import say


def names(package: ModuleType, entry: str) -> list[str]:
    """The modules of a package that can be run: those that define the function `entry`."""
    found = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))
    return [name for name in found if f"\ndef {entry}(" in _source(package, name)]


def _source(package: ModuleType, name: str) -> str:
    for folder in package.__path__:
        with contextlib.suppress(OSError):
            return (Path(folder) / f"{name}.py").read_text(encoding="utf-8")
    return ""


def module(package: ModuleType, name: str, entry: str) -> Any:
    """The module of that name; raises Trouble that lists what there is."""
    known = names(package, entry)
    if name not in known:
        raise say.Trouble(f"There is no {name}. Known: {', '.join(known) or 'none yet'}")
    return importlib.import_module(f"{package.__name__}.{name}")


@contextlib.contextmanager
def quiet_stdout() -> Iterator[int]:
    """Whatever is printed meanwhile goes to stderr; yields the true stdout's descriptor."""
    sys.stdout.flush()
    true = os.dup(1)
    os.dup2(2, 1)
    try:
        yield true
    finally:
        sys.stdout.flush()
        os.dup2(true, 1)
        os.close(true)


def print_json(value: object) -> None:
    """One JSON value, as the only line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)
