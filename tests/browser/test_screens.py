"""A wall's whole life in two browsers: its own, and that of the administrator who pairs and revokes it."""

import re
import time

from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from command import alarms, screens
from command.models import Alarm, AuditEntry
from dispatch import incidents
from dispatch.models import Incident
from tests.browser.conftest import Room
from tests.conftest import PASSWORD, PLACE, Cast

PIN = "470913"
FIGHT = {"kind": "fight", "priority": 1, "address": "银杏街12号", **PLACE}


def test_a_wall_from_its_first_code_to_the_next(town: Cast, room: Room) -> None:
    wall, admin = unpaired(room), administrator(town, room)
    first = paired(wall, admin)
    number = incidents.open_incident(town.duty2, town.s1, **FIGHT).number
    alarm = alarms.raise_alarm(town.s1.pk, "position_lost", 2, "unit", "2103")
    assert alarm
    screens.set_pin(town.duty_officer, PIN)
    taken_over(wall)
    acted(wall, town, number, alarm.pk)
    given_back(wall, town)
    revoked(wall, admin, first)


def unpaired(room: Room) -> Page:
    """A browser that comes to the sign-in page and is to become a wall."""
    wall = room.visit("/sign-in/", who=None, language="en")
    wall.get_by_role("link", name="Make this computer a wall").click()
    expect(wall.get_by_role("heading", name="Pair this screen")).to_be_visible()
    expect(wall.locator("#code-left")).to_contain_text(re.compile(r"a new code in 0?9:\d\d"))
    expect(wall.locator("#code-state")).to_have_text("waiting to be paired")
    return wall


def administrator(cast: Cast, room: Room) -> Page:
    person = cast.administrator
    person.set_password(PASSWORD)
    person.save()
    TOTPDevice.objects.create(user=person, name="phone", confirmed=True)
    return room.visit("/manage/screens/", "administrator", language="en")


def code_of(wall: Page) -> str:
    return wall.locator("#code").inner_text()


def paired(wall: Page, admin: Page) -> str:
    """The code that the wall showed; a wrong one before makes nothing of it."""
    code = code_of(wall)
    for typed in ("QQQQ QQQQ", code):
        admin.get_by_label("The code that the screen shows").fill(typed)
        admin.get_by_label("Name", exact=True).fill("大厅左")
        admin.get_by_label("Language").select_option("en")
        admin.get_by_role("button", name="Pair", exact=True).click()
        if typed != code:
            expect(admin.locator(".error")).to_contain_text("No screen shows this code")
    expect(admin.locator(".said")).to_contain_text("is paired")
    wall.wait_for_url("**/wall/")
    expect(wall.locator("body")).to_have_attribute("data-connection", "live")
    expect(wall.locator("#screen-name")).to_have_text("大厅左")
    admin.reload()
    expect(admin.locator("table")).to_contain_text("● on")
    return code


def taken_over(wall: Page) -> None:
    """By the keyboard alone; a wrong PIN is told at once and kept nowhere."""
    expect(wall.locator("#incident-list li")).to_have_count(1)
    expect(wall.locator("#acts")).to_be_hidden()
    wall.keyboard.press("t")
    expect(wall.get_by_label("Badge number or user name")).to_be_focused()
    wall.keyboard.type("duty_officer")
    wall.keyboard.press("Tab")
    wall.keyboard.type("000000")
    wall.keyboard.press("Enter")
    expect(wall.locator("#take-over-error")).to_have_text("Name and PIN do not belong together.")
    expect(wall.get_by_label("PIN")).to_have_value("")
    wall.keyboard.type(PIN)
    wall.keyboard.press("Enter")
    expect(wall.locator("#acts")).to_be_visible()
    expect(wall.locator("#actor")).to_have_text("某duty_officer")
    expect(wall.locator("#actor-left")).to_have_text(re.compile(r"0?[45]:\d\d"))
    expect(wall.locator("#take-over-button")).to_be_hidden()


def acted(wall: Page, cast: Cast, number: str, alarm: int) -> None:
    wall.locator("#act-alarms").get_by_role("button", name="Acknowledge").click()
    expect(wall.locator("#act-said")).to_have_text("Acknowledged.")
    expect(wall.locator("#act-alarms li")).to_have_count(0)
    assert Alarm.objects.get(pk=alarm).acknowledged_by == cast.duty_officer
    nearest = wall.locator("#act-units li").first
    unit = nearest.locator("b").inner_text()
    nearest.get_by_role("button", name="Send").click()
    expect(wall.locator("#act-said")).to_have_text(f"{unit} is sent.")
    expect(wall.locator("#incident-list .tag").first).to_contain_text(unit)
    incident = Incident.objects.get(number=number)
    sent = incident.assignments.get()
    assert (sent.unit.call_sign, sent.assigned_by) == (unit, cast.duty_officer)


def given_back(wall: Page, cast: Cast) -> None:
    wall.keyboard.press("Escape")
    expect(wall.locator("#acts")).to_be_hidden()
    expect(wall.locator("#take-over-button")).to_be_visible()
    mine = AuditEntry.objects.filter(actor_kind="officer", actor_id=str(cast.duty_officer.pk))
    until = time.monotonic() + 5
    while not mine.filter(action="give_back_screen").exists() and time.monotonic() < until:
        time.sleep(0.05)
    done = set(mine.values_list("action", flat=True))
    assert {"take_over_screen", "acknowledge_alarm", "assigned", "give_back_screen"} <= done


def revoked(wall: Page, admin: Page, first: str) -> None:
    """Dark within 5 s, and ready to be paired again."""
    admin.get_by_role("link", name="Revoke").click()
    expect(admin.get_by_role("heading", name="Revoke the screen “大厅左”?")).to_be_visible()
    admin.get_by_role("button", name="Revoke").click()
    before = time.monotonic()
    wall.wait_for_url("**/screen/")
    assert time.monotonic() - before <= 6, "5 s, and the page"
    expect(wall.locator("#code")).to_be_visible()
    assert code_of(wall) != first
    expect(admin.locator("table")).to_contain_text("No screen yet")
