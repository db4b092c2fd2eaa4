"""Behind each door where something past or personal is looked up: first the entry, then the answer; no entry, no answer."""

import time
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client

from command import audit, changes, clock
from command.models import AuditEntry, Lookup
from devices import devices
from devices.models import Quarantine
from devices.voice import files
from dispatch import history, incidents, units
from tests.command.test_audit import altering
from tests.command.test_routes import said_at
from tests.conftest import PLACE, Cast, make_screen

PHONE, STREET, WORDS = "13800004711", "金丝雀街4711号", "canary-4711"
CALLER = {"station": "S1", "caller": PHONE, "purpose": "case", "reference": "case 4711"}
EXPORT = {"station": "S1"}
DOORS = {
    "past callers": ("commander", "/incidents/callers/", "search_people", CALLER, "{number}"),
    "incident search": ("commander", "/incidents/?station=S1&state=closed", "search_incidents", None, STREET),
    "incident": ("inspector", "/incidents/{number}/", "read_incident", None, STREET),
    "API: closed incidents": ("duty_officer", "/api/v1/incidents/?state=closed", "search_incidents", None, STREET),
    "API: all incidents": ("duty_officer", "/api/v1/incidents/?state=all&q=4711", "search_incidents", None, STREET),
    "API: incident": ("duty_officer", "/api/v1/incidents/{number}/", "read_incident", None, PHONE),
    "API: its log": ("duty_officer", "/api/v1/incidents/{number}/log/", "read_incident", None, WORDS),
    "API: track": ("commander", "/api/v1/devices/{device}/track/", "read_track", None, ""),
    "API: what was said": ("commander", "/api/v1/turns/?reason=case+4711", "search_turns", None, "{turn}"),
    "API: said": ("inspector", "/api/v1/turns/{turn}/?reason=case+4711", "play_turn", None, "OpusHead"),
    "audit": ("inspector", "/audit/?station=S1&action=note", "search_audit", None, "4711-entry"),
    "audit, whole": ("inspector", "/audit/export/", "export_audit", EXPORT, ""),
    "quarantine": ("administrator", "/manage/quarantine/{device}/future/", "look_at_quarantine", None, WORDS),
    "devices": ("administrator", "/manage/devices/export/", "export_devices", None, WORDS),
    "people": ("administrator", "/manage/people/export/", "export_people", None, "某officer"),
    "units": ("administrator", "/manage/units/export/", "export_units", None, "4711"),
}


@dataclass
class Known:
    """What there is to be looked up."""

    number: str
    device: int
    turn: str


@pytest.fixture
def known(cast: Cast, settings, tmp_path) -> Known:
    settings.SIGNING_KEY = tmp_path / "key.pem"
    duty = cast.duty_officer
    told = {"kind": "fight", "priority": 1, **PLACE, "address": STREET, "caller_phone": PHONE}
    number = incidents.open_incident(duty, cast.s1, **told).number
    incidents.note(duty, number, WORDS)
    incidents.close(duty, number, disposition="18")
    device, _ = devices.add_device(None, WORDS, "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, "4711")
    Quarantine.objects.create(
        device=device, station=cast.s1, received=clock.now(), code="future", profile="fixes", raw=WORDS
    )
    settings.TURNS = tmp_path / "turns"
    turn = said_at(cast)
    files.TurnFile(files.path_of(settings.TURNS, turn.key), turn.pk).end()
    turn.sha256 = files.digest(files.path_of(settings.TURNS, turn.key))
    turn.save()
    with changes.change():
        audit.record(None, "note", "incident", "4711-entry", cast.s1.pk)
    return Known(number, device.pk, str(turn.key))


def knock(cast: Cast, known: Known, door: str) -> tuple[int, str]:
    """Somebody in a browser who has just given the second factor; status and whole body."""
    who, path, _, form, _ = DOORS[door]
    client = Client()
    client.force_login(cast.people[who], backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor_at"] = time.time()
    session.save()
    path = path.format(number=known.number, device=known.device, turn=known.turn)
    answer = client.get(path) if form is None else client.post(path, form)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, body.decode(errors="replace")


@pytest.mark.parametrize("door", DOORS)
def test_a_look_up_is_entered_once(cast: Cast, known: Known, door: str) -> None:
    status, body = knock(cast, known, door)
    who, _, action, _, shows = DOORS[door]
    assert status == 200
    assert shows.format(number=known.number, turn=known.turn) in body
    entry = AuditEntry.objects.get(action=action)
    assert (entry.actor_id, entry.station_id) == (str(cast.people[who].pk), cast.s1.pk)
    assert PHONE not in str(entry.facts)


@pytest.mark.parametrize("door", DOORS)
def test_what_can_not_be_entered_is_not_shown(cast: Cast, known: Known, door: str) -> None:
    with altering() as cursor:
        cursor.execute("ALTER TABLE command_auditentry ADD CONSTRAINT full_up CHECK (false) NOT VALID")
    status, body = knock(cast, known, door)
    assert status == 503
    shows = DOORS[door][4].format(number=known.number, turn=known.turn)
    assert not shows or shows not in body
    typed = DOORS[door][3] or {}
    assert not any(secret in body for secret in (PHONE, STREET, WORDS) if secret not in typed.values())


def test_open_incidents_are_on_the_live_picture_and_no_look_up(cast: Cast) -> None:
    number = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    headers = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
    client = Client()
    before = AuditEntry.objects.count()
    for path in ("", f"{number}/", f"{number}/log/"):
        assert client.get(f"/api/v1/incidents/{path}", headers=headers).status_code == 200
    assert AuditEntry.objects.count() == before


def test_a_look_up_waits_for_no_chain_that_somebody_holds(cast: Cast) -> None:
    with audit.before_showing(), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)


@pytest.mark.parametrize("who", ["officer", "auxiliary", "screen"])
def test_who_may_not_search_reads_nothing_that_is_over(cast: Cast, known: Known, who: str) -> None:
    client = Client()
    if who == "screen":
        client.cookies["screen"] = make_screen(cast.s1)
    else:
        client.force_login(cast.people[who], backend="django.contrib.auth.backends.ModelBackend")
    for path in ("?state=all", "?state=closed", f"{known.number}/", f"{known.number}/log/"):
        answer = client.get(f"/api/v1/incidents/{path}")
        assert answer.status_code in (403, 404), path
        assert STREET not in answer.content.decode()
    assert client.get("/api/v1/incidents/").status_code == 200


def test_a_number_is_one_person_however_it_is_written(cast: Cast, known: Known) -> None:
    for written in ("13800001111", "138-0000-1111", "13800001111x"):
        history.by_person(cast.commander, cast.s1, written, "callback", "", "because of it")
    assert Lookup.objects.latest("pk").flag == "repeated"
