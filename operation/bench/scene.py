"""`bench scene`: from a phone's camera to the desk, in browsers: four phones show the scene, one of them over a bad network.

A whole station of its own, nginx included; the desk's map is off, so that what is drawn is pictures. Chromium's own test
camera is encoded at 640×360 and 15 a second. `capture_drawn`: by the stamp that each packet carries and the moment at which
it was drawn, both by the machine's clock; p95 of the newest hundred pictures of each phone, the worst of them. `slow`: one
phone whose way to the server carries 200 kbit/s. `back`: the way stands still for 6 s; from its end until the tile is live
again. `wall`: the same four on the whole wall, which draws its map in software here. `open`: from the key that opens the scene on
that wall until each of its tiles has drawn its first picture, the four phones and two cameras (`scene_opening.py`), the worst of
some rounds. All are a browser as it is on a machine without a graphics card; the wall's is allowed what it needs for a map there,
which a processor then draws. Encoders, decoders and servers share two cores, so the figures are an upper bound.

A delay is that of the pictures that were drawn; `came` counts those that the page got meanwhile, `drawn_share` is which part of
them it drew. Left out (`left_out`): what comes before the stamp and after the drawing, what a phone's encoder never encoded, the
network itself, and what the phones keep, which real ones encode on chips of their own.
"""

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from operation.bench import scene_opening
from operation.bench.call import FIRST, WAIT_S, Station, page, station

SHELL = "/usr/bin/chromium-headless-shell"
SOUND = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
PLAIN = ["--no-sandbox", "--disable-background-networking", *SOUND]  # as on a machine without a card
DRAWING = [*PLAIN, "--enable-unsafe-swiftshader"]  # and a processor may draw maps
PHONES = 4
LOOK_S = 10.0  # a hundred pictures of each come in less
OPENING = {f"open_{kind}_s": scene_opening.GOAL_S for kind in scene_opening.KINDS}
GOALS = {"capture_drawn_p95_ms": 80, "slow_p95_ms": 700, "back_s": 1.0, **OPENING}
LEFT_OUT = [
    "camera to worker",
    "pictures that a phone did not encode",
    "canvas to screen",
    "network",
    "the phones' own films",
]
SLOW_BYTES = 25_000  # a second: 200 kbit/s
STALL_S = 6.0
PIECE = 1024


class Way:
    """A way to a server that carries so many bytes a second upwards, or nothing at all."""

    def __init__(self, port: int) -> None:
        self.target, self.rate, self.is_open = port, 0, threading.Event()
        self.is_open.set()
        self.loop = asyncio.new_event_loop()
        self.port = 0

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pass(reader, back, True), self._pass(there, writer, False))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_up: bool) -> None:
        while piece := await reader.read(PIECE if is_up and self.rate else 65536):
            while not self.is_open.is_set():
                await asyncio.sleep(0.01)
            writer.write(piece)
            await writer.drain()
            if is_up and self.rate:
                await asyncio.sleep(len(piece) / self.rate)
        writer.close()


@contextlib.contextmanager
def way(port: int) -> Iterator[Way]:
    """A way to a port of this machine, in a thread of its own."""
    made = Way(port)
    thread = threading.Thread(target=made.loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(made._serve(), made.loop).result(5)
    try:
        yield made
    finally:
        made.loop.call_soon_threadsafe(made.loop.stop)
        thread.join(5)


def crews(made: Station) -> tuple[list[str], dict[str, float]]:
    """Four officers on four units, all sent to one call; their names, and where it is."""
    names = ["crew"]
    for number in range(1, PHONES):
        names.append(f"crew{number}")
        made.run("manage", "add_user", names[-1], "--role", "officer", "--password-stdin", stdin=made.password + "\n")
        made.call("PATCH", f"units/{FIRST + number}/", {"status": "patrol"})
        made.call("POST", f"units/{FIRST + number}/book_on/", {"crew": [names[-1]]})
    place = made.call("GET", "places/?q=dyss&limit=1")["results"][0]
    where = {"lat": place["lat"], "lon": place["lon"]}
    call = made.call("POST", "incidents/", {"kind": "fight", "priority": 1, **where})
    for number in range(PHONES):
        made.call("POST", f"incidents/{call['number']}/assignments/", {"unit": str(FIRST + number)})
    return names, where


def shows(browser: Browser, made: Station, name: str) -> Page:
    """A terminal that shows the scene."""
    found = page(browser, made, name, "/terminal/", "#call-sign", "delete window.MediaRecorder")
    found.context.grant_permissions(["camera", "microphone"])
    found.locator("#scene-show").click()
    found.locator("#scene[data-state=sending]").wait_for(timeout=WAIT_S * 1000)
    return found


def measure(made: Station) -> dict[str, Any]:
    """The figures, in ms and s."""
    names, place = crews(made)
    with sync_playwright() as driver, way(made.port) as line:
        browser, drawing = (driver.chromium.launch(executable_path=SHELL, args=args) for args in (PLAIN, DRAWING))
        for name in names[:-1]:
            shows(browser, made, name)
        direct, made.base = made.base, f"http://127.0.0.1:{line.port}"
        shows(browser, made, names[-1])
        made.base = direct
        desk = _desk(browser, made)
        desk.wait_for_timeout(3 * LOOK_S * 1000)  # what was opened draws its pages first
        before = _counts(desk)
        desk.wait_for_timeout(LOOK_S * 1000)
        drawn, counts = _delays(desk), _share(before, _counts(desk))
        line.rate = SLOW_BYTES
        desk.wait_for_timeout(2 * LOOK_S * 1000)
        slow = max(_delays(desk))
        line.rate = 0
        desk.wait_for_timeout(LOOK_S * 1000)
        line.is_open.clear()
        desk.locator("#scene-list [data-shown=stale]").first.wait_for(timeout=WAIT_S * 1000)
        desk.wait_for_timeout(STALL_S * 1000 - 2000)
        line.is_open.set()
        began = time.monotonic()
        desk.wait_for_function("() => !document.querySelector('#scene-list [data-shown=stale]')", timeout=WAIT_S * 1000)
        back = time.monotonic() - began
        desk.close()
        wall = _wall(drawing, made)
        before = _counts(wall)
        wall.wait_for_timeout(LOOK_S * 1000)
        whole = {
            "wall_p95_ms": max(_delays(wall)),
            "wall_live": wall.locator("#scene-list > [data-shown=live]").count(),
            "wall_drawn_share": _share(before, _counts(wall))["drawn_share"],
        }
        with scene_opening.cameras(made, place) as cameras:
            opening = scene_opening.opened(wall, made, cameras, PHONES)
        drawing.close()
        browser.close()
    return {
        **counts,
        **whole,
        **opening,
        "left_out": LEFT_OUT,
        "capture_drawn_p95_ms": max(drawn),
        "each_p95_ms": drawn,
        "slow_p95_ms": slow,
        "back_s": round(back, 2),
    }


def _desk(browser: Browser, made: Station) -> Page:
    """The desk with its map off and the four pictures open."""
    desk = page(browser, made, "desk", "/desk/", "#kind")
    desk.keyboard.press("m")
    desk.keyboard.press("i")
    desk.locator("#scenes-open").click()
    desk.wait_for_function(f"() => document.querySelectorAll('#scene-list [data-shown=live]').length === {PHONES}")
    return desk


def _wall(browser: Browser, made: Station) -> Page:
    """The whole wall with the four pictures, once they have been on it for a while."""
    wall = page(browser, made, "wall", "/wall/", "#incident-list")
    wall.keyboard.press("2")
    wall.wait_for_function(f"() => document.querySelectorAll('#scene-list > li').length === {PHONES}")
    wall.wait_for_timeout(4 * LOOK_S * 1000)
    return wall


def _delays(desk: Page) -> list[int]:
    found = desk.locator("#scene-list > li").evaluate_all("(items) => items.map((one) => Number(one.dataset.late))")
    return sorted(found)


def _counts(page: Page) -> tuple[int, int]:
    """How many pictures a page's tiles got so far, and drew."""
    came, drawn = page.locator("#scene-list > li").evaluate_all(
        "(items) => ['came', 'drawn'].map((what) => items.reduce((sum, one) => sum + Number(one.dataset[what]), 0))"
    )
    return int(came), int(drawn)


def _share(before: tuple[int, int], after: tuple[int, int]) -> dict[str, Any]:
    """What came and was drawn between two moments."""
    came, drawn = after[0] - before[0], after[1] - before[1]
    return {"came": came, "drawn": drawn, "drawn_share": round(drawn / max(1, came), 3)}


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    with station() as made:
        said = measure(made)
    if as_json:
        print(json.dumps({**said, "goals": GOALS}))
    else:
        print(
            f"capture → drawn, four pictures: p95 {said['capture_drawn_p95_ms']} ms (goal 80); each {said['each_p95_ms']}"
        )
        print(f"  of {said['came']} pictures that came {said['drawn']} were drawn ({said['drawn_share']:.1%})")
        print(
            f"on the whole wall: p95 {said['wall_p95_ms']} ms, {said['wall_live']} of {PHONES} live, "
            f"{said['wall_drawn_share']:.1%} drawn"
        )
        print(
            f"at 200 kbit/s: p95 {said['slow_p95_ms']} ms (goal 700) · live {said['back_s']} s after 6 s of nothing (goal 1)"
        )
        print(
            f"key → first picture, worst of {scene_opening.ROUNDS} (goal {scene_opening.GOAL_S:g} s each): phones "
            f"{said['open_phones_s']} s, a recorded camera {said['open_recorded_s']} s, a cold one {said['open_cold_s']} s"
        )
        print(f"left out: {', '.join(LEFT_OUT)}")
    return 0 if all(said[name] <= goal for name, goal in GOALS.items()) else 1


if __name__ == "__main__":
    sys.exit(main("--json" in sys.argv))
