"""A camera by RTSP says what it likes: FFmpeg goes nowhere else for it, and half a picture is none."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import pytest
from django.conf import settings

from command import certificates
from devices.pictures import rtsp
from devices.pictures.camera import OPTIONS, Piece, streamed
from tests import clips

HERE = "127.0.0.1"
Say = Callable[
    [bytes, bytes, bytes], bytes | None
]  # what to answer to (method, CSeq, request); None ends the connection
GONE = b"<gone>"  # at the end of an answer: it goes afterwards


@contextmanager
def camera(say: Say, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A camera that answers with just these bytes; its port."""
    with socket.create_server((HERE, 0)) as door:

        def serve() -> None:
            while True:
                try:
                    link, _ = door.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=[link], daemon=True).start()

        def one(plain: socket.socket) -> None:
            with suppress(OSError), context.wrap_socket(plain, server_side=True) if context else plain as link:
                asked = b""
                while piece := link.recv(65536):
                    asked += piece
                    while b"\r\n\r\n" in asked:
                        head, _, asked = asked.partition(b"\r\n\r\n")
                        rows = head.split(b"\r\n")
                        number = next(row.partition(b":")[2].strip() for row in rows if row.startswith(b"CSeq:"))
                        answer = say(rows[0].split()[0], number, head)
                        if answer is None:
                            return
                        link.sendall(answer.removesuffix(GONE))
                        if answer.endswith(GONE):
                            link.shutdown(socket.SHUT_WR)

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]


@pytest.fixture
def elsewhere() -> Iterator[tuple[int, list[bytes]]]:
    """A place that no camera may point to: its port, and what it was asked."""
    asked: list[bytes] = []

    def note(method: bytes, number: bytes, _asked: bytes) -> bytes:
        asked.append(method)
        return b"RTSP/1.0 404 Not Found\r\nCSeq: " + number + b"\r\n\r\n"

    with camera(note) as port:
        yield port, asked


def answered(number: bytes, *rows: bytes, status: bytes = b"200 OK", body: bytes = b"") -> bytes:
    said = (b"Content-Length: %d" % len(body),) if body else ()
    return b"\r\n".join((b"RTSP/1.0 " + status, b"CSeq: " + number, *rows, *said, b"", b"")) + body


def to(port: int) -> bytes:
    return f"rtsp://{HERE}:{port}/inside".encode()


def moved(number: bytes, port: int) -> bytes:
    return answered(number, b"Location: " + to(port), status=b"302 Moved Temporarily")


def packet(body: bytes, channel: int = 0) -> bytes:
    return b"$" + bytes([channel]) + struct.pack(">H", len(body)) + body


def hidden(text: bytes) -> bytes:
    """Text in packets that are too short for any: who skips only what is long enough reads it as an answer."""
    return b"".join(packet(text[at : at + 7]) for at in range(0, len(text), 7))


WAYS: dict[str, Callable[[bytes, int], bytes]] = {
    "at once": moved,
    "by another number": lambda number, port: moved(number, port).replace(b"302 Moved Temporarily", b"399 x"),
    "with a word of its own": lambda number, port: b"RTSP/9.9" + moved(number, port)[8:],
    "after an answer with two lengths": lambda number, port: answered(
        number, b"Content-Length: 0", status=b"404 x", body=moved(number, port)
    ),
    "in a header": lambda number, port: answered(number, b"X: \r" + moved(number, port), status=b"404 x"),
    "behind a dollar in the headers": lambda number, port: answered(
        number, packet(b"x" * 9).replace(b"\n", b"") + b"\r\n\r\n" + moved(number, port), status=b"100 Continue"
    ),
    "in packets too short": lambda number, port: hidden(b"\n" + moved(number, port) + b"\r\n\r\n") + answered(number),
    "after empty lines": lambda number, port: b"\r\n\n\r\n" + moved(number, port),
    "by ends of lines alone": lambda number, port: moved(number, port).replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("way", WAYS)
def test_nobody_follows_a_camera_elsewhere(elsewhere: tuple[int, list[bytes]], way: str) -> None:
    port, asked = elsewhere
    for when in (b"OPTIONS", b"DESCRIBE"):

        def say(method: bytes, number: bytes, _asked: bytes, when: bytes = when) -> bytes:
            return WAYS[way](number, port) if method == when else answered(number, b"Public: DESCRIBE, SETUP, PLAY")

        with camera(say) as at, pytest.raises((av.FFmpegError, OSError)):
            next(streamed(f"rtsp://{HERE}:{at}/camera", HERE))
    assert asked == []


def test_ffmpeg_by_itself_would_follow(elsewhere: tuple[int, list[bytes]]) -> None:
    """What the way is there for; should FFmpeg change, it may go."""
    port, asked = elsewhere
    with camera(lambda _, number, __: moved(number, port)) as at, pytest.raises(av.FFmpegError):
        av.open(f"rtsp://{HERE}:{at}/camera", options=OPTIONS, timeout=5)
    assert asked


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x00" * 100_000,
        b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 1000,
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"\n" * 50_000,
        b"$",
        b"",
    ],
)
def test_whoever_is_no_camera_is_away_soon(said: bytes) -> None:
    began = time.monotonic()
    with camera(lambda *_: said or None) as at, pytest.raises((av.FFmpegError, OSError)):
        next(streamed(f"rtsp://{HERE}:{at}/camera", HERE))
    assert time.monotonic() - began < rtsp.OPEN_S + rtsp.READ_S + 3


def test_nobody_there_is_said_at_once(elsewhere: tuple[int, list[bytes]]) -> None:
    with socket.create_server((HERE, 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        next(streamed(f"rtsp://{HERE}:{port}/camera", HERE))


def test_the_place_that_was_permitted_is_asked_whatever_the_name_means(tmp_path: Path) -> None:
    with clips.shown(tmp_path) as shown:
        url = shown.url.replace(HERE, "eye:pass@no-such-camera.invalid")
        piece = next(filter(None, streamed(url, HERE)))
    assert piece[:2] == ("h264", True)


def test_a_camera_by_tls_makes_its_certificate_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HOME", tmp_path)
    certificates.ensure(["192.0.2.7"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "lan/server.pem", tmp_path / "lan/server.key")
    asked: list[bytes] = []

    def say(method: bytes, number: bytes, _asked: bytes) -> bytes:
        asked.append(method)
        return answered(number, status=b"404 Not Found")

    with camera(say, context) as at, pytest.raises(av.FFmpegError):
        next(streamed(f"rtsps://camera.invalid:{at}/camera", HERE))
    assert asked[0] == b"OPTIONS"


SDP = b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:1\r\n"


def playing(body: bytes, goes: bool = True) -> Say:
    """What a camera says that shows these packets."""

    def say(method: bytes, number: bytes, _asked: bytes) -> bytes:
        if method == b"DESCRIBE":
            return answered(number, b"Content-Type: application/sdp", body=SDP)
        if method == b"SETUP":
            return answered(number, b"Session: 1", b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        if method == b"PLAY":
            return answered(number, b"Session: 1") + body + (GONE if goes else b"")
        return answered(number)

    return say


def shown(say: Say) -> list[tuple[bytes, ...]]:
    """What is picture of each packet that comes of a camera until it is away."""
    found: list[Piece | None] = []
    with camera(say) as at, suppress(av.FFmpegError):
        for piece in streamed(f"rtsp://eye:s3cret@{HERE}:{at}/camera", HERE):
            found.append(piece)
    return [clips.slices("h264", one[3]) for one in found if one]


UNITS = clips.units(8, every=20)
WANTED = [clips.slices("h264", unit) for unit in UNITS]
REPORT = packet(struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 0, 0, 0, 0, 0), 1)
GOODBYE = packet(struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 0, 0, 0, 0, 0) + struct.pack(">BBHI", 0x81, 203, 1, 7), 1)


@pytest.mark.parametrize(("owed", "came"), [(0, 8), (1, 7), (2, 7)])
def test_half_a_picture_is_none(owed: int, came: int) -> None:
    """A camera goes away within its eighth picture, of which it owes so many packets: it is left out unless it is whole."""
    assert shown(playing(b"".join(packets(UNITS, owed)))) == WANTED[:came]


@pytest.mark.parametrize("after", [GOODBYE, REPORT * 3, b""])
def test_half_a_picture_is_none_where_the_camera_stays(after: bytes) -> None:
    """It says goodbye, goes on reporting, or hangs."""
    began = time.monotonic()
    assert shown(playing(b"".join(packets(UNITS, 1)) + after, goes=False)) == WANTED[:7]
    assert time.monotonic() - began < rtsp.READ_S + 2, "before FFmpeg's own patience ends"


@pytest.mark.parametrize("noise", [b"\n", b"\r\n", b"no answer\r\n", packet(b"x" * 5)])
def test_what_cameras_say_besides_is_left_out(noise: bytes) -> None:
    assert shown(playing(b"".join(one + noise for one in packets(UNITS, 0)))) == WANTED


@pytest.mark.parametrize("realm", ["camera", "摄像头", "a\tb"])
def test_a_camera_asks_for_the_password_in_its_own_words(realm: str) -> None:
    asked: list[bytes] = []
    show = playing(b"".join(packets(UNITS, 0)))

    def say(method: bytes, number: bytes, head: bytes) -> bytes:
        asked.append(head)
        known = b"Authorization: Digest" in head and realm.encode() in head and b"s3cret" not in head
        if method == b"OPTIONS" or known:
            return show(method, number, head)
        row = f'www-authenticate: Digest realm="{realm}", nonce="1f"'
        return answered(number, row.encode(), status=b"401 Unauthorized")

    assert shown(say) == WANTED


def test_nobody_else_is_found_where_ffmpeg_asks() -> None:
    """Whoever comes first keeps none from anything; the address stays taken, so that nobody else answers there."""
    with camera(playing(b"")) as at, rtsp.carried(f"rtsp://eye:s3cret@{HERE}:{at}/camera", HERE) as way:
        port = int(way.url.rpartition(":")[2].partition("/")[0])
        with socket.create_connection((HERE, port)) as first:
            with socket.socket() as thief, pytest.raises(OSError, match="in use"):
                thief.bind((HERE, port))
            with pytest.raises((av.FFmpegError, OSError)):
                av.open(way.url, options=OPTIONS, timeout=3)
            first.sendall(b"OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            assert first.recv(100).startswith(b"RTSP/1.0 200")


def packets(units: list[bytes], owed: int) -> Iterator[bytes]:
    """Pictures as RTP (RFC 6184), the slice in two pieces, the last packet of each picture marked; of the last picture so
    many are missing."""
    number = 0
    for at, unit in enumerate(units):
        *small, large = [part.rstrip(b"\x00") for part in unit.split(b"\x00\x00\x01")[1:]]
        kind, half = large[0], len(large) // 2
        halves = ((0x80, large[1:half]), (0x40, large[half:]))
        pieces = [*small, *(bytes([kind & 0xE0 | 28, flag | kind & 31]) + part for flag, part in halves)]
        for piece in pieces[: len(pieces) - (owed if at == len(units) - 1 else 0)]:
            number += 1
            is_end = piece is pieces[-1]
            yield packet(struct.pack(">BBHII", 0x80, 96 | 128 * is_end, number, at * 6000, 7) + piece)
