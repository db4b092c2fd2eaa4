"""What a camera showed is played: asked for with a reason, in step, picture by picture, gaps seen, stills saved."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from command import clock
from command.models import AuditEntry
from devices import cameras, streams
from devices.models import Playback, Recording
from tests import clips
from tests.browser.conftest import Room
from tests.browser.test_day import picture
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db(transaction=True)
WHERE = {**PLACE, "height_m": 4.5, "bearing_deg": 45.0, "fov_deg": 70.0, "range_m": 60.0}
ISO = "%Y-%m-%dT%H:%M:%SZ"
# Where the white bar of the test's clip begins, in pixels, of what the film shows now
BAR = """(video) => { const canvas = document.createElement("canvas"); canvas.width = 320; canvas.height = 180;
  const pen = canvas.getContext("2d"); pen.drawImage(video, 0, 0, 320, 180);
  const row = pen.getImageData(0, 90, 320, 1).data;
  for (let x = 0; x < 320; x++) if (row[x * 4] > 180) return x; return -1; }"""


@pytest.fixture
def two(transactional_cast: Cast, recordings_folder: Path) -> tuple[list[int], dt.datetime]:
    """Two cameras; the second was away for the first ten seconds of half a minute."""
    begins = clock.now().replace(microsecond=0) - dt.timedelta(minutes=5)
    sources = []
    for name, late in (("东门 1", 0), ("西门 2", 10)):
        camera = cameras.add_camera(None, transactional_cast.s1, name, "visible", **WHERE)
        source = streams.set_stream(None, camera.pk, "", is_recorded=False).pk
        clips.recorded(recordings_folder, source, begins + dt.timedelta(seconds=late), 30 - late)
        sources.append(source)
    return sources, begins


def test_two_cameras_in_step(room: Room, two: tuple[list[int], dt.datetime]) -> None:
    sources, begins = two
    until = begins + dt.timedelta(seconds=30)
    asked = f"?sources={sources[0]},{sources[1]}&since={begins:{ISO}}&until={until:{ISO}}"
    page = room.visit(f"/playback/{asked}", "commander", language="en", viewport={"width": 1440, "height": 900})
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".error").first).to_contain_text("needs a reason: an open incident")
    assert not AuditEntry.objects.filter(action="play").exists()
    picture(page, "playback-form")
    page.get_by_label("Reason").fill("Who was at the gate")
    page.get_by_role("button", name="Play").click()
    first, second = page.locator("#tiles li").nth(0), page.locator("#tiles li").nth(1)
    expect(first).to_have_attribute("data-shown", "film")
    expect(second).to_have_attribute("data-shown", "gap")
    expect(second).to_contain_text("not recorded")
    assert AuditEntry.objects.filter(action="play").count() == 2
    assert Playback.objects.get().reason == "Who was at the gate"

    film = first.locator("video")
    page.wait_for_function(
        "() => document.querySelector('video').readyState >= 2 && !document.querySelector('video').seeking"
    )
    assert abs(film.evaluate(BAR)) <= 2
    for step in range(1, 4):
        page.keyboard.press(".")
        page.wait_for_function(
            f"(at) => {{ const film = document.querySelector('video'); return ({BAR})(film) >= at - 2; }}", arg=step * 8
        )
        assert abs(film.evaluate(BAR) - step * 8) <= 2, "one picture on"
    page.keyboard.press(",")
    page.wait_for_function(f"() => ({BAR})(document.querySelector('video')) <= 18")

    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(second).to_have_attribute("data-shown", "film")
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((one) => one.readyState >= 2 && !one.seeking)"
    )
    page.wait_for_function(
        "() => { const [a, b] = document.querySelectorAll('video'); return Math.abs(a.currentTime - b.currentTime) < 0.01; }"
    )
    picture(page, "playback")
    with page.expect_download() as saved:
        page.keyboard.press("s")
    assert saved.value.suggested_filename.endswith(".png")
    for speed in (0.25, 0.5, 1, 2, 4, 8, 16):
        at_this_speed(page, speed)
    page.locator("#speed").select_option("16")
    page.locator("#player").focus()
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")  # at the end it stands
    assert film.evaluate("(one) => one.playbackRate") == 16
    assert int(page.locator("#line").get_attribute("aria-valuenow") or 0) >= 29
    assert page.locator("#rows li").nth(0).locator("i").count() == Recording.objects.filter(source=sources[0]).count()


def test_what_is_not_there_yet_is_said_and_never_another_moments_picture(
    room: Room, transactional_cast: Cast, recordings_folder: Path
) -> None:
    begins = clock.now().replace(microsecond=0) - dt.timedelta(minutes=10)
    camera = cameras.add_camera(None, transactional_cast.s1, "东门 1", "visible", **WHERE)
    source = streams.set_stream(None, camera.pk, "", is_recorded=False).pk
    for late in (5, 303):  # seconds
        clips.recorded(recordings_folder, source, begins + dt.timedelta(seconds=late), 6)
    asked = f"?sources={source}&since={begins:{ISO}}&until={begins + dt.timedelta(seconds=310):{ISO}}"
    page = room.visit(f"/playback/{asked}", "commander", language="en")
    held: list[Route] = []
    page.route(f"**/recordings/{Recording.objects.earliest('began_at').pk}/", lambda route: held.append(route))
    page.get_by_label("Reason").fill("Who was at the gate")
    page.get_by_role("button", name="Play").click()
    tile = page.locator("#tiles li")
    expect(tile).to_have_attribute("data-waits", "")
    expect(tile.locator("span")).to_have_text("loading …")
    held[0].fulfill(status=503)
    expect(tile.locator("span")).to_contain_text("could not be fetched (503)")
    page.locator("#player").focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(THERE, arg=303)
    expect(tile).not_to_have_attribute("data-waits", "")
    expect(tile.locator("span")).to_have_text("")


# whether the film stands after this second and shows it
THERE = """(second) => {
  const film = document.querySelector("video");
  return film.readyState >= 2 && !film.seeking && film.currentTime > second;
}"""


def at_this_speed(page: Page, speed: float) -> None:
    """Both films run so fast from the fifteenth second on, no further apart than the player lets them be."""
    page.locator("#player").focus()
    for key in ("Home", *["ArrowRight"] * 3):
        page.keyboard.press(key)
    page.locator("#speed").select_option(str(speed))
    page.locator("#player").focus()
    page.keyboard.press("Space")
    page.wait_for_function(RUNS, arg=[speed, 15.2])
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")


# whether both films run at a speed, are beyond a second of the first, and are in step
RUNS = """([speed, beyond]) => {
  const films = [...document.querySelectorAll("video")];
  const at = films.map((one) => one.currentTime);
  return films.every((one) => one.playbackRate === speed && !one.paused && one.currentTime > beyond)
    && Math.abs(at[0] - at[1]) < 0.3 * Math.max(1, speed);
}"""
# Where the bar begins in the still picture that is shown; -1 without one
SEEN = f"() => {{ const one = document.querySelector('#tiles canvas:not([hidden])'); return one ? ({BAR})(one) : -1; }}"


@pytest.fixture
def fallen_back(transactional_cast: Cast, recordings_folder: Path) -> tuple[int, dt.datetime]:
    """A source of six seconds of film, six still pictures, nothing for seven seconds, and film again."""
    begins = clock.now().replace(microsecond=0) - dt.timedelta(minutes=5)
    camera = cameras.add_camera(None, transactional_cast.s1, "东门 1", "visible", **WHERE)
    source = streams.set_stream(None, camera.pk, "", is_recorded=False).pk
    clips.recorded(recordings_folder, source, begins, 6)
    clips.recorded_stills(recordings_folder, source, begins + dt.timedelta(seconds=6), 6)
    clips.recorded(recordings_folder, source, begins + dt.timedelta(seconds=20), 6)
    return source, begins


def sees(page: Page, bar: int) -> None:
    """Wait until the still picture that is shown is the one whose bar begins there."""
    page.wait_for_function(f"(bar) => Math.abs(({SEEN})() - bar) <= 3", arg=bar)


def bar_of(still: int) -> int:
    return (still + 10) * 8


def test_still_pictures_between_films_are_played(room: Room, fallen_back: tuple[int, dt.datetime]) -> None:
    page = player_of(room, *fallen_back)
    stills_are_stepped_through(page)
    the_gap_is_crossed_both_ways(page)
    all_of_it_is_played_in_its_order(page)
    assert AuditEntry.objects.filter(action="play").count() == 1
    other_sizes_show_it_too(room, page)


def player_of(room: Room, source: int, begins: dt.datetime) -> Page:
    """The player, at the first film of the source."""
    until = begins + dt.timedelta(seconds=26)
    asked = f"?sources={source}&since={begins:{ISO}}&until={until:{ISO}}"
    page = room.visit(f"/playback/{asked}", "commander", language="en", viewport={"width": 1440, "height": 900})
    page.get_by_label("Reason").fill("Who was at the gate")
    page.get_by_role("button", name="Play").click()
    shown_as(page, "film")
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    expect(page.locator("#tiles canvas")).to_be_hidden()
    assert page.locator("#rows li i").count() == 3
    return page


def shown_as(page: Page, kind: str) -> None:
    expect(page.locator("#tiles li")).to_have_attribute("data-shown", kind)


def ten_seconds_on(page: Page) -> None:
    """To the fifth still picture."""
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")


def stills_are_stepped_through(page: Page) -> None:
    tile, canvas = page.locator("#tiles li"), page.locator("#tiles canvas")
    ten_seconds_on(page)
    shown_as(page, "stills")
    expect(tile).to_contain_text("still pictures")
    expect(tile.locator("video")).to_be_hidden()
    sees(page, bar_of(4))
    assert canvas.evaluate("(one) => [one.width, one.height]") == [320, 180]
    picture(page, "playback-stills")
    page.keyboard.press(".")
    sees(page, bar_of(5))
    assert canvas.evaluate("(one) => [one.width, one.height]") == [480, 270], "each as large as it is"
    with page.expect_download() as saved:
        page.keyboard.press("s")
    with Image.open(saved.value.path()) as still:
        assert (still.format, still.size) == ("PNG", (480, 270))
        bar = np.asarray(still.convert("L"))[135] > 180
        assert abs(int(bar.argmax()) - bar_of(5) * 480 // 320) <= 3


def the_gap_is_crossed_both_ways(page: Page) -> None:
    """From the last still picture."""
    page.keyboard.press(".")
    shown_as(page, "gap")
    expect(page.locator("#tiles li")).to_contain_text("not recorded")
    page.keyboard.press(".")
    shown_as(page, "film")
    page.keyboard.press(",")
    page.keyboard.press(",")
    sees(page, bar_of(5))
    for still in (4, 3):
        page.keyboard.press(",")
        sees(page, bar_of(still))


def all_of_it_is_played_in_its_order(page: Page) -> None:
    page.keyboard.press("Home")
    shown_as(page, "film")
    page.evaluate("""() => { const seen = window.seen = [], tile = document.querySelector("#tiles li");
      const watch = () => { if (seen.at(-1) !== tile.dataset.shown) seen.push(tile.dataset.shown); };
      new MutationObserver(watch).observe(tile, { attributes: true }); watch(); }""")
    page.locator("#speed").select_option("2")
    page.locator("#player").focus()
    page.keyboard.press("Space")
    for still in (1, 3, 5):
        sees(page, bar_of(still))
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")  # at the end it stands
    assert int(page.locator("#line").get_attribute("aria-valuenow") or 0) >= 25
    assert page.evaluate("window.seen") == ["film", "stills", "film"], "what nobody recorded is skipped"


def other_sizes_show_it_too(room: Room, page: Page) -> None:
    for size in ({"width": 1920, "height": 1080}, {"width": 390, "height": 844}):
        page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": room.web.base}])
        page.set_viewport_size(size)
        page.reload()
        shown_as(page, "film")  # by then it hears keys
        page.locator("#player").focus()
        ten_seconds_on(page)
        expect(page.locator("#tiles li")).to_contain_text("静态画面")
        sees(page, bar_of(4))
        picture(page, f"playback-stills-{size['width']}")
