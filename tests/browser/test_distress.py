"""Who calls for help, in real browsers: an SOS that nothing takes away but a person's word; a unit that is watched over; a
task for auxiliaries."""

import datetime as dt
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from command import changes, clock, live
from command.models import AuditEntry
from dispatch import incidents, safety, units
from dispatch.models import Assignment, CallForHelp, Errand, LogEntry
from tests.browser.conftest import SMALL, Room
from tests.browser.test_day import DESK, PHONE, WALL, crew_signs_in, picture, terminal, wall_of
from tests.browser.test_every_page import AXE, WIDER
from tests.conftest import PASSWORD, PLACE, Cast, Web, free_port, running

FIGHT = {"kind": "fight", "priority": 1, "address": "银杏街 12 号", **PLACE}
SIZES = {"wall": WALL, "desk": DESK, "phone": PHONE}
BANDS = {"desk": "#distress li.sos", "wall": "#distress li.sos", "terminal": "#emergency"}
IS_RED = """(one) => { const [, r, g, b] = /(\\d+), (\\d+), (\\d+)/.exec(getComputedStyle(one).backgroundColor);
  return r > 2 * g && r > 2 * b; }"""
EVERY_KEY = (
    "Escape",
    "m",
    "a",
    "s",
    "1",
    "0",
    "g",
    "+",
    "-",
    "i",
    "k",
    "Escape",
)  # what hides, filters or moves something


class Again:
    """A web process of its own that a test may restart at the same address."""

    def __init__(self, database: str) -> None:
        self.web = Web(free_port())
        self.database = database

    @contextmanager
    def up(self) -> Iterator[None]:
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.web.port), "tests.web:application"]
        known = {"PGDATABASE": self.database, "STATION_PORT": str(self.web.port)}
        with running(command, f"{self.web.base}/sign-in/", **known):
            yield


@pytest.fixture
def again(web: Web) -> Again:
    """Beside the one of all tests, which no test ends."""
    return Again(str(connection.settings_dict["NAME"]))


def is_shown(pages: dict[str, Page]) -> None:
    """The band stands on all three, red, where everybody sees it without scrolling."""
    for name, page in pages.items():
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
        band = page.locator(BANDS[name])
        expect(band).to_be_in_viewport()
        expect(band).to_contain_text("SOS")
        assert band.evaluate(IS_RED), f"{name} is not red"


def test_an_sos_ends_by_a_persons_word_and_by_nothing_else(browser: Browser, again: Again, town: Cast) -> None:
    crew_signs_in(town)
    incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
    room = Room(browser, again.web)
    try:
        with again.up():
            pages = {
                "desk": room.live("/desk/", language="en"),
                "wall": wall_of(room, town, "en"),
                "terminal": terminal(room, language="en"),
            }
            held(pages["terminal"])
            is_shown(pages)
            nothing_hides_it(pages)
            looks(pages)
            for page in pages.values():
                page.reload()
            is_shown(pages)
        with again.up():
            for page in pages.values():
                expect(page.locator("body")).to_have_attribute("data-connection", "live", timeout=30_000)
            is_shown(pages)
            ended(pages["desk"], town)
            for name, page in pages.items():
                expect(page.locator(BANDS[name])).to_be_hidden()
        assert room.errors == []
    finally:
        for context in room.contexts:
            context.close()


def held(phone: Page) -> None:
    """Two seconds under a thumb."""
    phone.locator("#sos").hover()
    phone.mouse.down()
    expect(phone.locator("#emergency")).to_be_visible()
    phone.mouse.up()
    expect(phone.locator("#sos-how")).to_have_text("the room knows")


def nothing_hides_it(pages: dict[str, Page]) -> None:
    """Neither keys nor that somebody attends to it."""
    desk, wall = pages["desk"], pages["wall"]
    for page in (desk, wall):
        for key in EVERY_KEY:
            page.keyboard.press(key)
    desk.locator("#show-ended").click()
    desk.locator(BANDS["desk"]).get_by_role("button", name="attend").click()
    for page in (desk, wall):
        expect(page.locator(BANDS["desk"])).to_contain_text("某duty_officer attends")
    is_shown(pages)


def looks(pages: dict[str, Page]) -> None:
    """Axe and the width of each band at the sizes it is seen at."""
    axe = (Path(os.environ["STATION_FRONT"]) / "node_modules" / "axe-core" / "axe.min.js").read_text()
    wrong = []
    for name, sizes in (("desk", SIZES), ("wall", ("wall", "desk")), ("terminal", ("phone",))):
        page = pages[name]
        page.evaluate(axe)
        for size in sizes:
            page.set_viewport_size(SIZES[size])
            expect(page.locator(BANDS[name])).to_be_in_viewport()
            found = page.evaluate(AXE) + [wider for wider in [page.evaluate(WIDER)] if wider]
            wrong += [f"{name} as on a {size}: {one}" for one in found]
            picture(page, f"sos-{name}-{size}")
        page.set_viewport_size(PHONE if name == "terminal" else SMALL)
    assert wrong == []


def ended(desk: Page, cast: Cast) -> None:
    """Without a word it goes on; the word and the name stay."""
    desk.locator(BANDS["desk"]).get_by_role("button", name="end it").click()
    desk.keyboard.press("Enter")
    expect(desk.locator("#act")).to_be_visible()
    assert CallForHelp.objects.get().ended_at is None
    desk.keyboard.type("he is well")
    picture(desk, "sos-ended", DESK)
    desk.keyboard.press("Enter")
    expect(desk.locator("#act")).to_be_hidden()
    call = CallForHelp.objects.get()
    assert (call.ended_by, call.word) == (cast.duty_officer, "he is well")
    assert AuditEntry.objects.filter(action="end_sos", actor_id=str(cast.duty_officer.pk)).exists()


def test_a_unit_is_warned_and_asked_after(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
    units.assign(town.duty_officer, call.number, "2107")
    units.step(town.duty_officer, call.number, "2107", "on_scene")
    desk, phone = room.live("/desk/", language="en"), terminal(room, language="en")
    alarm = desk.locator("#alarm-rows li").filter(has_text="2107")
    quiet_for(minutes=9, seconds=20)
    expect(phone.locator("#safety-words")).to_contain_text("Are you well?")
    expect(alarm).to_contain_text("Is to say that it is well")
    picture(phone, "safety-terminal")
    quiet_for(minutes=10, seconds=5)
    expect(alarm.filter(has_text="Has not said that it is well")).to_be_visible()
    expect(alarm).to_have_count(1)  # in place of the warning
    expect(phone.locator("#safety-words")).to_contain_text("The room asks since")
    desk.locator("#incident-rows tr").click()
    picture(desk, "safety-desk", DESK)
    phone.locator("#safety-ok").click()
    expect(alarm).to_have_count(0)
    expect(phone.locator("#safety")).to_be_hidden()
    assert LogEntry.objects.filter(code="checked_in", actor_name=town.officer.label).exists()


def quiet_for(**ago: int) -> None:
    """As if the unit had been there so long and said nothing; the clock looks, as it does every 5 s."""
    one = Assignment.objects.select_related("incident").get()
    one.status_at = clock.now() - dt.timedelta(**ago)
    one.save(update_fields=["status_at"])
    with changes.change():
        live.publish(one.incident.station_id, "incident", one.incident.number)
    safety.watch()


def test_auxiliaries_sign_for_a_task_and_report(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    town.auxiliary.set_password(PASSWORD)
    town.auxiliary.save()
    units.add_unit(None, town.s1, "辅1", kind="auxiliary")
    units.book_on(town.duty_officer, "辅1", ["auxiliary"])
    call = incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
    units.assign(town.duty_officer, call.number, "2107")
    page = room.visit("/errands/", "officer", "en", viewport=PHONE)
    page.get_by_label("Task").fill("守住路口")
    page.get_by_label("Incident").select_option(call.number)
    page.get_by_role("button", name="Give the task").click()
    theirs = room.visit("/errands/", "auxiliary", "en", viewport=PHONE)
    expect(theirs.locator(".errands")).to_contain_text("守住路口")
    picture(theirs, "errand-given")
    theirs.get_by_role("button", name="Sign for it").click()
    theirs.get_by_label("Report").fill("已封路")
    theirs.get_by_role("button", name="It is done").click()
    expect(theirs.locator(".errands")).to_have_count(0)
    page.reload()
    expect(page.locator("table")).to_contain_text("已封路")
    done = Errand.objects.get()
    assert (done.accepted_by, done.done_by, done.report) == (town.auxiliary, town.auxiliary, "已封路")
    assert set(call.log.values_list("code", flat=True)) >= {"errand_given", "errand_accepted", "errand_done"}
