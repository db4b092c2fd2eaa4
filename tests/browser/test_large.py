"""A picture shown large: names in it, a click in it tells the place, presets; cameras by circle, area and along a way."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from command.models import AuditEntry
from devices import cameras, controls, streams
from devices.models import Watch
from dispatch import incidents, units
from tests import clips
from tests.browser.conftest import Room
from tests.browser.test_day import CALL, WALL, crew_signs_in, picture, terminal, wall_of
from tests.browser.test_picture import complaints
from tests.browser.test_who_sees import bare_wall, take_over
from tests.clips import until
from tests.conftest import PLACE, Cast
from tests.onvif_camera import onvif_camera

CALM = {"language": "en", "viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
VIEW = {"height_m": 5.0, "fov_deg": 70.0, "range_m": 90.0}
DEGREE_M = 111_195
ASKED = re.compile(r"\?seeing=")  # which cameras see a place


# What goes to the loudspeaker, listened to beside it
LOUDEST = """() => { const connect = AudioNode.prototype.connect; let heard = null;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) { heard = this.context.createAnalyser(); connect.call(this, heard); }
    return connect.call(this, to, ...more); };
  window.loudest = () => { if (!heard) return 0; const wave = new Float32Array(heard.fftSize);
    heard.getFloatTimeDomainData(wave); return Math.max(...wave.map(Math.abs)); }; }"""


def desk_of(room: Room) -> Page:
    desk = room.live("/desk/", **CALM)
    expect(desk.locator("#map canvas").first).to_be_visible()
    return desk


def chosen(desk: Page) -> None:
    desk.locator("#incident-rows tr").click()
    expect(desk.locator("#incident-log li").first).to_be_visible()


def test_a_click_in_a_picture_tells_its_place(room: Room, town: Cast, tmp_path: Path) -> None:
    lat, lon = PLACE["lat"] + 40 / DEGREE_M, PLACE["lon"]
    with clips.camera(tmp_path) as shown, onvif_camera() as dome:
        camera = cameras.add_camera(
            None, town.s1, "东门", "visible", lat=lat, lon=lon, bearing_deg=180, tilt_deg=10, **VIEW
        )
        streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
        controls.set_control(town.technician, camera.pk, dome.address)
        call = incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
        desk = desk_of(room)
        chosen(desk)
        desk.keyboard.press("F6")
        expect(desk.locator("#scene-list > li")).to_have_attribute("data-shown", "live")
        desk.get_by_role("button", name="东门, large").click()
        large = desk.locator("#large")
        expect(large).to_have_attribute("data-shown", "live")
        expect(large.locator(".labels [data-kind=incident]")).to_have_text(re.compile(call.number[-4:]))
        where = "(label) => [label.style.left, label.style.top].map(parseFloat)"
        at = large.locator(".labels [data-kind=incident]").evaluate(where)
        box = large.locator("#large-picture canvas").bounding_box()
        assert box
        desk.mouse.click(box["x"] + box["width"] * at[0] / 100, box["y"] + box["height"] * at[1] / 100)
        said = large.locator("#large-said")
        expect(said).to_contain_text("码头北路")
        found = re.search(r"([\d.]+), ([\d.]+) ±", said.inner_text())
        assert found
        off_m = [abs(float(one) - there) * DEGREE_M for one, there in zip(found.groups(), PLACE.values(), strict=True)]
        assert max(off_m) < 1.5, "where the label of the incident stands, there is the incident"
        expect(desk.locator(".asked-spot")).to_have_count(1)
        picture(desk, "large-desk", {"width": 1440, "height": 900})
        large.locator("#large-picture").focus()
        for _ in range(30):
            desk.keyboard.press("ArrowUp")
        desk.keyboard.press("Enter")
        expect(said).to_contain_text("above the horizon")
        large.get_by_role("button", name="Presets").click()
        large.locator("#large-preset-list button").first.click()
        expect(said).to_contain_text("It is told to go to")
        assert AuditEntry.objects.get(action="slew").facts["incident"] == call.number
        assert complaints(desk) == []
        desk.keyboard.press("Escape")
        expect(large).to_be_hidden()
        expect(desk.locator(".asked-spot")).to_have_count(0)
        expect(desk.locator("#scene-list canvas")).to_be_visible()
        assert Watch.objects.count() == 1, "shown large it is the same look"


def test_where_nothing_shows_the_scene_the_desk_says_so(room: Room, town: Cast) -> None:
    incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
    desk = desk_of(room)
    chosen(desk)
    desk.keyboard.press("F6")
    expect(desk.locator("#result")).to_contain_text("There are no pictures")
    expect(desk.locator("#scenes")).to_be_hidden()


@pytest.mark.parametrize("comes", [False, True])
def test_pictures_asked_for_before_it_is_known_what_there_is(
    room: Room, town: Cast, tmp_path: Path, comes: bool
) -> None:
    """The desk says so once nothing is found; a camera that comes meanwhile is found."""
    incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
    desk = desk_of(room)
    desk.set_viewport_size({"width": 1280, "height": 640})  # what was opened lies below what is seen first
    held: list[Route] = []
    told: list[str | bytes] = []
    desk.on("websocket", lambda socket: socket.on("framereceived", lambda frame: told.append(frame)))
    desk.reload()
    expect(desk.locator("body")).to_have_attribute("data-connection", "live")
    desk.route(ASKED, lambda route: held.append(route), times=1)
    with desk.expect_request(ASKED):
        chosen(desk)
    desk.keyboard.press("F6")
    expect(desk.locator("#scenes-open")).to_have_attribute("aria-expanded", "true")
    assert desk.locator("#result").inner_text() == ""
    before = held[0].fetch()
    with clips.camera(tmp_path) as shown:
        if comes:
            lat, lon = PLACE["lat"] + 40 / DEGREE_M, PLACE["lon"]
            camera = cameras.add_camera(
                None, town.s1, "东门", "visible", lat=lat, lon=lon, bearing_deg=180, tilt_deg=10, **VIEW
            )
            source = streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
            told_of = re.compile(rf'"source": ?{source.pk}\b')
            until(lambda: desk.wait_for_timeout(20) or any(told_of.search(str(one)) for one in told))
        held[0].fulfill(response=before)
        if comes:
            expect(desk.locator("#scene-list > li")).to_have_attribute("data-shown", "live")
            expect(desk.locator("#scene-list > li")).to_be_in_viewport()
        else:
            expect(desk.locator("#result")).to_contain_text("There are no pictures")
            expect(desk.locator("#scenes-open")).to_have_attribute("aria-expanded", "false")


def test_the_wall_shows_a_panorama_with_names(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as shown:
        there = {"lat": CALL["lat"] + 60 / DEGREE_M, "lon": CALL["lon"]}
        wide = {"height_m": 12.0, "bearing_deg": 180.0, "fov_deg": 180.0, "tilt_deg": 15.0, "range_m": 300.0}
        camera = cameras.add_camera(None, town.s1, "全景 1", "panorama", **there, **wide)
        streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
        call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
        wall = wall_of(room, town, "en")
        wall.keyboard.press("2")
        tile = wall.locator("#scene-list > li")
        expect(tile).to_have_attribute("data-shown", "live")
        expect(tile.locator(".labels [data-kind=incident]")).to_have_text(re.compile(call.number[-4:]))
        wall.keyboard.press("p")
        expect(wall.locator("#large")).to_have_attribute("data-shown", "live")
        expect(wall.locator("#large .labels [data-kind=incident]")).to_be_visible()
        picture(wall, "large-wall")
        wall.keyboard.press("Escape")
        expect(wall.locator("#large")).to_be_hidden()
        expect(wall.locator("body")).to_have_attribute("data-mode", "assist")


def test_a_click_in_the_walls_picture_tells_point_address_and_units(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as shown:
        lat = PLACE["lat"] + 40 / DEGREE_M
        camera = cameras.add_camera(
            None, town.s1, "东门", "visible", lat=lat, lon=PLACE["lon"], bearing_deg=180, tilt_deg=10, **VIEW
        )
        streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
        call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
        wall = wall_of(room, town, "en")
        wall.keyboard.press("2")
        expect(wall.locator("#scene-list > li")).to_have_attribute("data-shown", "live")
        wall.keyboard.press("p")
        large = wall.locator("#large")
        label = large.locator(".labels [data-kind=incident]")
        expect(label).to_have_text(re.compile(call.number[-4:]))
        at = label.evaluate("(label) => [label.style.left, label.style.top].map(parseFloat)")
        box = large.locator("#large-picture canvas").bounding_box()
        assert box
        wall.mouse.click(box["x"] + box["width"] * at[0] / 100, box["y"] + box["height"] * at[1] / 100)
        said = large.locator("#large-said")
        expect(said).to_contain_text("码头北路")
        expect(said).to_contain_text(re.compile(r"near: 2101 \d+ m"))
        found = re.search(r"([\d.]+), ([\d.]+) ±", said.inner_text())
        assert found
        off_m = [abs(float(one) - there) * DEGREE_M for one, there in zip(found.groups(), PLACE.values(), strict=True)]
        assert max(off_m) < 1.5, "where the label of the incident stands, there is the incident"
        expect(wall.locator(".asked-spot")).to_have_count(1)
        picture(wall, "large-wall-click", {"width": 1920, "height": 1080})
        large.get_by_role("button", name="Cameras that see it").click()
        expect(wall.locator("#take-over")).to_be_visible()
        assert Watch.objects.get().actor_kind == "screen", "the same look, for the incident"


def test_a_camera_without_an_incident_asks_why(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as shown:
        lat = PLACE["lat"] + 40 / DEGREE_M
        camera = cameras.add_camera(
            None, town.s1, "东门", "visible", lat=lat, lon=PLACE["lon"], bearing_deg=180, **VIEW
        )
        streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
        incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
        desk = desk_of(room)
        desk.keyboard.press("u")
        desk.get_by_role("button", name="watch: 东门").click()
        desk.keyboard.type("abc")
        desk.keyboard.press("Enter")
        expect(desk.locator("#large-state")).to_contain_text("needs a reason")
        assert Watch.objects.count() == 0
        desk.locator("#large-close").click()
        desk.get_by_role("button", name="watch: 东门").click()
        desk.locator("#large-reason").fill("somebody climbs the fence")
        desk.keyboard.press("Enter")
        expect(desk.locator("#large")).to_have_attribute("data-shown", "live")
        assert Watch.objects.get().reason == "somebody climbs the fence"


def test_cameras_by_circle_area_and_along_a_way(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as shown:
        for name, north, east in (("近", 40, 0), ("远", 0, 200), ("很远", 0, 700)):
            where = {"lat": PLACE["lat"] + north / DEGREE_M, "lon": PLACE["lon"] + east / DEGREE_M / 0.87}
            camera = cameras.add_camera(None, town.s1, name, "visible", **where, bearing_deg=270, **VIEW)
            streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
        incidents.open_incident(town.duty_officer, town.s1, kind="fight", priority=1, **PLACE)
        desk = desk_of(room)
        chosen(desk)
        desk.keyboard.press("u")
        answer = desk.locator(".who-sees")
        answer.get_by_role("button", name="100 m").click()
        expect(answer.locator("li b")).to_have_text(["近"])
        answer.get_by_role("button", name="500 m").click()
        expect(answer.locator("li b")).to_have_text(["近", "远"])
        link = answer.get_by_role("link", name="play").first.get_attribute("href")
        assert link and link.startswith("/playback/?sources=")
        answer.get_by_role("button", name="area").click()
        box = desk.locator("#map").bounding_box()
        assert box
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for x, y in ((-60, -60), (40, -60), (40, 20), (-60, 20)):
            desk.mouse.click(middle[0] + x, middle[1] + y)
        desk.locator("#map").focus()
        desk.keyboard.press("Enter")
        expect(answer.locator("h3")).to_have_text("Cameras in the area")
        expect(answer.locator("li b")).to_have_text(["近"])
        answer.get_by_role("button", name="went from here").click()
        expect(answer).to_contain_text("Where to?")
        desk.mouse.click(middle[0] + 200, middle[1])
        expect(answer.locator("h3")).to_contain_text("Along the way")
        expect(answer.locator("li b").last).to_have_text("远")
        expect(answer.locator("h3 input")).to_have_value(re.compile(r"\d\d:\d\d:\d\d"))
        picture(desk, "along-desk", {"width": 1440, "height": 900})
        first = answer.locator("li span").last.inner_text()
        answer.locator("h3 input").fill("12:00:00")
        answer.locator("h3 input").press("Enter")
        expect(answer.locator("li span").last).to_contain_text("12:0")
        assert first != answer.locator("li span").last.inner_text()
        assert complaints(desk) == []
        desk.locator("#map").focus()
        desk.keyboard.press("Escape")
        expect(answer).to_have_count(0)


def phone_that_shows(room: Room, town: Cast) -> Page:
    """The phone of a crew that is sent to a call and shows its scene."""
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    phone = terminal(room, language="en")
    phone.context.grant_permissions(["camera", "microphone", "geolocation"])
    phone.locator("#scene-show").click()
    expect(phone.locator("#scene")).to_have_attribute("data-state", "sending")
    return phone


def test_at_a_screen_that_nobody_has_taken_over_nobody_listens(room: Room, town: Cast) -> None:
    phone = phone_that_shows(room, town)
    wall = bare_wall(room, town)
    wall.keyboard.press("2")
    expect(wall.locator("#scene-list > li")).to_have_attribute("data-shown", "live")
    wall.get_by_role("button", name=", large").click()
    listen, said = wall.get_by_role("button", name="Listen"), wall.locator("#large-said")
    listen.click()
    expect(said).to_contain_text("take the screen over")
    expect(listen).to_have_attribute("aria-pressed", "false")
    expect(phone.locator("#scene-words")).not_to_contain_text("Heard by")
    wall.keyboard.press("t")
    take_over(wall)
    listen.click()
    expect(phone.locator("#scene-words")).to_contain_text(f"Heard by {town.duty_officer.label}")
    expect(said).to_have_text("The officer sees that you listen.")
    picture(wall, "wall-listens", WALL)
    wall.locator("#give-back").click()
    expect(phone.locator("#scene-words")).not_to_contain_text("Heard by")
    expect(phone.locator("#scene-words")).to_contain_text("Watched by")


def test_the_desk_hears_what_the_officer_hears(room: Room, town: Cast) -> None:
    phone = phone_that_shows(room, town)
    desk = room.live("/desk/", **CALM)
    chosen(desk)
    desk.locator("#scenes-open").click()
    expect(desk.locator("#scene-list > li")).to_have_attribute("data-shown", "live")
    desk.get_by_role("button", name=", large").click()
    expect(phone.locator("#scene-words")).not_to_contain_text("Heard by")
    listen = desk.get_by_role("button", name="Listen")
    desk.evaluate(LOUDEST)
    listen.click()
    expect(listen).to_have_attribute("aria-pressed", "true")
    expect(phone.locator("#scene-words")).to_contain_text(f"Heard by {town.duty_officer.label}")
    until(lambda: desk.evaluate("() => window.loudest()") > 0.05)  # Chromium's fake microphone beeps once a second
    listen.click()
    expect(phone.locator("#scene-words")).not_to_contain_text("Heard by")
    listen.click()
    expect(phone.locator("#scene-words")).to_contain_text("Heard by")
    desk.locator("#large-close").click()
    expect(phone.locator("#scene-words")).not_to_contain_text("Heard by")
    expect(phone.locator("#scene-words")).to_contain_text("Watched by")
    assert Watch.objects.count() == 1
    phone.locator("#scene-show").click()
