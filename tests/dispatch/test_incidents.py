"""A call from its opening to its end: states, log, audit, events, all in one transaction."""

import pytest
from django.test import Client
from django.utils import translation

from command import chain, live
from command.errors import Conflict, Invalid, NotThere
from command.models import AuditEntry, Event, EventCounter
from dispatch import incidents, units
from dispatch.models import Assignment, Incident
from tests.conftest import PLACE, Cast

FIGHT = {"kind": "fight", "priority": 1, **PLACE, "address": "银杏街 12 号", "facts": "两人打架"}


@pytest.fixture
def call(cast: Cast) -> Incident:
    units.add_unit(None, cast.s1, "2107")
    units.add_unit(None, cast.s1, "15")
    return incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)


def test_a_number_is_station_day_and_serial(cast: Cast, call: Incident) -> None:
    second = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)
    head, day, serial = call.number.split("-")
    assert (head, serial, len(day)) == ("S1", "0001", 6)
    assert second.number.endswith("-0002")


def test_events_are_numbered_without_gaps_and_hold_no_words(cast: Cast, call: Incident) -> None:
    units.assign(cast.duty_officer, call.number, "2107")
    incidents.close(cast.duty_officer, call.number, "05", "已调解")
    numbers = list(Event.objects.filter(station=cast.s1).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert EventCounter.objects.get(station=cast.s1).number == numbers[-1]
    said = str(list(Event.objects.values("subject", "facts"))) + str(list(AuditEntry.objects.values("facts")))
    assert "打架" not in said
    assert "调解" not in said


def test_the_audit_chain_holds(cast: Cast, call: Incident) -> None:
    units.assign(cast.duty_officer, call.number, "2107")
    before = "0" * 64
    entries = list(AuditEntry.objects.filter(station=cast.s1).order_by("number"))
    assert [one.number for one in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        assert chain.entry_hash(before, entry) == entry.hash
        before = entry.hash
    assert {"open_incident", "assigned"} <= {one.action for one in entries}


def test_a_verb_that_fails_leaves_nothing(cast: Cast, call: Incident) -> None:
    count = Event.objects.count(), AuditEntry.objects.count()
    with pytest.raises(Invalid):
        incidents.close(cast.duty_officer, call.number, "99")
    with pytest.raises(Invalid):
        incidents.open_incident(cast.duty_officer, cast.s1, **{**FIGHT, "kind": "nonsense"})
    with pytest.raises(Invalid):
        incidents.open_incident(cast.duty_officer, cast.s1, **{**FIGHT, "lat": 0, "lon": 0})
    assert (Event.objects.count(), AuditEntry.objects.count()) == count


def test_closing_frees_everyone(cast: Cast, call: Incident) -> None:
    for name in ("2107", "15"):
        units.assign(cast.duty_officer, call.number, name)
    units.step(cast.duty_officer, call.number, "15", "on_scene")
    closed = incidents.close(cast.duty_officer, call.number, "03")
    assert not Assignment.objects.filter(ended_at=None).exists()
    assert closed.closed_at is not None
    seen = live.snapshot(cast.again("duty_officer"))["topics"]
    assert seen["incident"] == []
    assert {one["status"] for one in seen["unit"]} == {"patrol"}


def test_the_second_dispatcher_is_told_who_won(cast: Cast, call: Incident) -> None:
    other = incidents.open_incident(cast.duty2, cast.s1, **FIGHT)
    units.assign(cast.duty_officer, call.number, "2107")
    with pytest.raises(Conflict) as lost:
        units.assign(cast.duty2, other.number, "2107")
    assert lost.value.code == "unit_taken"
    assert lost.value.facts["winner"]["by"] == cast.duty_officer.name
    assert lost.value.facts["winner"]["incident"] == call.number
    assert units.assign(cast.duty2, call.number, "2107").unit.call_sign == "2107", "the same again changes nothing"


def test_steps_keep_their_times_and_refuse_to_go_back(cast: Cast, call: Incident) -> None:
    units.assign(cast.duty_officer, call.number, "2107")
    for status in ("accepted", "on_scene"):
        units.step(cast.duty_officer, call.number, "2107", status)
    with pytest.raises(Conflict):
        units.step(cast.duty_officer, call.number, "2107", "en_route")
    sent = Assignment.objects.get()
    assert sent.accepted_at <= sent.on_scene_at
    assert sent.en_route_at is None


def test_a_crew_steps_for_itself_and_nobody_elses(cast: Cast, call: Incident) -> None:
    units.assign(cast.duty_officer, call.number, "2107")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    assert units.step(cast.again("officer"), call.number, "2107", "en_route").status == "en_route"
    units.assign(cast.duty_officer, call.number, "15")
    with translation.override("en"), pytest.raises(Exception, match="not on 15"):
        units.step(cast.again("officer"), call.number, "15", "en_route")


def test_booking(cast: Cast, call: Incident) -> None:
    units.assign(cast.duty_officer, call.number, "2107")
    with pytest.raises(Conflict):
        units.book_off(cast.duty_officer, "2107")
    incidents.cancel(cast.duty_officer, call.number)
    assert units.book_off(cast.duty_officer, "2107").status == "off_duty"
    incidents.reopen(cast.duty_officer, call.number)
    with pytest.raises(Conflict) as off:
        units.assign(cast.duty_officer, call.number, "2107")
    assert off.value.code == "off_duty"
    assert units.book_on(cast.duty_officer, "2107", ["officer"]).crew.get(left_at=None).officer == cast.officer
    units.book_on(cast.duty_officer, "15", ["officer"])
    assert list(cast.officer.crews.filter(left_at=None).values_list("unit__call_sign", flat=True)) == ["15"]


def test_a_stranger_finds_nothing(cast: Cast, call: Incident) -> None:
    with pytest.raises(NotThere):
        incidents.close(cast.foreign_duty, call.number, "01")
    with pytest.raises(NotThere):
        incidents.open_incident(cast.foreign_duty, cast.s1, **FIGHT)


def test_old_snapshot_plus_events_is_the_fresh_snapshot(cast: Cast, call: Incident) -> None:
    old = live.snapshot(cast.again("duty_officer"))
    units.assign(cast.duty_officer, call.number, "2107")
    units.step(cast.duty_officer, call.number, "2107", "on_scene")
    other = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)
    incidents.note(cast.duty_officer, other.number, "记一笔")
    incidents.close(cast.duty_officer, call.number, "01")
    news = live.news(cast.again("duty_officer"), old["cursor"])
    fresh = live.snapshot(cast.again("duty_officer"))
    assert news["through"] == fresh["cursor"]
    key = {"incident": "number", "alarm": "id", "log": "id", "station": "code", "kind": "slug", "camera": "id"}
    held = {
        topic: {str(row.get(key.get(topic, ""), f"{row.get('station')}/{row.get('call_sign')}")): row for row in rows}
        for topic, rows in old["topics"].items()
    }
    for item in news["items"]:
        if item["payload"] is None:
            held[item["topic"]].pop(item["id"], None)
        else:
            held[item["topic"]][item["id"]] = item["payload"]
    for topic, rows in fresh["topics"].items():
        assert sorted(map(str, held[topic].values())) == sorted(map(str, rows)), topic


# ---- the REST doors


def post(client: Client, token: str, path: str, data: object, **headers: str):
    return client.post(
        f"/api/v1/{path}",
        data,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", **headers},
    )


def test_a_retried_post_changes_nothing(cast: Cast, client: Client) -> None:
    token, key = cast.token("duty_officer"), "5c0f3c1e-6f5b-4e57-9b5a-0d1f0c2b7a11"
    first = post(client, token, "incidents/", FIGHT, **{"Idempotency-Key": key})
    again = post(client, token, "incidents/", FIGHT, **{"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["number"] == again.json()["number"]
    assert Incident.objects.count() == 1
    other = post(client, token, "incidents/", {**FIGHT, "priority": 2}, **{"Idempotency-Key": key})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert post(client, token, "incidents/", FIGHT, **{"Idempotency-Key": "nonsense"}).status_code == 400
    refused = post(client, token, "incidents/", {}, **{"Idempotency-Key": "5c0f3c1e-6f5b-4e57-9b5a-0d1f0c2b7a12"})
    assert refused.status_code == 400
    mended = post(client, token, "incidents/", FIGHT, **{"Idempotency-Key": "5c0f3c1e-6f5b-4e57-9b5a-0d1f0c2b7a13"})
    assert mended.status_code == 201


BAD = [
    ({**FIGHT, "lat": "nan"}, "lat"),
    ({**FIGHT, "lat": 91}, "lat"),
    ({**FIGHT, "lon": 181}, "lon"),
    ({**FIGHT, "lat": 106.55, "lon": 29.6}, "lat"),
    ({**FIGHT, "lat": 0, "lon": 0}, "lat"),
    ({**FIGHT, "lat": True}, "lat"),
    ({**FIGHT, "priority": 5}, "priority"),
    ({**FIGHT, "priority": "high"}, "priority"),
    ({**FIGHT, "kind": "Nonsense"}, "kind"),
    ({**FIGHT, "facts": "x" * 5000}, "facts"),
    ({**FIGHT, "facts": "a\0b"}, "facts"),
    ({**FIGHT, "adress": "misspelt"}, "adress"),
    ({"kind": "fight"}, "lat"),
    ([], ""),
    ("words", ""),
    (None, ""),
]


@pytest.mark.parametrize(("body", "field"), BAD)
def test_bad_input_names_its_field(cast: Cast, client: Client, body: object, field: str) -> None:
    answer = post(client, cast.token("duty_officer"), "incidents/", body)
    assert answer.status_code == 400, answer.content
    said = answer.json()
    assert said["code"]
    assert said["message"]
    assert not field or field in said["fields"]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("raw", ["{", '{"lat": NaN}', "\xff", '{"kind": "fight"', "[" * 5000])
def test_malformed_json_is_said_to_be_so(cast: Cast, client: Client, raw: str) -> None:
    token = cast.token("duty_officer")
    answer = client.post(
        "/api/v1/incidents/", raw.encode("latin-1"), content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer.json()["code"] in ("parse_error", "malformed", "invalid")


HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "{{7*7}}",
    "\u202e\u0000"[:1],
    "🚓" * 50,
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_kept_as_words(cast: Cast, client: Client, words: str) -> None:
    token = cast.token("duty_officer")
    body = {**FIGHT, "facts": words, "address": words[:200], "caller_name": words[:60]}
    made = post(client, token, "incidents/", body)
    assert made.status_code == 201
    assert made.json()["facts"] == words
    assert post(client, token, f"incidents/{made.json()['number']}/log/", {"text": words}).status_code == 201


def test_lists_are_paged_by_cursor(cast: Cast, client: Client) -> None:
    for _ in range(5):
        incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT)
    headers = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
    first = client.get("/api/v1/incidents/?limit=3", headers=headers).json()
    assert [len(first["results"]), first["next"] is None] == [3, False]
    rest = client.get(first["next"], headers=headers).json()
    assert len(rest["results"]) == 2
    assert rest["next"] is None
    assert len({one["number"] for one in first["results"] + rest["results"]}) == 5


def test_what_the_wall_gets_says_nothing_of_the_caller(cast: Cast) -> None:
    incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT, caller_name="王某某", caller_phone="13800002207")
    seen = str(live.snapshot(cast.again("commander")))
    assert "13800002207" not in seen
    assert "王某某" not in seen
