"""`./station pictures`: the pictures in docs/screens, taken anew from a demo town that lives for a while.

zh-Hans pictures are `NAME.png`, English ones `NAME.en.png`.
"""

import io
import json
import os
import shutil
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Geolocation, Page, TimeoutError, sync_playwright

from operation import say
from operation.home import PROJECT, Home

FOLDER = PROJECT / "docs" / "screens"
CHROMIUM = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"]
WALL, DESK, PHONE = (1920, 1080), (1440, 900), (390, 844)
LIVES_S = 90  # the town has calls, units under way and a log by then
SETTLES_MS = 4000  # they are drawn


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it."""

    name: str
    who: str
    path: str
    size: tuple[int, int] = DESK
    scheme: Literal["light", "dark"] = "light"  # of the phone; walls and desks are dark, pages light, whatever it is


PICTURES = (
    Picture("wall", "commander", "/wall/", WALL),
    Picture("assist", "commander", "/wall/?mode=assist", WALL),
    Picture("desk", "duty", "/desk/"),
    Picture("history", "duty", "/incidents/"),
    Picture("shift", "duty", "/shift/"),
    Picture("duty", "officer", "/duty/", PHONE),
    Picture("terminal", "officer", "/terminal/", PHONE),
    Picture("terminal-dark", "officer", "/terminal/", PHONE, "dark"),
    Picture("account", "duty", "/account/"),
    Picture("manage", "administrator", "/manage/"),
    Picture("people", "administrator", "/manage/people/"),
    Picture("devices", "administrator", "/manage/devices/"),
    Picture("boundary", "administrator", "/manage/stations/1/boundary/"),
    Picture("kinds", "administrator", "/manage/kinds/"),
    Picture("screens", "administrator", "/manage/screens/"),
    Picture("audit", "inspector", "/audit/"),
)


class Town:
    """A running demo town and its people."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.near: Geolocation | None = None  # where the officer's phone is
        self.people = {one["username"]: one for one in json.loads((home.root / "demo.json").read_text())}

    def code(self, who: str) -> str:
        """The six digits that somebody's app would show now."""
        words = [str(self.home.python), str(PROJECT / "manage.py"), "demo_code", who]
        return subprocess.run(words, env=self.home.environment(), capture_output=True, text=True, check=True).stdout  # nosec B603 # an argument list of our own, no shell

    def sign_in(self, browser: Browser, who: str, language: str) -> Page:
        """A page of a fresh browser in which somebody has signed in."""
        context = browser.new_context()
        context.add_cookies([{"name": "django_language", "value": language, "url": self.home.address}])
        page = context.new_page()
        page.goto(f"{self.home.address}/sign-in/")
        page.fill("[name=username]", who)
        page.fill("[name=password]", self.people[who]["password"])
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: not url.endswith("/sign-in/"))
        if page.url.endswith("/code/"):
            page.fill("[name=code]", self._fresh_code(who))
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    def _fresh_code(self, who: str) -> str:
        """A code that has not been used: each is taken once."""
        used = getattr(self, "_used", {})
        while (code := self.code(who).strip()) == used.get(who):
            time.sleep(1)
        self._used = {**used, who: code}
        return code


@contextmanager
def town() -> Iterator[Town]:
    """A town in a home of its own, which is stopped afterwards."""
    whole = Home.from_environment()
    shutil.rmtree(whole.root / "pictures", ignore_errors=True)  # a town of before would show its old calls
    home = whole.child("pictures")
    words = {"STATION_HOME": str(home.root), "STATION_PACKAGES": str(home.packages)}
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "REDIS", "STATION"))} | words
    station = [str(PROJECT / "station")]
    try:
        subprocess.run([*station, "up", "--detach", "--port", "8760"], env=env, check=True, stdout=sys.stderr)  # nosec B603 # an argument list of our own, no shell
        yield Town(Home(home.root, home.packages))
    finally:
        subprocess.run([*station, "down"], env=env, check=False, stdout=sys.stderr)  # nosec B603 # an argument list of our own, no shell


SEND = """async () => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const ask = async (path, body) => (await fetch("/api/v1/" + path, { method: body ? "POST" : "GET",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: body && JSON.stringify(body) })).json();
  const unit = (await ask("units/?limit=500")).results.find((one) => one.status_class === "available" && one.kind === "car");
  await ask(`units/${unit.call_sign}/book_on/`, { crew: ["officer"] });
  const [w, s, e, n] = (await ask("maps/")).results[0].bounds;
  const call = await ask("incidents/", { kind: "fight", priority: 1, lat: (s + n) / 2, lon: (w + e) / 2,
    address: "银杏街 12 号", facts: "两人在店内争执，一人持刀。", caller_name: "李女士", caller_phone: "13800002207" });
  await ask(`incidents/${call.number}/assignments/`, { unit: unit.call_sign });
  return { latitude: call.lat + 0.003, longitude: call.lon - 0.002, accuracy: 8 };
}"""


def send_officer(browser: Browser, made: Town) -> None:
    """Have the officer sent somewhere, so that the terminal shows an order; the phone knows that it is near."""
    desk = made.sign_in(browser, "duty", "zh-hans")
    made.near = desk.evaluate(SEND)
    desk.context.close()


def main(names: list[str]) -> int:
    """Take them all, or those named."""
    if unknown := set(names) - {one.name for one in PICTURES}:
        known = ", ".join(one.name for one in PICTURES)
        raise say.Trouble(f"expected names of pictures ({known}), found {', '.join(sorted(unknown))}")
    FOLDER.mkdir(exist_ok=True)
    wanted = [one for one in PICTURES if not names or one.name in names]
    with town() as made, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=CHROMIUM)
        time.sleep(LIVES_S)
        send_officer(browser, made)
        for language, end in (("zh-hans", ".png"), ("en", ".en.png")):
            take(browser, made, wanted, language, end)
        browser.close()
    return 0


def take(browser: Browser, made: Town, wanted: Iterable[Picture], language: str, end: str) -> None:
    """Take pictures in one language."""
    pages: dict[str, Page] = {}
    for picture in wanted:
        page = pages.get(picture.who) or made.sign_in(browser, picture.who, language)
        pages[picture.who] = page
        page.set_viewport_size({"width": picture.size[0], "height": picture.size[1]})
        page.emulate_media(color_scheme=picture.scheme)
        if picture.size == PHONE:
            page.context.grant_permissions(["geolocation"])
            page.context.set_geolocation(made.near)
        page.goto(made.home.address + picture.path)
        with suppress(TimeoutError):  # a page that never rests is drawn all the same
            page.wait_for_load_state("networkidle")  # the map has its tiles
        if page.locator("#call-sign").count():
            page.locator("#call-sign").click()  # the first touch lets a terminal ring
        page.wait_for_timeout(SETTLES_MS)
        keep(page.screenshot(), FOLDER / f"{picture.name}{end}")
        say.line(f"{picture.name}{end}")


def keep(png: bytes, path: Path) -> None:
    """Write a picture with every colour in steps of 4: three quarters of the bytes, and the eye sees no difference."""
    Image.open(io.BytesIO(png)).convert("RGB").point(lambda value: min(255, round(value / 4) * 4)).save(
        path, optimize=True
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except say.Trouble as trouble:
        sys.exit(f"\n{trouble}")
