"""The room sees what an officer sees: from the camera of a phone's page to the wall, with who watches told on the phone."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, WebSocketRoute, expect
from websockets.sync.client import connect

from command.models import AuditEntry
from devices import cameras, streams
from devices.models import PictureSource, Watch
from devices.pictures.packet import Head, packed
from dispatch import incidents, units
from tests import clips
from tests.browser.conftest import Room
from tests.browser.test_day import CALL, crew_signs_in, picture, terminal, wall_of
from tests.clips import until
from tests.conftest import Cast
from tests.devices.pictures.test_sampler import coded

# How far the picture is from one colour, and the sum of all its bytes: another picture has another
LOOK = """(canvas) => { const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let low = 255, high = 0, sum = 0; for (const one of data) { low = Math.min(low, one); high = Math.max(high, one); sum += one; }
  return { width: canvas.width, height: canvas.height, contrast: high - low, sum }; }"""


def shows(page: Page) -> None:
    """Show the scene from a terminal whose camera may be used."""
    page.context.grant_permissions(["camera", "geolocation"])
    page.locator("#scene-show").click()
    expect(page.locator("#scene")).to_have_attribute("data-state", "sending")


def test_the_wall_sees_what_the_officer_sees(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    phone, wall = terminal(room, language="en"), wall_of(room, town, "en")
    wall.keyboard.press("2")
    expect(wall.locator("#assist-number")).to_contain_text(call.number[-4:])
    expect(wall.locator("#scenes")).to_be_hidden()
    shows(phone)
    tile = wall.locator("#scene-list > li")
    expect(tile).to_have_attribute("data-shown", "live")
    expect(tile).to_contain_text(town.officer.label)
    expect(phone.locator("#scene-words")).to_contain_text("Watched by 墙")
    first = tile.locator("canvas").evaluate(LOOK)
    assert (first["width"], first["height"]) == (640, 360)
    assert first["contrast"] > 100
    until(lambda: tile.locator("canvas").evaluate(LOOK)["sum"] != first["sum"])  # it moves
    picture(wall, "scene-wall")
    picture(phone, "scene-phone")
    watch = Watch.objects.get()
    assert (watch.incident, watch.actor_kind, watch.ended_at) == (call.number, "screen", None)
    assert AuditEntry.objects.filter(action="watch").count() == 1

    desk = room.live("/desk/", language="en")
    desk.keyboard.press("i")
    opener = desk.locator("#scenes-open")
    expect(opener).to_have_text("What they see: 1")
    assert Watch.objects.count() == 1, "at a desk nothing opens by itself"
    opener.click()
    expect(desk.locator("#scene-list > li")).to_have_attribute("data-shown", "live")
    expect(phone.locator("#scene-words")).to_contain_text(town.duty_officer.label)
    picture(desk, "scene-desk", {"width": 1440, "height": 900})
    opener.click()
    expect(phone.locator("#scene-words")).not_to_contain_text(town.duty_officer.label)
    desk.context.close()

    phone.context.set_offline(True)
    expect(tile).to_have_attribute("data-shown", "stale")
    expect(tile).to_contain_text("as of")
    phone.context.set_offline(False)
    expect(tile).to_have_attribute("data-shown", "live")

    phone.locator("#scene-show").click()
    expect(tile).to_have_count(0)
    expect(phone.locator("#scene-words")).to_have_text("")
    wall.wait_for_function("() => document.querySelector('#scenes').hidden")
    assert PictureSource.objects.get().sending_since is None
    until(lambda: not Watch.objects.filter(ended_at=None).exists())


def test_cameras_that_see_the_place_open_with_the_call(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as shown:
        where = {"height_m": 4.5, "bearing_deg": 180.0, "fov_deg": 70.0, "range_m": 90.0}
        there = {"lat": CALL["lat"] + 40 / 111_195, "lon": CALL["lon"]}
        camera = cameras.add_camera(None, town.s1, "东门 1", "visible", **there, **where)
        source = streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
        wall = wall_of(room, town, "en")
        incidents.open_incident(town.duty_officer, town.s1, **CALL)
        wall.keyboard.press("2")
        tile = wall.locator("#scene-list > li")
        expect(tile).to_contain_text("东门 1")
        expect(tile).to_have_attribute("data-shown", "live")
        assert tile.locator("canvas").evaluate(LOOK)["contrast"] > 100
        picture(wall, "scene-camera")
        assert Watch.objects.get().source_id == source.pk
        shown.say("stop")
        expect(tile).to_have_attribute("data-shown", "stale")
        shown.say("go")
        expect(tile).to_have_attribute("data-shown", "live")


# a browser that can draw no stream, and draws what it can by the oldest means alone
PLAIN = """delete window.VideoDecoder; delete window.EncodedVideoChunk; delete window.VideoFrame;
  delete window.createImageBitmap; delete window.OffscreenCanvas;"""


def test_a_browser_that_can_draw_no_stream_shows_stills_and_says_so(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    phone, desk = terminal(room, language="en"), room.live("/desk/", language="zh-hans")
    desk.context.add_init_script(PLAIN)
    desk.reload()
    expect(desk.locator("body")).to_have_attribute("data-connection", "live")
    assert desk.evaluate("[typeof VideoDecoder, typeof createImageBitmap, typeof OffscreenCanvas]") == ["undefined"] * 3
    shows(phone)
    desk.keyboard.press("i")
    desk.locator("#scenes-open").click()
    tile = desk.locator("#scene-list li")
    expect(tile).to_have_attribute("data-shown", "live")
    expect(tile).to_contain_text("静态画面")
    expect(phone.locator("#scene-words")).to_contain_text(town.duty_officer.label)
    first = tile.locator("canvas").evaluate(LOOK)
    assert (first["width"], first["height"]) == (640, 360)
    assert first["contrast"] > 100
    until(lambda: tile.locator("canvas").evaluate(LOOK)["sum"] != first["sum"])  # it moves
    assert AuditEntry.objects.filter(action="watch").count() == Watch.objects.count() == 1
    tile.locator("p").scroll_into_view_if_needed()
    picture(desk, "scene-stills-desk", {"width": 1440, "height": 900})
    picture(desk, "scene-stills-narrow", {"width": 390, "height": 844})
    phone.context.set_offline(True)
    expect(tile).to_have_attribute("data-shown", "stale")
    phone.context.set_offline(False)
    expect(tile).to_have_attribute("data-shown", "live")


def test_a_codec_that_this_browser_never_learned_comes_as_stills(room: Room, town: Cast) -> None:
    """H.265 from a phone's socket: the decoder refuses it, and the wall asks again."""
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    wall = wall_of(room, town, "en")
    wall.keyboard.press("2")
    with h265_sender(room, town):
        tile = wall.locator("#scene-list li")
        expect(tile).to_have_attribute("data-shown", "live")
        expect(tile).to_contain_text("still pictures")
        assert tile.locator("canvas").evaluate(LOOK)["contrast"] > 100
        picture(wall, "scene-stills-wall", {"width": 1920, "height": 1080})
    assert AuditEntry.objects.filter(action="watch").count() == 1


@contextlib.contextmanager
def h265_sender(room: Room, town: Cast) -> Iterator[None]:
    """An officer's phone whose encoder makes H.265, while the block lasts."""
    token, clip, ended = town.token("officer"), coded("h265", 30, 640, 360), threading.Event()
    address = room.web.socket.replace("/live/", "/pictures/send/")

    def send() -> None:
        with connect(
            address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None, max_queue=None
        ) as link:
            for sequence in itertools.count():
                head = Head("h265", sequence % 15 == 0, 0, sequence, 1, 66, time.time_ns() // 1000)
                link.send(packed(head, clip[sequence % 30]))
                if ended.wait(1 / 15):
                    return

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        ended.set()
        sender.join()


def test_pictures_that_were_left_out_are_counted_in_the_tile(room: Room, town: Cast) -> None:
    """A page that stops taking for a while: what the station left out meanwhile is shown to who looks at it."""
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    phone, wall = terminal(room, language="en"), wall_of(room, town, "en")
    held = Held()
    wall.route_web_socket("**/pictures/", held.through)
    wall.reload()
    expect(wall.locator("body")).to_have_attribute("data-connection", "live")
    wall.keyboard.press("2")
    shows(phone)
    tile = wall.locator("#scene-list li")
    expect(tile).to_have_attribute("data-shown", "live")
    held.takes = False
    expect(tile.locator("small")).to_contain_text("left out")
    held.takes = True
    expect(tile).to_have_attribute("data-shown", "live")
    picture(wall, "scene-left-out", {"width": 1920, "height": 1080})


class Held:
    """A page whose acknowledgements can be held back: to the station it is one that is behind."""

    def __init__(self) -> None:
        self.takes = True
        self.waiting: list[str | bytes] = []

    def through(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda message: self.pass_on(server, message))

    def pass_on(self, server: WebSocketRoute, message: str | bytes) -> None:
        self.waiting.append(message)
        while self.takes and self.waiting:
            server.send(self.waiting.pop(0))


def test_a_camera_that_sees_the_next_call_too_is_watched_for_that(room: Room, town: Cast, tmp_path: Path) -> None:
    with clips.camera(tmp_path) as shown:
        where = {"height_m": 4.5, "bearing_deg": 180.0, "fov_deg": 70.0, "range_m": 90.0}
        there = {"lat": CALL["lat"] + 40 / 111_195, "lon": CALL["lon"]}
        camera = cameras.add_camera(None, town.s1, "东门 1", "visible", **there, **where)
        streams.set_stream(None, camera.pk, shown.url, is_recorded=False)
        both = [incidents.open_incident(town.duty_officer, town.s1, **CALL).number for _ in range(2)]
        wall = wall_of(room, town, "en")
        wall.keyboard.press("2")
        tile = wall.locator("#scene-list > li")
        for _ in both:
            expect(tile).to_have_count(1)
            expect(tile).to_have_attribute("data-shown", "live")
            tile.evaluate("(one) => { one.dataset.before = ''; }")
            wall.keyboard.press("n")
            another = wall.locator("#scene-list > li:not([data-before])")
            expect(another).to_have_count(1)  # the next call's is another look
        until(lambda: set(Watch.objects.values_list("incident", flat=True)) == set(both))
