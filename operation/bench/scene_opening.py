"""Opening a scene, for `bench scene`: from the key on the wall until each of its tiles has drawn its first picture.

Two cameras see the place, beside the phones, both on real RTSP servers that run on whether anybody asks or not, as cameras do,
with a key picture each second: one is recorded, so that it is pulled already; the other is cold each time, so that a child
process, the way to the camera and its next key picture all come first.
"""

import contextlib
import json
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, TimeoutError

from operation.bench.call import Station
from operation.faults.eyes import Eye, clip, pulling
from operation.home import Home
from operation.supervisor import Supervisor

ROUNDS = 10
WAIT_MS, COLD_S = 30_000, 30.0
GOAL_S = 2.0
KINDS = ("phones", "recorded", "cold")
AWAY_M, METRES = 15, 111_195  # north of the place; of a degree of latitude
# who pulls a camera all the time, so that its pictures go on and whoever comes later finds it somewhere between two key pictures
PULL = "import av, sys\nfor _ in av.open(sys.argv[1], options={'rtsp_transport': 'tcp'}).demux(video=0): pass"
# the key as the browser got it, and each canvas' first picture: nothing of the page is changed by looking at that
NOTE = """() => {
  window.opening = { at: 0, drawn: {} };
  addEventListener("keydown", ({ key, timeStamp }) => {
    if (key === "2") window.opening = { at: timeStamp, drawn: {} };
  }, true);
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    draw.apply(this, given);
    const source = this.canvas.closest("#scene-list [data-source]")?.dataset.source;
    if (source) window.opening.drawn[source] ??= performance.now() - window.opening.at;
  };
}"""
ALL_DRAWN = "(count) => Object.keys(window.opening.drawn).length === count"
NONE_OPEN = "() => !document.querySelector('#scene-list > li')"


@dataclass(frozen=True)
class Cameras:
    """The sources of two cameras that see the place."""

    recorded: int
    cold: int


@contextlib.contextmanager
def cameras(made: Station, place: dict[str, float]) -> Iterator[Cameras]:
    """Two cameras that see a place, for as long as the block lasts; the recorded one is pulled when it begins."""
    made.run("manage", "allow_network", "127.0.0.0/8")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        shown = clip(Path(folder) / "clip.h264")
        cold = _camera(made, place, ends.enter_context(_eye(shown)), "cold", "--not-recorded")
        recorded = _camera(made, place, ends.enter_context(_eye(shown)), "recorded")
        until(lambda: is_pulled(made, recorded))  # by then the station knows both
        yield Cameras(recorded, cold)


@contextlib.contextmanager
def _eye(shown: Path) -> Iterator[str]:
    """A camera that runs whoever else asks; its address."""
    eye = Eye(shown)
    eye.start()
    with subprocess.Popen([sys.executable, "-c", PULL, eye.url], stdin=subprocess.DEVNULL) as pulling:  # nosec B603 # an argument list of our own, no shell
        try:
            yield eye.url
        finally:
            pulling.kill()
            eye.stop()


def _camera(made: Station, place: dict[str, float], url: str, name: str, *more: str) -> int:
    """A camera north of a place that looks at it; its source."""
    lat = place["lat"] + AWAY_M / METRES
    where = ("--lat", str(lat), "--lon", str(place["lon"]), "--bearing", "180", "--tilt", "12")
    return int(json.loads(made.run("manage", "add_camera", name, "--url", url, *where, *more, "--json"))["source"])


def is_pulled(made: Station, source: int) -> bool:
    """Whether the station has a child process that pulls a camera."""
    pid = int(Supervisor(Home(made.folder / "home")).ask("getProcessInfo", "pictures")["pid"])
    return source in pulling(pid)


def until(what: Any) -> None:
    """Wait for something of the station. Raises RuntimeError."""
    ends = time.monotonic() + COLD_S
    while not what():
        if time.monotonic() > ends:
            raise RuntimeError(f"it never came within {COLD_S} s")
        time.sleep(0.1)


def opened(wall: Page, made: Station, found: Cameras, phones: int) -> dict[str, Any]:
    """Open the scene ROUNDS times on a wall that assists; s until the last tile of each kind was drawn: the worst, and each,
    the first first.
    """
    wall.evaluate(NOTE)
    rounds = [_round(wall, made, found, phones) for _ in range(ROUNDS)]
    each = {kind: [round(one[kind], 2) for one in rounds] for kind in KINDS}
    worst = {f"open_{kind}_s": max(each[kind]) for kind in KINDS}
    return {"open_s": max(worst.values()), **worst, "open_each_s": each}


def _round(wall: Page, made: Station, found: Cameras, phones: int) -> dict[str, float]:
    """One opening, s by kind; afterwards the scene is closed, and the cold camera cold."""
    wall.keyboard.press("1")
    wall.wait_for_function(NONE_OPEN, timeout=WAIT_MS)
    until(lambda: not is_pulled(made, found.cold))
    wall.keyboard.press("2")
    with contextlib.suppress(TimeoutError):  # what never came took at least so long
        wall.wait_for_function(ALL_DRAWN, arg=phones + 2, timeout=WAIT_MS)
    drawn = {int(source): ms / 1000 for source, ms in wall.evaluate("window.opening.drawn").items()}
    cold, recorded = (drawn.pop(source, WAIT_MS / 1000) for source in (found.cold, found.recorded))
    return {
        "phones": max(drawn.values()) if len(drawn) == phones else WAIT_MS / 1000,
        "recorded": recorded,
        "cold": cold,
    }
