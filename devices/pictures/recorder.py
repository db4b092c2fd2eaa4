"""The recorder's child process: packets in, files out. No Django, no decoding.

    python -m devices.pictures.recorder FOLDER

Standard input: packets as `pipe` frames them, of all sources that are recorded. Standard output: a line of JSON for each file
that is whole, `{"closed": …}`, `{"full": true}` where the disk has no room, `{"away": true}` where it is another than at first,
and every second `{"well": true}`: a recorder that says not even that hangs, and is ended. What one before this left half
written is repaired, that of today and yesterday first. It ends, and closes what is open, when its input does.
"""

import errno
import fcntl
import json
import os
import resource
import select
import sys
import time
from pathlib import Path

import av

from devices.limits import Allowance
from devices.pictures import marks
from devices.pictures.packet import Head, head_of
from devices.pictures.pipe import Frames
from devices.pictures.room import has_room
from devices.pictures.segments import GAP_S, PART, Closed, Segment, repaired

PIECE = 1024 * 1024  # bytes read at once
MEMORY_LIMIT = 4 * 1024**3  # bytes of address space
DAY_S, RECENT_DAYS = 86_400, 1  # older days are looked through beside recording: in a month it is millions of names
AGAIN_S = 10.0  # before one looks again whether there is room
FILES_RATE, FILES_BURST = 1.0, 20.0  # new files a second of one source


class Recorder:
    """All sources' open files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mark = folder, marks.read(folder)
        self.open: dict[int, Segment] = {}
        self.heard_at: dict[int, float] = {}  # monotonic s, by source
        self.files: dict[int, Allowance] = {}
        self.full_until = 0.0

    def take(self, packet: bytes) -> None:
        """Write a packet to its source's file, or to the next where it does not go on there. What is wrong with one source
        harms no other.
        """
        head = head_of(packet)
        self.heard_at[head.source] = time.monotonic()
        segment = self.open.get(head.source)
        if segment is not None and not segment.fits(head):
            self.close(head.source)
            segment = None
        try:
            if segment is not None:
                segment.add(head, packet)
            elif head.is_key and self._has_room() and self._may_begin(head.source):
                self.open[head.source] = Segment(self.folder, head, packet)
        except Exception as wrong:
            self._give_up(head, wrong)

    def _may_begin(self, source: int) -> bool:
        """Whether a source may have another file: who sends nothing but gaps makes no files without end."""
        return self.files.setdefault(source, Allowance(FILES_RATE, FILES_BURST)).take(1)

    def _has_room(self) -> bool:
        if time.monotonic() < self.full_until:
            return False
        if marks.read(self.folder) != self.mark:  # its disk is away: this is the empty place where it was
            self.full_until = time.monotonic() + AGAIN_S
            _say(away=True)
            return False
        if has_room(self.folder):
            return True
        self._is_full()
        return False

    def _is_full(self) -> None:
        self.full_until = time.monotonic() + AGAIN_S
        _say(full=True)

    def _give_up(self, head: Head, wrong: Exception) -> None:
        """The file ends here: what of it is on the disk is kept as far as it is whole."""
        segment = self.open.pop(head.source, None)
        if isinstance(wrong, OSError) and wrong.errno in (errno.ENOSPC, errno.EDQUOT):
            self._is_full()
        if segment is not None:
            self._rescue(segment)

    def _rescue(self, segment: Segment) -> None:
        segment.writer.let_go()
        try:
            found = repaired(self.folder, self.folder / (segment.path + PART))
        except OSError:
            return  # the next recorder finds it
        if found is not None:
            _tell(found)

    def repair(self, day: Path) -> None:
        """Tell of what was left half written in a folder, and is not being written now, as far as it is whole."""
        writing = {segment.path + PART for segment in self.open.values()}
        with os.scandir(day) as entries:
            left = sorted(Path(entry.path) for entry in entries if entry.name.endswith(PART))
        for part in left:
            found = None if str(part.relative_to(self.folder)) in writing else repaired(self.folder, part)
            if found is not None:
                _tell(found)
            _say(well=True)

    def close(self, source: int) -> None:
        """End a source's file and say so."""
        segment = self.open.pop(source)
        try:
            _tell(segment.close())
        except Exception:
            self._rescue(segment)

    def close_silent(self) -> None:
        """End the files of sources that have been silent."""
        now = time.monotonic()
        for source in [one for one in self.open if now - self.heard_at[one] > GAP_S]:
            self.close(source)


def _days(folder: Path) -> list[Path]:
    """The folders of a source and a day, those of the newest day last."""
    return sorted((day for day in folder.glob("*/*") if day.name.isdigit()), key=lambda day: int(day.name))


def _tell(closed: Closed) -> None:
    _say(closed=closed.said())


def _say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def _say_well(before: float) -> float:
    """Give a sign of life where the one before is a second old; when the newest was, monotonic s."""
    now = time.monotonic()
    if now - before < 1.0:
        return before
    _say(well=True)
    return now


def main(folder: Path) -> None:
    """Record until the input ends."""
    av.logging.set_level(av.logging.PANIC)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # the one before may still be closing its files
    recorder, frames, entrance, well_at = Recorder(folder), Frames(), sys.stdin.fileno(), 0.0
    older = _days(folder)
    while older and int(older[-1].name) >= time.time() // DAY_S - RECENT_DAYS:
        recorder.repair(older.pop())
        well_at = _say_well(well_at)
    while True:
        if older:
            recorder.repair(older.pop())
        if select.select([entrance], [], [], 1.0)[0]:
            piece = os.read(entrance, PIECE)
            if not piece:
                break
            for packet in filter(None, frames.feed(piece)):
                recorder.take(packet)
        recorder.close_silent()
        well_at = _say_well(well_at)
    for source in list(recorder.open):
        recorder.close(source)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
