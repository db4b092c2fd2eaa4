"""Closed roads drawn at the desk by mouse and by keys, opened again, and the ways that the desk's map shows."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from dispatch import incidents, road_blocks, units
from dispatch.models import Incident, RoadBlock
from tests.browser.conftest import Room
from tests.conftest import PLACE, Cast

DESK = {"viewport": {"width": 1440, "height": 900}}
SHOTS = os.environ.get("DESK_SHOTS", "")  # a folder for pictures to look at


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def said(page: Page, words: str) -> None:
    expect(page.locator("#result")).to_contain_text(words)


def desk_of(room: Room) -> Page:
    page = room.live("/desk/", **DESK)
    expect(page.locator("#map canvas").first).to_be_visible()
    return page


def click(page: Page, right: int, down: int) -> None:
    """So many pixels beside the middle of the map."""
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down)


def begin(page: Page) -> None:
    """Until the map is there, `O` says that it isn't."""
    expect(page.locator("#units tbody tr")).to_have_count(3)
    page.wait_for_function(
        "() => { document.getElementById('draw').click(); return !document.getElementById('draw-tools').hidden; }"
    )


def test_a_road_is_closed_by_mouse_undone_closed_again_and_opened_by_a_click(room: Room, town: Cast) -> None:
    desk, wall = desk_of(room), room.live("/wall/", "commander")
    begin(desk)
    click(desk, -60, 0)
    expect(desk.locator("#draw-done")).to_be_disabled()
    click(desk, 60, 0)
    desk.keyboard.press("Enter")
    expect(desk.locator("#act input").first).to_be_focused()
    desk.keyboard.type("树倒了")
    desk.keyboard.press("Tab")
    desk.keyboard.press("ArrowDown")
    shot(desk, "closing")
    desk.keyboard.press("Enter")
    said(desk, "树倒了")
    made = RoadBlock.objects.get()
    assert made.geometry.geom_type == "LineString"
    assert made.words == "树倒了"
    assert made.until is not None and 880 < (made.until - made.at).total_seconds() < 920
    expect(desk.locator("#undo")).to_be_visible()
    expect(desk.locator("#draw-tools")).to_be_hidden()
    desk.keyboard.press("z")
    said(desk, "已撤销")
    made.refresh_from_db()
    assert made.lifted_at is not None

    begin(desk)
    desk.locator("#draw-tools [data-shape=Point]").click()
    click(desk, 0, 0)
    desk.locator("#draw-done").click()
    desk.locator("#act .go").click()
    expect(desk.locator("#act")).to_be_hidden()
    again = RoadBlock.objects.get(lifted_at=None)
    assert again.geometry.geom_type == "Point"
    assert again.until is None
    for page in (desk, wall):
        page.wait_for_function("() => document.querySelector('#map canvas')")
    shot(desk, "closed")
    # the mark is drawn with the map's next frames: clicked until it answers
    for _ in range(20):
        click(desk, 0, 0)
        if desk.locator("#act").is_visible():
            break
        desk.wait_for_timeout(250)
    expect(desk.locator("#act-title")).to_contain_text(str(again.pk))
    shot(desk, "opening")
    desk.keyboard.press("Enter")
    said(desk, "恢复通行")
    again.refresh_from_db()
    assert again.lifted_at is not None


def test_an_area_is_closed_by_keys_alone(room: Room, town: Cast) -> None:
    desk = desk_of(room)
    begin(desk)
    desk.keyboard.press("3")
    expect(desk.locator("#draw-tools [data-shape=Polygon]")).to_have_attribute("aria-pressed", "true")
    desk.keyboard.press("Space")
    desk.keyboard.press("Enter")
    said(desk, "3")  # corners are expected
    for key in ("ArrowRight", "Space", "ArrowDown", "Space", "ArrowLeft", "Space", "Backspace", "Space", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator("#act input").first).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#act")).to_be_hidden()
    made = RoadBlock.objects.get()
    assert made.geometry.geom_type == "Polygon"
    assert made.geometry.num_coords == 5
    begin(desk)
    desk.keyboard.press("Space")
    desk.keyboard.press("Escape")
    expect(desk.locator("#draw-tools")).to_be_hidden()
    assert RoadBlock.objects.count() == 1


def test_the_way_of_who_is_sent_is_drawn_and_asked_again_when_a_road_closes(room: Room, town: Cast) -> None:
    duty = town.duty_officer
    number = incidents.open_incident(duty, town.s1, kind="fight", priority=1, **PLACE).number
    units.assign(duty, number, "2107")
    desk = desk_of(room)
    desk.keyboard.press("i")
    row = desk.locator("#ways > li")
    expect(row).to_contain_text("2107 → 0001")
    expect(row).to_contain_text("估算")  # no road is known here, and it says so
    desk.keyboard.press("j")
    expect(row.locator("summary")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(row.locator("ol li")).to_be_visible()
    shot(desk, "way")
    with desk.expect_request(lambda request: "/route/" in request.url, timeout=20_000):
        geometry = {"type": "Point", "coordinates": [PLACE["lon"], PLACE["lat"]]}
        road_blocks.block(duty, town.s1, geometry, "树倒了")
    units.step(duty, number, "2107", "en_route")
    units.step(duty, number, "2107", "on_scene")
    expect(row).to_have_count(0)  # who is there needs no way


def test_the_way_of_the_unit_that_would_be_sent_is_drawn_while_the_call_is_typed(room: Room, town: Cast) -> None:
    desk = desk_of(room)
    for key in ("F2", "d", "j", "Enter", "m", "t", "b", "l", "Enter"):
        desk.keyboard.press(key)
    first = desk.locator("#advice-list li").first.locator(".call")
    row = desk.locator("#ways [data-use=candidate]")
    expect(row).to_contain_text(first.inner_text())
    desk.keyboard.press("Alt+ArrowDown")
    second = desk.locator("#advice-list [aria-selected=true] .call").inner_text()
    expect(row).to_contain_text(second)
    shot(desk, "candidate")
    assert not Incident.objects.exists()
