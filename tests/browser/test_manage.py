"""An administrator at the pages of people, devices and units, in a real browser and without the mouse where it matters."""

import re

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from command.models import Officer, Station
from devices.models import Device
from dispatch.models import Unit
from tests.browser.conftest import Room
from tests.conftest import PASSWORD, Cast

WRONG = "name,kind,profile\nphone 1,phone,owntracks\nphone 2,phone,pigeon\n"
RIGHT = WRONG.replace("pigeon", "osmand")


@pytest.fixture
def admin(transactional_cast: Cast, room: Room) -> Page:
    person = transactional_cast.administrator
    person.set_password(PASSWORD)
    person.save()
    TOTPDevice.objects.create(user=person, name="phone", confirmed=True)
    return room.visit("/manage/people/", "administrator", language="en")


def typed(page: Page, *words: str) -> None:
    """Type into one field after the other, by Tab alone."""
    for number, word in enumerate(words):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(word)


def test_people_devices_units_and_a_table(admin: Page) -> None:
    add_a_person(admin)
    add_a_phone(admin)
    add_a_unit(admin)
    add_many(admin)


def add_a_person(page: Page) -> None:
    """By the keyboard alone: the field has the focus, Enter sends."""
    page.get_by_role("link", name="Add a person").press("Enter")
    expect(page.get_by_label("Name to sign in with")).to_be_focused()
    typed(page, "newman", "新民", "0777", "一级警员")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="新民 is added")).to_be_visible()
    expect(page.locator("code.secret")).to_have_count(2)
    assert Officer.objects.get(username="newman").must_change_password
    page.get_by_role("link", name="To this person's page").press("Enter")
    expect(page.locator("table")).to_contain_text("take orders and report one's own status")


def add_a_phone(page: Page) -> None:
    page.get_by_role("link", name="Devices", exact=True).click()
    page.get_by_role("link", name="Add a device").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    typed(page, "phone of 2107")
    page.keyboard.press("Enter")
    code = page.get_by_role("img", name="QR code that configures phone of 2107")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.complete && image.naturalWidth") > 100, "the code is drawn"
    link = page.get_by_role("link", name="On the phone itself: open this in the app")
    expect(link).to_have_attribute("href", re.compile("^owntracks:///config.inline="))


def add_a_unit(page: Page) -> None:
    page.get_by_role("link", name="Units", exact=True).first.click()
    page.get_by_role("link", name="Add a unit").click()
    page.get_by_label("Call sign").fill("2107")
    page.get_by_label("phone of 2107 · S1").check()
    page.get_by_label("0777 · 新民 · S1").check()
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".said")).to_contain_text("2107 is added")
    unit = Unit.objects.get(call_sign="2107")
    assert (unit.station, unit.devices.count(), unit.usual_crew.count()) == (Station.objects.get(code="S1"), 1, 1)


def add_many(page: Page) -> None:
    page.get_by_role("link", name="Devices", exact=True).click()
    page.get_by_role("link", name="Add many from a table").click()
    choose(page, WRONG)
    expect(page.locator("table.wrong tbody tr")).to_have_count(1)
    expect(page.locator("table.wrong")).to_contain_text("found “pigeon”")
    assert Device.objects.count() == 1
    choose(page, RIGHT)
    page.get_by_role("button", name="Add all 2 rows").click()
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save them now: this page shows them once").click()
    assert saving.value.suggested_filename == "device-keys.csv"
    assert saving.value.path().read_text(encoding="utf-8-sig").count("\n") == 3
    assert Device.objects.count() == 3


def choose(page: Page, text: str) -> None:
    page.get_by_label("Table (CSV)").set_input_files(
        {"name": "devices.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Try it").click()
