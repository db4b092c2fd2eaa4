"""Real browsers at the front door: a wall that is a paired screen, and a desk with a person before it."""

import contextlib
import hashlib
import secrets
import shutil
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page, async_playwright

from operation import say
from operation.codes import digits
from operation.faults.stage import Stage

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"]
SMALL = {"width": 1280, "height": 720}  # software draws every pixel, on the cores that the station needs
READY_MS = 30_000


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser, for as long as the block lasts. Raises Trouble where none is installed."""
    program = shutil.which("chromium-headless-shell")
    if program is None:
        raise say.Trouble("This needs Chromium: as root, sh operation/packages.sh install test")
    async with async_playwright() as driver:
        found = await driver.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield found
        finally:
            await found.close()


def pair(stage: Stage) -> str:
    """A screen of the station, as if an administrator had typed its code; returns the key of its cookie."""
    key = secrets.token_hex(24)
    stage.sql(_SCREEN.format(name=key[:6], hash=hashlib.sha256(key.encode()).hexdigest()))
    return key


_SCREEN = """
INSERT INTO command_screen (name, station_id, key_hash, paired_at)
VALUES ('fault {name}', (SELECT min(id) FROM command_station), '{hash}', now())
"""


async def wall(browser: Browser, address: str, key: str) -> Page:
    """The wall of the screen with this key, once it is live. `address` as `http://HOST:PORT`."""
    page = await _page(browser, address)
    await page.context.add_cookies([{"name": "screen", "value": key, "url": address}])
    await page.goto(f"{address}/wall/")
    await _live(page)
    return page


async def desk(browser: Browser, address: str, stage: Stage) -> Page:
    """The desk of a duty officer who signs in for the first time, once it is live."""
    name, password = f"desk-{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    stage.manage("add_user", name, "--role", "duty_officer", "--password-stdin", stdin=f"{password}\n")
    page = await _page(browser, address)
    await page.goto(f"{address}/sign-in/")
    await page.fill("#username", name)
    await page.fill("#password", password)
    await page.click("button.primary")
    await page.wait_for_url("**/sign-in/enrol/")
    await page.fill("input[name=code]", digits(await page.locator("code.secret").inner_text()))
    await page.click("button.primary")
    await page.wait_for_url(lambda url: "sign-in" not in url)
    await page.goto(f"{address}/desk/")
    await _live(page)
    return page


async def _page(browser: Browser, address: str) -> Page:
    context = await browser.new_context(viewport=SMALL)  # type: ignore[arg-type]
    context.set_default_timeout(READY_MS)
    await context.add_cookies([{"name": "django_language", "value": "en", "url": address}])
    return await context.new_page()


async def _live(page: Page) -> None:
    await page.wait_for_selector("body[data-connection=live]")
