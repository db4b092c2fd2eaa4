"""A browser becomes somebody's terminal: its key, whose unit it reports for, and what a phone keeps of the page."""

import datetime as dt
import json
import re
import uuid

import pytest
from django.test import Client

from command import audit, clock
from command.errors import Conflict
from command.models import AuditEntry, Screen, digest
from devices import devices
from devices.models import Device
from dispatch import incidents, live, terminals, units
from dispatch.models import Terminal, Unit
from tests.conftest import PLACE, Cast, confirmed, make_screen

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(cast: Cast) -> Unit:
    return units.add_unit(None, cast.s1, "2107", status="off_duty")


def carried(unit: Unit) -> list[int]:
    return list(unit.devices.values_list("pk", flat=True))


def asked(cast: Cast, name: str, path: str, body: dict | None = None):
    client = Client(headers={"Authorization": f"Bearer {cast.token(name)}"})
    if body is None:
        return client.get(path)
    return client.post(path, json.dumps(body), content_type="application/json")


def test_a_browser_gets_a_key_of_its_own_once(cast: Cast, unit: Unit) -> None:
    units.join(cast.officer, "2107", [])
    said = asked(cast, "officer", "/api/v1/terminal/device/", {"browser": str(uuid.uuid4())})
    assert said.status_code == 200
    device = Device.objects.get(pk=said.json()["device"])
    assert device.key_hash == digest(said.json()["key"])
    assert (device.kind, device.profile, device.station) == ("phone", "fixes", cast.s1)
    assert "某" not in device.name, "a device says nobody's name"
    assert carried(unit) == [device.pk]
    assert said.headers["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(action="enrol_terminal", subject_id=str(device.pk)).count() == 1


def test_the_same_browser_keeps_its_device_and_gets_another_key(cast: Cast, unit: Unit) -> None:
    browser = uuid.uuid4()
    first, key = terminals.enrol(cast.officer, browser)
    again, other = terminals.enrol(cast.officer, browser)
    assert first.pk == again.pk
    assert key != other
    assert Device.objects.get().key_hash == digest(other)


def test_the_phone_goes_where_its_bearer_goes(cast: Cast, unit: Unit) -> None:
    other = units.add_unit(None, cast.s1, "2103", status="off_duty")
    device, _ = terminals.enrol(cast.officer, uuid.uuid4())
    assert carried(unit) == carried(other) == []
    units.join(cast.officer, "2107", ["commander"])
    assert carried(unit) == [device.pk]
    assert live.unit_payload(live.whole_units(Unit.objects.filter(pk=unit.pk)).get())["devices"] == [device.pk]
    units.join(cast.officer, "2103", [])
    assert (carried(unit), carried(other)) == ([], [device.pk])
    units.book_on(cast.duty_officer, "2103", ["auxiliary"])
    assert carried(other) == [], "a dispatcher put somebody else in their place"
    units.join(cast.officer, "2107", [])
    units.leave(cast.officer)
    assert carried(unit) == [], "the mate is still on it"
    units.join(cast.officer, "2107", [])
    units.book_off(cast.duty_officer, "2107")
    assert carried(unit) == [], "who is off duty is nowhere"


def test_only_the_phone_used_last_reports(cast: Cast, unit: Unit) -> None:
    units.join(cast.officer, "2107", [])
    terminals.enrol(cast.officer, uuid.uuid4())
    newer, _ = terminals.enrol(cast.officer, uuid.uuid4())
    assert carried(unit) == [newer.pk]


def test_an_officer_has_no_more_than_three_terminals(cast: Cast) -> None:
    made = [terminals.enrol(cast.officer, uuid.uuid4())[0].pk for _ in range(terminals.KEPT + 2)]
    assert made == [*made[: terminals.KEPT], *made[:2]], "the browser used longest ago hands its device on"
    assert Terminal.objects.count() == Device.objects.count() == terminals.KEPT


def test_a_phone_whose_key_was_taken_away_gets_no_other(cast: Cast) -> None:
    browser = uuid.uuid4()
    device, _ = terminals.enrol(cast.officer, browser)
    devices.revoke_device(cast.technician, device.pk)
    with pytest.raises(Conflict) as refused:
        terminals.enrol(cast.officer, browser)
    assert refused.value.code == "revoked"
    said = asked(cast, "officer", "/api/v1/terminal/device/", {"browser": str(browser)})
    assert (said.status_code, said.json()["code"]) == (409, "revoked")


def test_a_terminal_is_told_its_unit_and_what_reports_with_the_screen_off(cast: Cast, unit: Unit) -> None:
    assert asked(cast, "auxiliary", "/api/v1/terminal/").json()["unit"] is None
    phone, _ = devices.add_device(None, "phone", "phone", "owntracks", cast.s1)
    unit.devices.add(phone)
    units.book_on(cast.duty_officer, "2107", ["auxiliary"])
    terminals.enrol(cast.auxiliary, uuid.uuid4())
    said = asked(cast, "auxiliary", "/api/v1/terminal/").json()
    assert (said["unit"], said["call_sign"]) == ("S1/2107", "2107")
    assert said["paired"] == [{"profile": "owntracks", "heard_at": None}]


def test_nonsense_for_a_browser_is_refused_at_its_field(cast: Cast) -> None:
    said = asked(cast, "officer", "/api/v1/terminal/device/", {"browser": "x"})
    assert said.status_code == 400
    assert "browser" in said.json()["fields"]


def test_who_has_no_desk_comes_home_to_the_terminal(cast: Cast, client: Client) -> None:
    for name, place in (("officer", "/terminal/"), ("auxiliary", "/terminal/"), ("duty_officer", "/desk/")):
        client.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/").headers["Location"] == place
    client.force_login(cast.inspector, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").headers["Location"] == "/wall/"


def test_worker_and_page_name_the_same_version(cast: Cast, client: Client) -> None:
    client.force_login(cast.officer, backend="django.contrib.auth.backends.ModelBackend")
    page, worker = client.get("/terminal/"), client.get("/terminal/worker.js")
    shell = json.loads(worker.content.decode().splitlines()[0].removeprefix("self.SHELL = ").rstrip(";"))
    assert f'terminal.js?v={shell["version"]}"' in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert worker.headers["Content-Type"].startswith("text/javascript")
    for address in shell["files"]:
        assert address.startswith(("/static/", "/jsi18n/"))


def test_the_app_can_be_installed(cast: Cast, client: Client) -> None:
    said = client.get("/terminal/app.webmanifest")
    assert said.headers["Content-Type"] == "application/manifest+json"
    told = said.json()
    assert (told["start_url"], told["scope"], told["display"]) == ("/terminal/", "/terminal/", "standalone")
    assert {"192x192", "512x512"} == {icon["sizes"] for icon in told["icons"]}


def test_a_crew_is_told_who_sees_it_and_who_looked_up_where_it_was(cast: Cast) -> None:
    units.add_unit(None, cast.s1, "2107")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    told = terminals.payload(cast.officer)["watchers"]
    assert told == {"screens": [], "desks": [], "looks": []}
    make_screen(cast.s1)
    make_screen(cast.s2)
    Screen.objects.update(seen_at=clock.now())
    client = Client()
    client.force_login(cast.duty_officer, backend="django.contrib.auth.backends.ModelBackend")
    Client().force_login(cast.foreign_duty, backend="django.contrib.auth.backends.ModelBackend")
    call = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    units.assign(cast.duty_officer, call.number, "2107")
    for person in (cast.commander, cast.officer):
        audit.look_up(person, "read_incident", "incident", call.number, cast.s1.pk, tracks=True)
    audit.look_up(cast.inspector, "read_incident", "incident", call.number, cast.s1.pk, tracks=False)
    told = terminals.payload(cast.officer)["watchers"]
    assert told["screens"] == ["墙"], "the neighbours' wall does not show it"
    assert told["desks"] == [cast.duty_officer.label]
    assert [(one["who"], one["what"]) for one in told["looks"]] == [(cast.commander.label, "incident")]
    Screen.objects.update(seen_at=clock.now() - dt.timedelta(minutes=10))
    assert terminals.payload(cast.officer)["watchers"]["screens"] == []


@pytest.mark.parametrize("page", ["/desk/", "/wall/"])
def test_a_picture_is_closed_by_another_word_than_an_incident(cast: Cast, page: str) -> None:
    client = confirmed(cast, "duty_officer")
    client.cookies["django_language"] = "zh-hans"
    shown = client.get(page).content.decode()
    assert re.search(r'id="large-close"[^>]*>关闭 <kbd>Esc', shown)
