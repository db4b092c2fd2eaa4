"""Real browsers on a station that really runs: a desk and a wall, each signed in as somebody of the cast."""

import datetime as dt
import os
from collections.abc import Iterator

import pytest
from django.contrib.gis.geos import Point, Polygon
from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from command import clock
from command.places.models import Map, Place, Spelling
from devices import devices
from devices.models import LastFix
from dispatch import units
from tests.conftest import PASSWORD, PLACE, Cast, Web, code_of

CHROMIUM = [
    "--no-sandbox",
    "--disable-background-networking",
    # software draws the maps; that the rest is not drawn by the same means costs less than half
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
    "--use-fake-device-for-media-stream=fps=10",  # software encodes each picture twice: as it is shown, and as it is kept
    "--use-fake-ui-for-media-stream",
]
SMALL = ViewportSize(width=1280, height=720)  # software draws every pixel on the cores that the servers need
STREETS = [("码头北路", "mtbl", 0.0), ("银杏街", "yxj", 0.002), ("第一商厦", "dysx", 0.001)]
PATIENCE_MS = 45_000  # beside the other tests a page may take long; what never comes costs as much, once
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all; each page has a context of its own."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "1"  # Playwright keeps a loop in this thread; we only use it between awaits
    )
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=CHROMIUM)
        yield chromium
        chromium.close()


class Room:
    """Opens pages and remembers every request and every error they made."""

    def __init__(self, browser: Browser, web: Web) -> None:
        self.browser, self.web = browser, web
        self.contexts: list[BrowserContext] = []
        self.requests: list[str] = []
        self.errors: list[str] = []

    def visit(self, path: str, who: str | None = "duty_officer", language: str = "zh-hans", **options: object) -> Page:
        """A page in a fresh browser, signed in as `who`, once it has heard from the server if it is a live one."""
        context = self.browser.new_context(**{"viewport": SMALL, "locale": "en-GB", **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        context.add_cookies([{"name": "django_language", "value": language, "url": self.web.base}])
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console", lambda line: self.errors.append(line.text) if "Content Security Policy" in line.text else None
        )
        if who:
            self._sign_in(context.request, who)
        page.goto(f"{self.web.base}{path}")
        return page

    def _sign_in(self, browser: APIRequestContext, who: str) -> None:
        """By the forms' own addresses: drawing the pages between would cost more than all that is tried afterwards."""
        form = f"{self.web.base}/sign-in/"
        browser.get(form)
        kept = {cookie["name"]: cookie["value"] for cookie in browser.storage_state()["cookies"]}
        token = {"csrfmiddlewaretoken": kept["csrftoken"]}
        answer = browser.post(form, form={**token, "username": who, "password": PASSWORD}, max_redirects=0)
        if "/code/" in answer.headers.get("location", ""):
            answer = browser.post(f"{form}code/", form={**token, "code": code_of(who)}, max_redirects=0)
        assert answer.status == 302, f"{who} was not let in: {answer.status}"

    def live(self, path: str, who: str = "duty_officer", **options: object) -> Page:
        """As `visit`, when the page is live."""
        page = self.visit(path, who, **options)  # type: ignore[arg-type]
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
        return page


@pytest.fixture
def room(browser: Browser, web: Web) -> Iterator[Room]:
    made = Room(browser, web)
    yield made
    for context in made.contexts:
        context.close()
    assert made.errors == []


@pytest.fixture
def town(transactional_cast: Cast) -> Cast:
    """The cast with a small map and three units whose places are known."""
    lat, lon = PLACE["lat"], PLACE["lon"]
    box = Polygon.from_bbox((lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01))
    base = Map.objects.create(name="main", version=1, imported_at=clock.now(), bounds=box)
    for number, (name, initials, off) in enumerate(STREETS, start=1):
        point = Point(lon + off, lat, srid=4326)
        place = Place.objects.create(id=number, map=base, kind="landmark", name=name, rank=2, point=point)
        Spelling.objects.create(map=base, place=place, how=Spelling.How.NAME, text=name)
        Spelling.objects.create(map=base, place=place, how=Spelling.How.INITIALS, text=initials)
    for number, call_sign in enumerate(("2101", "2103", "2107")):
        add_unit(transactional_cast, call_sign, lat, lon + 0.001 * (number + 1))
    return transactional_cast


def add_unit(cast: Cast, call_sign: str, lat: float, lon: float, age_s: float = 2) -> None:
    """A unit on patrol whose phone was heard `age_s` ago."""
    device, _ = devices.add_device(None, f"phone {call_sign}", "phone", "fixes", cast.s1)
    at = clock.now() - dt.timedelta(seconds=age_s)
    LastFix.objects.create(device=device, time=at, corrected=at, received=at, place=Point(lon, lat, srid=4326))
    units.add_unit(None, cast.s1, call_sign, devices=[device])
