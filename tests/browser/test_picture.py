"""The wall: it says how old it is, comes back by itself, speaks to no other host, and can be read by everybody."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, WebSocketRoute, expect

from dispatch import incidents
from tests.browser.conftest import Room, add_unit
from tests.conftest import PLACE, Cast

FIGHT = {"kind": "fight", "priority": 1, **PLACE}
AXE = Path(settings.HOME) / "front" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")


class Line:
    """The socket's line between browser and server, which can be held without being closed."""

    def __init__(self) -> None:
        self.flows = True

    def through(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda message: server.send(message) if self.flows else None)
        server.on_message(lambda message: socket.send(message) if self.flows else None)


def test_a_wall_that_hears_nothing_says_so_and_comes_back(room: Room, town: Cast) -> None:
    wall, line = room.live("/wall/", "commander"), Line()
    wall.route_web_socket("**/live/", line.through)
    wall.reload()
    body = wall.locator("body")
    expect(body).to_have_attribute("data-connection", "live")
    line.flows = False
    expect(body).to_have_attribute("data-connection", "cut", timeout=8_000)
    expect(wall.locator("#cut")).to_contain_text("截至")
    expect(wall.locator("#incidents .asof")).to_contain_text("截至")
    number = incidents.open_incident(town.duty_officer, town.s1, **FIGHT).number
    line.flows = True
    expect(body).to_have_attribute("data-connection", "live")
    expect(wall.locator("#incident-list .number")).to_have_text(number[-4:])
    expect(wall.locator("#cut")).to_be_empty()


def test_a_wall_without_sockets_asks_by_requests(room: Room, town: Cast) -> None:
    wall = room.live("/wall/", "commander")
    wall.route_web_socket("**/live/", lambda socket: socket.close())
    wall.reload()
    expect(wall.locator("body")).to_have_attribute("data-connection", "polling")
    number = incidents.open_incident(town.duty_officer, town.s1, **FIGHT).number
    expect(wall.locator("#incident-list .number")).to_have_text(number[-4:])


def test_whose_place_nobody_knows_is_listed_and_the_oldest_is_named(room: Room, town: Cast) -> None:
    add_unit(town, "2120", PLACE["lat"], PLACE["lon"], age_s=3000)
    add_unit(town, "2121", PLACE["lat"], PLACE["lon"], age_s=300)
    wall = room.live("/wall/", "commander")
    expect(wall.locator("#unknown-list")).to_contain_text("2120")
    expect(wall.locator("#oldest")).to_contain_text("2121 5:")


def test_hostile_words_stay_words(room: Room, town: Cast) -> None:
    nasty = '<img src=x onerror="document.title=1"><script>alert(1)</script>'
    incidents.open_incident(town.duty_officer, town.s1, **FIGHT, address=nasty, facts=nasty)
    desk = room.live("/desk/")
    desk.locator("#incident-rows tr").click()
    expect(desk.locator("#incident-facts")).to_have_text(nasty)
    assert desk.locator("#incident img, #incident-rows img").count() == 0


@pytest.mark.parametrize("path", ["/wall/", "/desk/"])
def test_no_page_asks_any_other_host(room: Room, town: Cast, path: str) -> None:
    page = room.live(path)
    page.locator("#map canvas").first.wait_for()
    page.wait_for_timeout(1500)
    own = (room.web.base, room.web.socket, "data:", "blob:")
    assert [url for url in room.requests if not url.startswith(own)] == []
    assert any("/static/main.js" in url for url in room.requests)


@pytest.mark.parametrize("path", ["/sign-in/", "/help/", "/nowhere/"])
def test_plain_pages_speak_both_languages(room: Room, transactional_cast: Cast, path: str) -> None:
    chinese, english = room.visit(path, None), room.visit(path, None, language="en")
    assert chinese.locator("html").get_attribute("lang") == "zh-Hans"
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.locator("h1").inner_text())
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.locator("h1").inner_text())
    chinese.locator(".language button").click()
    expect(chinese.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("path", ["/wall/", "/desk/", "/help/", "/sign-in/"])
def test_everybody_can_read_it(room: Room, town: Cast, path: str) -> None:
    incidents.open_incident(town.duty_officer, town.s1, **FIGHT, address="银杏街 12 号")
    page = room.live(path) if path in ("/wall/", "/desk/") else room.visit(path, None)
    if path == "/desk/":
        page.locator("#incident-rows tr").click()
        expect(page.locator("#incident-log li")).to_have_count(1)
    assert complaints(page) == []


def complaints(page: Page) -> list[str]:
    """What axe finds grave."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("path", ["/wall/", "/desk/", "/sign-in/"])
def test_a_phone_scrolls_down_and_never_sideways(room: Room, town: Cast, path: str) -> None:
    page = room.visit(path, None if path == "/sign-in/" else "duty_officer")
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
