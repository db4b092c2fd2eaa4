"""Files of recorded pictures: fragmented MP4 (WebM for VP8), the packets as they came, never encoded anew. No Django.

A file that is being written ends in `.part`. It is whole up to its last fragment at any moment: who is killed while writing loses
no more than FRAGMENT_S. Its SHA-256 is counted while it is written.
"""

import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av

from devices.pictures.jpeg import NoPicture, size_of
from devices.pictures.packet import Head, payload_of

SEGMENT_S = 20.0  # a file is followed by the next at the first key picture after so long
LONGEST_S = 60.0  # and without one after so long: the next begins with the next key picture
FRAGMENT_S = 0.4
GAP_S = 2.0  # what comes after so long a silence begins a new file, so that the gap is seen
CLOCK = 90_000  # ticks a second, as RTP has for pictures (RFC 6184, 5.1)
PART = ".part"
_DAY_US = 86_400_000_000
_MOVIE = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": str(int(FRAGMENT_S * 1e6)),
    "flush_packets": "1",
}
_WEB = {"cluster_time_limit": str(int(FRAGMENT_S * 1000)), "live": "1", "flush_packets": "1"}
_PROBED = {"h264": "h264", "h265": "hevc"}
_MUXED = {"h264": "h264", "h265": "hevc", "vp8": "vp8", "jpeg": "mjpeg"}


class Unreadable(Exception):
    """A key picture from whose bytes its size can't be read."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A file that is whole: whose, from when to when (µs since 1970), and what proves it."""

    source: int
    path: str  # below the recordings' folder, without PART
    began_us: int
    ended_us: int
    size: int
    sha256: str
    codec: str
    format: str  # as browsers name it: avc1.42c00c
    packets: int
    cut_off: bool = False  # its writer ended before it did

    def said(self) -> dict[str, object]:
        """For a line of JSON."""
        return asdict(self)


class _Writer:
    """Where the muxer writes: straight to the disk, counted on the way."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.with_name(path.name.removesuffix(PART)).exists():
            raise FileExistsError(path)  # what is on record is never written over
        self.path, self.is_open = path, True
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.digest, self.size = hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        while view:
            done = os.write(self.file, view)
            self.digest.update(view[:done])
            self.size += done
            view = view[done:]
        return len(data)

    def close(self) -> None:
        os.fsync(self.file)
        self.let_go()

    def let_go(self) -> None:
        """Hold the file no longer; a second time does nothing."""
        if self.is_open:
            self.is_open = False
            os.close(self.file)


class Segment:
    """One file, from a key picture on."""

    def __init__(self, folder: Path, head: Head, packet: bytes) -> None:
        """Raises Unreadable, OSError."""
        width, height, self.format = picture_of(head.codec, bytes(payload_of(packet)))
        self.head, self.last, self.packets, self.ended_us = head, head, 0, head.captured_us
        self.path = path_of(head)
        self.writer = _Writer(folder / (self.path + PART))
        try:
            self._begin(width, height, packet)
        except BaseException:
            self.writer.let_go()
            self.writer.path.unlink(missing_ok=True)
            raise

    def _begin(self, width: int, height: int, packet: bytes) -> None:
        head = self.head
        is_web = head.codec == "vp8"
        self.movie = av.open(
            self.writer, "w", format="webm" if is_web else "mp4", options=_WEB if is_web else _MOVIE, buffer_size=32_768
        )
        self.stream = self.movie.add_mux_stream(
            _MUXED[head.codec], width=width, height=height, time_base=Fraction(1, CLOCK)
        )
        self.add(head, packet)

    def fits(self, head: Head) -> bool:
        """Whether the packet goes on where this file is; otherwise it belongs to the next."""
        follows = head.epoch == self.last.epoch and head.sequence == self.last.sequence + 1
        lasted_s = (head.captured_us - self.head.captured_us) / 1e6
        silent_s = (head.captured_us - self.last.captured_us) / 1e6
        is_due = lasted_s >= LONGEST_S or (head.is_key and lasted_s >= SEGMENT_S)
        return follows and head.codec == self.head.codec and not is_due and 0 <= silent_s < GAP_S

    def add(self, head: Head, packet: bytes) -> None:
        """Write one more packet. Raises OSError, av.error.FFmpegError."""
        piece = av.Packet(bytes(payload_of(packet)))
        piece.stream, piece.time_base = self.stream, Fraction(1, CLOCK)
        at = (head.captured_us - self.head.captured_us) * CLOCK // 1_000_000
        before = (self.last.captured_us - self.head.captured_us) * CLOCK // 1_000_000 if self.packets else -1
        piece.pts = piece.dts = max(at, before + 1)
        piece.duration = max(1, head.duration_ms * CLOCK // 1000)
        piece.is_keyframe = head.is_key
        self.movie.mux(piece)
        self.last, self.packets = head, self.packets + 1
        self.ended_us = head.captured_us + head.duration_ms * 1000

    def close(self) -> Closed:
        """End the file, durable. Raises OSError, av.error.FFmpegError."""
        try:
            self.movie.close()
        finally:
            self.writer.close()
        head, writer = self.head, self.writer
        return Closed(
            head.source, self.path, head.captured_us, self.ended_us, writer.size, writer.digest.hexdigest(), head.codec,
            self.format, self.packets,
        )  # fmt: skip


def path_of(head: Head) -> str:
    """Where a file lies: a folder a source and day (UTC, as days since 1970), named by its first picture."""
    suffix = "webm" if head.codec == "vp8" else "mp4"
    return f"{head.source}/{head.captured_us // _DAY_US}/{head.captured_us}.{suffix}"


def picture_of(codec: str, payload: bytes) -> tuple[int, int, str]:
    """(width, height in pixels, the format as browsers name it) of a key picture. Raises Unreadable."""
    if codec == "vp8":  # RFC 6386, 9.1: start code, then 14 bits each
        if len(payload) < 10 or payload[3:6] != b"\x9d\x01\x2a":
            raise Unreadable("expected a key picture of VP8")
        width, height = (int.from_bytes(payload[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        if not width or not height:
            raise Unreadable("expected a key picture of VP8 with its size")
        return width, height, "vp8"
    if codec == "jpeg":
        from_header = _jpeg(payload)
        return *from_header, "jpeg"
    return _probed(codec, payload)


def _jpeg(payload: bytes) -> tuple[int, int]:
    try:
        return size_of(payload)
    except NoPicture as wrong:
        raise Unreadable(str(wrong)) from wrong


def _probed(codec: str, payload: bytes) -> tuple[int, int, str]:
    try:
        with av.open(io.BytesIO(payload), format=_PROBED[codec]) as found:
            context = found.streams.video[0].codec_context
            width, height = context.width, context.height
    except (av.error.FFmpegError, IndexError, ValueError) as wrong:
        raise Unreadable(f"expected a key picture of {codec}: {type(wrong).__name__}") from wrong
    if not width or not height:
        raise Unreadable(f"expected a key picture of {codec} with its size")
    return width, height, _format(codec, payload)


def _format(codec: str, payload: bytes) -> str:
    """RFC 6381: profile, constraints and level as they stand in the sequence parameter set."""
    found = re.search(rb"\x00\x00\x01[\x07\x27\x47\x67](...)", payload[:4096], re.DOTALL)
    return f"avc1.{found[1].hex()}" if codec == "h264" and found else "hvc1"


def boxes(file: io.BufferedIOBase | io.BytesIO) -> Iterator[tuple[bytes, int]]:
    """(name, where it ends) of each whole box at the top of an MP4 (ISO/IEC 14496-12, 4.2), as far as there are any."""
    size, at = file.seek(0, os.SEEK_END), 0
    while at + 8 <= size:
        file.seek(at)
        length, name = int.from_bytes(file.read(4), "big"), file.read(4)
        if length < 8 or at + length > size:
            return
        at += length
        yield name, at


def repaired(folder: Path, part: Path) -> Closed | None:
    """Take a file whose writer was killed as far as it is whole, or None where no picture is. The rest is cut off."""
    path = str(part.relative_to(folder)).removesuffix(PART)
    with part.open("r+b") as file:
        if path.endswith(".mp4"):
            whole = max((end for name, end in boxes(file) if name in (b"mdat", b"mfra")), default=0)
            file.truncate(whole)
            os.fsync(file.fileno())
        file.seek(0)
        digest, size = hashlib.file_digest(file, "sha256").hexdigest(), file.seek(0, os.SEEK_END)
    counted = _counted(part) if size else None
    if counted is None:
        part.unlink()
        return None
    codec, form, packets, length_us = counted
    began = int(part.name.partition(".")[0])
    return Closed(int(path.partition("/")[0]), path, began, began + length_us, size, digest, codec, form, packets, True)


def _counted(part: Path) -> tuple[str, str, int, int] | None:
    """(codec, format, packets, µs) of a file, by reading it through."""
    packets, end, form = 0, Fraction(0), ""
    try:
        with av.open(str(part)) as movie:
            stream = movie.streams.video[0]
            codec = {name: ours for ours, name in _MUXED.items()}[stream.codec_context.name]
            extra = bytes(stream.codec_context.extradata or b"")
            form = (
                f"avc1.{extra[1:4].hex()}" if codec == "h264" and len(extra) > 4 else {"h265": "hvc1"}.get(codec, codec)
            )
            for packet in movie.demux(stream):
                if packet.size and packet.pts is not None:
                    packets += 1
                    end = max(end, (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base or 0))
    except (av.error.FFmpegError, IndexError, KeyError, ValueError):
        if not packets:
            return None
    return (codec, form, packets, round(end * 1_000_000)) if packets else None
