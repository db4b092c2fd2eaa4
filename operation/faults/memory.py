"""What processes hold: memory, open files, and the processes that belong together."""

import contextlib
import os
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all that descend from it; those that are gone meanwhile are left out."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(stat.parent.name))
    found, due = [], [pid]
    while due:
        found.append(due.pop())
        due += parents.get(found[-1], [])
    return found


def megabytes(pids: list[int]) -> float:
    """What they hold in memory of their own (anonymous resident pages); files that the kernel caches are not counted."""
    return sum(_anonymous_kb(pid) for pid in pids) / 1024


def _anonymous_kb(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/status").read_text().split("RssAnon:")[1].split()[0])
    return 0


def files(pids: list[int]) -> int:
    """How many files and sockets they have open."""
    count = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - a count, no paths
    return count
