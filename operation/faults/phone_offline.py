"""R7: an officer's phone has no network for ten minutes while a position a second is taken; half-way its browser is closed and
opened again. Back online the newest place comes first, then all the others, each once."""

import asyncio
import contextlib
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import uvloop
from playwright.async_api import Browser, BrowserContext, Page

from operation import say
from operation.faults import browser
from operation.faults.clients import Clerk, Line, Wall, running
from operation.faults.ledger import Ledger, clear_away, hire, result
from operation.faults.stage import Stage

GOAL = (
    "every fix taken offline is there once; the newest on the wall ≤ 2 s after the network is back, all ≤ 30 s; "
    "the mark never runs backwards"
)
FIXES, EVERY_S = 600, 1.0
LEAST = 0.95  # of the positions given, the browser must have told the page so many, or nothing is shown
NEWEST_S, BACKLOG_S, GIVE_UP_S = 2.0, 30.0, 60.0
TAKEN_S = 10.0
LAT, LON, STEP = 29.6075, 106.5512, 0.00001  # degrees; each position has a latitude of its own
PHONE = {"width": 390, "height": 844}
KEPT = """() => new Promise((done, failed) => { const asked = indexedDB.open("terminal"); asked.onerror = failed;
  asked.onsuccess = () => { const count = asked.result.transaction("fixes").objectStore("fixes").count();
    count.onsuccess = () => { asked.result.close(); done(count.result); }; }; })"""
# Whatever the browser tells the page of where it is, the ledger is told as well, and nothing else
NOTE = """navigator.geolocation.watchPosition = ((watch) => (told, ...more) =>
  watch.call(navigator.geolocation, (place) => { void window.ledger(Math.round(place.timestamp)); told(place); }, ...more)
)(navigator.geolocation.watchPosition);"""
CONTROLLED = """() => navigator.serviceWorker.controller ? null :
  new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", () => done(null)))"""


class MarkWall(Wall):
    """A wall that notes each place that it is told, and when."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(port, token)
        self.marks: list[tuple[float, int]] = []  # when it was heard (unix s), the fix's own moment (ms)

    def hear(self, said: dict[str, Any]) -> None:
        super().hear(said)
        self.marks += [(time.time(), row[1]) for row in said.get("fixes") or []]

    def backwards(self) -> int:
        """How often the mark went to an older place than it had shown."""
        return sum(later[1] < earlier[1] for earlier, later in zip(self.marks, self.marks[1:], strict=False))


@dataclass
class Bearer:
    """An officer with a phone in front of them."""

    context: BrowserContext
    page: Page
    fed: int = 0  # positions given to the phone so far
    offline: list[int] = field(
        default_factory=list
    )  # the moments (Unix ms) of what the page was told without a network

    def note(self, moment: int) -> None:
        """The page was told a place."""
        self.offline.append(moment)

    async def walk(self, count: int, every_s: float) -> None:
        """Take that many steps; each is a position that the phone is given."""
        due = time.monotonic()
        for _ in range(count):
            self.fed += 1
            lat = round(LAT + self.fed * STEP, 6)
            await self.context.set_geolocation({"latitude": lat, "longitude": LON, "accuracy": 8})
            due += every_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def restart(self, address: str) -> None:
        """Close the page and open it again, still without a network: the phone's own copy must come up.

        What the page was told in the moment of its end it has not taken yet, so that is waited for.
        """
        until = time.monotonic() + TAKEN_S
        while await self.page.evaluate(KEPT) < len(self.offline) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await self.page.close()
        self.page = await self.context.new_page()
        await self.page.goto(f"{address}/terminal/")
        await self.page.wait_for_selector("#my-status[data-status=dispatched]")
        await asyncio.sleep(2)  # until it watches where it is; what it is told before, it did not take


def run(stage: Stage, fixes: int = FIXES, every_s: float = EVERY_S) -> dict[str, Any]:
    """Takes about 11 min."""
    try:
        return uvloop.run(_run(stage, fixes, every_s))
    finally:
        clear_away(stage)


async def _run(stage: Stage, fixes: int, every_s: float) -> dict[str, Any]:
    token = await asyncio.to_thread(hire, stage)
    address, wall = stage.address, MarkWall(stage.home.port, token)
    async with browser.chromium() as chromium, running([wall.run()]):
        await wall.ready.wait()
        bearer = await _bearer(stage, chromium, token)
        await bearer.walk(3, every_s)
        await _caught_up(bearer, stage)
        bearer.offline.clear()
        await bearer.context.set_offline(True)
        say.line(f"  {fixes} positions without a network, the browser closed and opened again half-way")
        await bearer.walk(fixes // 2, every_s)
        await bearer.restart(address)
        await bearer.walk(fixes - fixes // 2, every_s)
        kept = await bearer.page.evaluate(KEPT)
        wall.marks.clear()
        back_at = time.time()
        await bearer.context.set_offline(False)
        newest_s, backlog_s = await _brought(stage, wall, bearer, back_at)
    return _judged(stage, wall, bearer, fixes, kept, newest_s, backlog_s)


async def _bearer(stage: Stage, chromium: Browser, token: str) -> Bearer:
    """An officer who is on a unit that is sent somewhere, with the terminal open, live and kept by the phone."""
    name, password = f"phone-{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    sign = f"R7{secrets.token_hex(2)}"
    await asyncio.to_thread(
        stage.manage, "add_user", name, "--role", "officer", "--password-stdin", stdin=f"{password}\n"
    )
    await asyncio.to_thread(stage.manage, "add_unit", sign)
    await _sent(stage, token, name, sign)
    context = await chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        permissions=["geolocation"],
        geolocation={"latitude": LAT, "longitude": LON, "accuracy": 8},
    )
    context.set_default_timeout(browser.READY_MS)
    bearer = Bearer(context, await context.new_page())
    await context.expose_function("ledger", bearer.note)
    await context.add_init_script(NOTE)
    page = bearer.page
    await page.goto(f"{stage.address}/sign-in/")
    await page.fill("#username", name)
    await page.fill("#password", password)
    await page.click("button.primary")
    await page.wait_for_url("**/terminal/")
    await page.wait_for_selector("#my-status[data-status=dispatched]")
    await page.evaluate(CONTROLLED)
    return bearer


async def _sent(stage: Stage, token: str, name: str, sign: str) -> None:
    with contextlib.closing(Line(stage.home.port)) as line:
        clerk = Clerk(line, Ledger(), token)
        await clerk.taken("POST", f"units/{sign}/book_on/", {"crew": [name]})
        call = {"kind": "fight", "priority": 1, "lat": LAT, "lon": LON, "facts": "fault-phone"}
        _, made = await clerk.taken("POST", "incidents/", call)
        await clerk.taken("POST", f"incidents/{made['number']}/assignments/", {"unit": sign})


async def _caught_up(bearer: Bearer, stage: Stage) -> None:
    """What was taken while there was a network has arrived. Raises Trouble."""
    until = time.monotonic() + GIVE_UP_S
    while await asyncio.to_thread(_doubled_and_missing, stage, bearer.offline[-1:]) != (0, 0):
        if time.monotonic() > until:
            raise say.Trouble("The phone's positions do not arrive while it has a network.")
        await asyncio.sleep(0.2)


def _doubled_and_missing(stage: Stage, moments: list[int]) -> tuple[int, int]:
    """Of the positions of these moments: rows too many, and how many have none."""
    there = Counter(int(row) for row in stage.sql(_THERE).split())
    return sum(max(0, there[moment] - 1) for moment in moments), sum(moment not in there for moment in moments)


_THERE = """
SELECT round(extract(epoch FROM time) * 1000)::bigint FROM devices_fix
WHERE device_id = (SELECT max(id) FROM devices_device WHERE name LIKE 'terminal %')
"""


async def _brought(stage: Stage, wall: MarkWall, bearer: Bearer, back_at: float) -> tuple[float, float]:
    """Seconds until the newest place was on the wall, and until all were in the database; infinite when never."""
    newest_s = backlog_s = float("inf")
    while time.time() - back_at < GIVE_UP_S and float("inf") in (newest_s, backlog_s):
        newest_s = min([newest_s, *(at - back_at for at, moment in wall.marks if moment >= bearer.offline[-1])])
        if (await asyncio.to_thread(_doubled_and_missing, stage, bearer.offline))[1] == 0:
            backlog_s = min(backlog_s, time.time() - back_at)
        await asyncio.sleep(0.1)
    return newest_s, backlog_s


def _judged(
    stage: Stage, wall: MarkWall, bearer: Bearer, fixes: int, kept: int, newest_s: float, backlog_s: float
) -> dict[str, Any]:
    doubled, missing = _doubled_and_missing(stage, bearer.offline)
    backwards = wall.backwards()
    ok = newest_s <= NEWEST_S and backlog_s <= BACKLOG_S and backwards == 0 and len(bearer.offline) >= LEAST * fixes
    return result(
        "R7", GOAL, missing, doubled, backlog_s, ok=ok, fixes=len(bearer.offline), given=fixes, kept=kept,
        newest_s=round(newest_s, 2), backwards=backwards, marks=len(wall.marks),
    )  # fmt: skip
