"""A camera put on the map by mouse and by keys, the numbers always in step; a checklist ticked at the desk."""

import re
from collections.abc import Callable

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from command import people
from command.permissions import Role
from devices import cameras
from devices.models import Camera
from dispatch import incidents, kinds
from dispatch.models import Kind, Tick
from tests.browser.conftest import Room
from tests.conftest import PASSWORD, PLACE, Cast

STAND = {**PLACE, "height_m": 4, "bearing_deg": 90, "fov_deg": 60, "range_m": 80}
LINES = [("问清有无凶器", "Ask for weapons"), ("联系 120", "Call an ambulance")]


@pytest.fixture
def technician(town: Cast) -> str:
    person = town.technician
    person.set_password(PASSWORD)
    person.save()
    TOTPDevice.objects.create(user=person, name="phone", confirmed=True)
    return "technician"


def number(page: Page, name: str) -> float:
    return float(page.locator(f"#id_{name}").input_value())


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until something holds, 10 s at most: the browser gathers moves of the mouse until it draws."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    assert holds()


def handle(page: Page, name: str) -> tuple[float, float]:
    """The middle of a handle on the map, in px of the page."""
    box = page.locator(f".handle.{name}").first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_camera_is_set_up_on_the_map_and_in_numbers(room: Room, town: Cast, technician: str) -> None:
    camera = cameras.add_camera(None, town.s1, "东门", "visible", **STAND)
    wall = room.live("/wall/", "commander")
    page = room.visit(f"/manage/cameras/{camera.pk}/", technician, language="en")
    expect(page.locator(".handle.aim")).to_be_visible()
    by_mouse(page)
    by_keys(page)
    by_numbers(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("Walls and desks show it already")
    kept = Camera.objects.get()
    assert (kept.bearing_deg, kept.fov_deg, kept.range_m) == (200, 45, 120)
    expect(wall.locator("body")).to_have_attribute("data-connection", "live")


def by_mouse(page: Page) -> None:
    """A click moves it, the round handle turns it and sets the range, a square one widens the view."""
    box = page.locator("#map").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    x, y = handle(page, "aim")
    assert x > middle[0] + 20, "it looks east"
    assert abs(y - middle[1]) < 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] + 100, steps=4)
    page.mouse.up()
    until(page, lambda: abs(number(page, "bearing_deg") - 180) < 3)
    before, range_m = number(page, "fov_deg"), number(page, "range_m")
    x, y = handle(page, "edge")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(middle[0] + (90 if x > middle[0] else -90), middle[1] + 20, steps=4)
    page.mouse.up()
    until(page, lambda: number(page, "fov_deg") > before + 40)
    assert number(page, "range_m") == range_m
    place = number(page, "lat"), number(page, "lon")
    page.mouse.click(middle[0] - 60, middle[1] - 60)
    until(page, lambda: number(page, "lat") > place[0] and number(page, "lon") < place[1])


def by_keys(page: Page) -> None:
    page.locator("#id_bearing_deg").fill("10")
    page.locator("#map").focus()
    for _ in range(3):
        page.keyboard.press("[")
    assert number(page, "bearing_deg") == 355, "it turns through north"
    wide = number(page, "fov_deg")
    page.keyboard.press("{")
    assert number(page, "fov_deg") == pytest.approx(wide - 5)
    before = number(page, "lon")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    until(page, lambda: number(page, "lon") > before)


def by_numbers(page: Page) -> None:
    """What is typed is drawn: the handle goes where the numbers say."""
    for name, value in (("bearing_deg", "0"), ("fov_deg", "45"), ("range_m", "120")):
        page.locator(f"#id_{name}").fill(value)
    north = handle(page, "aim")
    page.locator("#id_bearing_deg").fill("200")
    expect(page.locator("#map-state")).to_contain_text("bearing 200°")
    until(page, lambda: handle(page, "aim")[1] > north[1])
    page.locator("#id_lat").fill("")
    expect(page.locator("#map-state")).to_contain_text("It stands nowhere yet")
    expect(page.locator(".handle.aim")).to_have_count(0)
    page.locator("#id_lat").fill(str(PLACE["lat"]))
    expect(page.locator(".handle.aim")).to_have_count(1)


def test_a_checklist_is_ticked_by_keys_and_another_desk_sees_it(room: Room, town: Cast) -> None:
    fight = Kind.objects.get(slug="fight")
    said = {"name_zh": "打架", "name_en": "Fight", "priority": 1, "colour": "pink", "expects": ["caller_phone"]}
    top = people.add_officer(None, "top", Role.ADMINISTRATOR, town.centre, None, name="顶")
    call = incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
    first, second = room.live("/desk/"), room.live("/desk/", "commander")
    for desk in (first, second):
        desk.locator("#incident-rows tr").click()
    expect(first.locator("#checklist-lines li")).to_have_count(3)
    kinds.change_kind(top, fight.pk, LINES, **said)
    lines = first.locator("#checklist-lines li")
    expect(lines).to_have_text([re.compile("问清有无凶器"), re.compile("联系 120")])  # without a reload
    expect(first.locator("#incident-swatch")).to_have_class("swatch c-pink")
    expect(first.locator("#incident-ask")).to_contain_text("报警人电话")
    first.keyboard.press("k")
    first.keyboard.press("Space")
    expect(second.locator("#checklist-lines li").first).to_contain_text(town.duty_officer.label)
    expect(second.locator("#checklist-lines input").first).to_be_checked()
    expect(second.locator("#incident-log")).to_contain_text("已办：问清有无凶器")
    assert Tick.objects.get().incident == call
    first.keyboard.press("Tab")
    first.keyboard.press("z")
    expect(second.locator("#checklist-lines input").first).not_to_be_checked()
    expect(second.locator("#incident-log")).to_contain_text("改为未办")


def test_a_kind_retired_meanwhile_is_offered_no_more_without_a_reload(room: Room, town: Cast) -> None:
    desk = room.live("/desk/")
    top = people.add_officer(None, "top", Role.ADMINISTRATOR, town.centre, None, name="顶")
    desk.keyboard.press("F2")
    expect(desk.locator("#kind-list li").first).to_contain_text("抢劫")
    kinds.retire_kind(top, Kind.objects.get(slug="robbery").pk)

    def first() -> str:
        """What the digit 1 offers now; a list that is open is not changed under somebody's fingers."""
        desk.locator("#kind").fill("1")
        expect(desk.locator("#kind-list li")).to_have_count(1)
        return desk.locator("#kind-list li").inner_text()

    until(desk, lambda: "打架" in first())
