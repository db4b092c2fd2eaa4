"""What the room sees when the phone's way is narrow, and when its browser has no H.264."""

from playwright.sync_api import Page, expect

from devices.models import Recording
from dispatch import incidents, units
from tests.browser.conftest import Room
from tests.browser.test_day import CALL, crew_signs_in, picture, terminal, wall_of
from tests.browser.test_scene import LOOK, shows
from tests.clips import until
from tests.conftest import Cast

# A socket that carries so many bit/s, until another number is said on the channel
NARROW = """
let width = 5e6, free = 0;
new BroadcastChannel("width").onmessage = ({ data }) => { width = data; free = 0; };
const Real = self.WebSocket;
self.WebSocket = class extends Real {
  send(data) {
    const now = performance.now();
    free = Math.max(free, now) + (data.byteLength * 8000) / width;
    setTimeout(() => this.readyState === Real.OPEN && super.send(data), free - now);
  }
};
"""
# The scene's worker with something before it
INSTEAD = """async (before) => { const { dataset } = document.querySelector("#scene");
  const script = await (await fetch(dataset.worker)).text();
  dataset.worker = URL.createObjectURL(new Blob([before, script], { type: "text/javascript" })); }"""
NO_H264 = "VideoEncoder.isConfigSupported = async (config) => ({ supported: config.codec === 'vp8', config });"


def seen(room: Room, town: Cast, before: str) -> tuple[Page, Page]:
    """An officer's phone whose sending worker begins with `before`, and the wall that assists."""
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    phone, wall = terminal(room, language="en"), wall_of(room, town, "en")
    phone.context.new_cdp_session(phone).send("Page.setBypassCSP", {"enabled": True})  # the worker is the test's own
    phone.reload()
    expect(phone.locator("body")).to_have_attribute("data-connection", "live")
    phone.evaluate(INSTEAD, before)
    wall.keyboard.press("2")
    shows(phone)
    expect(wall.locator("#scene-list li")).to_have_attribute("data-shown", "live")
    return phone, wall


def width(phone: Page, bits: int) -> None:
    phone.evaluate("(bits) => new BroadcastChannel('width').postMessage(bits)", bits)


def test_where_a_film_does_not_get_through_stills_do(room: Room, town: Cast) -> None:
    phone, wall = seen(room, town, NARROW)
    tile, canvas = wall.locator("#scene-list li"), wall.locator("#scene-list canvas")
    assert canvas.evaluate(LOOK)["width"] == 640
    width(phone, 40_000)
    expect(phone.locator("#scene")).to_have_attribute("data-mode", "stills")
    expect(phone.locator("#scene-words")).to_contain_text("stills, at most one a second")
    until(lambda: canvas.evaluate(LOOK)["width"] == 320)
    first = canvas.evaluate(LOOK)
    assert first["contrast"] > 100
    until(lambda: canvas.evaluate(LOOK)["sum"] != first["sum"])
    expect(tile).to_have_attribute("data-shown", "live")
    picture(phone, "narrow-phone")
    picture(wall, "narrow-wall", {"width": 1920, "height": 1080})
    width(phone, 5_000_000)
    expect(phone.locator("#scene")).to_have_attribute("data-mode", "film")
    until(lambda: canvas.evaluate(LOOK)["width"] == 640)
    expect(phone.locator("#scene-words")).not_to_contain_text("stills")


def test_without_h264_it_is_vp8(room: Room, town: Cast) -> None:
    phone, wall = seen(room, town, NO_H264)
    assert wall.locator("#scene-list canvas").evaluate(LOOK)["contrast"] > 100
    phone.locator("#scene-show").click()
    until(lambda: Recording.objects.filter(codec="vp8", kept=None).exists())


def test_without_any_encoder_it_is_stills(room: Room, town: Cast) -> None:
    phone, wall = seen(room, town, "delete self.VideoEncoder;")
    expect(phone.locator("#scene")).to_have_attribute("data-mode", "stills")
    assert wall.locator("#scene-list canvas").evaluate(LOOK)["contrast"] > 100
