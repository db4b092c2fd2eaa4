"""Notes with photos on a phone, what a crew is briefed of, when a status counts from, and who sees the bearer."""

import datetime as dt
import io

from django.conf import settings
from PIL import Image
from playwright.sync_api import Page, Route, expect

from command import clock
from command.models import AuditEntry
from dispatch import photo_files, place_notes
from dispatch.models import Assignment, LogEntry, Photo
from tests.browser.conftest import Room
from tests.browser.test_terminal import all_sent, crew, sent, terminal  # noqa: F401 - a fixture
from tests.conftest import PLACE, Cast

CANARY = b"canary 29.563N 106.551E"


def camera(size: tuple[int, int] = (3000, 2000), orientation: int = 6) -> bytes:
    """What a phone's camera writes when it lies on its side: position, comment and orientation beside the picture."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, CANARY.decode()
    exif.get_ifd(0x8825)[1] = "N"
    sheet = Image.effect_mandelbrot(size, (-2, -1.4, 1, 1.4), 60).convert("RGB")
    made = io.BytesIO()
    sheet.save(made, "JPEG", quality=92, exif=exif, comment=CANARY)
    return made.getvalue()


def noted(page: Page, text: str, *pictures: bytes) -> None:
    """Write a note with photos from the gallery and send it."""
    page.locator("#note-open").click()
    page.fill("#note-text", text)
    files = [{"name": f"{at}.jpg", "mimeType": "image/jpeg", "buffer": body} for at, body in enumerate(pictures)]
    page.set_input_files("#note-gallery", files)
    expect(page.locator("#note-shots li")).to_have_count(len(pictures))
    expect(page.locator("#note-send")).to_be_enabled()
    page.locator("#note-send").click()
    expect(page.locator("#note")).to_be_hidden()


def kept(page: Page) -> None:
    """The service worker has all that the page is made of, and answers for it."""
    for _ in range(120):
        if page.evaluate("Boolean(navigator.serviceWorker.controller)"):
            return
        page.wait_for_timeout(500)
    raise AssertionError("expected a service worker within a minute, found none")


def arrived(page: Page) -> None:
    all_sent(page)
    expect(page.locator("#order-photos small")).to_have_count(0)


def test_photos_taken_without_a_network_survive_and_come_once(room: Room, crew: Cast) -> None:  # noqa: F811
    sent(crew)
    page = terminal(room)
    expect(page.locator("#note-open")).to_be_enabled()
    all_sent(page)
    context = page.context
    kept(page)
    context.set_offline(True)
    body = camera()
    assert CANARY in body
    noted(page, "门口有血迹", body, camera((800, 600), 1))
    expect(page.locator("#order-photos small")).to_have_count(2)
    page.close()  # as a phone whose battery ends
    page = context.new_page()
    page.goto(f"{room.web.base}/terminal/")
    expect(page.locator("#order-photos small").first).to_have_text("待发")
    expect(page.locator("#order-photos img")).to_have_count(2)
    assert not Photo.objects.exists()
    context.set_offline(False)
    arrived(page)
    entry = LogEntry.objects.get(code="note")
    first, second = entry.photos.order_by("pk")
    assert (entry.text, first.width, first.height) == ("门口有血迹", 1365, 2048), (
        "upright, and no larger than it may be"
    )
    assert (second.width, second.height) == (800, 600)
    assert AuditEntry.objects.filter(action="add_photo").count() == 2
    for photo in (first, second):
        stored = photo_files.read(settings.PHOTOS, photo.key, "large", photo.sha256)
        assert stored is not None
        assert CANARY not in stored
    page.locator("#order-photos button").first.click()
    expect(page.locator("#photo-large")).to_have_js_property("naturalHeight", 2048)
    page.keyboard.press("Escape")
    assert AuditEntry.objects.filter(action="see_photo").count() == 1


def test_an_answer_about_a_photo_that_was_lost_doubles_nothing(room: Room, crew: Cast) -> None:  # noqa: F811
    sent(crew)
    page = terminal(room)
    expect(page.locator("#note-open")).to_be_enabled()
    lost: list[int] = []

    def lose(route: Route) -> None:
        """The station has it, and the phone never hears so."""
        if route.request.method != "POST" or lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    page.route("**/api/v1/photos/**", lose)
    noted(page, "", camera((640, 480), 1))
    arrived(page)
    assert lost == [201]
    assert Photo.objects.get().state == "here"
    assert AuditEntry.objects.filter(action="add_photo").count() == 1


def test_a_status_does_not_wait_for_a_photo(room: Room, crew: Cast) -> None:  # noqa: F811
    made = sent(crew)
    page = terminal(room)
    expect(page.locator("#note-open")).to_be_enabled()
    held: list[Route] = []

    def hold(route: Route) -> None:
        """The first attempt never ends by itself, as in a cellar."""
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/photos/**", hold)
    with page.expect_request("**/api/v1/photos/*/"):
        noted(page, "见图", camera((640, 480), 1))
    with page.expect_response(lambda answer: answer.url.endswith("/go/")):
        page.locator("#go").click()
    made.refresh_from_db()
    assert made.status == "en_route"
    arrived(page)
    assert (len(held), Photo.objects.get().state) == (1, "here")


def test_what_is_no_photo_is_said_and_the_words_stay(room: Room, crew: Cast) -> None:  # noqa: F811
    sent(crew)
    page = terminal(room)
    page.locator("#note-open").click()
    page.fill("#note-text", "字")
    page.set_input_files("#note-gallery", [{"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}])
    expect(page.locator("#note-trouble")).to_contain_text("不是照片")
    page.set_input_files("#note-gallery", [{"name": "y.jpg", "mimeType": "image/jpeg", "buffer": camera((40, 30), 1)}])
    page.locator("#note-shots button").click()
    expect(page.locator("#note-shots li")).to_have_count(0)
    expect(page.locator("#note-text")).to_have_value("字")


def test_the_desk_and_the_incidents_page_show_them(room: Room, crew: Cast) -> None:  # noqa: F811
    made = sent(crew)
    desk = room.live("/desk/", "duty_officer")
    desk.locator("#incident-rows tr").first.click()
    page = terminal(room)
    expect(page.locator("#note-open")).to_be_enabled()
    noted(page, "刀在门后", camera((640, 480), 1))
    arrived(page)
    expect(desk.locator("#incident-log .photos img")).to_have_count(1)
    desk.locator("#incident-log .photos img").scroll_into_view_if_needed()
    expect(desk.locator("#incident-log .photos img")).to_have_js_property("naturalWidth", 320)
    desk.goto(f"{room.web.base}/incidents/{made.incident.number}/")
    desk.locator(".timeline .photos img").scroll_into_view_if_needed()
    expect(desk.locator(".timeline .photos img")).to_have_js_property("naturalWidth", 320)


def test_a_new_hazard_comes_to_whoever_is_on_the_way_and_stays_without_a_network(
    room: Room,
    crew: Cast,  # noqa: F811
) -> None:
    sent(crew)
    page = terminal(room)
    expect(page.locator("#note-open")).to_be_enabled()
    expect(page.locator("#order-known p")).to_have_count(0)
    told = {"kind": "hazard", "address": "银杏街12号", "radius_m": 80, "words": "院内有恶犬"}
    until = clock.now().date() + dt.timedelta(days=9)
    place_notes.add_note(crew.duty_officer, crew.s1, **PLACE, **told, until=until)
    expect(page.locator("#order-known .hazard")).to_contain_text("院内有恶犬")
    expect(page.locator("#order-known-age")).to_have_text("")
    page.locator("#briefing-open").click()
    expect(page.locator("#briefing-body")).to_contain_text("院内有恶犬")
    page.keyboard.press("Escape")
    kept(page)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#order-known .hazard")).to_contain_text("院内有恶犬")
    expect(page.locator("#order-known-age")).to_contain_text("前的信息")


def test_a_status_given_without_a_network_counts_from_the_touch(room: Room, crew: Cast) -> None:  # noqa: F811
    made = sent(crew)
    page = terminal(room)
    expect(page.locator("#go")).to_be_visible()
    all_sent(page)
    earlier = clock.now() - dt.timedelta(minutes=30)
    Assignment.objects.update(dispatched_at=earlier, status_at=earlier)
    page.context.set_offline(True)
    page.locator("#go").click()
    expect(page.locator("#waiting")).to_have_attribute("data-count", "some")
    page.clock.set_system_time(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=12))  # it lay in a cellar
    page.context.set_offline(False)
    all_sent(page)
    made.refresh_from_db()
    ago = clock.now() - made.en_route_at
    assert dt.timedelta(minutes=11) < ago < dt.timedelta(minutes=14)
    tapped = [one.params.get("tapped_at") for one in LogEntry.objects.filter(code="status").order_by("pk")]
    assert tapped[-1] == made.en_route_at.isoformat()


def test_the_bearer_is_told_who_sees_them(room: Room, crew: Cast) -> None:  # noqa: F811
    room.live("/desk/", "duty_officer")
    page = terminal(room)
    expect(page.locator("#watchers-words")).to_contain_text(crew.duty_officer.label)
    page.locator("#watchers").click()
    expect(page.locator("#watching-body")).to_contain_text(crew.duty_officer.label)
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    expect(page.locator("#watchers-words")).to_contain_text("没有网络")
