"""Pictures are decoded here and nowhere else, in processes that hold nothing but that: little memory, little time. No Django.

    python -m devices.pictures.decoding FILE OFFSET_US      writes the picture shown at that moment to standard output, as JPEG

How large a picture is stands in its header, and what is too large is refused before there is room made for it. A picture that
takes too long ends the process, by the system and not by code that may hang: whoever began it begins another.
"""

import contextlib
import io
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from devices.pictures.jpeg import PIXELS_LIMIT

MEMORY_LIMIT = 512 * 1024 * 1024  # bytes of address space
SECONDS_LIMIT = 2.0  # of processor time for a picture, with what has to be decoded before it
QUALITY = 85
_DECODERS = {"h264": "h264", "h265": "hevc", "vp8": "vp8"}
_OPTIONS = {"max_pixels": str(PIXELS_LIMIT)}


def limit() -> None:
    """Bound this process for good."""
    av.logging.set_level(av.logging.PANIC)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextlib.contextmanager
def in_time(seconds: float = SECONDS_LIMIT) -> Iterator[None]:
    """What takes more processor time ends this process (SIGPROF, which nothing handles); a busy machine is nobody's fault."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class Decoder:
    """Decodes one codec's packets from a key picture on."""

    def __init__(self, codec: str) -> None:
        context = av.CodecContext.create(_DECODERS[codec], "r")
        assert isinstance(context, VideoCodecContext)  # nosec B101 - there are no others in _DECODERS
        context.thread_type = "NONE"  # each thread would hold pictures of its own
        context.options = _OPTIONS
        self._context = context
        self.refused = 0  # packets out of which nothing can be made

    def newest(self, packets: Iterable[tuple[int, bytes]]) -> VideoFrame | None:
        """The last picture that comes out of packets, each with its number; its `pts` is that of the one it was made of.

        None where they show nothing yet, or are broken.
        """
        found = None
        for number, payload in packets:
            packet = av.Packet(payload)
            packet.pts = packet.dts = number
            try:
                found = next(reversed(self._context.decode(packet)), found)
            except (
                av.FFmpegError
            ):  # too large, broken, or a part that shows nothing by itself: what follows may be well
                self.refused += 1
        return found


def jpeg_of(frame: VideoFrame, longest: int = 0) -> bytes:
    """A picture as JPEG, made smaller where one of its sides is longer than `longest` px (0: as it is)."""
    scale = min(1.0, longest / max(frame.width, frame.height)) if longest else 1.0
    sheet = io.BytesIO()
    size = {"width": max(1, round(frame.width * scale)), "height": max(1, round(frame.height * scale))}
    frame.to_image(**size).save(sheet, "JPEG", quality=QUALITY)
    return sheet.getvalue()


def shown_at(path: Path, offset_us: int) -> bytes:
    """The picture that was shown so long after a recorded file's beginning, as JPEG. Raises ValueError where there is none."""
    shown = None
    with av.open(str(path)) as found:
        stream = found.streams.video[0]
        stream.thread_type, stream.codec_context.options = "NONE", _OPTIONS
        found.seek(offset_us)  # the key picture at or before
        for frame in found.decode(stream):
            if shown is not None and frame.time is not None and frame.time * 1e6 > offset_us:
                break
            shown = frame
    if shown is None:
        raise ValueError(f"expected a picture in {path.name}, found none")
    return jpeg_of(shown)


if __name__ == "__main__":
    limit()
    with in_time():
        sys.stdout.buffer.write(shown_at(Path(sys.argv[1]), int(sys.argv[2])))
