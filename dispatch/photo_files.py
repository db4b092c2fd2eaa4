"""Photos as files: taken apart and written anew, so that nothing is kept but the picture itself. Pure, but for the disk.

What a phone sends is only trusted to be pixels: it is measured by its header, decoded, drawn onto a fresh sheet and encoded
again. Position, camera, comments and whatever was hung behind the picture stay outside.
"""

import hashlib
import io
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

LARGEST = 900_000  # bytes; more than the front door and Django take would never come here
LONGEST_PX = 2048  # of each side
SMALL_PX = 320
SCANS = 64  # of a progressive JPEG: each costs as much as a whole picture
QUALITY, SMALL_QUALITY = 88, 75
SIZES = ("large", "small")


class Unfit(Exception):
    """Not a photo that is taken. `code` says why, `found` what it was instead."""

    def __init__(self, code: str, found: object) -> None:
        super().__init__(f"{code}: {found}")
        self.code = code
        self.found = found


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture and nothing else, as JPEG: whole, and small for lists."""

    large: bytes
    small: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.large).hexdigest()


def cleaned(body: bytes) -> Clean:
    """The picture in a JPEG of at most LARGEST bytes, upright. Raises Unfit: too_large, no_jpeg, too_wide."""
    if len(body) > LARGEST:
        raise Unfit("too_large", len(body))
    scans = body.count(b"\xff\xda")
    if scans > SCANS:
        raise Unfit("too_many_scans", scans)
    try:
        with Image.open(io.BytesIO(body), formats=["JPEG"]) as found:
            if max(found.size) > LONGEST_PX:
                raise Unfit("too_wide", "×".join(str(side) for side in found.size))
            upright = ImageOps.exif_transpose(found).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as wrong:
        raise Unfit("no_jpeg", _first_bytes(body)) from wrong
    sheet = Image.new("RGB", upright.size)
    sheet.paste(upright)
    small = sheet.copy()
    small.thumbnail((SMALL_PX, SMALL_PX))
    return Clean(_jpeg(sheet, QUALITY), _jpeg(small, SMALL_QUALITY), *sheet.size)


def _first_bytes(body: bytes) -> str:
    return body[:8].hex(" ") or "0 bytes"


def _jpeg(sheet: Image.Image, quality: int) -> bytes:
    made = io.BytesIO()
    sheet.save(made, "JPEG", quality=quality)
    return made.getvalue()


def write(folder: Path, key: uuid.UUID, clean: Clean) -> None:
    """Keep a photo, durable before anything says that it is there. Raises OSError."""
    for size, content in zip(SIZES, (clean.large, clean.small), strict=True):
        path = path_of(folder, key, size)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def read(folder: Path, key: uuid.UUID, size: str, sha256: str = "") -> bytes | None:
    """What is kept; None where it is gone, or not what `sha256` says."""
    try:
        content = path_of(folder, key, size).read_bytes()
    except FileNotFoundError:
        return None
    return content if not sha256 or hashlib.sha256(content).hexdigest() == sha256 else None


def remove(folder: Path, key: uuid.UUID) -> None:
    """Keep it no longer, in any size; where it is gone already nothing happens."""
    for size in SIZES:
        path_of(folder, key, size).unlink(missing_ok=True)


def path_of(folder: Path, key: uuid.UUID, size: str) -> Path:
    """Where a photo lies: a folder for each two first digits, so that none grows too long."""
    return folder / key.hex[:2] / f"{key}.{size}.jpg"
