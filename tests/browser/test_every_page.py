"""Every page there is, found from the routes: nothing forbidden by the CSP, nothing that axe finds serious, nothing wider
than the screen, every control reached by Tab and seen to be, in both languages and three sizes; and hostile words stay words
on all of them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from playwright.sync_api import Browser, BrowserContext, Error, Page

from command import clock
from command.permissions import ROLES, Role
from command.places.models import Map, Upload
from tests.browser import keyboard
from tests.browser.conftest import SMALL
from tests.browser.test_hostile_words import MARKUP, hostile_town
from tests.command.test_routes import ROUTES, Stage
from tests.conftest import Cast, Web, confirmed, make_screen

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = {"wall": (1920, 1080), "desk": (1440, 900), "phone": (390, 844)}
WIDE_BY_NATURE = {"/wall/", "/wall/?mode=assist"}  # the wall is for walls: it is not made for a phone
NO_PAGES = ("api/", "django/", "tiles/", "live/", "jsi18n/", "health", "metrics", "lan/station-ca.crt")
AS_OTHERS_SEE_IT = [
    ("wall/", "screen"),
    ("wall/?mode=assist", "screen"),
    ("wall/?mode=assist", "commander"),
    ("terminal/", "officer"),
    ("errands/", "officer"),
    ("incidents/<str:number>/", "duty_officer"),
]
ASKS_ITSELF = {"audit/look-ups/": "commander"}  # for whoever has signed in, as far as their route says
AXE = """async (rules) => {
  const found = await axe.run(document, {resultTypes: ["violations"], rules: rules ?? {}});
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 2).map((node) => node.target.join(" ")).join(" | ")}`);
}"""
COLOURS = {"color-contrast": {"enabled": False}}  # they are the same in both languages, and take the longest
HOSTILE = """() => [
  document.body.dataset.broken ? "a hostile word ran" : "",
  document.querySelector('img[src="x"], img[src$="/x"], u, a[href^="javascript"]') ? "a hostile word became markup" : "",
].filter(Boolean)"""
SETTLED = """() => new Promise((done) => {  // a live page has heard from the station and has drawn what it was told
  const { page, connection } = document.body.dataset;
  if (["wall", "desk", "terminal"].includes(page) && connection !== "live") return done(false);
  requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
})"""
WIDER = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room + 1) return "";
  const out = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > room + 1);
  const name = (one) => one.tagName.toLowerCase() + (one.id ? "#" + one.id : "") + "." + one.className;
  return `${document.documentElement.scrollWidth - room} px: ${out.slice(0, 9).map(name).join(" ")}`;
}"""


def who_opens(path: str, view: Any) -> str | None:
    """Somebody who may open the page; None where nobody needs to be signed in."""
    audience = view.audience
    if audience.kind == "public":
        return None
    if audience.kind == "signed_in":
        return ASKS_ITSELF.get(path, "administrator")
    need = audience.needs.get("GET")
    order = (Role.ADMINISTRATOR, Role.COMMANDER, Role.INSPECTOR, *Role)
    return next(role.value for role in order if need in ROLES[role] and role != Role.SCREEN) if need else ""


PAGES = [
    (path, who_opens(path, view))
    for path, view in ROUTES
    if not path.startswith(NO_PAGES) and who_opens(path, view) != "" and view.audience.kind != "device"
]


@pytest.fixture(scope="module")
def axe() -> str:
    return (Path(os.environ["STATION_FRONT"]) / "node_modules" / "axe-core" / "axe.min.js").read_text()


class Visitors:
    """A browser for each person, signed in with a second factor just given."""

    def __init__(self, browser: Browser, web: Web, cast: Cast, language: str) -> None:
        self.browser, self.web, self.cast, self.language = browser, web, cast, language
        self.contexts: dict[str | None, BrowserContext] = {}
        self.pages: dict[str | None, Page] = {}

    def page_of(self, who: str | None) -> Page:
        if who not in self.contexts:
            context = self.browser.new_context(viewport=SMALL, locale="en-GB")
            cookies = {"django_language": self.language, **(self._session(who) if who else {})}
            context.add_cookies([{"name": k, "value": v, "url": self.web.base} for k, v in cookies.items()])
            self.contexts[who] = context
            self.pages[who] = context.new_page()
        return self.pages[who]

    def _session(self, who: str) -> dict[str, str]:
        if who == "screen":
            return {"screen": make_screen(self.cast.s1)}
        client = confirmed(self.cast, who)
        return {name: morsel.value for name, morsel in client.cookies.items()}

    def close(self) -> None:
        for context in self.contexts.values():
            context.close()


@pytest.fixture(params=["zh-hans", "en"])
def visitors(
    request: pytest.FixtureRequest, browser: Browser, web: Web, transactional_cast: Cast
) -> Iterator[Visitors]:
    made = Visitors(browser, web, transactional_cast, request.param)
    yield made
    made.close()


def test_every_page(visitors: Visitors, axe: str) -> None:
    stage = Stage(visitors.cast)
    hostile_town(visitors.cast)
    Map.objects.create(name="m", version=1, imported_at=clock.now(), bounds=Polygon.from_bbox((106, 29, 107, 30)))
    Upload.objects.create(pk=1, name="n", filename=MARKUP, size=1, changed_ms=0)
    wrong = []
    for path, who in [*PAGES, *AS_OTHERS_SEE_IT]:
        page = visitors.page_of(who)
        found = look_at(page, visitors.web.base + stage.fill(path), axe, thorough=visitors.language == "en")
        wrong += [f"{path} as {who}: {one}" for one in found]
    assert wrong == [], "\n".join(wrong)


def look_at(page: Page, url: str, axe: str, *, thorough: bool) -> list[str]:
    """What is wrong with one page; `thorough`: its colours and its way by keys too, which no language changes."""
    said: list[str] = []
    told = lambda error: said.append(f"error: {error}")  # noqa: E731
    refused = lambda line: said.append(line.text) if "Content Security Policy" in line.text else None  # noqa: E731
    page.on("pageerror", told)
    page.on("console", refused)
    try:
        if opened(page, url, said):
            said += what_stands_there(page, axe, {} if thorough else COLOURS)
            said += keyboard.walked(page) if thorough else []
    finally:
        page.remove_listener("pageerror", told)
        page.remove_listener("console", refused)
    return said


def opened(page: Page, url: str, said: list[str]) -> bool:
    """Whether there is a page to look at: some addresses only take, or give a file."""
    try:
        answer = page.goto(url)
    except Error:  # no page
        answer = page.request.get(url)
    if answer.status == 405 or (answer.ok and "text/html" not in answer.headers["content-type"]):
        return False
    if not answer.ok:
        said.append(f"answered {answer.status}")
    return bool(answer.ok)


def what_stands_there(page: Page, axe: str, rules: dict[str, Any]) -> list[str]:
    """What axe finds, what hostile words did, and where it is too wide."""
    said: list[str] = []
    page.wait_for_function(SETTLED)
    page.evaluate(axe)
    said += [f"axe {one}" for one in page.evaluate(AXE, rules)]
    said += page.evaluate(HOSTILE)
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        wider = page.evaluate(WIDER)
        if wider and not (name == "phone" and page.url.endswith(tuple(WIDE_BY_NATURE))):
            said.append(f"wider than a {name} by {wider}")
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    return said
