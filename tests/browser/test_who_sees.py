"""Which cameras see a place: asked at desk and wall by the right mouse button and by a key, with why, and gone again."""

import math
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from command import screens
from command.models import AuditEntry
from devices import cameras, controls, streams
from devices.models import Camera, Watch
from dispatch import incidents
from tests import clips
from tests.browser import keyboard
from tests.browser.conftest import Room
from tests.browser.test_assist import LEAST_PX, PIN, SMALL
from tests.browser.test_day import WALL, picture
from tests.browser.test_picture import complaints
from tests.clips import until
from tests.conftest import PLACE, Cast, make_screen
from tests.onvif_camera import onvif_camera

# a map that glides is asked about another place than was meant
CALM = {"language": "en", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
VIEW = {"height_m": 5, "fov_deg": 70, "range_m": 90}
FIGHT = {"kind": "fight", "priority": 1, **PLACE, "address": "银杏街12号"}
DEGREE_M = 111_195
PX_A_METRE = 512 * 2**16.5 / (360 * DEGREE_M * math.cos(math.radians(PLACE["lat"])))  # of a wall that has gone there


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


def camera(town: Cast, name: str, north_m: float, bearing: int, shown: str = "") -> Camera:
    """A camera north of where it happens; with an address, one that is watched."""
    lat = PLACE["lat"] + north_m / DEGREE_M
    made = cameras.add_camera(None, town.s1, name, "visible", lat=lat, lon=PLACE["lon"], bearing_deg=bearing, **VIEW)
    if shown:
        streams.set_stream(None, made.pk, shown, is_recorded=False)
    return made


def bare_wall(room: Room, town: Cast, language: str = "en") -> Page:
    """A paired screen that nobody has taken over yet."""
    screens.set_pin(town.duty_officer, PIN)
    page = room.visit("/sign-in/", None, language, reduced_motion="reduce")
    page.context.add_cookies([{"name": "screen", "value": make_screen(town.s1), "url": room.web.base}])
    page.goto(f"{room.web.base}/wall/")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    expect(page.locator("#map canvas").first).to_be_visible()
    return page


def take_over(wall: Page) -> None:
    """By who stands before the question already."""
    expect(wall.locator("#take-over-who")).to_be_focused()
    wall.keyboard.type("duty_officer")
    wall.keyboard.press("Tab")
    wall.keyboard.type(PIN)
    wall.keyboard.press("Enter")
    expect(wall.locator("#acts")).to_be_visible()


def asked(wall: Page) -> Locator:
    """The answer about where the only call is: it is gone to, and lies in the middle of what is seen."""
    wall.keyboard.press("g")
    wall.keyboard.press("u")
    return wall.locator(".who-sees")


def middle(wall: Page) -> tuple[float, float]:
    """Where on the page the place lies that was asked about."""
    box = wall.locator(".asked-spot").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_at_a_wall_a_person_asks_and_what_they_open_is_theirs(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as shown:
        camera(town, "远", 80, 180)
        camera(town, "东门", 40, 180, shown.url)
        camera(town, "背向", 40, 0)
        call = incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
        wall = bare_wall(room, town)
        expect(wall.locator("#incident-list li")).to_have_count(1)
        wall.keyboard.press("u")
        take_over(wall)
        answer = asked(wall)
        expect(answer.locator("li b")).to_have_text(["东门", "远"])
        expect(answer.locator("li span").first).to_have_text("in the middle of its view, 40 m")
        expect(answer.get_by_role("button", name="watch: 东门")).to_be_focused()
        wall.keyboard.press("Enter")
        expect(wall.locator("#large-reason")).to_be_focused()
        wall.keyboard.type("somebody climbs the fence")
        wall.keyboard.press("Enter")
        large = wall.locator("#large")
        expect(large).to_have_attribute("data-shown", "live")
        look = Watch.objects.get()
        assert (look.actor_kind, look.actor_id) == ("officer", str(town.duty_officer.pk))
        assert (look.reason, look.incident) == ("somebody climbs the fence", "")
        picture(wall, "wall-look-large.en", WALL)
        wall.keyboard.press("Escape")
        expect(large).to_be_hidden()
        until(lambda: not Watch.objects.filter(ended_at=None).exists())
        wall.locator("#incident-list li").click()
        answer.get_by_role("button", name="watch: 东门").click()
        expect(large).to_have_attribute("data-shown", "live")
        until(lambda: Watch.objects.filter(ended_at=None, incident=call.number).exists())
        wall.locator("#give-back").click()
        expect(large).to_be_hidden()
        expect(answer).to_have_count(0)
        until(lambda: not Watch.objects.filter(ended_at=None).exists())
        assert set(Watch.objects.values_list("actor_kind", flat=True)) == {"officer"}


def test_what_is_picked_in_assist_stands_among_the_tiles(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as one, clips.camera(tmp_path) as other:
        camera(town, "东门", 40, 180, one.url)
        camera(town, "背向", 40, 0, other.url)
        incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
        wall = bare_wall(room, town)
        tiles = wall.locator("#scene-list > li")
        wall.keyboard.press("t")
        take_over(wall)
        answer = asked(wall)
        expect(answer.locator("li b")).to_have_text(["东门"])
        x, y = middle(wall)
        wall.mouse.click(x, y - 75 * PX_A_METRE, button="right")
        expect(answer.locator("li b")).to_have_text(["背向"])
        wall.keyboard.press("2")
        expect(tiles.locator("p b")).to_have_text(["东门"])
        answer.get_by_role("button", name="watch: 背向").click()
        large = wall.locator("#large")
        expect(large).to_have_attribute("data-shown", "live")
        expect(large.locator("#large-name")).to_have_text("背向")
        expect(tiles.locator("p b")).to_have_text(["背向", "东门"])
        wall.keyboard.press("Escape")
        expect(tiles.first.locator("canvas")).to_be_visible()
        expect(tiles.first).to_have_attribute("data-shown", "live")
        picture(wall, "wall-look-assist.en", WALL)
        kinds = dict(Watch.objects.filter(ended_at=None).values_list("source__camera__name", "actor_kind"))
        assert kinds == {"东门": "screen", "背向": "officer"}
        wall.keyboard.press("Escape")
        expect(answer).to_have_count(0)
        expect(wall.locator("#seeing")).to_be_visible()
        expect(tiles).to_have_count(2)
        wall.locator("#give-back").click()
        expect(tiles.locator("p b")).to_have_text(["东门"])
        until(lambda: Watch.objects.filter(ended_at=None).count() == 1)


def test_a_wall_turns_a_camera_in_somebodys_name(room: Room, town: Cast) -> None:
    away = camera(town, "云台", 40, 0)
    call = incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
    with onvif_camera() as dome:
        streams.allow_network("127.0.0.0/8")
        controls.set_control(town.technician, away.pk, dome.address)
        wall = bare_wall(room, town)
        wall.keyboard.press("t")
        take_over(wall)
        row = asked(wall).locator("li")
        expect(row.locator("span")).to_have_text("can turn to it, 40 m")
        row.get_by_role("button", name="turn there: 云台").click()
        expect(row.get_by_role("status")).to_contain_text("needs a reason")
        wall.locator("#incident-list li").click()
        row.get_by_role("button").click()
        expect(row.get_by_role("status")).to_have_text("is told to look there")
        assert [round(abs(pan), 2) for pan, _tilt in dome.moves] == [1]
    turned = AuditEntry.objects.get(action="slew")
    assert (turned.actor_kind, turned.actor_id) == ("officer", str(town.duty_officer.pk))
    assert turned.facts["incident"] == call.number


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_wall_lists_cameras_around_in_an_area_and_along_a_way(
    room: Room, town: Cast, tmp_path: Path, language: str
) -> None:
    with clips.camera(tmp_path) as shown:
        for name, north in (("近", 40), ("北门", 60), ("学校", 80), ("远", 300)):
            camera(town, name, north, 180, shown.url)
        incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
        wall = bare_wall(room, town, language)
        wall.keyboard.press("t")
        take_over(wall)
        answer = asked(wall)
        expect(answer.locator("li b")).to_have_text(["近", "北门", "学校"])
        picture(wall, f"wall-look.{language}", WALL)
        assert complaints(wall) == []
        assert keyboard.walked(wall) == []
        ways = answer.get_by_role("group").get_by_role("button")
        ways.nth(3).click()
        expect(answer.locator("li b")).to_have_text(["近", "北门", "学校", "远"])
        x, y = middle(wall)
        ways.nth(5).click()
        for off_x, off_y in ((-60, -70), (60, -70), (60, 20), (-60, 20)):
            wall.mouse.click(x + off_x, y + off_y)
        wall.keyboard.press("Enter")
        expect(answer.locator("li b")).to_have_text(["近"])
        ways.nth(6).focus()
        wall.keyboard.press("Enter")
        expect(wall.locator("#map")).to_have_class(re.compile("aiming"))
        picture(wall, f"wall-look-aiming.{language}", WALL)
        for _ in range(3):
            wall.keyboard.press("ArrowUp")
        wall.keyboard.press("Enter")
        expect(answer.locator("li").first).to_be_visible()
        expect(answer.locator("h3 input")).to_have_value(re.compile(r"\d\d:\d\d:\d\d"))
        picture(wall, f"wall-look-along.{language}", WALL)
        wall.set_viewport_size(WALL)
        assert wall.evaluate(SMALL, [".who-sees", LEAST_PX]) == []
        assert wall.evaluate("document.documentElement.scrollWidth") <= 1920
        answer.locator("h3 input").focus()
        wall.keyboard.press("Escape")
        expect(answer).to_have_count(0)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_wall_says_that_no_camera_sees_it_and_that_nobody_answers(room: Room, town: Cast, language: str) -> None:
    camera(town, "东门", 40, 180)
    incidents.open_incident(town.duty_officer, town.s1, **FIGHT)
    wall = bare_wall(room, town, language)
    wall.mouse.click(733, 333, button="right")
    take_over(wall)
    answer = wall.locator(".who-sees")
    said = answer.get_by_role("status")
    wall.mouse.click(733, 200, button="right")
    expect(said).to_have_text({"en": "No camera sees this place.", "zh-hans": "没有摄像头能看见此处。"}[language])
    picture(wall, f"wall-look-none.{language}", WALL)
    wall.mouse.click(347, 133, button="right")
    outside = {"en": "This place lies outside of the loaded maps.", "zh-hans": "该地点在已导入的地图之外。"}[language]
    expect(said).to_contain_text(outside)
    wall.route("**/api/v1/cameras/?*", lambda route: route.abort())
    wall.mouse.click(733, 200, button="right")
    expect(answer.locator("p.error")).to_be_visible()
    expect(answer.locator("li")).to_have_count(0)
    wall.unroute("**/api/v1/cameras/?*")
    asked(wall)
    wall.keyboard.press("u")
    expect(answer.locator("li b")).to_have_text(["东门"])
    wall.keyboard.press("Escape")
    expect(answer).to_have_count(0)
    expect(wall.locator("#acts")).to_be_visible()
