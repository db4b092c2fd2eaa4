"""SOS, requests for help, reinforcement."""

import datetime as dt

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import translation

from command import clock, live
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import Alarm, AuditEntry
from devices import devices
from devices.models import LastFix
from dispatch import help as helping
from dispatch import incidents, reinforce, units
from dispatch.models import Assignment, CallForHelp, Incident, LogEntry
from tests.conftest import PLACE, Cast, make_screen

SOS, HELP = CallForHelp.SOS, CallForHelp.HELP
FIGHT = {"kind": "fight", "priority": 1, **PLACE}
HERE = {"lat": 29.61, "lon": 106.55}


def heard(cast: Cast, call_sign: str, lat: float, lon: float, age_s: float = 5) -> None:
    """A unit on patrol whose phone was there some seconds ago."""
    device, _ = devices.add_device(None, f"phone {call_sign}", "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, call_sign, devices=[device])
    at = clock.now() - dt.timedelta(seconds=age_s)
    LastFix.objects.create(
        device=device, time=at, corrected=at, received=at, place=Point(lon, lat, srid=4326), accuracy=8
    )


@pytest.fixture
def sent(cast: Cast) -> Incident:
    """2107 with the officer on it, sent to a fight."""
    heard(cast, "2107", 29.6, 106.55)
    units.book_on(cast.duty_officer, "2107", ["officer"])
    incident = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)
    units.assign(cast.duty_officer, incident.number, "2107")
    return incident


def post(client: Client, cast: Cast, name: str, path: str, body: dict | None = None):
    headers = {"Authorization": f"Bearer {cast.token(name)}"}
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)


def test_an_sos_is_an_alarm_with_a_place_and_stands_on_the_unit(cast: Cast, sent: Incident, client: Client) -> None:
    answer = post(client, cast, "officer", "sos/", {**HERE, "accuracy": 6})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["unit"], said["incident"], said["lat"], said["ended_at"]) == ("2107", sent.number, 29.61, None)
    alarm = Alarm.objects.get(kind="sos")
    assert (alarm.level, alarm.subject_kind, alarm.subject_id) == (1, "call_for_help", str(said["id"]))
    shown = live.snapshot(cast.again("duty_officer"))["topics"]
    assert [one["emergency"] for one in shown["unit"]] == [True]
    assert [(one["kind"], one["lat"]) for one in shown["call_for_help"]] == [("sos", 29.61)]
    assert shown["alarm"][-1]["subject_name"] == "2107 某officer"
    assert AuditEntry.objects.filter(action="sos").count() == 1


def test_without_a_place_of_its_own_it_has_that_of_the_unit(cast: Cast, sent: Incident) -> None:
    row = helping.call(cast.officer, SOS)
    assert row.place is not None
    assert (row.place.y, row.place.x) == (29.6, 106.55)
    assert row.placed_at is not None and row.placed_at < row.raised_at


@pytest.mark.parametrize("body", [{"lat": "x"}, {"lat": 0, "lon": 0}, {"lat": 1e999, "lon": 4}, {"voice": "help"}, []])
def test_an_sos_is_never_refused_for_what_it_says(cast: Cast, sent: Incident, client: Client, body: object) -> None:
    headers = {"Authorization": f"Bearer {cast.token('officer')}"}
    answer = client.post("/api/v1/sos/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201
    assert answer.json()["lat"] == 29.6


def test_pressed_again_it_is_the_same_one_at_its_newer_place(cast: Cast, sent: Incident) -> None:
    first = helping.call(cast.officer, SOS, **HERE)
    again = helping.call(cast.officer, SOS, lat=29.62, lon=106.56)
    assert first.pk == again.pk
    assert again.place is not None and again.place.y == 29.62
    assert Alarm.objects.filter(kind="sos").count() == 1
    assert LogEntry.objects.filter(code="sos").count() == 1


def test_it_ends_only_by_name_and_with_a_word(cast: Cast, sent: Incident, client: Client) -> None:
    row = helping.call(cast.officer, SOS, **HERE)
    with pytest.raises(Forbidden):
        helping.end(cast.officer, row.pk, SOS, "all well")
    with translation.override("en"), pytest.raises(Invalid, match="expected a word"):
        helping.end(cast.duty_officer, row.pk, SOS, "  ")
    with pytest.raises(NotThere):
        helping.end(cast.foreign_duty, row.pk, SOS, "all well")
    incidents.close(cast.duty_officer, sent.number, "05")
    assert CallForHelp.objects.get().ended_at is None, "closing the incident must not end it"
    ended = post(client, cast, "duty_officer", f"sos/{row.pk}/end/", {"word": "spoke to him, all well"}).json()
    assert (ended["ended_by"], ended["word"]) == ("某duty_officer", "spoke to him, all well")
    helping.end(cast.duty2, row.pk, SOS, "me too")
    assert CallForHelp.objects.get().ended_by == cast.duty_officer, "the first one's name stays"
    assert not Alarm.objects.filter(kind="sos", cleared_at=None).exists()
    assert live.snapshot(cast.again("duty_officer"))["topics"]["call_for_help"] == []


def test_attending_to_the_alarm_does_not_end_it(cast: Cast, sent: Incident, client: Client) -> None:
    helping.call(cast.officer, SOS, **HERE)
    post(client, cast, "duty_officer", f"alarms/{Alarm.objects.get(kind='sos').pk}/acknowledge/")
    assert [one["emergency"] for one in live.snapshot(cast.again("duty_officer"))["topics"]["unit"]] == [True]


def test_what_was_asked_for_comes_and_ends_the_request(cast: Cast, sent: Incident, client: Client) -> None:
    heard(cast, "2108", 29.608, 106.551)
    asked = post(client, cast, "officer", "help/", {"text": "两人打架", "units": 1}).json()
    assert Alarm.objects.get(kind="help_wanted").facts["incident"] == sent.number
    answer = post(client, cast, "duty_officer", f"help/{asked['id']}/send/", {"count": 1})
    assert [one["unit"] for one in answer.json()["sent"]] == ["2108"]
    row = CallForHelp.objects.get(kind=HELP)
    assert row.ended_by == cast.duty_officer
    assert not Alarm.objects.filter(kind="help_wanted", cleared_at=None).exists()


def test_somebody_who_is_at_no_incident_gets_one_at_their_place(cast: Cast) -> None:
    heard(cast, "2107", 29.6, 106.55)
    heard(cast, "2108", 29.61, 106.55)
    units.book_on(cast.duty_officer, "2107", ["officer"])
    units.set_status(cast.duty_officer, "2107", "busy")
    row = helping.call(cast.officer, SOS, **HERE)
    sent = reinforce.send_to(cast.duty_officer, row.pk, 1)
    incident = Incident.objects.get()
    assert (incident.place.y, incident.priority) == (29.61, 1)
    assert "2107" in incident.facts
    assert [one.unit.call_sign for one in sent] == ["2108"]
    row.refresh_from_db()
    assert row.incident == incident and row.ended_at is None, "an SOS stands until somebody ends it"


def test_two_more_are_the_two_best_that_are_free(cast: Cast, sent: Incident) -> None:
    for call_sign, lat in (("A", 29.60), ("B", 29.607), ("C", 29.606)):
        heard(cast, call_sign, lat, 106.5512)
    other = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)
    units.assign(cast.duty_officer, other.number, "B")
    got = reinforce.reinforce(cast.duty_officer, sent.number, 2)
    assert [one.unit.call_sign for one in got] == ["C", "A"]
    entry = LogEntry.objects.get(code="reinforced")
    assert entry.params == {"wanted": 2, "sent": ["C", "A"]}
    with pytest.raises(Conflict) as refused:
        reinforce.reinforce(cast.duty_officer, sent.number, 2)
    assert refused.value.code == "nobody_free"
    assert Assignment.objects.filter(incident=sent).count() == 3


def test_a_wall_sends_more_only_once_a_person_has_taken_it_over(cast: Cast, sent: Incident, client: Client) -> None:
    heard(cast, "2108", 29.608, 106.551)
    client.cookies["screen"] = make_screen(cast.s1)
    path = f"/api/v1/incidents/{sent.number}/reinforce/"
    refused = client.post(path, {"count": 1}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_taken_over")
