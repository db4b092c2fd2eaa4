"""Run cards at the desk, the next unit for an unanswered order, the agency's records, and how far each order came."""

import os
from pathlib import Path

from django.test import Client
from playwright.sync_api import Page, expect

from command import alarms
from command.models import Alarm, Lookup
from dispatch import incidents, run_cards, units
from dispatch.models import Assignment, Incident, Kind
from tests.browser.conftest import Room
from tests.conftest import PLACE, Cast, confirmed

SHOTS = os.environ.get("DESK_SHOTS", "")  # a folder for pictures to look at


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def said(page: Page, words: str) -> None:
    expect(page.locator("#result")).to_contain_text(words)


def two_needed() -> None:
    run_cards.change_card(None, Kind.objects.get(slug="fight").pk, count=2, crew_min=1, skills=[])


def sent() -> list[str]:
    return list(Assignment.objects.filter(ended_at=None).order_by("pk").values_list("unit__call_sign", flat=True))


def opened(town: Cast) -> Incident:
    return incidents.open_incident(
        town.duty_officer, town.s1, kind="fight", priority=1, lat=PLACE["lat"], lon=PLACE["lon"], address="码头北路"
    )


def test_a_kind_that_needs_two_says_so_and_a_key_sends_who_is_missing(room: Room, town: Cast) -> None:
    two_needed()
    desk = room.live("/desk/", viewport={"width": 1440, "height": 900})
    for key in ("F2", "d", "j", "Enter", "m", "t", "b", "l", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator("#advice-list li")).to_have_count(3)
    expect(desk.locator("#advice-needs")).to_have_text("需要 2 个警力")
    desk.keyboard.press("Enter")
    expect(desk.locator("#incident-needed")).to_have_text("需要 2 个警力：已派 1 个")
    shot(desk, "needed")
    desk.keyboard.press("F9")
    expect(desk.locator("#incident-needed")).to_be_hidden()
    assert len(sent()) == 2
    desk.keyboard.press("F9")
    said(desk, "已派足")
    assert len(sent()) == 2
    desk.keyboard.press("Escape")


def test_as_many_as_are_needed_are_sent_from_the_form_and_who_is_taken_is_passed_over(room: Room, town: Cast) -> None:
    two_needed()
    desk, frozen = room.live("/desk/"), []
    desk.route("**/api/v1/recommendation/**", lambda route: route.abort() if frozen else route.continue_())
    for key in ("F2", "d", "j", "Enter", "m", "t", "b", "l", "Enter"):
        desk.keyboard.press(key)
    expect(desk.locator("#advice-list li")).to_have_count(3)
    first = desk.locator("#advice-list [aria-selected=true] .call").inner_text()
    frozen.append(True)
    units.assign(town.duty2, opened(town).number, first)
    desk.keyboard.press("Alt+Enter")
    said(desk, f"跳过 {first}")
    mine = set(
        Assignment.objects.filter(incident__opened_by=town.duty_officer, assigned_by=town.duty_officer).values_list(
            "unit__call_sign", flat=True
        )
    )
    assert mine == {"2101", "2103", "2107"} - {first}
    desk.locator("#undo").click()
    said(desk, "已撤销")
    assert sent() == [first]


def test_the_next_unit_for_an_order_that_nobody_answers_is_one_key(room: Room, town: Cast) -> None:
    made = opened(town)
    order = units.assign(town.duty_officer, made.number, "2101").order
    desk = room.live("/desk/")
    desk.keyboard.press("y")
    said(desk, "所有指令均已应答")
    alarms.raise_alarm(
        town.s1.pk, "order_unanswered", 2, "order", str(order.pk), incident=made.number, next="S1/2103", unit="S1/2101"
    )
    expect(desk.locator("#alarm-rows .next")).to_contain_text("2103")
    desk.keyboard.press("y")
    said(desk, "2103")
    assert sent() == ["2101", "2103"]
    expect(desk.locator("#alarm-rows .next")).to_have_count(0)
    assert Alarm.objects.get(kind="order_unanswered").cleared_at is not None


def test_each_of_an_orders_four_times_is_seen(room: Room, town: Cast) -> None:
    made = opened(town)
    order = units.assign(town.duty_officer, made.number, "2101").order
    for name in ("sent_at", "delivered_at", "seen_at", "accepted_at"):
        setattr(order, name, order.made_at)
    order.save()
    desk = room.live("/desk/")
    desk.keyboard.press("i")
    mark = desk.locator("#assignments .order")
    for word in ("已发出", "已送达", "已查看", "已接受"):
        expect(mark).to_contain_text(word)
    expect(mark.locator("i")).to_have_text("●●●●")


def test_tab_completes_roads_places_and_ended_incidents_too(room: Room, town: Cast) -> None:
    made = opened(town)
    desk = room.live("/desk/")
    expect(desk.locator("#incident-rows tr")).to_have_count(1)
    desk.keyboard.press("/")
    desk.keyboard.type("mv 1 yxj")
    desk.keyboard.press("Tab")
    expect(desk.locator("#command")).to_have_value("/mv 1 银杏街 ")
    desk.keyboard.press("Enter")
    said(desk, "银杏街")
    incidents.close(town.duty_officer, made.number, "18")
    expect(desk.locator("#incident-rows tr")).to_have_count(0)
    desk.keyboard.press("/")
    desk.keyboard.type("r 0")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.locator("#incident-rows tr")).to_have_count(1)
    made.refresh_from_db()
    assert made.state == "open"


def test_two_more_are_recalled_by_undo(room: Room, town: Cast) -> None:
    opened(town)
    desk = room.live("/desk/")
    desk.keyboard.press("i")
    expect(desk.locator("#incident")).to_be_visible()
    desk.keyboard.press("+")
    expect(desk.locator("#undo")).to_be_visible()
    assert len(sent()) == 2
    desk.keyboard.press("z")
    said(desk, "已撤销")
    assert sent() == []


def test_the_agencys_records_are_asked_for_an_open_incident_with_a_purpose(room: Room, town: Cast) -> None:
    made = opened(town)
    desk = room.live("/desk/", viewport={"width": 1440, "height": 900})
    desk.keyboard.press("i")
    expect(desk.locator("#incident")).to_be_visible()
    desk.keyboard.press("h")
    desk.keyboard.type("渝A12345")
    desk.keyboard.press("Tab")
    desk.keyboard.press("ArrowDown")
    shot(desk, "records-form")
    desk.keyboard.press("Enter")
    answer = desk.locator("#records article").first
    for words in ("渝A12345", "车辆", "处置中的警情", "town records", "reported stolen"):
        expect(answer).to_contain_text(words)
    assert Lookup.objects.get().reference == made.number
    desk.keyboard.press("h")
    desk.keyboard.type("OFFLINE")
    desk.keyboard.press("Enter")
    expect(desk.locator("#records article").first.locator(".error")).to_be_visible()
    shot(desk, "records")
    desk.keyboard.press("Escape")
    desk.keyboard.press("F8")
    desk.keyboard.type("18")
    desk.keyboard.press("Enter")
    expect(desk.locator("#act")).to_be_hidden()
    expect(desk.locator("#incident-rows tr")).to_have_count(0)
    desk.keyboard.press("h")
    assert Lookup.objects.count() == 2


def test_without_records_nothing_of_them_is_shown(cast: Cast, settings: object) -> None:
    settings.RECORDS = ""  # type: ignore[attr-defined]
    assert '"records": false' in confirmed(cast, "duty_officer").get("/desk/").content.decode()
    assert Client().get("/desk/").status_code == 302
