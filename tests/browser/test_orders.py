"""How far an order came, as the desk sees it while the crew answers on its phone; and nobody answering."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from command import clock, tasks
from command.models import Job
from dispatch import incidents, units
from dispatch.models import Assignment, Incident
from tests.browser.conftest import Room
from tests.conftest import PASSWORD, PLACE, Cast

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def call(town: Cast) -> Incident:
    """An incident to which 2107 was sent, with the officer on it, who can sign in."""
    town.officer.set_password(PASSWORD)
    town.officer.save()
    units.book_on(town.duty_officer, "2107", ["officer"])
    made = incidents.open_incident(
        town.duty_officer, town.s1, kind="fight", priority=1, address="银杏街 12 号", **PLACE
    )
    units.assign(town.duty_officer, made.number, "2107")
    return made


def picture(page: Page, name: str) -> None:
    """Keep what is seen for whoever wants to look at it: `LOOKS=FOLDER`."""
    folder = os.environ.get("LOOKS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def chosen(room: Room, number: str, language: str = "zh-hans") -> Page:
    desk = room.live("/desk/", language=language, viewport={"width": 1440, "height": 900})
    desk.locator("#incident-rows tr").filter(has_text=number[-4:]).click()
    return desk


def test_the_desk_sees_how_far_the_order_came(room: Room, call: Incident) -> None:
    desk = chosen(room, call.number)
    mark = desk.locator("#assignments .order")
    expect(mark).to_contain_text("○○○○")
    expect(mark).to_contain_text("指令：没有终端在线")
    picture(desk, "order-made")
    phone = room.live("/terminal/", "officer", viewport=PHONE)
    expect(mark).to_contain_text("已送达")
    phone.locator("#order-place").click()
    expect(mark).to_contain_text("●●●○")
    picture(desk, "order-seen")
    phone.locator("#go").click()
    expect(mark).to_contain_text("已接受")
    expect(mark).to_contain_text("●●●●")
    expect(desk.locator("#assignments .tag")).to_contain_text("途中")
    picture(desk, "order-accepted")


def test_nobody_answers_and_one_button_sends_the_next(room: Room, town: Cast, call: Incident) -> None:
    desk = chosen(room, call.number, "en")
    Job.objects.update(due_at=clock.now())
    tasks.work()
    alarm = desk.locator("#alarm-rows li").filter(has_text="Order not answered")
    expect(alarm).to_contain_text("2107")
    expect(desk.locator("#assignments .order")).to_contain_text("rung 2 times")
    button = alarm.locator(".next")
    picture(desk, "order-unanswered")
    following = button.inner_text().removeprefix("send ").split()[0]  # its key stands behind it
    assert following in ("2101", "2103")
    button.click()
    expect(alarm).to_have_count(0)
    expect(desk.locator("#assignments li")).to_have_count(2)
    assert Assignment.objects.filter(unit__call_sign=following, incident=call).exists()


def test_an_order_that_is_undone_is_recalled_on_the_phone(room: Room, call: Incident) -> None:
    phone = room.live("/terminal/", "officer", viewport=PHONE)
    expect(phone.locator("#order-place")).to_have_text("银杏街 12 号")
    desk = chosen(room, call.number)
    desk.locator("#assignments .step").last.click()
    expect(phone.locator("#order-kind")).to_have_text("指令已撤回")
    picture(phone, "order-recalled")
