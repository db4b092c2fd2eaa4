"""What comes out of a camera's child: frames in a pipe, JPEGs that are whole, cameras that answer HTTP in their own ways."""

import io
import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from command import certificates
from devices.pictures.camera import SAME_LIMIT, SAME_S, Clock, stills
from devices.pictures.children import Waiting, kept
from devices.pictures.jpeg import NoPicture, size_of
from devices.pictures.pipe import LIMIT, WELL, Frames, Lost, framed
from devices.pictures.stills import pictures


def jpeg(number: int = 0, width: int = 64, height: int = 48) -> bytes:
    sheet = io.BytesIO()
    Image.new("RGB", (width, height), (number * 40 % 255, 80, 90)).save(sheet, "JPEG")
    return sheet.getvalue()


@given(st.lists(st.binary(max_size=300), max_size=12), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_frames_come_out_as_they_went_in_however_the_pipe_cuts_them(packets: list[bytes], cuts: list[int]) -> None:
    row = b"".join(framed(packet) for packet in packets)
    frames, came, at, turn = Frames(), [], 0, 0
    while at < len(row):
        step = cuts[turn % len(cuts)]
        came += list(frames.feed(row[at : at + step]))
        at, turn = at + step, turn + 1
    assert came == packets


def test_a_length_that_is_none_is_the_end() -> None:
    assert list(Frames().feed(WELL)) == [b""]
    with pytest.raises(Lost):
        list(Frames().feed((LIMIT + 1).to_bytes(4, "big")))


@given(st.integers(1, 300), st.integers(1, 300))
@examples(max_examples=20)
def test_the_size_of_a_jpeg_is_read_from_its_header(width: int, height: int) -> None:
    assert size_of(jpeg(1, width, height)) == (width, height)


@given(st.data())
@examples(max_examples=300)
def test_a_broken_jpeg_is_refused_or_measured_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray(jpeg())
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        width, height = size_of(bytes(body[: data.draw(st.integers(0, len(body)))]))
    except NoPicture:
        return
    assert 0 < width * height <= 16_000_000


def test_a_jpeg_of_too_many_pixels_is_refused_by_its_header() -> None:
    body = bytearray(jpeg())
    at = body.index(b"\xff\xc0")
    body[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(NoPicture, match="65535 × 65535"):
        size_of(bytes(body))


class Answers(BaseHTTPRequestHandler):
    """Cameras in their ways, by path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/one")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path in ("/one", "/same", "/html"):
            self._one(jpeg(0 if self.path == "/same" else time.monotonic_ns() % 6))
        else:
            self._many(lengths=self.path == "/many")

    def _one(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path == "/html" else "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _many(self, *, lengths: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", 'multipart/x-mixed-replace; boundary="--eye"')
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(5):
            said = f"Content-Length: {len(jpeg(number))}\r\n" if lengths else ""
            self.wfile.write(f"--eye\r\nContent-Type: image/jpeg\r\n{said}\r\n".encode() + jpeg(number) + b"\r\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/many", "/unsaid"])
def test_a_camera_that_sends_one_picture_after_another(base: str, path: str) -> None:
    assert list(pictures(base + path, "127.0.0.1")) == [jpeg(number) for number in range(5)]


def test_a_camera_that_gives_one_picture_an_answer(base: str) -> None:
    found = pictures(f"{base}/one", "127.0.0.1")
    assert [size_of(next(found)) for _ in range(3)] == [(64, 48)] * 3


def test_the_same_picture_again_is_no_new_one(base: str) -> None:
    found = stills(f"{base}/same", "127.0.0.1")
    first = next(found)
    assert first and first[0] == "jpeg"
    assert [next(found), next(found)] == [None, None]


def test_packets_of_one_picture_bear_one_time_and_a_clock_that_stands_is_no_new_picture() -> None:
    clock = Clock()
    assert [clock.moves(dts, 1.0) for dts in (1, 1, 2, 2, 2, None, None, 3)] == [True] * 8
    assert [clock.moves(3, 1.0) for _ in range(40)].count(True) == SAME_LIMIT - 1
    assert clock.moves(4, 1.0), "it goes on"
    assert clock.moves(1, 1.0), "its clock was set back"
    assert [clock.moves(1, 1.0 + step * SAME_S * 0.4) for step in range(6)] == [True] * 3 + [False] * 3


def test_what_is_no_picture_or_leads_elsewhere_is_refused(base: str) -> None:
    with pytest.raises(NoPicture):
        next(pictures(f"{base}/html", "127.0.0.1"))
    with pytest.raises(OSError, match="302"):
        next(pictures(f"{base}/elsewhere", "127.0.0.1"))


def test_the_place_that_was_permitted_is_asked_whatever_the_name_means(base: str) -> None:
    address = base.replace("127.0.0.1", "no-such-camera.invalid")
    assert size_of(next(pictures(f"{address}/one", "127.0.0.1"))) == (64, 48)


def test_by_https_the_certificate_is_to_bear_the_name(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path
    certificates.ensure(["camera.lan"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "lan/server.pem", tmp_path / "lan/server.key")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "lan/ca.pem"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        assert size_of(next(pictures(f"https://camera.lan:{port}/one", "127.0.0.1"))) == (64, 48)
        with pytest.raises(OSError, match="certificate"):
            next(pictures(f"https://another.lan:{port}/one", "127.0.0.1"))
        server.shutdown()


def test_a_child_ends_with_whoever_started_it_and_says_that_it_is_well() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "devices.pictures.camera"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin and child.stdout
    child.stdin.write(json.dumps({"url": "rtsp://eye:s3cret@127.0.0.1:9/none", "source": 1}).encode() + b"\n")
    child.stdin.flush()
    assert child.stdout.read(8) == WELL * 2, "it tries again"
    assert Path(f"/proc/{child.pid}/comm").read_text() == "camera 1\n", (
        "whoever looks at the processes sees whose it is"
    )
    _, said = child.communicate(timeout=10)
    assert b"s3cret" not in said and b"away" in said


async def test_whoever_needs_a_child_gets_one_that_waited_and_where_none_lives_a_new_one() -> None:
    waiting = Waiting("devices.pictures.camera")
    for _ in range(3):
        await waiting.fill(2)
    first, second = waiting.there
    assert await waiting.take() is second
    first.kill()
    await first.wait()
    new = await waiting.take()
    assert new is not first and new.returncode is None
    for made in (second, new):
        async with kept(made) as (entrance, out):
            entrance.write(json.dumps({"url": "rtsp://127.0.0.1:9/none", "source": 1}).encode() + b"\n")
            assert await out.readexactly(4) == WELL
        assert made.returncode is not None, "it does not outlive the block"


def test_a_child_that_nobody_needed_ends_with_whoever_began_it() -> None:
    done = subprocess.run([sys.executable, "-m", "devices.pictures.camera"], input=b"", capture_output=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
