"""The pages of devices: a key shown once with a code that configures the app, renewed, revoked; what was refused."""

import base64
import datetime as dt
import html
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.contrib.gis.geos import Point
from django.test import Client

from command import clock, people
from command.models import AuditEntry, digest
from devices import phones
from devices.device_words import CODE_WORDS
from devices.devices import add_device
from devices.models import Device, LastFix, Quarantine
from tests.conftest import ROOT, Cast

DEVICES, REFUSED = "/manage/devices/", "/manage/quarantine/"
ORIGIN = "https://station.example:8443"


@pytest.fixture
def technician(cast: Cast, client: Client) -> Client:
    client.force_login(cast.technician, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def add(technician: Client, cast: Cast, **more: object):
    said = {"name": "phone of 2107", "kind": "phone", "profile": "owntracks", "datum": "wgs84", "station": cast.s1.pk}
    return technician.post(f"{DEVICES}add/", {**said, **more}, headers={"host": "localhost:8000"})


def key_on(answer) -> str:
    return html.unescape(re.findall(r'<pre class="secret small">([^<]+)<', answer.content.decode())[-1])


def test_a_phone_is_added_and_its_key_is_shown_once(technician: Client, cast: Cast) -> None:
    answer = add(technician, cast)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert 'src="data:image/svg+xml;base64,' in text
    assert "only this computer reaches" in text, "localhost is no address for a phone"
    device = Device.objects.get(name="phone of 2107")
    assert device.key_hash == digest(key_on(answer))
    assert key_on(answer) not in technician.get(f"{DEVICES}{device.pk}/").content.decode()


def test_owntracks_is_configured_by_the_code() -> None:
    setup = phones.setup("owntracks", 7, "手机 2107", "se+cret/=", ORIGIN)
    scheme, _, inline = setup.scanned.partition("?inline=")
    assert scheme == "owntracks:///config"
    assert not set("+/=") & set(inline), "a query would lose them"
    said = json.loads(base64.b64decode(unquote(inline)))
    assert said == {**said, "_type": "configuration", "mode": 3, "url": f"{ORIGIN}/owntracks/", "auth": True}
    assert said["password"] == "se+cret/="
    assert said["tid"] == "07"
    assert len(setup.picture) < 60_000


def test_traccar_client_9_is_configured_by_the_code() -> None:
    said = urlsplit(phones.setup("traccar9", 7, "p", "se+cret", ORIGIN).scanned)
    assert (f"{said.scheme}://{said.netloc}{said.path}") == f"{ORIGIN}/osmand/"
    assert parse_qs(said.query)["id"] == ["se+cret"]
    assert parse_qs(said.query)["accuracy"] == ["high"]


@pytest.mark.parametrize("profile", ["traccar8", "osmand", "forward", "fixes"])
def test_what_reads_no_code_is_told_in_words(profile: str) -> None:
    setup = phones.setup(profile, 7, "p", "the-key", ORIGIN)
    assert setup.steps
    assert any("the-key" in value for _, value in setup.typed)


def test_a_new_key_ends_the_old_one(technician: Client, cast: Cast) -> None:
    device, old = add_device(None, "p", "phone", "traccar9", cast.s1)
    page = f"{DEVICES}{device.pk}/renew/"
    assert "The old key is refused at once" in technician.get(page).content.decode()
    new = key_on(technician.post(page))
    device.refresh_from_db()
    assert new != old
    assert device.key_hash == digest(new)
    assert AuditEntry.objects.filter(action="renew_key", subject_id=str(device.pk)).exists()


def test_revoking_is_asked_and_for_good(technician: Client, cast: Cast) -> None:
    device, _ = add_device(None, "p", "phone", "traccar9", cast.s1)
    page = f"{DEVICES}{device.pk}/"
    assert "for good" in technician.get(f"{page}revoke/").content.decode()
    assert technician.post(f"{page}revoke/").headers["Location"] == page
    assert technician.post(f"{page}renew/").status_code == 409
    assert "Renew the key" not in technician.get(page).content.decode()
    assert f">{device.name}</a>" not in technician.get(DEVICES).content.decode()
    assert f">{device.name}</a>" in technician.get(DEVICES, {"state": "revoked"}).content.decode()


def test_a_tracker_that_waits_is_let_in(technician: Client, cast: Cast) -> None:
    gateway, _ = add_device(None, "gate", "gateway", "forward", cast.s1)
    tracker, _ = add_device(None, "car", "tracker", "forward", cast.s1, gateway=gateway, unique_id="86")
    Device.objects.filter(pk=tracker.pk).update(approved_at=None)
    assert "1 tracker waits to be let in" in technician.get(DEVICES).content.decode()
    page = f"{DEVICES}{tracker.pk}/"
    assert "reported it as “86”" in technician.get(f"{page}approve/").content.decode()
    technician.post(f"{page}approve/")
    assert "tracker waits" not in technician.get(DEVICES).content.decode()
    assert technician.post(f"{page}renew/").status_code == 409, "it speaks through its gateway's key"


def test_a_device_is_renamed(technician: Client, cast: Cast) -> None:
    device, _ = add_device(None, "old", "phone", "osmand", cast.s1)
    technician.post(f"{DEVICES}{device.pk}/change/", {"name": "<i>new</i>", "datum": "gcj02"})
    text = technician.get(DEVICES).content.decode()
    assert "&lt;i&gt;new&lt;/i&gt;" in text
    assert "GCJ-02" in text


def test_what_does_not_go_together_is_refused(technician: Client, cast: Cast) -> None:
    for wrong in (
        {"name": " "},
        {"station": cast.s2.pk},
    ):
        assert add(technician, cast, **wrong).status_code == 400, wrong
    assert not Device.objects.exists()


def test_what_would_never_be_heard_is_refused(technician: Client, cast: Cast) -> None:
    for wrong in ({"profile": "forward"}, {"kind": "gateway"}, {"kind": "tracker", "profile": "forward"}):
        answer = add(technician, cast, **wrong)
        assert answer.status_code == 400, wrong
        assert "expected “forward” for a gateway" in answer.content.decode()
    assert not Device.objects.exists()


def test_the_list_says_when_each_was_heard_and_whether_its_clock_is_right(technician: Client, cast: Cast) -> None:
    device, _ = add_device(None, "p", "phone", "osmand", cast.s1)
    at = clock.now() - dt.timedelta(minutes=3)
    LastFix.objects.create(device=device, time=at, corrected=at, received=at, place=Point(106.5512, 29.6075, srid=4326))
    Device.objects.filter(pk=device.pk).update(clock_offset_s=-3600)
    text = technician.get(DEVICES).content.decode()
    assert "3 min ago" in text
    assert "3600 s ahead" in text
    for page in (text, technician.get(f"{DEVICES}{device.pk}/").content.decode()):
        assert "106.55" not in page, "where it is, is not the technician's to see"


def refuse(device: Device, code: str, raw: str, minutes: int = 1) -> None:
    received = clock.now() - dt.timedelta(minutes=minutes)
    Quarantine.objects.create(
        device=device, station=device.station, received=received, code=code, profile=device.profile, raw=raw
    )


def test_what_was_refused_is_counted_by_device_and_reason(technician: Client, cast: Cast) -> None:
    device, _ = add_device(None, "p", "phone", "osmand", cast.s1)
    other, _ = add_device(None, "foreign phone", "phone", "osmand", cast.s2)
    refuse(device, "null_island", '{"lat": 0}', 2)
    refuse(device, "null_island", '{"lat": "<script>"}', 1)
    refuse(device, "future", "{}")
    refuse(other, "future", "{}")
    text = technician.get(REFUSED).content.decode()
    assert f'/{device.pk}/null_island/">2</a>' in text
    assert "&lt;script&gt;" in text
    assert '{"lat": 0}' not in html.unescape(text), "the newest alone"
    assert "Look at its clock" in text
    assert "foreign phone" not in text
    assert "null_island</code>" not in technician.get(REFUSED, {"code": "future"}).content.decode()
    assert technician.get(REFUSED, {"device": "x' OR 1=1", "code": "nonsense"}).status_code == 200


def test_looking_closer_is_entered_into_the_audit(technician: Client, cast: Cast) -> None:
    device, _ = add_device(None, "p", "phone", "osmand", cast.s1)
    refuse(device, "future", '{"time": 1}')
    assert "&quot;time&quot;: 1" in technician.get(f"{REFUSED}{device.pk}/future/").content.decode()
    assert AuditEntry.objects.get(action="look_at_quarantine").facts == {"code": "future"}
    assert technician.get(f"{REFUSED}{device.pk}/nonsense/").status_code == 404


def test_every_reason_stands_in_words() -> None:
    said = set()
    for path in [*(ROOT / "devices/gateway").glob("*.py"), ROOT / "devices/positions.py", ROOT / "devices/ingest.py"]:
        text = Path(path).read_text(encoding="utf-8")
        said |= set(re.findall(r'(?:Refused|Unreadable)\("(\w+)"', text))
        said |= set(re.findall(r'return "(\w+)"$', text, re.M)) | set(re.findall(r'return "(\w+)" if lat', text))
    assert said
    assert said <= set(CODE_WORDS)


def test_a_foreign_technician_reaches_no_device_here(cast: Cast, client: Client) -> None:
    foreign = people.add_officer(None, "foreign_technician", "technician", cast.s2, None, name="外")
    device, _ = add_device(None, "ours", "phone", "osmand", cast.s1)
    client.force_login(foreign, backend="django.contrib.auth.backends.ModelBackend")
    for rest in ("", "change/", "renew/", "revoke/", "approve/"):
        assert client.get(f"{DEVICES}{device.pk}/{rest}").status_code == 404, rest
    assert client.post(f"{DEVICES}{device.pk}/revoke/").status_code == 404
    assert client.get(f"{REFUSED}{device.pk}/future/").status_code == 404
    assert "ours" not in client.get(DEVICES).content.decode()
