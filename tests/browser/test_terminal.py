"""The terminal on a phone: an order that comes, what is done with one thumb, and what becomes of it without a network."""

import contextlib
import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, TimeoutError, expect

from dispatch import incidents, terminals, units
from dispatch.models import Assignment, CallForHelp, LogEntry, Order, Tick
from tests.browser.conftest import Room
from tests.browser.test_every_page import AXE, WIDER
from tests.conftest import PASSWORD, PLACE, Cast

PHONE = {"width": 390, "height": 844}
HERE = {"latitude": PLACE["lat"], "longitude": PLACE["lon"] + 0.0015, "accuracy": 8}
CALL = {"kind": "fight", "priority": 1, "address": "银杏街 12 号", "facts": "两人打架", "caller_phone": "13800002207"}
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, input, textarea")]
  .filter((one) => one.checkVisibility() && !one.closest(".maplibregl-map"))
  .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
  .filter(([, box]) => box.height < 47.5 || box.width < 47.5)
  .map(([one, box]) => `${one.id || one.textContent.trim()} ${box.width}×${box.height}`)"""
COUNT_TONES = """() => { window.rung = 0; const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.rung += 1; return start.apply(this, at); }; }"""
CONTROLLED = """() => navigator.serviceWorker.controller ||
  new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done)).then(() => null)"""
KEPT = """async () => {
  const opened = await new Promise((done) => (indexedDB.open("terminal").onsuccess = (event) => done(event.target.result)));
  const all = (name) => new Promise((done) => {
    const asked = opened.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const found = JSON.stringify([await all("kept"), await all("acts")]);
  opened.close();
  const caches_ = (await caches.keys()).filter((name) => !/tiles|fonts/.test(name));
  return [found, caches_.length];
}"""


@pytest.fixture
def crew(town: Cast) -> Cast:
    """The officer is on 2107 and can sign in."""
    town.officer.set_password(PASSWORD)
    town.officer.save()
    units.book_on(town.duty_officer, "2107", ["officer"])
    return town


def terminal(room: Room, **options: object) -> Page:
    """The officer's terminal; the phone knows where it is."""
    phone = {"viewport": PHONE, "geolocation": HERE, "permissions": ["geolocation"], "color_scheme": "light"}
    return room.live("/terminal/", "officer", **{**phone, **options})


def sent(cast: Cast) -> Assignment:
    call = incidents.open_incident(cast.duty_officer, cast.s1, **CALL, **PLACE)
    return units.assign(cast.duty_officer, call.number, "2107")


def all_sent(page: Page) -> None:
    expect(page.locator("#waiting")).to_have_attribute("data-count", "none")


def test_an_order_rings_is_read_and_gone_to(room: Room, crew: Cast) -> None:
    page = terminal(room)
    expect(page.locator("#idle-words")).to_have_text("没有指令。")
    page.evaluate(COUNT_TONES)
    page.locator("#call-sign").click()  # the first touch arms the ring
    made = sent(crew)
    expect(page.locator("#order-kind")).to_have_text("打架")
    expect(page.locator("#order-place")).to_have_text("银杏街 12 号")
    expect(page.locator("#order-phone")).to_have_attribute("href", "tel:13800002207")
    page.wait_for_function("window.rung > 0")
    all_sent(page)
    order = Order.objects.get(assignment=made)
    assert order.delivered_at is not None
    assert order.accepted_at is None
    page.locator("#go").click()
    expect(page.locator("#my-status")).to_have_text("途中")
    expect(page.locator("#go-word")).to_have_text("到 场")
    all_sent(page)
    made.refresh_from_db()
    order.refresh_from_db()
    assert (made.status, order.seen_at is not None, order.accepted_at is not None) == ("en_route", True, True)


def test_what_is_done_without_a_network_is_kept_and_sent_once(room: Room, crew: Cast) -> None:
    made = sent(crew)
    page = terminal(room)
    expect(page.locator("#list-open")).to_be_visible()
    all_sent(page)
    context = page.context
    page.evaluate(CONTROLLED)
    context.set_offline(True)
    page.locator("#go").click()
    page.locator("#note-open").click()
    page.fill("#note-text", "一人受伤")
    page.locator("#note-send").click()
    page.locator("#list-open").click()
    page.locator("#list-lines label").first.click()
    page.keyboard.press("Escape")
    expect(page.locator("#my-status")).to_have_text("途中")
    expect(page.locator("#waiting")).to_have_attribute("data-count", "some")
    page.close()  # as a phone whose battery ends
    page = context.new_page()
    page.goto(f"{room.web.base}/terminal/")
    expect(page.locator("#order-place")).to_have_text("银杏街 12 号")
    expect(page.locator("#my-status")).to_have_text("途中")
    expect(page.locator("#waiting")).to_have_attribute("data-count", "some")
    made.refresh_from_db()
    assert made.status == "dispatched"
    context.set_offline(False)
    all_sent(page)
    made.refresh_from_db()
    assert made.status == "en_route"
    assert LogEntry.objects.filter(code="note", text="一人受伤").count() == 1
    assert Tick.objects.count() == 1


def test_an_answer_that_was_lost_doubles_nothing(room: Room, crew: Cast) -> None:
    sent(crew)
    page = terminal(room)
    expect(page.locator("#note-open")).to_be_enabled()
    lost = []

    def lose(route) -> None:
        """The station has it, and the phone never hears so."""
        if not lost:
            lost.append(route.fetch().status)
            return route.abort()
        return route.continue_()

    page.route("**/log/", lose)
    page.locator("#note-open").click()
    page.fill("#note-text", "门已锁")
    page.locator("#note-send").click()
    expect(page.locator("#result")).to_have_text("已记录。")
    assert lost == [201]
    assert LogEntry.objects.filter(code="note", text="门已锁").count() == 1


def test_what_the_station_will_never_take_is_said_and_stops_nothing(room: Room, crew: Cast) -> None:
    made = sent(crew)
    page = terminal(room)
    expect(page.locator("#go")).to_be_visible()
    all_sent(page)
    page.context.set_offline(True)
    page.locator("#go").click()
    units.step(crew.duty_officer, made.incident.number, "2107", "cancelled")
    page.locator("#help-open").click()
    page.fill("#help-text", "钥匙")
    page.locator("#help-send").click()
    page.context.set_offline(False)
    expect(page.locator("#notices")).to_contain_text("未被接收")
    expect(page.locator("#order-kind")).to_have_text("指令已撤回")
    expect(page.locator("#result")).to_have_text("指挥室已收到求助。")
    assert CallForHelp.objects.get().text == "钥匙"
    page.locator("#notices button", has_text="知道了").click()
    expect(page.locator("#notices")).not_to_contain_text("未被接收")


def test_sos_wants_two_seconds_and_is_there_after_a_reload(room: Room, crew: Cast) -> None:
    page = terminal(room)
    expect(page.locator("#statuses")).to_be_visible()
    page.locator("#sos").click(delay=500)
    page.wait_for_timeout(300)
    assert not CallForHelp.objects.exists(), "half a second is a touch by mistake"
    page.locator("#sos").focus()
    page.keyboard.down("Space")
    expect(page.locator("#emergency")).to_be_visible()
    page.keyboard.up("Space")
    expect(page.locator("#sos-how")).to_have_text("指挥室已知")
    page.reload()
    expect(page.locator("#emergency")).to_contain_text("您的 SOS")
    assert CallForHelp.objects.get().kind == "sos"


def test_the_phone_reports_where_it_is_while_on_duty_and_no_longer(room: Room, crew: Cast) -> None:
    taken: list[list[dict]] = []

    def take(route) -> None:
        """The devices' door is another process's."""
        taken.append(json.loads(route.request.post_data))
        route.fulfill(status=200, body="{}")

    page = room.visit("/help/", "officer", viewport=PHONE, geolocation=HERE, permissions=["geolocation"])
    page.context.route("**/fixes/", take)
    page.goto(f"{room.web.base}/terminal/")
    expect(page.locator("#my-status")).to_have_text("巡逻")
    while not taken:
        page.wait_for_timeout(100)
    assert (taken[0][0]["lat"], taken[0][0]["accuracy"]) == (HERE["latitude"], 8)
    device = units.find(crew.duty_officer, "2107").devices.order_by("-pk").first()
    assert device.name == f"terminal {crew.officer.pk}"
    units.book_off(crew.duty_officer, "2107")
    expect(page.locator("#idle-words")).to_have_text("您不在岗。")
    count = len(taken)
    page.context.set_geolocation({**HERE, "latitude": 29.7})
    page.wait_for_timeout(800)
    assert len(taken) == count
    assert terminals.payload(crew.officer)["unit"] is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_can_be_read_and_touched(room: Room, crew: Cast, scheme: str, language: str) -> None:
    sent(crew)
    page = terminal(room, color_scheme=scheme, language=language)
    expect(page.locator("#list-open")).to_be_visible()
    page.evaluate((Path(os.environ["STATION_FRONT"]) / "node_modules" / "axe-core" / "axe.min.js").read_text())
    wrong = page.evaluate(AXE) + page.evaluate(SMALL_TARGETS)
    for opener, sheet in (
        ("note-open", "note"),
        ("help-open", "help"),
        ("list-open", "list"),
        ("menu-open", "menu"),
        ("waiting", "unsent"),
    ):
        page.locator(f"#{opener}").click()
        expect(page.locator(f"#{sheet}")).to_be_visible()
        wrong += page.evaluate(AXE) + page.evaluate(SMALL_TARGETS)
        page.keyboard.press("Escape")
    for width in (360, 430):
        page.set_viewport_size({"width": width, "height": 740})
        wrong += [page.evaluate(WIDER)] if page.evaluate(WIDER) else []
    assert wrong == []


def test_who_holds_the_phone_next_sees_nothing_of_whoever_signed_out(room: Room, crew: Cast) -> None:
    sent(crew)
    page = terminal(room, permissions=[])  # no positions: those that are not sent stay, with the key that they need
    expect(page.locator("#order-phone")).to_have_attribute("href", "tel:13800002207")
    page.evaluate(CONTROLLED)
    all_sent(page)
    assert "13800002207" in page.evaluate(KEPT)[0], "kept for when there is no network"
    page.locator("#menu-open").click()
    page.locator("#menu .leave button").click()
    with contextlib.suppress(TimeoutError):  # what was told at just this moment is asked about once
        page.wait_for_url("**/sign-in/**", timeout=3000)
    if "/sign-in/" not in page.url:
        page.locator("#menu .leave button").click()
    page.wait_for_url("**/sign-in/**")
    page.wait_for_selector("html[data-left=yes]")
    found, pages = page.evaluate(KEPT)
    assert "13800002207" not in found
    assert "银杏街" not in found
    assert '"key"' not in found, "no key to report positions by either"
    assert pages == 0
    page.context.set_offline(True)
    with pytest.raises(Error):
        page.goto("/terminal/")


def test_keys_alone_go_and_note(room: Room, crew: Cast) -> None:
    made = sent(crew)
    page = terminal(room)
    expect(page.locator("#go")).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "go":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#my-status")).to_have_text("途中")
    all_sent(page)
    made.refresh_from_db()
    assert made.status == "en_route"
    page.locator("#note-open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("ok")
    page.keyboard.press("Escape")
    expect(page.locator("#note")).to_be_hidden()
