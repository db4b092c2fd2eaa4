"""From the claim to a wall that shows the boundary and a unit, through the pages; the boundary by mouse and by keyboard."""

from pathlib import Path

import pytest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import FloatRect, Locator, Page, expect

from command import claims
from command.models import Officer, Station
from command.places import uploads
from command.places.models import Map
from devices.models import Device
from dispatch import units
from dispatch.models import Unit
from tests.browser.conftest import Room
from tests.conftest import PASSWORD, Cast, make_kinds
from tests.places.district import LAT, LON, district

CORNERS = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))  # of the map's width and height


@pytest.fixture
def empty(transactional_db: None) -> str:
    """A station that nobody has claimed; returns the token."""
    make_kinds()
    Station.objects.create(code="S1", name="S1")
    token = claims.offer()
    assert token
    return token


def test_from_the_claim_to_a_working_wall(empty: str, room: Room, tmp_path: Path) -> None:
    page = claim(room, empty)
    expect(page.get_by_role("heading", name="新所: from empty to a working wall")).to_be_visible()
    page.get_by_role("link", name="Import a map").click()
    load_map(page, tmp_path)
    onward(page, "The boundary")
    draw_by_mouse(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("km²")
    onward(page, "People")
    add_person(page)
    onward(page, "Phones")
    add_phone(page)
    onward(page, "Units")
    add_unit(page)
    onward(page, "The screen")
    wall = pair(room, page)
    see(wall)
    page.get_by_role("link", name="All is set up").click()
    expect(page.get_by_role("heading", name="新所 is set up")).to_be_visible()


def onward(page: Page, title: str) -> None:
    """The way goes on by itself: the step is done, and the next is one click away."""
    page.get_by_role("link", name=f"Next: {title}").click()
    expect(page.locator(".run [aria-current=step]")).to_contain_text(title)


def claim(room: Room, token: str) -> Page:
    page = room.visit(f"/claim/?token={token}", None, language="en")
    said = {"station": "新所", "name": "管理员", "username": "first", "password": PASSWORD, "again": PASSWORD}
    for name, words in said.items():
        page.fill(f"[name={name}]", words)
    page.click("button.primary")
    page.wait_for_url("**/sign-in/")
    page.fill("#username", "first")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/sign-in/enrol/")
    device = TOTPDevice.objects.get(user__username="first")
    page.fill("[name=code]", f"{TOTP(device.bin_key, device.step, device.t0, device.digits).token():06d}")
    page.click("button.primary")
    page.wait_for_url("**/manage/")
    return page


def load_map(page: Page, tmp_path: Path) -> None:
    page.set_input_files("input[type=file]", district().write(tmp_path / "d.osm.pbf"))
    page.get_by_role("button", name="Load").click()
    expect(page.locator("#loading-state")).to_contain_text("waits to be imported")
    assert uploads.work() == 1  # as the worker does
    expect(page.locator(".said")).to_contain_text("“main” is loaded")
    assert Map.objects.get().name == "main"


def opened(page: Page) -> tuple[Locator, FloatRect]:
    """The map once it can be drawn on, and where it is."""
    frame = page.locator("#map")
    expect(page.locator("#map-state")).not_to_be_empty()
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box
    return frame, box


def at(box: FloatRect, x: float, y: float) -> tuple[float, float]:
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def draw_by_mouse(page: Page) -> None:
    """Four corners and the first again; then one is dragged, one put in between, one taken away."""
    _frame, box = opened(page)
    state = page.locator("#map-state")
    for number, corner in enumerate(CORNERS, 1):
        page.mouse.click(*at(box, *corner))
        expect(state).to_contain_text(f"{number} corner")
    page.mouse.click(*at(box, *CORNERS[0]))
    expect(state).to_contain_text("1 area · 4 corners")
    before = state.inner_text()
    drag(page, at(box, 0.7, 0.7), at(box, 0.8, 0.75))
    expect(state).not_to_have_text(before)
    drag(page, at(box, 0.5, 0.3), at(box, 0.5, 0.2))
    expect(state).to_contain_text("5 corners")
    page.mouse.click(*at(box, 0.5, 0.2), button="right")
    expect(state).to_contain_text("4 corners")
    page.get_by_role("button", name="Undo").click()
    expect(state).to_contain_text("5 corners")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()


def add_person(page: Page) -> None:
    page.get_by_label("Name to sign in with").fill("duty")
    page.get_by_label("Name", exact=True).fill("段值班")
    page.get_by_label("Role").select_option("duty_officer")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("code.secret")).to_have_count(2)


def add_phone(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("phone of 2107")
    page.get_by_label("What it speaks").select_option("fixes")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="phone of 2107 is added")).to_be_visible()


def add_unit(page: Page) -> None:
    page.get_by_label("Call sign").fill("2107")
    page.get_by_label("phone of 2107 · S1").check()
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".said")).to_contain_text("2107 is added")
    assert Unit.objects.get().devices.get() == Device.objects.get()


def pair(room: Room, page: Page) -> Page:
    """The screen's own browser shows a code; typed on the page it becomes the wall."""
    screen = room.visit("/screen/", None, language="en")
    code = screen.locator("#code").inner_text().replace(" ", "")
    page.get_by_label("The code that the screen shows").fill(code)
    page.get_by_label("Name", exact=True).fill("hall")
    page.get_by_role("button", name="Pair").click()
    screen.wait_for_url("**/wall/")
    expect(screen.locator("body")).to_have_attribute("data-connection", "live")
    return screen


def see(wall: Page) -> None:
    """The desk books the unit on: the wall names it, as one whose place nobody knows yet; the picture has the boundary."""
    units.book_on(Officer.objects.get(username="duty"), "2107")
    expect(wall.locator("#unknown-list")).to_contain_text("2107")
    station = wall.evaluate("fetch('/api/v1/live/').then((answer) => answer.json())")["topics"]["station"][0]
    assert station["boundary"]["type"] == "MultiPolygon"
    west, south, east, north = station["bounds"]
    assert west < LON + 0.02 < east + 0.04
    assert south < LAT + 0.02 < north + 0.04


@pytest.fixture
def address(transactional_cast: Cast) -> str:
    """The page of a boundary, in a station without a map, for its administrator."""
    Officer.objects.filter(username="administrator").update(password=transactional_cast.duty_officer.password)
    TOTPDevice.objects.create(user=transactional_cast.administrator, name="phone", confirmed=True)
    return f"/manage/stations/{transactional_cast.s1.pk}/boundary/"


def visit(room: Room, address: str, **options: object) -> Page:
    page = room.visit(address, "administrator", language="en", **options)
    expect(page.locator("#canvas-note")).to_contain_text("No map has been loaded yet")
    expect(page.locator("#canvas-note a")).to_have_attribute("href", "/manage/maps/")
    return page


def test_a_boundary_by_the_keyboard_alone_without_a_map(room: Room, address: str) -> None:
    page = visit(room, address)
    keys = page.keyboard
    frame, _box = opened(page)
    state = page.locator("#map-state")
    frame.focus()
    for _ in range(11):
        keys.press("+")
    for number, moves in enumerate(("", "ArrowRight", "ArrowDown", "ArrowLeft"), 1):
        for _ in range(5 if moves else 0):
            keys.press(moves)
        keys.press("Enter")
        expect(state).to_contain_text(f"{number} corner")
    keys.press("Backspace")
    expect(state).to_contain_text("3 corners")
    keys.press("c")
    expect(state).to_contain_text("1 area · 3 corners")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".said")).to_contain_text("km²")
    drawn = Station.objects.get(code="S1").boundary
    assert drawn
    assert drawn.num_coords == 4


def test_a_boundary_by_a_thumb(room: Room, address: str) -> None:
    page = visit(room, address, has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    _frame, box = opened(page)
    state = page.locator("#map-state")
    for number, corner in enumerate(CORNERS, 1):
        page.touchscreen.tap(*at(box, *corner))
        expect(state).to_contain_text(f"{number} corner")
    page.get_by_role("button", name="Close the area").tap()
    expect(state).to_contain_text("1 area · 4 corners")


def test_typed_corners_stand_on_the_map_and_wrong_ones_are_told(room: Room, address: str) -> None:
    page = visit(room, address)
    opened(page)
    field, state = page.get_by_label("Corners, or GeoJSON"), page.locator("#map-state")
    field.fill("29.60, 106.50\n29.60, 106.60\n29.70, 106.60")
    field.press("Tab")
    expect(state).to_contain_text("1 area · 3 corners · 54 km²")
    field.fill("29.60, 106.50\nhere")
    field.press("Tab")
    expect(state).to_contain_text("neither GeoJSON nor corners")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("p.error")).to_contain_text("line 2: expected a corner")
    assert Station.objects.get(code="S1").boundary is None


def test_where_no_map_can_be_drawn_the_text_is_enough(room: Room, address: str) -> None:
    page = room.visit("/manage/", "administrator", language="en")
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(room.web.base + address)
    expect(page.locator("#canvas-note")).to_contain_text("This browser can't draw the map")
    expect(page.get_by_role("toolbar")).to_be_hidden()
    page.get_by_label("Corners, or GeoJSON").fill("29.60, 106.50\n29.60, 106.60\n29.70, 106.60")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("53.86 km²")
