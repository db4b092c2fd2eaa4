"""A day in the town, in real browsers: one call from the first request to the last line of its page."""

import datetime as dt
import json
import os
import time
import urllib.request
import uuid
from pathlib import Path

from playwright.sync_api import Page, Route, ViewportSize, expect

from command import people, screens
from dispatch import proposals, units
from dispatch.models import Assignment, Incident, Proposal
from tests.browser.conftest import Room
from tests.conftest import PASSWORD, PLACE, Cast, make_screen
from tests.devices.conftest import Ingest, ingest_process

__all__ = ["ingest_process"]  # a fixture, and the devices' own

PHONE, DESK, WALL = (ViewportSize(width=w, height=h) for w, h in ((390, 844), (1440, 900), (1920, 1080)))
PIN = "470913"
AWAY, STEP = 0.0025, 0.0003  # degrees of longitude: 242 m from the place, and 29 m
CALL = {"kind": "fight", "priority": 1, "address": "银杏街 12 号", "facts": "两人打架", **PLACE}
COUNT_TONES = """() => { window.rung = 0; const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.rung += 1; return start.apply(this, at); }; }"""
LINES = """() => [...document.querySelectorAll(".timeline li")].map((one) =>
  [one.querySelector("time").dateTime, one.querySelector("p").innerText])"""
TOLD = [  # in this order, whatever else stands between
    ("接警：打架", "Call: Fight"),
    ("警情已签收", "Call acknowledged"),
    ("派 2107", "2107 sent"),
    ("2107 指令已发至终端", "2107 order sent to a terminal"),
    ("2107 指令已送达", "2107 order delivered"),
    ("2107 指令已看", "2107 order seen"),
    ("2107 指令已接受", "2107 order accepted"),
    ("2107 已接", "2107 accepted"),
    ("2107 途中", "2107 en route"),
    ("2107 轨迹显示：途中", "2107 by its track: en route"),
    ("2107 轨迹显示：到场", "2107 by its track: on scene"),
    ("2107 到场", "2107 on scene"),
    ("2107 请求支援 · 要两人", "2107 wants help · 要两人"),
    ("增援 2101, 2103", "Reinforced by 2101, 2103"),
    ("2107 完毕", "2107 cleared"),
    ("结案：18 现场调解 · 2101, 2103 完毕", "Closed: 18 settled by contact · 2101, 2103 cleared"),
]


def picture(page: Page, name: str, size: ViewportSize | None = None) -> None:
    """Keep what is seen, at a size, for whoever wants to look at it: `LOOKS=FOLDER`."""
    folder, before = os.environ.get("LOOKS"), page.viewport_size
    if not folder:
        return
    if size:
        page.set_viewport_size(size)
    page.screenshot(path=str(Path(folder) / f"{name}.png"))
    if before:
        page.set_viewport_size(before)


def at(off: float) -> dict[str, float]:
    """A place so many degrees east of the call's, as a phone knows it."""
    return {"latitude": PLACE["lat"], "longitude": PLACE["lon"] + off, "accuracy": 8}


def crew_signs_in(cast: Cast) -> None:
    """The officer is on 2107 and has a password."""
    cast.officer.set_password(PASSWORD)
    cast.officer.save()
    units.book_on(cast.duty_officer, "2107", ["officer"])


def terminal(room: Room, who: str = "officer", language: str = "zh-hans", ingest: Ingest | None = None) -> Page:
    """Somebody's terminal on a phone that knows where it is; positions go to the devices' door, as nginx sends them."""
    phone = {"viewport": PHONE, "geolocation": at(AWAY), "permissions": ["geolocation"], "color_scheme": "light"}
    page = room.visit("/help/", who, language, **phone)  # type: ignore[arg-type]

    def on(route: Route) -> None:
        route.fulfill(response=route.fetch(url=f"http://127.0.0.1:{ingest.port}/fixes/"))  # type: ignore[union-attr]

    if ingest:
        page.context.route("**/fixes/", on)
    page.goto(f"{room.web.base}/terminal/")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    return page


def wall_of(room: Room, cast: Cast, language: str = "zh-hans") -> Page:
    """A paired screen in a hall."""
    page = room.visit("/help/", None, language)
    page.context.add_cookies([{"name": "screen", "value": make_screen(cast.s1), "url": room.web.base}])
    page.goto(f"{room.web.base}/wall/")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    return page


def called_in(room: Room, token: str) -> str:
    """The call as another system brings it; returns the incident's number."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    request = urllib.request.Request(f"{room.web.base}/api/v1/incidents/", json.dumps(CALL).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["number"])


def typed(page: Page, line: str) -> None:
    """One line at the desk's command line, done by keys."""
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type(line)
    page.keyboard.press("Enter")


def test_a_day_in_the_town(room: Room, town: Cast, ingest_process: Ingest) -> None:
    crew_signs_in(town)
    screens.set_pin(town.duty_officer, PIN)
    phone = terminal(room, ingest=ingest_process)
    wall, desk = wall_of(room, town), room.live("/desk/")
    phone.evaluate(COUNT_TONES)
    phone.locator("#call-sign").click()  # the first touch arms the ring
    number = called_in(room, people.add_token(None, town.duty2, 1))
    acknowledged_at_the_wall(wall)
    dispatched_by_keys(desk, number)
    accepted_and_gone(phone, desk)
    arrived(phone)
    two_more(phone, desk)
    ended(phone, desk, number)
    for language, told in (("zh-hans", 0), ("en", 1)):
        page = room.visit(f"/incidents/{number}/", "commander", language)
        picture(page, f"day-page-{language}", DESK)
        stands_in_order(page, [line[told] for line in TOLD])


def acknowledged_at_the_wall(wall: Page) -> None:
    """Somebody has taken the wall over and says there that the call is heard."""
    card = wall.locator("#incident-list li")
    expect(card).to_contain_text("打架")
    expect(card).to_contain_text("银杏街 12 号")
    wall.keyboard.press("t")
    wall.keyboard.type("duty_officer")
    wall.keyboard.press("Tab")
    wall.keyboard.type(PIN)
    wall.keyboard.press("Enter")
    wall.locator("#act-acknowledge").click()
    expect(wall.locator("#act-said")).not_to_be_empty()
    picture(wall, "day-wall-called", WALL)
    wall.keyboard.press("Escape")
    assert Incident.objects.get().acknowledged_at is not None


def dispatched_by_keys(desk: Page, number: str) -> None:
    expect(desk.locator("#incident-rows tr")).to_contain_text("银杏街 12 号")
    typed(desk, f"d {number[-4:]} 2107")
    expect(desk.locator("#result")).to_contain_text("2107")
    desk.keyboard.press("Escape")
    desk.keyboard.press("i")
    expect(desk.locator("#assignments li")).to_contain_text("2107")


def accepted_and_gone(phone: Page, desk: Page) -> None:
    """It rings; somebody looks, says yes, goes."""
    expect(phone.locator("#order-kind")).to_have_text("打架")
    phone.wait_for_function("window.rung > 0")
    picture(phone, "day-phone-order")
    phone.locator("#order-place").click()
    expect(desk.locator("#assignments .order")).to_contain_text("●●●○")
    phone.locator("#statuses [data-key=accepted]").click()
    expect(desk.locator("#assignments .order")).to_contain_text("●●●●")
    phone.locator("#go").click()
    expect(desk.locator("#assignments .tag")).to_contain_text("途中")


def arrived(phone: Page) -> None:
    """The car drives there and stays; the terminal asks whether it is there, and somebody says yes."""
    asked = phone.locator("#proposal")
    until, off = time.monotonic() + 60, AWAY
    while not asked.is_visible():
        assert time.monotonic() < until, "the track shows that they are there, and nobody is asked"
        nearer = off - STEP
        off = nearer if nearer > 0 else 1e-5 - off if off <= 1e-5 else 1e-5  # a phone that stays still trembles
        phone.context.set_geolocation(at(off))  # type: ignore[arg-type]
        phone.wait_for_timeout(700)
        proposals.look()  # as the clock does
    expect(phone.locator("#proposal-words")).to_contain_text("到场")
    picture(phone, "day-phone-proposal")
    phone.locator("#proposal-yes").click()
    expect(phone.locator("#my-status")).to_have_text("到场")
    said = Proposal.objects.get(step="on_scene")
    one = Assignment.objects.get()
    assert (said.is_confirmed, one.on_scene_at is not None and said.at < one.on_scene_at) == (True, True)


def two_more(phone: Page, desk: Page) -> None:
    """Asked for with a thumb, sent by one action."""
    phone.locator("#help-open").click()
    phone.fill("#help-text", "要两人")
    phone.locator("#help-send").click()
    call = desk.locator("#distress li.help")
    expect(call).to_contain_text("2107")
    picture(desk, "day-desk-help", DESK)
    call.get_by_role("button", name="派 2").click()
    expect(desk.locator("#assignments li")).to_have_count(3)
    expect(call).to_have_count(0)
    expect(phone.locator("#order-others")).to_contain_text("2101")
    expect(phone.locator("#order-others")).to_contain_text("2103")


def ended(phone: Page, desk: Page, number: str) -> None:
    """The first crew is done, then the desk closes, with whom that frees."""
    for _ in range(2):
        phone.locator("#statuses [data-key=cleared]").click()
    expect(phone.locator("#idle-words")).to_have_text("没有指令。")
    expect(desk.locator("#assignments li")).to_have_count(2)
    typed(desk, f"c {number[-4:]} 18")
    expect(desk.locator("#incident-rows tr")).to_have_count(0)
    closed = Incident.objects.get(number=number)
    assert (closed.state, closed.disposition) == ("closed", "18")


def stands_in_order(page: Page, told: list[str]) -> None:
    """Every time of the day is on the page's line of time, and that is in order."""
    lines = page.evaluate(LINES)
    moments = [dt.datetime.fromisoformat(moment) for moment, _ in lines]
    assert moments == sorted(moments)
    words = iter([words for _, words in lines])
    missing = [one for one in told if not any(one in line for line in words)]
    assert missing == [], "\n".join(f"{moment} {line}" for moment, line in lines)
