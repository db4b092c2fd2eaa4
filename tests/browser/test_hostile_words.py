"""Whatever people, phones and map makers write is shown as words: nothing of it ever becomes a page's own."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from command import alarms, clock
from command.models import Officer
from devices import cameras, devices
from dispatch import errands, incidents, kinds, place_notes, reports, road_blocks, units
from dispatch import help as helping
from dispatch.models import Kind
from tests.browser.conftest import Room
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db(transaction=True)
MARKUP = "<img src=x onerror=\"document.body.dataset.broken='1'\">"
WORDS = [MARKUP, "{{7*7}}${7*7}<%=7*7%>", "javascript:alert(1)", "</script><script>alert(1)</script>", "\u202egnp.exe"]
CALL_SIGN = "<u>1"


def hostile_town(cast: Cast) -> str:
    """Hostile words wherever there is room for any; returns the number of an incident that is full of them."""
    cast.s1.name = MARKUP
    cast.s1.save(update_fields=["name"])
    Officer.objects.filter(username__in=["officer", "duty_officer"]).update(name=MARKUP)
    duty = cast.again("duty_officer")
    device, _ = devices.add_device(None, MARKUP, "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, CALL_SIGN, devices=[device], plate="<i>plate")
    units.book_on(duty, CALL_SIGN, ["officer"])
    said = {"name_zh": MARKUP, "name_en": MARKUP, "priority": 1, "colour": "pink", "expects": []}
    kinds.change_kind(None, Kind.objects.get(slug="fight").pk, [(word, word) for word in WORDS[:4]], **said)
    where = {**PLACE, "height_m": 4, "bearing_deg": 0, "fov_deg": 70, "range_m": 60}
    cameras.add_camera(None, cast.s1, MARKUP, "visible", **where)
    numbers = [
        incidents.open_incident(
            duty, cast.s1, kind="fight", priority=1, **PLACE, address=word, facts=word, caller_name=word[:60],
            caller_phone=word[:30],
        ).number
        for word in WORDS
    ]  # fmt: skip
    for word in WORDS:
        incidents.note(duty, numbers[0], word)
    units.assign(duty, numbers[0], CALL_SIGN)
    hostile_help(cast, numbers[0])
    alarms.raise_alarm(cast.s1.pk, "fixes_refused", 1, "device", device.pk, code=MARKUP)
    alarms.raise_alarm(cast.s1.pk, MARKUP[:40], 1, "unit", MARKUP)
    return numbers[0]


def hostile_help(cast: Cast, number: str) -> None:
    """What people write where help is asked for and given, and of places and roads."""
    duty = cast.again("duty_officer")
    helping.call(cast.again("officer"), "sos", text=MARKUP, **PLACE)
    units.add_unit(None, cast.s1, "<u>2", kind="auxiliary")
    task = errands.give(duty, "<u>2", MARKUP, incident=number, address=MARKUP)
    errands.report(duty, task.pk, MARKUP)
    errands.give(duty, "<u>2", MARKUP, address=MARKUP)
    reports.service(duty, number, "ambulance", text=MARKUP)
    reports.mediate(duty, number, agreed=True, text=MARKUP)
    until = clock.now().date() + dt.timedelta(days=9)
    said = {"kind": "hazard", "address": MARKUP, "radius_m": 50, "words": MARKUP, "until": until}
    place_notes.add_note(duty, cast.s1, **PLACE, **said)
    road_blocks.block(duty, cast.s1, {"type": "Point", "coordinates": [PLACE["lon"], PLACE["lat"]]}, MARKUP)


@pytest.mark.parametrize("path", ["/wall/", "/desk/"])
def test_words_stay_words(room: Room, town: Cast, path: str) -> None:
    number = hostile_town(town)
    page = room.live(path)
    expect(page.get_by_text(MARKUP).first).to_be_visible()
    expect(page.get_by_text(CALL_SIGN, exact=True).first).to_be_visible()
    if path == "/desk/":
        page.locator(f'[data-key="{number}"]').first.click()
        expect(page.get_by_text("</script><script>alert(1)</script>").first).to_be_visible()
    page.wait_for_timeout(500)
    assert page.locator("body").get_attribute("data-broken") is None
    assert page.locator('img[src="x"], img[src$="/x"], u, a[href^="javascript"]').count() == 0
    assert "49" not in page.locator("body").inner_text().split()
