"""Files that come in pieces: each is put where it belongs, and what is there at the end is durable. No Django.

A file that broke off goes on where it was; what stands behind the piece that is put on is cut off.
"""

import errno
import hashlib
import os
from pathlib import Path


class Gone(Exception):
    """What had come before this piece is not on the disk any more."""


class Full(Exception):
    """The disk has no room."""


def put(path: Path, offset: int, piece: bytes) -> None:
    """Put a piece at `offset` (bytes); the first one makes the file. Raises Gone, Full, OSError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(piece)
            file.truncate()
    except FileNotFoundError as gone:
        raise Gone from gone
    except OSError as lost:
        if lost.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Full from lost
        raise


def settled(path: Path) -> str:
    """The SHA-256 of a file, in hex, once all of it is durable. Raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest
