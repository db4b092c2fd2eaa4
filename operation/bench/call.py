"""`bench call`: from `Enter` at a desk to the triangle on a wall, to the unit sent and to the ring of its terminal, in browsers.

A whole station of its own, nginx included, with the demo town's map. The three pages draw in software on the same two cores as
the servers, so the figures are an upper bound. Left out: the network between desk, server, wall and phone.

`order_ring`: from the moment at which the order was made (the server's clock) until the tone of the terminal begins.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from operation.codes import digits

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 20
WAIT_S = 20.0
UNITS = 6
CHROMIUM = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"]
FIRST = 2101  # the unit that is sent each time: the others are busy
SIZES: dict[str, ViewportSize] = {
    "/wall/": {"width": 1920, "height": 1080}, "/desk/": {"width": 1440, "height": 900},
    "/terminal/": {"width": 390, "height": 844},
}  # fmt: skip
# the clocks of the pages and of the server are the machine's: timeOrigin + now() is comparable between them all
NOTE_ENTER = """() => addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "facts") window.pressed = performance.timeOrigin + performance.now();
}, true)"""
NOTE_SHOWN = """() => {
  window.shown = {};
  const look = () => {
    for (const item of document.querySelectorAll("#incident-list li")) {
      const number = item.querySelector(".number").textContent;
      const at = performance.timeOrigin + performance.now();
      window.shown[number] ??= { at };
      if (item.querySelector(".tag[data-status=dispatched]")) window.shown[number].sent ??= at;
    }
  };
  look();
  new MutationObserver(look).observe(document.getElementById("incident-list"), { childList: true, subtree: true,
    characterData: true, attributes: true });
}"""
# a ring is a tone that begins: nothing of the page is changed by looking at that
NOTE_RUNG = """() => {
  window.rung = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) {
    window.rung.push(performance.timeOrigin + performance.now());
    return start.apply(this, at);
  };
}"""
FIGURES = ("shown", "sent", "enter_ring", "order_ring")


class Station:
    """An empty station of its own in a temporary home, with the town's map, three people and some units."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "REDIS", "STATION"))}
        self.env["STATION_HOME"] = str(folder / "home")
        self.password = secrets.token_urlsafe(16)

    def run(self, *words: str, stdin: str | None = None) -> str:
        """`./station …`; raises RuntimeError with what it said."""
        done = subprocess.run(  # nosec B603 # an argument list of our own, no shell
            [str(ROOT / "station"), *words], env=self.env, cwd=ROOT, input=stdin, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"./station {words[0]}: {done.stderr[-800:]}")
        return done.stdout

    def set_up(self) -> None:
        self.run("up", "--no-town", "--detach", "--port", str(self.port))
        town = self.folder / "town"
        subprocess.run([sys.executable, "-m", "town", "build", str(town)], cwd=ROOT, check=True, capture_output=True)  # nosec B603 # an argument list of our own, no shell
        self.run("manage", "import_map", str(town / "town.osm.pbf"))
        for name, role in (("desk", "duty_officer"), ("wall", "commander"), ("crew", "officer")):
            self.run("manage", "add_user", name, "--role", role, "--password-stdin", stdin=self.password + "\n")
        self.token = self.run("manage", "api_token", "desk").split()[-1]
        place = self.call("GET", "places/?q=dyss&limit=1")["results"][0]
        for number in range(UNITS):
            said = ("--kind", "phone", "--profile", "fixes", "--json")
            device = json.loads(self.run("manage", "add_device", f"phone {number}", *said))
            self.run("manage", "add_unit", str(FIRST + number), "--device", str(device["id"]))
            if number:
                self.call("PATCH", f"units/{FIRST + number}/", {"status": "busy"})
            fix = {"time": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), "lat": place["lat"]}
            self.call("POST", "/fixes/", [{**fix, "lon": place["lon"] + number / 2000}], key=device["key"])
        self.call("POST", f"units/{FIRST}/book_on/", {"crew": ["crew"]})

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """A request as a script makes it."""
        url = f"{self.base}{path}" if path.startswith("/") else f"{self.base}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {key or self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own loopback
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # nosec B310
            return json.loads(answer.read() or b"null")


@contextlib.contextmanager
def station() -> Iterator[Station]:
    """A running station that is gone afterwards, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="st-call-"))
    made = Station(folder)
    try:
        made.set_up()
        yield made
    finally:
        with contextlib.suppress(RuntimeError):
            made.run("down")
        shutil.rmtree(folder, ignore_errors=True)


def page(browser: Browser, made: Station, name: str, path: str, ready: str, script: str = "") -> Page:
    """A browser of its own, signed in for the first time and looking at a page; each page runs `script` before its own."""
    found = browser.new_context(viewport=SIZES[path]).new_page()
    found.add_init_script(script)
    found.goto(f"{made.base}/sign-in/?next={path}")
    found.fill("[name=username]", name)
    found.fill("[name=password]", made.password)
    found.keyboard.press("Enter")
    found.wait_for_url(lambda now: "/sign-in/?" not in now)
    if found.url.endswith("/sign-in/enrol/"):  # of who may export or review
        found.fill("[name=code]", digits(found.locator("code.secret").inner_text()))
        found.keyboard.press("Enter")
    found.wait_for_url(f"**{path}")
    found.locator(ready).wait_for()
    found.wait_for_timeout(4000)
    return found


@dataclass
class Room:
    """The pages that a call goes through."""

    made: Station
    desk: Page
    wall: Page
    phone: Page

    @classmethod
    def opened(cls, browser: Browser, made: Station) -> "Room":
        """Three browsers; the terminal's ring is armed by a touch, as on any phone."""
        wall = page(browser, made, "wall", "/wall/", "#incident-list")
        desk = page(browser, made, "desk", "/desk/", "#kind")
        phone = page(browser, made, "crew", "/terminal/", "#call-sign")
        wall.evaluate(NOTE_SHOWN)
        desk.evaluate(NOTE_ENTER)
        phone.evaluate(NOTE_RUNG)
        phone.locator("#call-sign").click()
        return cls(made, desk, wall, phone)

    def round(self) -> dict[str, float]:
        """Take a call by keys; milliseconds from Enter to the wall, to the unit sent as it shows it, and to the ring."""
        before, rung = set(self.wall.evaluate("Object.keys(window.shown)")), self.phone.evaluate("window.rung.length")
        self._type()
        shown = self._until(lambda: self._sent(before))
        rang_at = self._until(lambda: self.phone.evaluate(f"window.rung[{rung}] ?? 0"))
        pressed, made_at = self.desk.evaluate("window.pressed"), self._end()
        return {
            "shown": shown["at"] - pressed, "sent": shown["sent"] - pressed, "enter_ring": rang_at - pressed,
            "order_ring": rang_at - made_at,
        }  # fmt: skip

    def _type(self) -> None:
        for key in ["F2", "d", "j", "Enter", "d", "y", "s", "s"]:
            self.desk.keyboard.press(key)
        self.desk.locator("#place-list li").first.wait_for()
        self.desk.keyboard.press("Enter")
        self.desk.keyboard.type("两人打架")
        self.desk.locator("#advice-list li").first.wait_for()
        self.desk.keyboard.press("Enter")

    def _sent(self, before: set[str]) -> Any:
        """When the new incident came up on the wall, and with its unit, once both are so."""
        shown = self.wall.evaluate("window.shown")
        return next((at for number, at in shown.items() if number not in before and "sent" in at), None)

    def _until(self, look: Callable[[], Any]) -> Any:
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            if found := look():
                return found
            time.sleep(0.02)
        raise TimeoutError(f"a call did not come up and ring within {WAIT_S} s")

    def _end(self) -> float:
        """Close the incident, and wait until the terminal shows no order; when that was made (unix ms)."""
        [incident] = self.made.call("GET", "incidents/")["results"]
        [sent] = self.made.call("GET", f"incidents/{incident['number']}/")["assignments"]
        self.made.call("POST", f"incidents/{incident['number']}/close/", {"disposition": "18"})
        self.phone.locator("#order").wait_for(state="hidden")
        return datetime.fromisoformat(sent["order"]["made_at"]).timestamp() * 1000


def measure(made: Station, rounds: int) -> dict[str, Any]:
    """p50 and p95 over the rounds, in milliseconds."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=CHROMIUM)
        room = Room.opened(browser, made)
        found = [room.round() for _ in range(rounds)]
        browser.close()
    said: dict[str, Any] = {"rounds": rounds, "goal_p95_ms": 1000}
    for name in FIGURES:
        times = sorted(one[name] for one in found)
        said[f"{name}_p50_ms"] = round(statistics.median(times), 1)
        said[f"{name}_p95_ms"] = round(times[min(len(times) - 1, int(len(times) * 0.95))], 1)
    return said


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    with station() as made:
        said = measure(made, ROUNDS)
    if as_json:
        print(json.dumps(said))
    else:
        print(f"Enter → on the wall: p50 {said['shown_p50_ms']} ms, p95 {said['shown_p95_ms']} ms (goal 1,000)")
        print(f"Enter → unit sent, on the wall: p50 {said['sent_p50_ms']} ms, p95 {said['sent_p95_ms']} ms")
        print(f"Enter → the terminal rings: p50 {said['enter_ring_p50_ms']} ms, p95 {said['enter_ring_p95_ms']} ms")
        ring = f"p50 {said['order_ring_p50_ms']} ms, p95 {said['order_ring_p95_ms']} ms (goal 1,000)"
        print(f"order made → the terminal rings: {ring}")
    return 0 if max(said["shown_p95_ms"], said["order_ring_p95_ms"]) <= said["goal_p95_ms"] else 1


if __name__ == "__main__":
    sys.exit(main("--json" in sys.argv))
