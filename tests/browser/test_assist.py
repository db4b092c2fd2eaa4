"""Assist mode, in a real browser: one incident whole, who should go, what they leave open, what sees it; and sending from it."""

import re

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from playwright.sync_api import Page, expect

from command import clock, screens
from command.places.models import Map
from devices import cameras
from dispatch import incidents, order_acts, orders, units
from dispatch.models import Advice, Assignment
from tests.browser import keyboard
from tests.browser.conftest import Room
from tests.browser.test_picture import complaints
from tests.conftest import PLACE, Cast, confirmed, make_screen

PIN = "470913"
FIGHT = {"kind": "fight", "priority": 1, **PLACE, "address": "银杏街12号", "facts": "两人持械斗殴"}
INTERVAL = re.compile(r"^≈ \d\d:\d\d \(\d\d:\d\d–\d\d:\d\d\)$")
PANELS = "#assist, #advised, #seeing"
LEAST_PX = 18  # at 1080 lines
# every piece of text that can be seen in the panels and is written smaller than that
SMALL = """([panels, least]) => [...document.querySelectorAll(panels)].flatMap((panel) => [...panel.querySelectorAll("*"), panel])
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((one) => one.checkVisibility() && parseFloat(getComputedStyle(one).fontSize) < least)
  .map((one) => one.outerHTML.slice(0, 90))"""

# when the map was drawn last, by the page's clock
NOTE_DRAWN = """() => {
  window.drawnAt = performance.now();
  const draw = WebGL2RenderingContext.prototype.drawElements;
  WebGL2RenderingContext.prototype.drawElements = function (...given) {
    window.drawnAt = performance.now();
    return draw.apply(this, given);
  };
}"""

# how many of the card's programs were made by now
NOTE_MADE = """
window.made = 0;
const link = WebGL2RenderingContext.prototype.linkProgram;
WebGL2RenderingContext.prototype.linkProgram = function (...given) {
  window.made += 1;
  return link.apply(this, given);
};
"""

# the map is moved once, in the midst of making them
MOVED_MEANWHILE = """
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...given) {
  if (!window.wasMoved && message?.data?.source === "warm") {
    window.wasMoved = true;
    setTimeout(() => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "+", bubbles: true })));
  }
  return post.call(this, message, ...given);
};
"""


@pytest.fixture
def district(town: Cast) -> Cast:
    """The town with a boundary, so that whoever goes leaves something open, and with a camera 40 m north that looks south."""
    lat, lon = PLACE["lat"], PLACE["lon"]
    town.s1.boundary = MultiPolygon(Polygon.from_bbox((lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)), srid=4326)
    town.s1.save()
    view = {"height_m": 5, "fov_deg": 70, "range_m": 80}
    for name, bearing in (("东门", 180), ("背向", 0)):
        cameras.add_camera(None, town.s1, name, "visible", lat=lat + 40 / 111_195, lon=lon, bearing_deg=bearing, **view)
    return town


def wall_of(room: Room, cast: Cast, path: str = "/wall/", language: str = "en") -> Page:
    """A paired screen's browser that hears from the server."""
    return opened(room, {"screen": make_screen(cast.s1)}, path, language)


def opened(room: Room, cookies: dict[str, str], path: str, language: str = "en") -> Page:
    """A live page of whoever has these cookies."""
    page = room.visit("/sign-in/", who=None, language=language)
    page.context.add_cookies([{"name": k, "value": v, "url": room.web.base} for k, v in cookies.items()])
    page.goto(f"{room.web.base}{path}")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    return page


def taken_over(wall: Page) -> None:
    wall.keyboard.press("t")
    expect(wall.get_by_label("Badge number or user name")).to_be_focused()
    wall.keyboard.type("duty_officer")
    wall.keyboard.press("Tab")
    wall.keyboard.type(PIN)
    wall.keyboard.press("Enter")
    expect(wall.locator("#acts")).to_be_visible()


def test_one_incident_whole_and_nothing_to_press(room: Room, district: Cast) -> None:
    number = incidents.open_incident(district.duty_officer, district.s1, **FIGHT).number
    wall = wall_of(room, district)
    expect(wall.locator("#incident-list li")).to_have_count(1)
    wall.keyboard.press("2")
    expect(wall.locator("#assist-number")).to_have_text(number[-4:])
    expect(wall.locator("#assist-facts")).to_have_text("两人持械斗殴")
    expect(wall.locator("#mode-assist")).to_have_attribute("aria-pressed", "true")
    expect(wall.locator("#incidents")).to_be_hidden()
    expect(wall.locator("#advised-list li")).to_have_count(3)
    expect(wall.locator("#advised-list .eta").first).to_have_text(INTERVAL)
    expect(wall.locator("#advised-source")).to_contain_text("straight line")
    expect(wall.locator("#advised-list .why").first).to_contain_text(
        re.compile(r"soonest there · opens .+ % of the district")
    )
    expect(wall.locator("#advised-hole-words")).to_contain_text("2101")
    expect(wall.locator("#seeing-list li")).to_have_text("东门Nin the middle of its view, 40 m")
    expect(wall.locator("#assist .send, #advised .send, #acts button").locator("visible=true")).to_have_count(0)
    wall.keyboard.press("ArrowDown")
    expect(wall.locator("#advised-list [aria-pressed=true] .call")).to_have_text("2103")
    wall.keyboard.press("Escape")
    expect(wall.locator("#incidents")).to_be_visible()
    expect(wall.locator("#assist")).to_be_hidden()


def test_the_map_is_not_drawn_anew_while_nothing_changes(room: Room, district: Cast) -> None:
    incidents.open_incident(district.duty_officer, district.s1, **FIGHT)
    wall = wall_of(room, district)
    wall.keyboard.press("2")
    expect(wall.locator("#advised-list li")).to_have_count(3)
    expect(wall.locator("#seeing-list li")).to_have_count(1)
    wall.evaluate(NOTE_DRAWN)
    wall.wait_for_function("() => performance.now() - window.drawnAt > 3000")
    before = wall.evaluate("window.drawnAt")
    wall.keyboard.press("+")
    wall.wait_for_function("(before) => window.drawnAt > before", arg=before)


@pytest.mark.parametrize("meanwhile", ["", MOVED_MEANWHILE], ids=["at rest", "moved meanwhile"])
def test_nobody_waits_for_the_cards_programs_when_an_incident_is_shown(
    room: Room, district: Cast, meanwhile: str
) -> None:
    lon, lat = PLACE["lon"], PLACE["lat"]
    bounds = Polygon.from_bbox((lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01))
    Map.objects.create(name="m", version=1, imported_at=clock.now(), bounds=bounds)
    incidents.open_incident(district.duty_officer, district.s1, **FIGHT)
    wall = wall_of(room, district)
    wall.add_init_script(NOTE_MADE + meanwhile)
    complained = []
    wall.on("console", lambda line: complained.append(line.text) if line.type == "error" else None)
    wall.reload()
    expect(wall.locator("#map[data-warm]")).to_be_attached()
    assert wall.evaluate("window.wasMoved") is (True if meanwhile else None)
    made = wall.evaluate("window.made")
    wall.keyboard.press("2")
    expect(wall.locator("#advised-list li")).to_have_count(3)
    expect(wall.locator("#seeing-list li")).to_have_count(1)
    wall.evaluate(NOTE_DRAWN)
    wall.wait_for_function("() => performance.now() - window.drawnAt > 3000")
    assert made > 5
    assert wall.evaluate("window.made") == made
    assert complained == []


def test_without_a_graphics_card_a_map_that_moves_is_drawn_coarser_and_sharp_at_rest(
    room: Room, district: Cast
) -> None:
    wall = wall_of(room, district)
    expect(wall.locator("#map[data-warm]")).to_be_attached()
    share = "() => { const map = document.querySelector('#map canvas'); return map.width / map.clientWidth; }"
    assert wall.evaluate(share) == 1
    wall.keyboard.press("+")
    wall.wait_for_function(f"() => ({share})() === 0.5")
    wall.wait_for_function(f"() => ({share})() === 1")
    wall.wait_for_timeout(300)
    assert wall.evaluate(share) == 1, "that it is drawn sharp is no movement"


def test_an_orders_times_appear_as_it_comes_further(room: Room, district: Cast) -> None:
    number = incidents.open_incident(district.duty_officer, district.s1, **FIGHT).number
    units.book_on(district.duty_officer, "2101", ["officer"])
    wall = wall_of(room, district, "/wall/?mode=assist")
    expect(wall.locator("#assist-nobody")).to_be_visible()
    order = units.assign(district.duty_officer, number, "2101").order
    reached = wall.locator("#assist-units [data-reached=yes]")
    expect(wall.locator("#assist-units .call")).to_have_text("2101")
    expect(reached).to_have_count(0)
    for count, come in enumerate((orders.delivered, orders.seen, order_acts.accept), start=2):
        come(district.officer, order.pk)
        expect(reached).to_have_count(count)
        expect(reached.last).to_have_text(re.compile(r"\d\d:\d\d:\d\d$"))
    expect(wall.locator("#assist-units .tag")).to_have_text("accepted")
    expect(wall.locator("#advised-list .call")).to_have_text(["2103", "2107"])


def test_the_chosen_one_until_it_is_closed(room: Room, district: Cast) -> None:
    incidents.open_incident(district.duty_officer, district.s1, **FIGHT)
    quiet = incidents.open_incident(district.duty_officer, district.s1, **{**FIGHT, "priority": 3}).number
    wall = wall_of(room, district)
    wall.locator("#incident-list li", has_text=quiet[-4:]).focus()
    wall.keyboard.press("Enter")
    wall.keyboard.press("2")
    expect(wall.locator("#assist-number")).to_have_text(quiet[-4:])
    wall.keyboard.press("n")
    expect(wall.locator("#assist-number")).not_to_have_text(quiet[-4:])
    wall.keyboard.press("n")
    expect(wall.locator("#assist-number")).to_have_text(quiet[-4:])
    incidents.close(district.duty_officer, quiet, "05")
    expect(wall.locator("#assist-over")).to_contain_text(f"{quiet[-4:]} · Closed: 05 settled by phone")
    expect(wall.locator("body")).to_have_attribute("data-mode", "overview")
    assert "mode=" not in wall.url


def test_nothing_to_show_is_said(room: Room, district: Cast) -> None:
    for call_sign in ("2101", "2103", "2107"):
        units.book_off(district.duty_officer, call_sign)
    wall = wall_of(room, district, "/wall/?mode=assist")
    expect(wall.locator("#assist-none")).to_be_visible()
    expect(wall.locator("#advised")).to_be_hidden()
    far = {**FIGHT, "lat": PLACE["lat"] + 0.005}
    number = incidents.open_incident(district.duty_officer, district.s1, **far).number
    expect(wall.locator("#assist-number")).to_have_text(number[-4:])
    expect(wall.locator("#advised-none")).to_be_visible()
    expect(wall.locator("#seeing-none")).to_be_visible()
    session = {name: morsel.value for name, morsel in confirmed(district, "officer").cookies.items()}
    officer = opened(room, session, "/wall/?mode=assist")
    expect(officer.locator("#assist-number")).to_have_text(number[-4:])
    expect(officer.locator("#advised")).to_be_hidden()


def test_who_has_taken_it_over_sends_from_the_list(room: Room, district: Cast) -> None:
    number = incidents.open_incident(district.duty_officer, district.s1, **FIGHT).number
    screens.set_pin(district.duty_officer, PIN)
    wall = wall_of(room, district, "/wall/?mode=assist")
    taken_over(wall)
    send = wall.locator("#advised-list").get_by_role("button", name="Send 2101")
    expect(send).to_be_visible()
    send.focus()
    wall.keyboard.press("Enter")
    expect(wall.locator("#act-said")).to_have_text("2101 is sent.")
    kept = Advice.objects.get()
    assert (kept.incident.number, kept.shown[0]["unit"], len(kept.shown)) == (number, "S1/2101", 3)
    wall.get_by_role("button", name="Two more").click()
    expect(wall.locator("#act-said")).to_have_text("More are sent.")
    expect(wall.locator("#assist-units .call")).to_have_count(3)
    assert set(Assignment.objects.values_list("assigned_by__username", flat=True)) == {"duty_officer"}
    expect(wall.locator("#advised-none")).to_be_visible()
    wall.keyboard.press("Escape")
    expect(wall.locator("#incidents")).to_be_visible()
    expect(wall.locator("#acts")).to_be_visible()
    wall.keyboard.press("Escape")
    expect(wall.locator("#acts")).to_be_hidden()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_everybody_can_read_it_from_afar(room: Room, district: Cast, language: str) -> None:
    number = incidents.open_incident(district.duty_officer, district.s1, **FIGHT).number
    units.assign(district.duty_officer, number, "2101")
    wall = wall_of(room, district, "/wall/?mode=assist", language)
    expect(wall.locator("#advised-list li")).to_have_count(2)
    expect(wall.locator("#seeing-list li")).to_have_count(1)
    assert complaints(wall) == []
    assert keyboard.walked(wall) == []
    wall.set_viewport_size({"width": 1920, "height": 1080})
    assert wall.evaluate(SMALL, [PANELS, LEAST_PX]) == []
    assert wall.evaluate("document.documentElement.scrollWidth") <= 1920
