"""What is recorded on a stage: the files, their rows, and whether each is what the other says."""

import contextlib
import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av

from operation.faults.stage import Stage

ZERO = "0" * 64
SLACK_US = 70_000  # a picture's length, by which a file may end after the next begins


@dataclass(frozen=True)
class Row:
    """What the database knows of a file; times in µs since 1970."""

    source: int
    number: int
    path: str
    began: int
    ended: int
    sha256: str
    before: str
    link: str
    packets: int
    is_cut_off: bool


def folder(stage: Stage) -> Path:
    """Where a stage keeps what it records."""
    return stage.home.root / "recordings"


def parts(stage: Stage) -> list[Path]:
    """Files that are being written or have no row yet."""
    return list(folder(stage).glob("*/*/*.part"))


def is_written(stage: Stage, source: int, since_us: int = 0) -> bool:
    """Whether a file that began after a moment is there with its first pieces."""
    for path in (folder(stage) / str(source)).glob("*/*"):
        with contextlib.suppress(FileNotFoundError):  # it got its name while we looked
            if int(path.name.partition(".")[0]) > since_us and b"moof" in path.read_bytes():
                return True
    return False


def rows_of(stage: Stage, sources: list[int]) -> list[Row]:
    """The rows of these sources, in their order."""
    numbers = ",".join(map(str, sources))
    said = stage.sql(_ROWS.format(numbers=numbers))
    found = []
    for line in said.splitlines():
        source, number, path, began, ended, *proof, packets, is_cut_off = line.split("|")
        times = int(source), int(number), path, int(began), int(ended)
        found.append(Row(*times, *proof, int(packets), is_cut_off == "t"))  # type: ignore[call-arg,arg-type]
    return found


_ROWS = """
SELECT source_id, number, path, (extract(epoch FROM began_at) * 1000000)::bigint,
       (extract(epoch FROM ended_at) * 1000000)::bigint, sha256, before, link, packets, is_cut_off
FROM devices_recording WHERE source_id IN ({numbers}) ORDER BY source_id, number
"""


def wrong_in(place: Path, rows: list[Row]) -> list[str]:
    """What is wrong with files and their rows: proofs, links, order, and whether each plays to its end."""
    found = []
    for row in rows:
        path = place / row.path
        if not path.exists():
            found.append(f"{row.path} is gone")
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() != row.sha256:
            found.append(f"{row.path} is another")
        words = f"{row.before} {row.source} {row.number} {row.sha256} {row.began} {row.ended}"
        if hashlib.sha256(words.encode()).hexdigest() != row.link:
            found.append(f"{row.path} has another link")
        if _played(path) != row.packets:
            found.append(f"{row.path} does not play to its end")
    for one, two in pairwise([None, *rows]):
        is_first = one is None or one.source != two.source  # type: ignore[union-attr]
        if two.before != (ZERO if is_first else one.link):  # type: ignore[union-attr]
            found.append(f"{two.path} follows another")  # type: ignore[union-attr]
        if not is_first and two.began < one.ended - SLACK_US:  # type: ignore[union-attr]
            found.append(f"{two.path} begins before the one before ends")  # type: ignore[union-attr]
    return found


def _played(path: Path) -> int:
    with av.open(str(path)) as movie:
        return sum(1 for _ in movie.decode(video=0))


def files(stage: Stage, sources: list[int]) -> set[str]:
    """All files of these sources, by their paths below the folder."""
    place = folder(stage)
    return {str(path.relative_to(place)) for source in sources for path in (place / str(source)).glob("*/*")}
