"""R19: a screen that is cut off but still lit: the web process freezes, it is gone, the cable is out, or pictures stand."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import uvloop
from playwright.async_api import Browser, Page

from operation import say
from operation.faults import browser, drawn
from operation.faults.crews import desk
from operation.faults.eyes import enter, eyes, forget
from operation.faults.ledger import Ledger, clear_away, hire, result
from operation.faults.memory import family
from operation.faults.stage import Stage

GOAL = (
    "every panel says “as of” with the right time, red within 5 s of the cut; a picture that stands says so, outlined in red, "
    "within 3 s, and one that goes on is live; all live again by itself within 10 s"
)
RED_S, BACK_S = 5.0, 10.0
PICTURE_S = 3.0  # 2 s without a picture, a quarter of a second until the page looks, and what the last one took
ROUNDS, LIT_S, LOOK_S = 3, 8.0, 0.7
TRIED = ("frozen", "gone", "cable", "pictures")
ASSISTS = "assists"  # the page with a picture open
# where the camera looks that `enter` hangs
CALL = {"kind": "fight", "priority": 3, "lat": 29.6 + 30 / 111_195, "lon": 106.5, "facts": "fault"}
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


@dataclass(frozen=True)
class Way:
    """How a screen is cut off, and how that ends; whether the page is then cut off, and whether pictures stand."""

    cut: Act
    mend: Act
    cuts: bool
    stops: bool


def ways(stage: Stage, cable: Cable) -> dict[str, Way]:
    """By their names. Pictures have a process of their own: where web alone is away they go on, and truly are live."""

    async def pull() -> None:
        cable.whole.clear()

    async def plug() -> None:
        cable.whole.set()

    async def stop() -> None:
        await asyncio.to_thread(stage.stop, "web")

    async def start() -> None:
        await asyncio.to_thread(stage.start, "web")

    def frozen(name: str) -> tuple[Act, Act]:
        return _signalling(stage, name, signal.SIGSTOP), _signalling(stage, name, signal.SIGCONT)

    return {
        "frozen": Way(*frozen("web"), cuts=True, stops=False),
        "gone": Way(stop, start, cuts=True, stops=False),
        "cable": Way(pull, plug, cuts=True, stops=True),
        "pictures": Way(*frozen("pictures"), cuts=False, stops=True),
    }


def _signalling(stage: Stage, name: str, sign: signal.Signals) -> Act:
    async def send() -> None:
        for pid in family(await asyncio.to_thread(stage.pid, name)):
            os.kill(pid, sign)

    return send


@dataclass
class Found:
    """The slowest of each way, s: until the page was red and live again, the picture outlined and live again."""

    red: dict[str, float] = field(default_factory=dict)
    back: dict[str, float] = field(default_factory=dict)
    stopped: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def most(self, of: str) -> float:
        return max(getattr(self, of).values(), default=0.0)

    def kept(self) -> bool:
        in_time = self.most("red") <= RED_S and self.most("stopped") <= PICTURE_S
        return in_time and max(self.most("back"), self.most("seen")) <= BACK_S and not self.wrong


def run(stage: Stage, rounds: int = ROUNDS, tried: tuple[str, ...] = TRIED, with_desk: bool = True) -> dict[str, Any]:
    """Takes about 4 min."""
    try:
        with eyes(stage, 1) as [eye]:
            enter(stage, [eye.url], recorded=False)
            found, names = uvloop.run(_run(stage, rounds, tried, with_desk))
    finally:
        forget(stage)
        clear_away(stage)
    said = {f"{of}_s": {name: round(s, 2) for name, s in getattr(found, of).items()} for of in ("red", "stopped")}
    said |= {f"{of}_s": {name: round(s, 1) for name, s in getattr(found, of).items()} for of in ("back", "seen")}
    recover_s = max(found.most("back"), found.most("seen"))
    return result("R19", GOAL, 0, 0, recover_s, ok=found.kept(), **said, pages=names, wrong=found.wrong[:10])


async def _run(stage: Stage, rounds: int, tried: tuple[str, ...], with_desk: bool) -> tuple[Found, list[str]]:
    cable, found = Cable(stage.home.port), Found()
    clerk = desk(stage, await asyncio.to_thread(hire, stage), Ledger())
    with contextlib.closing(clerk.line):
        await clerk.taken("POST", "incidents/", CALL)
    async with browser.chromium() as chromium, cable.laid() as address:
        pages = await _pages(stage, chromium, address, with_desk)
        for number in range(rounds * len(tried)):
            name = tried[number % len(tried)]
            await asyncio.sleep(2 + 0.7 * number % 2)  # beats come every 2 s: not always at the same moment of one
            await _round(pages, name, ways(stage, cable)[name], found)
        return found, list(pages)


async def _pages(stage: Stage, chromium: Browser, address: str, with_desk: bool) -> dict[str, Page]:
    """A wall that shows everything, one that assists with a picture open, and a desk."""
    keys = [await asyncio.to_thread(browser.pair, stage) for _ in range(2)]
    pages = {
        "wall": await browser.wall(chromium, address, keys[0]),
        ASSISTS: await browser.wall(chromium, address, keys[1]),
    }
    if with_desk:
        pages["desk"] = await browser.desk(chromium, address, stage)
    for page in pages.values():
        await page.evaluate(drawn.NOTE)
    await pages[ASSISTS].keyboard.press("2")
    if await drawn.tile_turned(pages[ASSISTS], drawn.is_live, 0) == drawn.NEVER:
        raise say.Trouble("no picture opened on the wall that assists")
    return pages


async def _round(pages: dict[str, Page], name: str, way: Way, found: Found) -> None:
    """Cut off, look, mend, and keep the slowest page's seconds and what a page said wrongly."""
    assists, cut_at = pages[ASSISTS], time.time()
    await way.cut()
    try:
        red = max([await drawn.turned(page, "cut", cut_at) for page in pages.values()]) if way.cuts else None
        stopped = await drawn.tile_turned(assists, drawn.is_stopped, cut_at) if way.stops else None
        before = await assists.evaluate(drawn.TILE)
        await asyncio.sleep(max(LOOK_S, cut_at + LIT_S - time.time()))
        wrong = await _wrong(pages, before, cut_at, way)
    finally:
        mended_at = time.time()
        await way.mend()
    back = max([await drawn.turned(page, "live", mended_at) for page in pages.values()]) if way.cuts else None
    seen = await drawn.tile_turned(assists, drawn.is_live, mended_at) if way.stops else None
    moments = {"red": (red, cut_at), "stopped": (stopped, cut_at), "back": (back, mended_at), "seen": (seen, mended_at)}
    took = {of: at - since for of, (at, since) in moments.items() if at is not None}
    for of, seconds in took.items():
        getattr(found, of)[name] = max(seconds, getattr(found, of).get(name, 0.0))
    found.wrong += [f"{name}: {words}" for words in wrong]
    say.line(f"  {name}: {', '.join(f'{of} after {seconds:.1f} s' for of, seconds in took.items())}{_some(wrong)}")


async def _wrong(pages: dict[str, Page], before: dict[str, Any], cut_at: float, way: Way) -> list[str]:
    """What pages say wrongly in the midst of it."""
    found = []
    for name, page in pages.items():
        if way.cuts:
            found += [f"{name} {words}" for words in drawn.complaints(await page.evaluate(drawn.PANELS), cut_at)]
        elif await page.evaluate("document.body.dataset.connection") != "live":
            found.append(f"{name} is cut off")
    seen = await pages[ASSISTS].evaluate(drawn.TILE)
    found += drawn.tile_complaints(before, seen, cut_at, stops=way.stops)
    if way.stops and not way.cuts and seen["name"] not in seen["oldest"]:
        found.append(f"the wall's oldest is {seen['oldest']!r}")
    return found


def _some(found: list[str]) -> str:
    return f"; wrong: {', '.join(found[:3])}" if found else ""
