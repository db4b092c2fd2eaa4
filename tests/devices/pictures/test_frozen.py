"""Whatever sends pictures and stands still is not live, of whatever kind it is, and whatever it sends again."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from devices.pictures import relay
from devices.pictures.camera import stills
from devices.pictures.packet import CODECS, Head
from devices.pictures.relay import STALE_S, Source, Viewer

PASSED = st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=40)


def head(codec: str, sequence: int, at_s: float, epoch: int = 1) -> Head:
    return Head(codec, True, 7, sequence, epoch, 66, round(at_s * 1_000_000))


@given(PASSED, st.sampled_from([one for one in CODECS if one != "opus"]), st.booleans())
def test_a_source_is_live_only_while_what_is_new_comes(
    passed: list[tuple[float, bool]], codec: str, is_new_epoch: bool
) -> None:
    """Steps of time, each with something new or with what was there before; a phone repeats in its epoch or in another."""
    now, fresh_at, sequence = 1000.0, float("-inf"), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relay, "time", SimpleNamespace(monotonic=lambda: now))
        source, shown = Source(7), list[bytes]()
        newest = head(codec, 0, now)
        for step, is_new in passed:
            now += step
            if is_new:
                sequence, fresh_at = sequence + 1, now
                newest = head(codec, sequence, now)
                source.take(newest, b"new")
            elif fresh_at > 0:
                again = head(codec, 0, newest.captured_us / 1e6, epoch=2) if is_new_epoch else newest
                source.take(again, b"again")
            assert source.is_live() == (now - fresh_at <= STALE_S)
            late = Viewer(shown.append)
            shown.clear()
            source.join(late)
            assert bool(shown) == source.is_live(), "who comes is shown nothing that stands"
            assert b"again" not in shown
            source.leave(late)


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
    sheet = io.BytesIO()
    Image.new("RGB", (64, 48), (min(number, MOVES) * 50, 80, 90)).save(sheet, "JPEG")
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
    came = list(islice(stills(base + path), 8))
    assert [piece is not None for piece in came] == [True] * new + [False] * (8 - new)
