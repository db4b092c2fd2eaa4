"""Whether a disk has room for recordings: what the database may need is never taken. Pure, but for the disk."""

import os
from pathlib import Path

SHARE, BYTES = 0.05, 10_000_000_000  # of the disk, whichever is less, is left to the database


def has_room(folder: Path, size: int = 0) -> bool:
    """Whether enough is left on the folder's disk with `size` bytes more on it. Raises OSError where there is no such folder."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize - size > min(disk.f_blocks * disk.f_frsize * SHARE, BYTES)
