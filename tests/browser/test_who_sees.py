"""Which cameras see a place: asked at the desk by the right mouse button and by a key, with why, and gone again."""

from playwright.sync_api import expect

from command.models import AuditEntry
from devices import cameras, controls, streams
from dispatch import incidents
from tests.browser.conftest import Room
from tests.browser.test_orders import picture
from tests.browser.test_picture import complaints
from tests.conftest import PLACE, Cast
from tests.onvif_camera import onvif_camera

# a map that glides is asked about another place than was meant
CALM = {"language": "en", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
VIEW = {"height_m": 5, "fov_deg": 70, "range_m": 90}


def test_the_desk_asks_which_cameras_see_a_place(room: Room, town: Cast) -> None:
    lat, lon = PLACE["lat"], PLACE["lon"]
    cameras.add_camera(None, town.s1, "远", "visible", lat=lat + 80 / 111_195, lon=lon, bearing_deg=180, **VIEW)
    cameras.add_camera(None, town.s1, "东门", "visible", lat=lat + 40 / 111_195, lon=lon, bearing_deg=180, **VIEW)
    cameras.add_camera(None, town.s1, "背向", "visible", lat=lat + 40 / 111_195, lon=lon, bearing_deg=0, **VIEW)
    incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
    desk = room.live("/desk/", **CALM)
    expect(desk.locator("#map canvas").first).to_be_visible()
    desk.locator("#incident-rows tr").click()
    expect(desk.locator("#incident-log li")).to_have_count(1)
    answer = desk.locator(".who-sees")
    desk.keyboard.press("u")
    expect(answer.locator("li b")).to_have_text(["东门", "远"])
    expect(answer.locator("li span").first).to_have_text("in the middle of its view, 40 m")
    assert complaints(desk) == []
    desk.keyboard.press("u")
    expect(answer).to_have_count(0)
    box = desk.locator("#map").bounding_box()
    assert box
    north = (
        box["x"] + box["width"] / 2,
        box["y"] + box["height"] / 2 - 50,
    )  # some 52 m: behind 东门, before the one that looks away
    desk.mouse.click(*north, button="right")
    expect(answer.locator("li b")).to_have_text(["背向", "远"])
    desk.locator("#map").focus()
    desk.keyboard.press("Escape")
    expect(answer).to_have_count(0)


def test_the_desk_turns_a_camera_to_a_place(room: Room, town: Cast) -> None:
    lat, lon = PLACE["lat"], PLACE["lon"]
    away = cameras.add_camera(None, town.s1, "云台", "visible", lat=lat + 40 / 111_195, lon=lon, bearing_deg=0, **VIEW)
    incident = incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
    with onvif_camera() as dome:
        streams.allow_network("127.0.0.0/8")
        controls.set_control(town.technician, away.pk, dome.address)
        desk = room.live("/desk/", **CALM)
        expect(desk.locator("#map canvas").first).to_be_visible()
        desk.keyboard.press("u")
        answer = desk.locator(".who-sees li")
        expect(answer.locator("span")).to_have_text("can turn to it, 40 m")
        expect(answer.get_by_role("button")).to_have_count(1)
        answer.get_by_role("button", name="turn there: 云台").click()
        expect(answer.get_by_role("status")).to_contain_text("needs a reason")
        desk.locator("#incident-rows tr").click()
        expect(desk.locator("#incident-log li")).to_have_count(1)
        answer.get_by_role("button").click()
        expect(answer.get_by_role("status")).to_have_text("is told to look there")
        assert complaints(desk) == []
        picture(desk, "who-turns.en")
        assert [round(abs(pan), 2) for pan, _tilt in dome.moves] == [1], "it looked away, half way round"
    assert AuditEntry.objects.get(action="slew").facts["incident"] == incident.number
    desk.keyboard.press("u")
    desk.keyboard.press("u")
    expect(answer.locator("span")).to_have_text("in the middle of its view, 40 m")
