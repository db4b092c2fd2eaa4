"""Who is sent somewhere sees on the phone what its cameras and a colleague's phone show, one at a time, while they are."""

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import connect

from command.models import AuditEntry
from devices import cameras, streams
from devices.models import Watch
from devices.pictures.packet import Head, packed
from dispatch import incidents, units
from dispatch.models import Incident
from tests import clips
from tests.browser.conftest import Room
from tests.browser.test_day import CALL, crew_signs_in, picture, terminal
from tests.browser.test_every_page import AXE, WIDER
from tests.browser.test_scene import LOOK
from tests.browser.test_terminal import SMALL_TARGETS
from tests.clips import until
from tests.conftest import Cast

VIEW = {"height_m": 4.5, "bearing_deg": 180.0, "fov_deg": 70.0, "range_m": 90.0}
NORTH = {"lat": CALL["lat"] + 40 / 111_195, "lon": CALL["lon"]}


@pytest.fixture
def sent(town: Cast) -> Incident:
    """The officer on 2107 and the auxiliary on 2109 are sent to a call."""
    crew_signs_in(town)
    units.add_unit(None, town.s1, "2109")
    units.book_on(town.duty_officer, "2109", ["auxiliary"])
    call = incidents.open_incident(town.duty_officer, town.s1, **CALL)
    for unit in ("2107", "2109"):
        units.assign(town.duty_officer, call.number, unit)
    return call


@contextlib.contextmanager
def colleague(room: Room, cast: Cast) -> Iterator[list[list[str]]]:
    """The auxiliary's phone shows the scene while the block lasts; who it is told watches, each time."""
    token, clip, ended, told = cast.token("auxiliary"), clips.units(), threading.Event(), list[list[str]]()
    address = room.web.socket.replace("/live/", "/pictures/send/")

    def send() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with connect(address, additional_headers=headers, proxy=None) as link:
            for sequence in itertools.count():
                at = sequence % len(clip)
                link.send(
                    packed(Head("h264", at % clips.FPS == 0, 0, sequence, 1, 66, time.time_ns() // 1000), clip[at])
                )
                with contextlib.suppress(TimeoutError):
                    while True:
                        said = orjson.loads(link.recv(timeout=1 / clips.FPS))
                        if said["type"] == "watchers":
                            told.append(said["names"])
                if ended.is_set():
                    return

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield told
    finally:
        ended.set()
        sender.join()


@pytest.fixture
def gate(town: Cast, tmp_path: Path) -> Iterator[int]:
    """A camera at the place of the call; the source of its pictures."""
    with clips.camera(tmp_path) as shown:
        camera = cameras.add_camera(None, town.s1, "东门 1", "visible", **NORTH, **VIEW)
        yield streams.set_stream(None, camera.pk, shown.url, is_recorded=False).pk


def opened(phone: Page, name: str) -> None:
    """Open one of the list and see it."""
    phone.locator("#cameras-list button", has_text=name).click()
    expect(phone.locator("#cameras-shown b")).to_have_text(name)
    expect(phone.locator("#cameras-shown")).to_have_attribute("data-shown", "live")
    assert phone.locator("#cameras-shown canvas").evaluate(LOOK)["contrast"] > 100


def test_one_at_a_time_with_the_incident_as_the_reason(room: Room, town: Cast, sent: Incident, gate: int) -> None:
    with colleague(room, town) as told:
        phone = terminal(room, language="en")
        expect(phone.locator("#cameras-open")).to_have_text("Cameras: 2")
        assert not Watch.objects.exists(), "nothing opens by itself"
        phone.locator("#cameras-open").click()
        expect(phone.locator("#cameras-list li")).to_have_count(2)
        picture(phone, "cameras-list")
        opened(phone, "东门 1")
        assert list(Watch.objects.values_list("source", "incident", "actor_id")) == [
            (gate, sent.number, str(town.officer.pk))
        ]
        assert AuditEntry.objects.get(action="watch").facts["incident"] == sent.number
        picture(phone, "cameras-camera")
        assert wrong(phone) == []
        opened(phone, town.auxiliary.label)
        until(lambda: told[-1:] == [[town.officer.label]])
        until(lambda: Watch.objects.get(source=gate).ended_at is not None)
        assert Watch.objects.count() == 2
        picture(phone, "cameras-colleague")
        phone.keyboard.press("Escape")
        expect(phone.locator("#cameras")).to_be_hidden()
        until(lambda: told[-1:] == [[]])
        until(lambda: not Watch.objects.filter(ended_at=None).exists())


def wrong(phone: Page) -> list[str]:
    """What somebody with a thumb, keys or a screen reader would stumble over."""
    phone.evaluate((Path(os.environ["STATION_FRONT"]) / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found: list[str] = phone.evaluate(AXE) + phone.evaluate(SMALL_TARGETS)
    return found + ([phone.evaluate(WIDER)] if phone.evaluate(WIDER) else [])


def test_it_ends_when_the_officer_is_released(room: Room, town: Cast, sent: Incident, gate: int) -> None:
    phone = terminal(room)
    for button in ("#cameras-open", "#cameras-list button"):
        expect(phone.locator(button)).to_be_visible()  # what is not seen takes no focus
        phone.locator(button).focus()
        phone.keyboard.press("Enter")
    expect(phone.locator("#cameras-shown")).to_have_attribute("data-shown", "live")
    expect(phone.locator("#cameras-shown")).to_contain_text("实时")
    picture(phone, "cameras-zh")
    units.step(town.duty_officer, sent.number, "2107", "cleared")
    expect(phone.locator("#cameras")).to_be_hidden()
    expect(phone.locator("#cameras-open")).to_be_hidden()
    until(lambda: Watch.objects.get().ended_at is not None)


def test_without_eyes_there_nothing_is_offered(room: Room, town: Cast, sent: Incident) -> None:
    away = {**NORTH, **VIEW, "bearing_deg": 0.0}
    streams.set_stream(None, cameras.add_camera(None, town.s1, "东门 2", "visible", **away).pk, "rtsp://10.0.0.1/a")
    phone = terminal(room)
    expect(phone.locator("#order-number")).to_contain_text(sent.number[-4:])
    expect(phone.locator("#cameras-open")).to_be_hidden()
