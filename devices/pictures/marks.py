"""The mark in the folder of the recordings, by which it is told from another disk's, or from the empty place where a disk that
is away would be. Pure, but for the disk.
"""

import os
import uuid
from pathlib import Path

NAME = "recordings.id"


def read(folder: Path) -> str:
    """The folder's mark; "" where it has none, or there is no such folder."""
    try:
        return (folder / NAME).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(folder: Path) -> str:
    """Make the folder where there is none, and put a new mark into it, durable; the mark. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark, new = uuid.uuid4().hex, folder / f"{NAME}.new"
    with new.open("w", encoding="ascii") as file:
        file.write(mark + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / NAME)
    return mark
