"""A camera is calibrated: points in its picture by mouse and by keys, the same on the map, the residual, and the try."""

import io
import math

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from devices import cameras, sight
from devices.models import Calibration
from tests.browser.conftest import Room
from tests.conftest import PASSWORD, PLACE, Cast

TRUE = sight.Pose(PLACE["lat"], PLACE["lon"], height_m=6, bearing_deg=45, tilt_deg=12, fov_deg=70)
STAND = {**PLACE, "height_m": 6, "bearing_deg": 40, "fov_deg": 70, "range_m": 120, "tilt_deg": 9}
POINTS = [(0.1, 0.9), (0.9, 0.85), (0.5, 0.5), (0.2, 0.6), (0.75, 0.55)]
WORLD_PX = 512 * 2**19  # of the map at the zoom that the page takes


@pytest.fixture
def technician(town: Cast) -> str:
    person = town.technician
    person.set_password(PASSWORD)
    person.save()
    TOTPDevice.objects.create(user=person, name="phone", confirmed=True)
    return "technician"


def still() -> bytes:
    """A picture of the ground as that camera would show it: lines 10 m apart."""
    sheet = Image.new("RGB", (960, 540), "#4a5a46")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, 960, 80), fill="#8fb3d9")
    for x in range(0, 960, 60):
        pen.line((480 + (x - 480) * 0.2, 80, x * 2 - 480, 540), fill="#e6edf7", width=2)
    made = io.BytesIO()
    sheet.save(made, "JPEG")
    return made.getvalue()


def mercator(lat: float, lon: float) -> tuple[float, float]:
    y = math.asinh(math.tan(math.radians(lat))) / math.pi
    return (lon / 360 + 0.5) * WORLD_PX, (0.5 - y / 2) * WORLD_PX


def on_map(page: Page, lat: float, lon: float) -> tuple[float, float]:
    """Where a place is in the page: the map's middle is the camera's place."""
    box = page.locator("#map").bounding_box()
    assert box
    here, middle = mercator(lat, lon), mercator(PLACE["lat"], PLACE["lon"])
    return box["x"] + box["width"] / 2 + here[0] - middle[0], box["y"] + box["height"] / 2 + here[1] - middle[1]


def in_picture(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator("#still-canvas").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def pair(page: Page, x: float, y: float) -> None:
    page.mouse.click(*in_picture(page, x, y))
    expect(page.locator("#map-state")).to_have_text("Now the same point on the map.")
    found = sight.ground(TRUE, x, y)
    page.mouse.click(*on_map(page, found.lat, found.lon))


def test_a_camera_is_calibrated_by_its_picture(room: Room, town: Cast, technician: str) -> None:
    camera = cameras.add_camera(None, town.s1, "东门", "visible", **STAND)
    page = room.visit(f"/manage/cameras/{camera.pk}/calibration/", technician, language="en")
    page.set_viewport_size({"width": 1440, "height": 1000})
    expect(page.locator("#fit")).to_have_text("4 more pairs are needed.")
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    page.set_input_files("#still", [{"name": "s.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}])
    expect(page.locator("#map-state")).to_contain_text("JPEG")
    page.set_input_files("#still", [{"name": "s.jpg", "mimeType": "image/jpeg", "buffer": still()}])
    expect(page.locator("#still-canvas")).to_have_attribute("width", "960")
    expect(page.locator("#map-state")).to_have_text("Point at something in the picture or on the map.")
    for at, (x, y) in enumerate(POINTS, start=1):
        pair(page, x, y)
        expect(page.locator("#pairs li")).to_have_count(at)
    expect(page.locator("#fit")).to_contain_text("of 5 pairs")
    by_keys(page)
    tried(page)
    save.click()
    expect(page.locator(".said")).to_contain_text("Calibrated: places are found to within")
    held = Calibration.objects.get()
    assert held.residual_m is not None
    assert held.residual_m < 1
    assert len(held.pairs) == 5
    expect(page.locator("#pairs li")).to_have_count(5)


def by_keys(page: Page) -> None:
    """A pair is set and taken away without the mouse; set wrongly, the page says so."""
    page.locator("#still-frame").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#map").focus()
    page.keyboard.press("Enter")  # right below the camera, which its picture does not show
    expect(page.locator("#pairs li")).to_have_count(6)
    expect(page.locator("#fit")).to_have_attribute("data-fit", "bad")
    page.get_by_role("button", name="Remove pair 6").press("Enter")
    expect(page.locator("#fit")).to_have_attribute("data-fit", "good")


def tried(page: Page) -> None:
    """Where the pointer is in the picture, the map shows the place."""
    x, y = 0.6, 0.7
    page.mouse.move(*in_picture(page, x, y))
    box = page.locator("#map .here").bounding_box()
    assert box
    found = sight.ground(TRUE, x, y)
    there = on_map(page, found.lat, found.lon)
    assert math.dist((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), there) < 6
