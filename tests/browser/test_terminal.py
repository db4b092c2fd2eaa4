"""The terminal on a phone: an order that comes, what is done with one thumb, and what becomes of it without a network."""

import pytest
from playwright.sync_api import Page, expect

from dispatch import incidents, units
from dispatch.models import Assignment, Order
from tests.browser.conftest import Room
from tests.conftest import PLACE, Cast

PHONE = {"width": 390, "height": 844}
HERE = {"latitude": PLACE["lat"], "longitude": PLACE["lon"] + 0.0015, "accuracy": 8}
CALL = {
    "kind": "fight",
    "priority": 1,
    "address": "银杏街 12 号",
    "facts": "两人打架，一人持酒瓶",
    "caller_phone": "13800002207",
}
TAPS = "() => [...document.querySelectorAll('button, a, input, textarea')].filter((one) => one.offsetParent)"
LOW = (
    TAPS.removesuffix("") + ".map((one) => [one.id || one.textContent.trim(), one.getBoundingClientRect()])"
    ".filter(([, box]) => box.height < 47.5 || box.width < 47.5).map(([name, box]) => `${name} ${box.width}×${box.height}`)"
)
RUNG = "() => { window.rung = 0; const start = OscillatorNode.prototype.start; OscillatorNode.prototype.start = function (...of) { window.rung += 1; return start.apply(this, of); }; }"


@pytest.fixture
def crew(town: Cast) -> Cast:
    """The officer is on 2107."""
    town.officer.set_password(town.duty_officer.password and "a-Long-pass-0412")
    town.officer.save()
    units.book_on(town.duty_officer, "2107", ["officer"])
    return town


def terminal(room: Room, who: str = "officer", **options: object) -> Page:
    """The terminal of somebody whose phone knows where it is."""
    known = {"viewport": PHONE, "geolocation": HERE, "permissions": ["geolocation"], "color_scheme": "light", **options}
    return room.live("/terminal/", who, **known)


def sent(cast: Cast, **more: object) -> Assignment:
    call = incidents.open_incident(cast.duty_officer, cast.s1, **{**CALL, **PLACE, **more})
    return units.assign(cast.duty_officer, call.number, "2107")


def test_an_order_rings_is_read_and_gone_to(room: Room, crew: Cast) -> None:
    page = terminal(room)
    expect(page.locator("#idle-words")).to_have_text("没有任务。")
    page.evaluate(RUNG)
    page.locator("#call-sign").click()  # the first touch arms the ring
    made = sent(crew)
    expect(page.locator("#order-kind")).to_have_text("打架")
    expect(page.locator("#order-place")).to_have_text("银杏街 12 号")
    expect(page.locator("#order-phone")).to_have_attribute("href", "tel:13800002207")
    page.wait_for_function("window.rung > 0")
    order = Order.objects.get(assignment=made)
    page.wait_for_timeout(300)
    order.refresh_from_db()
    assert order.delivered_at is not None
    assert order.accepted_at is None
    page.locator("#go").click()
    expect(page.locator("#my-status")).to_have_text("途中")
    expect(page.locator("#go-word")).to_have_text("到 场")
    expect(page.locator("#waiting")).to_have_attribute("data-count", "none")
    made.refresh_from_db()
    order.refresh_from_db()
    assert (made.status, order.seen_at is not None, order.accepted_at is not None) == ("en_route", True, True)
