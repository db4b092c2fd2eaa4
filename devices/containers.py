"""What kind of film some bytes begin, told from the bytes alone: WebM or MP4, and what is in it. Pure; nothing is decoded."""

import re
from typing import NamedTuple

HEAD = 4096  # bytes that are looked at: browsers put their heads there
_WEBM = b"\x1a\x45\xdf\xa3"  # RFC 8794, 11.2.1: every EBML file begins so
_WEBM_PICTURES = {b"V_VP8": ("vp8", "vp8"), b"V_VP9": ("vp9", "vp9"), b"V_AV1": ("av1", "av01")}
_MP4_PICTURES = {b"hvcC": ("h265", "hvc1"), b"vpcC": ("vp9", "vp09"), b"av1C": ("av1", "av01")}


class NoFilm(Exception):
    """These bytes begin no film that is taken; `found` shows them."""


class Container(NamedTuple):
    """A film's file: how its name ends, what its pictures are, and its format as browsers name it ("vp8,opus")."""

    suffix: str
    codec: str
    format: str


def container_of(head: bytes) -> Container:
    """What a film is by its first HEAD bytes. Raises NoFilm."""
    head = head[:HEAD]
    if head.startswith(_WEBM) and b"webm" in head[:64]:
        return _container("webm", _webm(head), b"A_OPUS" in head, b"A_VORBIS" in head and "vorbis")
    if head[4:8] == b"ftyp":
        return _container("mp4", _mp4(head), b"Opus" in head, b"mp4a" in head and "mp4a.40.2")
    raise NoFilm(head[:8].hex(" ") or "0 bytes")


def _container(suffix: str, pictures: tuple[str, str], is_opus: bool, other: object) -> Container:
    sound = "opus" if is_opus else other or ""
    return Container(suffix, pictures[0], ",".join(filter(None, (pictures[1], str(sound)))))


def _webm(head: bytes) -> tuple[str, str]:
    return next((said for name, said in _WEBM_PICTURES.items() if name in head), ("", ""))


def _mp4(head: bytes) -> tuple[str, str]:
    """H.264 by profile, constraints and level, which follow the version in its box (ISO/IEC 14496-15, 5.3.3)."""
    found = re.search(rb"avcC.(...)", head, re.DOTALL)
    if found:
        return "h264", f"avc1.{found[1].hex()}"
    return next((said for name, said in _MP4_PICTURES.items() if name in head), ("", ""))
