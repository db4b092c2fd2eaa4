"""The desk besides sending: doubles taken together, calls that wait, reports, the briefing, what is known of places."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from command import clock, erasures
from command.errors import Conflict, Forbidden, Invalid, NotThere, Problem
from command.models import AuditEntry, Lookup
from dispatch import briefing, incidents, merge, place_notes, records, reports, stack, units
from dispatch.live import incident_payload, unit_payload, whole_incidents, whole_units
from dispatch.models import Assignment, Briefed, Incident, PlaceNote, Stacked, Unit
from tests.conftest import PLACE, Cast, confirmed
from tests.records import TownRecords

NEAR = {"lat": PLACE["lat"] + 0.0005, "lon": PLACE["lon"]}  # 56 m
FAR = {"lat": PLACE["lat"] + 0.01, "lon": PLACE["lon"]}  # 1.1 km


def call(cast: Cast, where: dict[str, float] = PLACE, **said: str) -> Incident:
    return incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **where, **said)


@pytest.fixture
def two(cast: Cast) -> tuple[Incident, Incident]:
    """Two calls of one thing; 2107 was sent to the second."""
    first, second = call(cast), call(cast, NEAR, facts="两人打架")
    units.add_unit(None, cast.s1, "2107")
    units.assign(cast.duty_officer, second.number, "2107")
    return first, second


def test_calls_of_one_place_within_minutes_may_be_the_same(
    cast: Cast, two: tuple[Incident, Incident], later: Callable[..., None]
) -> None:
    first, second = two
    far = call(cast, FAR)
    found = merge.doubles_of(cast.duty_officer, first)
    assert [one.incident for one in found] == [second]
    assert found[0].distance_m == pytest.approx(56, abs=1)
    assert merge.doubles_of(cast.duty_officer, far) == []
    assert merge.doubles(cast.foreign_duty, **PLACE) == []
    later(minutes=16)
    assert merge.doubles(cast.duty_officer, **PLACE) == []


def test_a_double_is_closed_and_its_units_go_to_the_other(cast: Cast, two: tuple[Incident, Incident]) -> None:
    duty, (first, second) = cast.duty_officer, two
    merge.merge(duty, second.number, first.number)
    second.refresh_from_db()
    assert (second.state, second.disposition) == ("closed", "22")
    sent = Assignment.objects.get(ended_at=None)
    assert (sent.incident_id, sent.unit.call_sign, sent.status) == (first.pk, "2107", "dispatched")
    assert second.log.get(code="merged").params == {"into": first.number, "units": ["2107"]}
    told = first.log.get(code="merged_from")
    assert (told.text, told.params["number"]) == ("两人打架", second.number)
    first.refresh_from_db()
    assert first.acknowledged_at, "somebody is on the way, so it has been seen"
    for wrong, into in ((second.number, first.number), (first.number, second.number)):
        with pytest.raises(Conflict):
            merge.merge(duty, wrong, into)
    with pytest.raises(Invalid):
        merge.merge(duty, first.number, first.number)


def test_a_merge_is_taken_back_as_something_new(cast: Cast, two: tuple[Incident, Incident]) -> None:
    duty, (first, second) = cast.duty_officer, two
    merge.merge(duty, second.number, first.number)
    merge.unmerge(duty, second.number)
    second.refresh_from_db()
    assert second.state == "open"
    assert Assignment.objects.get(ended_at=None).incident_id == second.pk
    assert [one.code for one in second.log.order_by("pk")][-2:] == ["merged", "unmerged"]
    with pytest.raises(Conflict):
        merge.unmerge(duty, second.number)
    merge.merge(duty, second.number, first.number)  # and again
    assert AuditEntry.objects.filter(action="merge_incident").count() == 2


def test_what_is_foreign_is_merged_with_nothing(cast: Cast, two: tuple[Incident, Incident]) -> None:
    theirs = incidents.open_incident(cast.foreign_duty, cast.s2, kind="fight", priority=1, **PLACE)
    with pytest.raises(NotThere):
        merge.merge(cast.duty_officer, two[0].number, theirs.number)
    with pytest.raises(Forbidden):
        merge.merge(cast.officer, two[0].number, two[1].number)


def test_a_call_waits_for_a_unit_until_that_is_sent(cast: Cast, two: tuple[Incident, Incident]) -> None:
    duty, (first, second) = cast.duty_officer, two
    stack.stack(duty, first.number, "2107")
    stack.stack(duty, first.number, "2107")
    assert Stacked.objects.count() == 1
    assert incident_payload(whole_incidents(Incident.objects.filter(pk=first.pk)).get())["stacked"] == ["2107"]
    assert unit_payload(whole_units(Unit.objects.all()).get())["stacked"] == [first.number]
    units.step(duty, second.number, "2107", "cleared")
    assert Stacked.objects.count() == 1, "it is told, and a person sends it"
    units.assign(duty, first.number, "2107")
    assert not Stacked.objects.exists()


def test_what_can_not_wait_is_refused_and_what_is_over_waits_no_more(
    cast: Cast, two: tuple[Incident, Incident]
) -> None:
    duty, (first, second) = cast.duty_officer, two
    units.add_unit(None, cast.s1, "2108")
    for number, unit, code in ((first.number, "2108", "unit_free"), (second.number, "2107", "unit_sent")):
        with pytest.raises(Conflict) as refused:
            stack.stack(duty, number, unit)
        assert refused.value.code == code
    stack.stack(duty, first.number, "2107")
    stack.unstack(duty, first.number, "2107")
    assert [one.code for one in first.log.order_by("pk")][-2:] == ["stacked", "unstacked"]
    stack.stack(duty, first.number, "2107")
    incidents.cancel(duty, first.number)
    assert not Stacked.objects.exists()


def test_other_services_and_a_mediation_stand_in_the_incident(cast: Cast, two: tuple[Incident, Incident]) -> None:
    duty, (_first, second) = cast.duty_officer, two
    for step in ("called", "arrived"):
        reports.service(duty, second.number, "ambulance", step)
    reports.hand_over(duty, second.number, "criminal_police", "张警官")
    with pytest.raises(Invalid):
        reports.mediate(duty, second.number, agreed=True, text=" ")
    for wrong in (
        lambda: reports.service(duty, second.number, "pizza"),
        lambda: reports.hand_over(duty, second.number, "x"),
    ):
        with pytest.raises(Invalid):
            wrong()
    units.book_on(duty, "2107", ["officer"])
    reports.mediate(cast.again("officer"), second.number, agreed=True, text="赔偿医药费，互不追究")
    seen = confirmed(cast, "duty_officer").get(f"/api/v1/incidents/{second.number}/").json()
    assert [bool(seen["services"][0][name]) for name in ("called_at", "arrived_at", "left_at")] == [True, True, False]
    assert seen["mediation"]["words"] == "赔偿医药费，互不追究"
    assert AuditEntry.objects.get(action="mediated").facts == {"agreed": True}, "no words in the audit"


def test_the_briefing_is_for_those_who_send_and_are_sent(cast: Cast, two: tuple[Incident, Incident]) -> None:
    duty, (first, second) = cast.duty_officer, two
    with pytest.raises(Forbidden):
        briefing.brief(cast.officer, second.number)
    units.book_on(duty, "2107", ["officer"])
    person = confirmed(cast, "officer")
    for _ in range(2):
        assert "briefing" in person.get(f"/api/v1/incidents/{second.number}/").json(), "pushed to who is sent there"
    assert "briefing" not in person.get(f"/api/v1/incidents/{first.number}/").json()
    assert Briefed.objects.get().officer == cast.officer
    assert AuditEntry.objects.filter(action="read_briefing").count() == 1
    incidents.close(duty, second.number, "18")
    with pytest.raises(Conflict):
        briefing.brief(duty, second.number)


def test_the_briefing_knows_the_place_and_the_number(cast: Cast) -> None:
    duty = cast.duty_officer
    phone = {"caller_phone": "13800001111"}
    here, by_number = call(cast, NEAR), call(cast, FAR, **phone)
    for one in (here, by_number):
        incidents.close(duty, one.number, "18")
    doubled = call(cast)
    incidents.close(duty, doubled.number, "22")
    note = {"kind": "hazard", "address": "银杏街12号", "radius_m": 100, "words": "煤气罐", "until": _today(cast)}
    place_notes.add_note(duty, cast.s1, **NEAR, **note)
    place_notes.add_note(duty, cast.s1, **FAR, **note)
    place_notes.add_note(cast.centre_commander, cast.centre, **PLACE, **{**note, "words": "分局提示"})
    now = call(cast, {"lat": NEAR["lat"] + 0.0002, "lon": NEAR["lon"]}, **phone)
    found = briefing.brief(duty, now.number)
    assert [one["number"] for one in found["of_place"]] == [here.number]
    assert [one["number"] for one in found["of_caller"]] == [by_number.number]
    assert {one["words"] for one in found["notes"]} == {"煤气罐", "分局提示"}
    assert found["records"] is None
    assert "13800001111" not in str(found)


def _today(cast: Cast) -> dt.date:
    return cast.s1.local(clock.now()).date()


def test_a_note_ends_by_itself_and_forgets_whom_it_named(cast: Cast, later: Callable[..., None]) -> None:
    duty, today = cast.duty_officer, _today(cast)
    said = {"kind": "key_holder", "address": "仓库", "radius_m": 50, "words": "", "contact_name": "周七"}
    note = place_notes.add_note(duty, cast.s1, **PLACE, **said, contact_phone="139", until=today)
    assert len(briefing.of(call(cast))["notes"]) == 1
    later(days=1)
    assert briefing.of(call(cast))["notes"] == []
    for wrong in (
        {"until": today + dt.timedelta(days=400)}, {"radius_m": 9000}, {"kind": "resident"}, {"kind": "hazard"},
        {"contact_name": ""},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            place_notes.add_note(duty, cast.s1, **PLACE, **{**said, "until": today + dt.timedelta(days=9), **wrong})
    erasures.erase(None, "key_holder", note.pk, "asked")
    note.refresh_from_db()
    assert (note.contact_name, note.contact_phone) == ("", "")
    place_notes.retire_note(duty, note.pk)
    with pytest.raises(NotThere):
        place_notes.retire_note(duty, note.pk)
    with pytest.raises(Forbidden):
        place_notes.add_note(cast.inspector, cast.s1, **PLACE, **{**said, "until": today})


def test_the_pages_of_places_name_nobody_until_one_is_opened(cast: Cast) -> None:
    person = confirmed(cast, "duty_officer")
    said = {
        "station": cast.s1.pk, "address": "29.6075, 106.5512", "radius_m": 50, "kind": "key_holder", "words": "后门",
        "contact_name": "周七", "contact_phone": "13911112222", "until": _today(cast) + dt.timedelta(days=30),
    }  # fmt: skip
    assert person.post("/places/notes/add/", {**said, "address": "无此地"}).status_code == 400
    assert person.post("/places/notes/add/", said).status_code == 302
    note = PlaceNote.objects.get()
    assert (note.place.y, note.place.x) == (29.6075, 106.5512)
    listed = person.get("/places/notes/?q=后门").content.decode()
    assert "后门" in listed
    assert "周七" not in listed
    assert "周七" in person.get(f"/places/notes/{note.pk}/").content.decode()
    assert AuditEntry.objects.filter(action="read_place_note").count() == 1
    assert (
        person.post(f"/places/notes/{note.pk}/", {**said, "address": note.address, "words": "前门"}).status_code == 302
    )
    note.refresh_from_db()
    assert note.words == "前门"
    assert person.post(f"/places/notes/{note.pk}/retire/").status_code == 302


def test_the_agency_is_asked_only_for_an_incident_and_entered_first(
    cast: Cast, two: tuple[Incident, Incident], settings, monkeypatch
) -> None:
    duty, number = cast.duty_officer, two[0].number
    asked = (number, "vehicle", "渝A12345", "incident")
    with pytest.raises(Conflict) as refused:
        records.ask(duty, *asked)
    assert refused.value.code == "no_records"
    assert not Lookup.objects.exists(), "nothing was asked"
    settings.RECORDS = "tests.records.TownRecords"
    answer = confirmed(cast, "duty_officer").post(
        f"/api/v1/incidents/{number}/records/",
        {"about": "vehicle", "words": "渝A12345", "purpose": "incident"}, content_type="application/json",
    )  # fmt: skip
    assert [one["title"] for one in answer.json()["results"]] == ["渝A12345"]
    assert Lookup.objects.get().reference == number
    assert AuditEntry.objects.get(action="search_people").subject_kind == "lookup"
    assert briefing.brief(duty, number)["records"] == "town records"
    wrong = [("face", "渝A12345", "incident"), ("vehicle", "x", "incident"), ("person", "赵六", "curiosity")]
    for about in wrong:
        with pytest.raises(Invalid):
            records.ask(duty, number, *about)
    with pytest.raises(Forbidden):
        records.ask(cast.officer, *asked)
    monkeypatch.setattr(TownRecords, "is_away", True)
    with pytest.raises(Problem) as away:
        records.ask(duty, *asked)
    assert away.value.status == 503
    incidents.close(duty, number, "18")
    with pytest.raises(Conflict):
        records.ask(duty, *asked)


def test_the_doors(cast: Cast, two: tuple[Incident, Incident]) -> None:
    person, (first, second) = confirmed(cast, "duty_officer"), two

    def post(path: str, **said: object) -> int:
        answer = person.post(f"/api/v1/incidents/{path}/", said, content_type="application/json")
        return answer.status_code

    there = person.get("/api/v1/incidents/doubles/", PLACE).json()["results"]
    assert {one["number"] for one in there} == {first.number, second.number}
    assert post(f"{first.number}/stack", unit="2107") == 200
    assert post(f"{first.number}/unstack", unit="2107") == 200
    assert post(f"{first.number}/services", service="fire") == 201
    assert post(f"{first.number}/handovers", to="court") == 201
    assert post(f"{first.number}/mediation", agreed=False) == 201
    assert post(f"{second.number}/merge", into=first.number) == 200
    seen = person.get(f"/api/v1/incidents/{second.number}/").json()
    assert seen["merged_into"] == first.number
    assert post(f"{second.number}/unmerge") == 200
    assert Client().get(f"/api/v1/incidents/{first.number}/briefing/").status_code == 401
