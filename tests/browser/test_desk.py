"""The desk by keys alone: a double taken together and back, a call that waits, a move, a report, the briefing, the page."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dispatch import incidents, units
from dispatch.models import Assignment, Incident
from tests.browser.conftest import Room
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("DESK_SHOTS", "")  # a folder for pictures to look at


# Answers about an incident stay away until they are let go
HOLD = """(number) => { const own = window.fetch; window.held = [];
  window.fetch = (path, ...rest) => !String(path).endsWith(`/${number}/`) ? own(path, ...rest)
    : new Promise((go) => window.held.push(() => go(own(path, ...rest)))); }"""


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def said(page: Page, words: str) -> None:
    expect(page.locator("#result")).to_contain_text(words)


def line(page: Page, words: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(words[1:])
    page.keyboard.press("Enter")


@pytest.fixture
def two(town: Cast) -> tuple[Incident, Incident]:
    duty = town.duty_officer
    first = incidents.open_incident(duty, town.s1, kind="fight", priority=1, **PLACE, address="码头北路")
    near = {"lat": PLACE["lat"] + 0.0005, "lon": PLACE["lon"]}
    second = incidents.open_incident(duty, town.s1, kind="noise", priority=3, **near, address="银杏街", facts="吵闹")
    units.assign(duty, second.number, "2107")
    return first, second


def test_the_desk_by_keys(room: Room, two: tuple[Incident, Incident]) -> None:
    page = room.live("/desk/", viewport={"width": 1440, "height": 900})
    a_double_is_taken_together_and_back(page, *two)
    a_call_waits_and_a_vehicle_is_asked_for(page)
    an_incident_moves_and_comes_back(page, two[1])
    who_waited_is_sent(page, two[0])
    steps_and_ends_are_undone(page, two[0])


def a_double_is_taken_together_and_back(page: Page, first: Incident, second: Incident) -> None:
    row = page.locator("#incident-rows tr", has_text="0002")
    page.keyboard.press("i")
    page.keyboard.press("ArrowDown")
    expect(row).to_have_attribute("aria-selected", "true")
    expect(page.locator("#incident-doubles")).to_contain_text("0001")
    shot(page, "doubles")
    page.keyboard.press("g")
    expect(page.locator("#act select")).to_be_focused()
    page.keyboard.press("Enter")
    said(page, "0002 已并入 0001")
    assert Assignment.objects.get(ended_at=None).incident_id == first.pk
    page.keyboard.press("z")
    said(page, "已撤销")
    assert Incident.objects.get(pk=second.pk).state == "open"


def a_call_waits_and_a_vehicle_is_asked_for(page: Page) -> None:
    line(page, "/q 1 2107")
    said(page, "0001 等候 2107")
    expect(page.locator("#unit-rows tr", has_text="2107")).to_contain_text("+0001")
    line(page, "/v 2 120 一人受伤")
    said(page, "0002")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#incident-services")).to_contain_text("急救")
    page.keyboard.press("v")
    page.keyboard.press("Tab")
    page.keyboard.type("第二辆")
    shot(page, "report")
    page.keyboard.press("Enter")
    expect(page.locator("#act")).to_be_hidden()


def an_incident_moves_and_comes_back(page: Page, second: Incident) -> None:
    """The one that is chosen, after a look at what is known of it."""
    page.keyboard.press("b")
    expect(page.locator("#briefing")).to_be_focused()
    shot(page, "briefing")
    page.keyboard.press("l")
    page.keyboard.type("dysx")
    expect(page.locator("#move-list li").first).to_contain_text("第一商厦")
    shot(page, "move")
    page.keyboard.press("Enter")
    said(page, "0002 已移至：第一商厦")
    assert Incident.objects.get(pk=second.pk).address == "第一商厦"
    page.keyboard.press("z")
    said(page, "已撤销")
    assert Incident.objects.get(pk=second.pk).address == "银杏街"


def who_waited_is_sent(page: Page, first: Incident) -> None:
    line(page, "/u 2107")
    expect(page.locator("#waiting")).to_contain_text("2107")
    shot(page, "waiting")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    said(page, "2107")
    expect(page.locator("#waiting")).to_be_hidden()
    assert Assignment.objects.get(ended_at=None).incident_id == first.pk
    assert [entry.code for entry in first.log.all()].count("stacked") == 1


def steps_and_ends_are_undone(page: Page, first: Incident) -> None:
    line(page, "/s 2107 os")
    said(page, "2107 到场")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    said(page, "已撤销")
    assert Assignment.objects.get(ended_at=None).status == "dispatched"
    line(page, "/c 1 01")
    said(page, "0001 结案")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    said(page, "已撤销")
    assert Assignment.objects.get(ended_at=None).incident_id == first.pk, "whom the end freed is back"


def test_letters_typed_before_an_answer_is_here_do_nothing_else(
    room: Room, town: Cast, two: tuple[Incident, Incident]
) -> None:
    page = room.live("/desk/")
    page.keyboard.press("i")
    expect(page.locator("#incident-title")).to_contain_text("0001")
    sound = page.locator("#sound").get_attribute("aria-pressed")
    page.evaluate(HOLD, two[1].number)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("l")
    page.keyboard.type("dysx")
    page.wait_for_function("() => window.held.length > 0")
    page.evaluate("() => window.held.splice(0).forEach((go) => go())")
    expect(page.locator("#act-title")).to_contain_text("移动 0002")
    page.keyboard.press("Escape")

    incidents.note(town.duty_officer, two[1].number, "看不清")
    page.wait_for_function("() => window.held.length > 0")  # it is read anew, which takes its time
    page.keyboard.press("l")
    page.keyboard.type("dysx")
    expect(page.locator("#move-list li").first).to_contain_text("第一商厦")
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", sound or "")


def test_a_call_of_something_open_is_noted_there(room: Room, two: tuple[Incident, Incident]) -> None:
    page = room.live("/desk/")
    page.keyboard.press("F2")
    page.keyboard.type("dj")
    page.keyboard.press("Enter")
    page.keyboard.type("mtbl")
    page.keyboard.press("Enter")
    expect(page.locator("#calls-there")).to_contain_text("0001")
    page.keyboard.type("还在打")
    shot(page, "there")
    page.keyboard.press("Alt+n")
    said(page, "0001")
    assert two[0].log.get(code="note").text == "还在打"
    assert Incident.objects.count() == 2
    expect(page.locator("#facts")).to_have_value("")


def test_a_place_is_chosen_on_the_map_with_the_arrows(room: Room, two: tuple[Incident, Incident]) -> None:
    page = room.live("/desk/")
    page.keyboard.press("i")
    expect(page.locator("#incident")).to_be_visible()
    page.keyboard.press("l")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#map")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    said(page, "已移至")
    moved = Incident.objects.get(pk=two[0].pk)
    assert moved.place.y > two[0].place.y
    assert moved.address == ""


def test_the_incidents_page_on_screen_and_on_paper(room: Room, two: tuple[Incident, Incident]) -> None:
    for name, size in (("page-390", (390, 844)), ("page-1440", (1440, 900))):
        page = room.visit(f"/incidents/{two[1].number}/", viewport={"width": size[0], "height": size[1]})
        expect(page.locator(".timeline li").first).to_be_visible()
        expect(page.locator("svg .call")).to_be_visible()
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    page.emulate_media(media="print")
    expect(page.locator("header.bar")).to_be_hidden()
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / "paper.png"), full_page=True)
