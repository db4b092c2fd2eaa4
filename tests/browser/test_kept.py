"""The phone keeps what it sees: without a network, when its page dies, and until the station has all of it, to the byte."""

import hashlib
from pathlib import Path
from typing import Any

import av
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from devices.models import KeptFilm, Recording
from dispatch import incidents, units
from tests.browser.conftest import Room
from tests.browser.test_day import CALL, crew_signs_in, picture, terminal
from tests.clips import until
from tests.conftest import Cast

PIECE = 256 * 1024
# What this browser keeps: how many bytes in how many films, and their sums
KEPT = """async () => {
  const opened = indexedDB.open("terminal");
  await new Promise((done, lost) => { opened.onsuccess = done; opened.onerror = lost; });
  const asked = opened.result.transaction("films").objectStore("films").getAll();
  await new Promise((done) => { asked.onsuccess = done; });
  opened.result.close();
  return asked.result.map(({ id, bytes, sha256, incident, hasSound }) => ({ id, bytes, sha256, incident, hasSound }));
}"""

NO_MICROPHONE = """() => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices), no = new DOMException("", "NotAllowedError");
  navigator.mediaDevices.getUserMedia = (what) => what.audio ? Promise.reject(no) : asked(what);
}"""


def shows(page: Page, *, sound: bool = True) -> None:
    """Show the scene from a terminal whose camera may be used, and the microphone too or not."""
    page.context.grant_permissions(["camera", "geolocation", *(["microphone"] if sound else [])])
    page.locator("#scene-show").click()
    expect(page.locator("#scene")).to_have_attribute("data-state", "sending")


def kept_bytes(page: Page) -> int:
    return sum(one["bytes"] for one in page.evaluate(KEPT))


def cut_after(context: BrowserContext, pieces: int) -> list[int]:
    """Let so many pieces through and no more; where those and the others wanted to be put."""
    offsets: list[int] = []

    def on(route: Route) -> None:
        offsets.append(offset_of(route.request))
        if len(offsets) > pieces:
            route.abort()
        else:
            route.continue_()

    context.route("**/api/v1/kept/*/?offset=*", on)
    return offsets


def offset_of(request: Request) -> int:
    return int(request.url.rpartition("=")[2])


def is_there() -> bool:
    """Whether the station has a film that a phone kept."""
    return Recording.objects.filter(kept__isnull=False).exists()


def seconds_of(path: Path) -> dict[str, float]:
    """How long each stream of a film is; every packet is decoded."""
    ends: dict[str, float] = {}
    with av.open(str(path)) as movie:
        for packet in movie.demux():
            for frame in packet.decode():
                ends[packet.stream.type] = float(frame.pts * packet.time_base)
    return ends


def test_what_was_seen_without_a_network_is_there_to_the_byte(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    units.assign(town.duty_officer, call.number, "2107")
    phone = terminal(room, language="en")
    expect(phone.locator("#order-number")).to_contain_text(call.number[-4:])
    films_without_a_network(phone)
    film = comes_back_and_breaks_off(phone)
    assert (film["incident"], film["hasSound"]) == (call.number, True)
    goes_on_where_it_broke_off(phone)
    made = Recording.objects.get(kept__isnull=False)
    is_what_the_phone_counted(made, film["sha256"])
    is_played_and_saved(room, made, call.number)


def films_without_a_network(phone: Page) -> None:
    """Until more than a piece of it waits."""
    shows(phone)
    expect(phone.locator("#scene-kept")).to_contain_text("Kept on this phone, with sound.")
    until(lambda: kept_bytes(phone) > 50_000)
    phone.context.set_offline(True)
    expect(phone.locator("#scene")).to_have_attribute("data-state", "connecting")
    before = kept_bytes(phone)
    until(lambda: kept_bytes(phone) > before + 1.2 * PIECE, 90)
    expect(phone.locator("#scene-kept")).to_contain_text("MB wait on this phone")
    picture(phone, "kept-offline")
    assert not KeptFilm.objects.exists(), "the picture goes first"


def comes_back_and_breaks_off(phone: Page) -> dict[str, Any]:
    """The page dies while it keeps; with the next one a single piece gets through. The film that the phone keeps."""
    offsets = cut_after(phone.context, 1)
    phone.context.set_offline(False)
    phone.reload()
    until(lambda: phone.evaluate("1") and len(offsets) > 1)  # routes are looked after while the page is asked
    assert offsets[:2] == [0, PIECE]
    (film,) = phone.evaluate(KEPT)
    assert KeptFilm.objects.get().received == PIECE
    expect(phone.locator("#scene-kept")).to_contain_text("MB wait on this phone")
    phone.locator("#waiting").click()
    expect(phone.locator("#unsent-films")).to_contain_text("1 film of a scene")
    picture(phone, "kept-unsent")
    phone.context.unroute_all()
    return dict(film)


def goes_on_where_it_broke_off(phone: Page) -> None:
    """Until the station has all of it, and the phone nothing more."""
    asked: list[int] = []
    phone.context.on("request", lambda one: asked.append(offset_of(one)) if "offset=" in one.url else None)
    phone.reload()
    until(lambda: phone.evaluate("1") and KeptFilm.objects.exclude(recording=None).exists())
    assert asked[0] == PIECE, "it goes on where it broke off"
    until(lambda: phone.evaluate(KEPT) == [])
    expect(phone.locator("#unsent-films")).to_be_empty()
    expect(phone.locator("#scene-kept")).to_be_empty()


def is_what_the_phone_counted(made: Recording, sha256: str) -> None:
    """To the byte, and as long as it says."""
    path = settings.RECORDINGS / made.path
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256 == made.sha256
    assert made.format == "vp8,opus"
    lasts = seconds_of(path)
    said = (made.ended_at - made.began_at).total_seconds()
    assert lasts["video"] > 5
    assert abs(lasts["video"] - lasts["audio"]) < 1
    assert abs(said - lasts["video"]) < 3


def is_played_and_saved(room: Room, made: Recording, number: str) -> None:
    """By a commander, for its incident."""
    source = made.source_id
    times = f"since={made.began_at:%Y-%m-%dT%H:%M:%SZ}&until={made.ended_at:%Y-%m-%dT%H:%M:%SZ}"
    page = room.visit(
        f"/playback/?sources={source}&{times}&incident={number}", "commander", language="en",
        viewport={"width": 1440, "height": 900},
    )  # fmt: skip
    page.get_by_role("button", name="Play").click()
    tile = page.locator(f'#tiles [data-source="{source} kept"]')
    page.locator("#play").click()  # what was recorded as it was shown may begin a little before what was kept
    expect(tile).to_have_attribute("data-shown", "film")
    expect(tile).to_contain_text("kept on the phone")
    page.wait_for_function("() => document.querySelector('#tiles [data-source$=kept] video').readyState >= 2")
    assert tile.locator("video").evaluate("(film) => [film.videoWidth, film.videoHeight]") == [1280, 720]
    page.wait_for_function("() => document.querySelector('#tiles [data-source$=kept] video').currentTime > 1.5")
    picture(page, "kept-playback")
    with page.expect_download() as saved:
        tile.get_by_role("link", name="Save the film").click()
    assert hashlib.sha256(Path(saved.value.path()).read_bytes()).hexdigest() == made.sha256


def test_without_a_microphone_it_is_kept_without_sound_and_says_so(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    phone = terminal(room, language="en")
    phone.evaluate(NO_MICROPHONE)
    shows(phone, sound=False)
    expect(phone.locator("#scene-kept")).to_contain_text("without sound")
    picture(phone, "kept-silent")
    until(lambda: kept_bytes(phone) > 20_000)
    phone.locator("#scene-show").click()
    until(is_there)
    made = Recording.objects.get(kept__isnull=False)
    assert made.format == "vp8"
    assert set(seconds_of(settings.RECORDINGS / made.path)) == {"video"}


def test_a_phone_without_room_says_so_and_shows_all_the_same(room: Room, town: Cast) -> None:
    crew_signs_in(town)
    phone = terminal(room, language="en")
    phone.evaluate("() => { navigator.storage.estimate = async () => ({ quota: 1e9, usage: 9e8 }); }")
    shows(phone)
    expect(phone.locator("#scene-kept")).to_contain_text("This phone has no room")
    assert phone.evaluate(KEPT) == []


def test_a_film_waits_for_who_made_it(room: Room, town: Cast) -> None:
    """Signed out with a film on the phone: it stays, unseen, and goes when they are here again."""
    crew_signs_in(town)
    phone = terminal(room, language="en")
    offsets = cut_after(phone.context, 0)
    shows(phone)
    until(lambda: kept_bytes(phone) > 20_000)
    phone.locator("#scene-show").click()
    until(lambda: phone.evaluate("1") and offsets)
    phone.locator("#menu-open").click()
    phone.locator("#menu .leave button").click()
    phone.wait_for_url("**/sign-in/**")
    phone.context.unroute_all()
    assert len(phone.evaluate(KEPT)) == 1
    assert not is_there()
    room._sign_in(phone.context.request, "officer")
    phone.goto(f"{room.web.base}/terminal/")
    until(is_there)
    until(lambda: phone.evaluate(KEPT) == [])
