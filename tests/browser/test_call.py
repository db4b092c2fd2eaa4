"""A call by keys alone, and what may go wrong with it."""

from playwright.sync_api import Page, expect

from dispatch import incidents, units
from dispatch.models import Assignment, Incident
from tests.browser.conftest import Room
from tests.conftest import PLACE, Cast

FIGHT = {"kind": "fight", "priority": 1, **PLACE}


COUNT = """() => { window.pressed = []; window.pointed = 0;
  addEventListener("keydown", (event) => window.pressed.push(event.key), true);
  addEventListener("pointerdown", () => (window.pointed += 1), true); }"""


def press(page: Page, *keys: str) -> None:
    """Press keys as a hand does."""
    for key in keys:
        page.keyboard.press(key)


def test_a_call_is_on_another_wall_and_sent_in_ten_keystrokes(room: Room, town: Cast) -> None:
    wall, desk = room.live("/wall/", "commander"), room.live("/desk/")
    desk.evaluate(COUNT)
    press(desk, "F2", "d", "j", "Enter", "m", "t", "b", "l", "Enter")
    expect(desk.locator("#advice-list li").first).to_contain_text("2101")
    press(desk, "Enter")
    card = wall.locator("#incident-list li")
    expect(card).to_contain_text("打架")
    expect(card).to_contain_text("码头北路")
    expect(card.locator(".tag")).to_contain_text("2101")
    expect(desk.locator("#result")).to_contain_text("2101")
    pressed, pointed = desk.evaluate("[window.pressed, window.pointed]")
    assert (len(pressed) <= 10, pointed) == (True, 0), f"the browser saw {pressed}"
    sent = Assignment.objects.get()
    assert (sent.unit.call_sign, sent.incident.address) == ("2101", "码头北路")
    assert sent.incident.acknowledged_at is not None


def test_somebody_else_was_faster_and_the_next_is_offered(room: Room, town: Cast) -> None:
    desk, frozen = room.live("/desk/"), []
    # set early, since Chromium takes a moment before it asks; once it is frozen the list stays as it is shown
    desk.route("**/api/v1/recommendation/**", lambda route: route.abort() if frozen else route.continue_())
    press(desk, "F2", "2", "Enter", "y", "x", "j", "Enter")
    expect(desk.locator("#advice-list li")).to_have_count(3)
    first = desk.locator("#advice-list [aria-selected=true] .call").inner_text()
    frozen.append(True)
    other = incidents.open_incident(town.duty2, town.s1, **FIGHT)
    units.assign(town.duty2, other.number, first)
    press(desk, "Enter")
    expect(desk.locator("#offer")).to_contain_text(town.duty2.label)
    expect(desk.locator("#offer-send")).to_be_focused()
    assert Incident.objects.filter(opened_by=town.duty_officer).count() == 1
    press(desk, "Enter")
    expect(desk.locator("#offer")).to_be_hidden()
    sent = Assignment.objects.get(incident__opened_by=town.duty_officer)
    assert sent.unit.call_sign != first


def test_enter_while_an_input_method_composes_never_sends(room: Room, town: Cast) -> None:
    desk = room.live("/desk/")
    press(desk, "F2", "d", "j", "Enter", "m", "t", "b", "l", "Enter")
    expect(desk.locator("#advice-list li").first).to_be_visible()
    desk.evaluate(
        """() => { const field = document.getElementById("facts"); field.focus();
        for (const how of [{ isComposing: true }, { keyCode: 229 }])
          field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...how })); }"""
    )
    press(desk, "Shift+Enter")
    desk.keyboard.type("x")
    expect(desk.locator("#facts")).to_have_value("\nx")
    desk.wait_for_timeout(300)
    assert not Incident.objects.exists()


def test_nothing_typed_is_lost_when_the_server_is_away(room: Room, town: Cast) -> None:
    desk = room.live("/desk/")
    desk.route("**/api/v1/incidents/", lambda route: route.abort())  # takes Chromium a moment
    press(desk, "F2", "d", "j", "Enter", "m", "t", "b", "l", "Enter")
    desk.keyboard.type("门口有人受伤")
    expect(desk.locator("#advice-list li").first).to_be_visible()
    press(desk, "Enter")
    expect(desk.locator("#result")).to_have_class("refused")
    expect(desk.locator("#facts")).to_have_value("门口有人受伤")
    desk.unroute("**/api/v1/incidents/")
    desk.reload()
    expect(desk.locator("#facts")).to_have_value("门口有人受伤")
    expect(desk.locator("#kind")).to_have_value("打架")
    desk.locator("#facts").focus()
    expect(desk.locator("#advice-list li").first).to_be_visible()
    press(desk, "Enter")
    expect(desk.locator("#incident-rows tr")).to_contain_text("码头北路")
    expect(desk.locator("#facts")).to_have_value("")
    assert Incident.objects.get().facts == "门口有人受伤"

    desk.locator("#facts").fill("只给自己看")
    desk.evaluate(
        "for (const [k, v] of Object.entries(sessionStorage)) sessionStorage[k] = v.replace('duty_officer', 'x')"
    )
    desk.reload()
    expect(desk.locator("#incident-rows tr")).to_have_count(1)
    expect(desk.locator("#facts")).to_have_value("")  # what somebody else typed here is not shown


def test_the_command_line_dispatches_steps_and_undoes(room: Room, town: Cast) -> None:
    number = incidents.open_incident(town.duty_officer, town.s1, **FIGHT).number
    desk = room.live("/desk/")
    expect(desk.locator("#incident-rows tr")).to_have_count(1)
    press(desk, "/")
    desk.keyboard.type(f"d {number[-4:]} 210")
    press(desk, "Tab", "Enter")
    expect(desk.locator("#result")).to_contain_text("2101")
    press(desk, "/")
    desk.keyboard.type("s 2101 os")
    press(desk, "Enter")
    expect(desk.locator("#incident-rows tr")).to_contain_text("到场")
    press(desk, "/")
    desk.keyboard.type(f"d {number[-4:]} 2103")
    press(desk, "Enter")
    expect(desk.locator("#result")).to_contain_text("2103")
    press(desk, "Escape", "z")
    expect(desk.locator("#result")).to_contain_text("已撤销")
    assert Assignment.objects.get(unit__call_sign="2103").status == "cancelled"
    assert Assignment.objects.get(unit__call_sign="2101").status == "on_scene"


def test_the_chosen_incident_is_sent_to_noted_and_closed_by_keys(room: Room, town: Cast) -> None:
    number = incidents.open_incident(town.duty_officer, town.s1, **FIGHT).number
    desk = room.live("/desk/")
    expect(desk.locator("#incident-rows tr")).to_have_count(1)
    press(desk, "i", "F5")
    expect(desk.locator("#act select")).to_be_focused()
    press(desk, "Enter")
    expect(desk.locator("#assignments li")).to_contain_text("2101")
    press(desk, "i", "n")
    desk.keyboard.type("人数增多")
    press(desk, "Enter")
    expect(desk.locator("#incident-log")).to_contain_text("人数增多")
    press(desk, "i", "F8")
    desk.keyboard.type("18")
    press(desk, "Enter")
    expect(desk.locator("#incident-rows tr")).to_have_count(0)
    closed = Incident.objects.get(number=number)
    assert (closed.state, closed.disposition) == ("closed", "18")
