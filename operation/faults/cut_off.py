"""R19: a screen that is cut off but still lit: the web process freezes, it is gone, or the cable is out."""

import asyncio
import contextlib
import datetime as dt
import os
import re
import signal
import time
import zoneinfo
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import uvloop
from playwright.async_api import Page

from operation import say
from operation.faults import browser
from operation.faults.day import NEVER
from operation.faults.ledger import clear_away, hire, result
from operation.faults.memory import family
from operation.faults.stage import Stage

GOAL = "every panel says “as of” with the right time, red within 5 s of the cut; live again by itself within 10 s"
RED_S, BACK_S, STALE_S = 5.0, 10.0, 3.0
ROUNDS, LIT_S, GIVE_UP_S = 3, 8.0, 30.0
ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
NOTE_TURNS = """() => { window.turns = [];
  new MutationObserver(() => turns.push([document.body.dataset.connection, Date.now() / 1000]))
    .observe(document.body, { attributes: true, attributeFilter: ["data-connection"] }); }"""
# Each panel (a section with none inside) that is seen and is no form or question, with its "as of"; the banner; their colours
LOOK = """() => {
  const seen = (one) => one.offsetParent !== null || one.getClientRects().length > 0;
  const leaf = (one) => !one.querySelector("section") && !one.querySelector("form") && one.getAttribute("role") !== "alertdialog";
  const panels = [...document.querySelectorAll("main section")].filter((one) => seen(one) && leaf(one) && !one.closest("form"));
  const banner = document.getElementById("cut");
  const colour = (one, name) => one ? getComputedStyle(one)[name] : "";
  return { banner: banner.innerText, ground: colour(banner, "backgroundColor"),
    panels: panels.map((one) => { const words = one.querySelector(".asof");
      return [one.id, words ? words.innerText : "", colour(words, "color")]; }) }; }"""
Act = Callable[[], Coroutine[Any, Any, None]]


class Cable:
    """A way to the front door that can be interrupted: what is sent meanwhile goes nowhere, and nobody is told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.whole = asyncio.Event()
        self.whole.set()

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator[str]:
        """The address by which browsers come through it."""
        server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await self.whole.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.gather(self._through(reader, far_writer), self._through(far_reader, writer))

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            while part := await reader.read(65_536):
                await self.whole.wait()
                writer.write(part)
                await writer.drain()


def ways(stage: Stage, cable: Cable) -> dict[str, tuple[Act, Act]]:
    """How a screen is cut off, and how that ends."""

    async def pull() -> None:
        cable.whole.clear()

    async def plug() -> None:
        cable.whole.set()

    async def stop() -> None:
        await asyncio.to_thread(stage.stop, "web")

    async def start() -> None:
        await asyncio.to_thread(stage.start, "web")

    return {
        "frozen": (_signalling(stage, signal.SIGSTOP), _signalling(stage, signal.SIGCONT)),
        "gone": (stop, start),
        "cable": (pull, plug),
    }


def _signalling(stage: Stage, sign: signal.Signals) -> Act:
    async def send() -> None:
        for pid in family(await asyncio.to_thread(stage.pid, "web")):
            os.kill(pid, sign)

    return send


def run(
    stage: Stage, rounds: int = ROUNDS, tried: tuple[str, ...] = ("frozen", "gone", "cable"), with_desk: bool = True
) -> dict[str, Any]:
    """Takes about 3 min."""
    try:
        return uvloop.run(_run(stage, rounds, tried, with_desk))
    finally:
        clear_away(stage)


async def _run(stage: Stage, rounds: int, tried: tuple[str, ...], with_desk: bool) -> dict[str, Any]:
    cable = Cable(stage.home.port)
    red, back, wrong = dict[str, float](), dict[str, float](), list[str]()
    await asyncio.to_thread(hire, stage)
    async with browser.chromium() as chromium, cable.laid() as address:
        pages = {"wall": await browser.wall(chromium, address, await asyncio.to_thread(browser.pair, stage))}
        if with_desk:
            pages["desk"] = await browser.desk(chromium, address, stage)
        for page in pages.values():
            await page.evaluate(NOTE_TURNS)
        for number in range(rounds * len(tried)):
            name = tried[number % len(tried)]
            await asyncio.sleep(2 + 0.7 * number % 2)  # beats come every 2 s: not always at the same moment of one
            turned, returned, found = await _round(pages, *ways(stage, cable)[name])
            red[name], back[name] = max(turned, red.get(name, 0.0)), max(returned, back.get(name, 0.0))
            wrong += [f"{name}: {words}" for words in found]
            say.line(f"  {name}: red after {turned:.1f} s, live again after {returned:.1f} s{_some(found)}")
    ok = not wrong and max(red.values()) <= RED_S and max(back.values()) <= BACK_S
    return result(
        "R19", GOAL, 0, 0, max(back.values()), ok=ok, red_s={name: round(s, 2) for name, s in red.items()},
        back_s={name: round(s, 1) for name, s in back.items()}, pages=list(pages), wrong=wrong[:10],
    )  # fmt: skip


async def _round(pages: dict[str, Page], cut: Act, mend: Act) -> tuple[float, float, list[str]]:
    """The slowest page's seconds from the cut until it was red, and from its end until live; what a page said wrongly."""
    cut_at = time.time()
    await cut()
    try:
        turned = [await _turned(page, "cut", cut_at) for page in pages.values()]
        await asyncio.sleep(max(0.0, cut_at + LIT_S - time.time()))
        found = [
            f"{name} {words}" for name, page in pages.items() for words in complaints(await page.evaluate(LOOK), cut_at)
        ]
    finally:
        mended_at = time.time()
        await mend()
    returned = [await _turned(page, "live", mended_at) for page in pages.values()]
    return max(turned) - cut_at, max(returned) - mended_at, found


async def _turned(page: Page, state: str, since: float) -> float:
    """The moment (unix s) at which the page came into a state; infinite when it does not."""
    until = time.monotonic() + GIVE_UP_S
    while time.monotonic() < until:
        for found, at in await page.evaluate("window.turns"):
            if found == state and at >= since:
                return float(at)
        await asyncio.sleep(0.1)
    return NEVER


def complaints(seen: dict[str, Any], cut_at: float) -> list[str]:
    """What is not as it should be on a page that has been cut off since then (unix s)."""
    said = {"banner": (seen["banner"], seen["ground"]), **{name: (words, ink) for name, words, ink in seen["panels"]}}
    wrong = [f"{place} says {words!r}" for place, (words, _) in said.items() if not is_as_of(words, cut_at)]
    wrong += [f"{place} is {ink}" for place, (_, ink) in said.items() if not is_red(ink)]
    return wrong if len(said) > 2 else [*wrong, "no panel"]


def is_as_of(words: str, cut_at: float) -> bool:
    """Whether the words name, by the station's clock, the moment of the cut or one up to 3 s before."""
    shown = re.search(r"as of (\d\d):(\d\d):(\d\d)", words)
    if not shown:
        return False
    hour, minute, second = map(int, shown.groups())
    cut = dt.datetime.fromtimestamp(cut_at, ZONE)
    ago = (cut - cut.replace(hour=hour, minute=minute, second=second, microsecond=0)).total_seconds()
    return -1 <= ago <= STALE_S or ago <= STALE_S - 86_400


def is_red(colour: str) -> bool:
    """Whether `rgb(…)` is more red than anything else, by far."""
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return len(parts) == 3 and parts[0] > 150 and parts[0] > 1.8 * max(parts[1:])


def _some(found: list[str]) -> str:
    return f"; wrong: {', '.join(found[:3])}" if found else ""
