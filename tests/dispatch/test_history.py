"""The desk's memory: found by number, place and time; callers only with a reason; shifts handed over by two."""

import datetime as dt

import pytest
from django.test import Client

from command import clock, lookups
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry, Lookup
from dispatch import history, incidents, shifts
from dispatch.models import Handover, Incident
from tests.conftest import PLACE, Cast


def browser(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def call(cast: Cast) -> Incident:
    return incidents.open_incident(
        cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE, address="银杏街12号", facts="<b>两人</b>",
        caller_name="赵六", caller_phone="13800001111",
    )  # fmt: skip


def test_incidents_are_found_by_number_place_time_kind_and_state(cast: Cast, call: Incident) -> None:
    who, at = cast.commander, cast.s1

    def numbers(**said: object) -> list[str]:
        return [row.number for row in history.found(who, at, said)]

    today = at.local(clock.now()).date()
    assert numbers() == [call.number]
    assert numbers(number=call.number[-4:]) == [call.number]
    assert numbers(words="银杏") == [call.number]
    assert numbers(words="两人") == [], "facts may name people, for whom one gives a reason"
    assert numbers(kind="theft") == []
    assert numbers(state="closed") == []
    assert numbers(since=today, until=today) == [call.number]
    assert numbers(until=today - dt.timedelta(days=1)) == []
    with pytest.raises(Invalid):
        numbers(near="no such place")
    assert list(history.found(cast.foreign_commander, at, {})) == []


def test_the_pages_show_words_as_text_and_enter_the_look(cast: Cast, call: Incident) -> None:
    client = browser(cast, "commander")
    assert call.number in client.get("/incidents/").content.decode()
    assert client.get("/incidents/?station=S1&near=nowhere").status_code == 400
    assert client.get("/incidents/?station=S2").status_code == 400
    page = client.get(f"/incidents/{call.number}/").content.decode()
    assert "&lt;b&gt;两人" in page
    assert "13800001111" in page
    assert AuditEntry.objects.filter(action="read_incident", subject_id=call.number).count() == 1
    assert "13800001111" not in browser(cast, "inspector").get(f"/incidents/{call.number}/").content.decode()
    assert browser(cast, "foreign_commander").get(f"/incidents/{call.number}/").status_code == 404
    assert browser(cast, "officer").get("/incidents/").status_code == 403


def test_a_caller_is_looked_for_only_with_a_reason(cast: Cast, call: Incident) -> None:
    def look(who: str, caller: str = "13800001111", purpose: str = "callback", reference: str = "", words: str = ""):
        return list(history.by_person(cast.people[who], cast.s1, caller, purpose, reference, words))

    assert look("commander", words="he had asked for it") == [call]
    assert look("commander", caller="赵六", reference=call.number) == [call]
    assert look("commander", caller="两人", reference=call.number) == [call], "the facts may name somebody"
    for wrong in ({}, {"words": "x"}, {"purpose": "curiosity", "words": "just looking"}, {"caller": "1"}):
        with pytest.raises(Invalid):
            look("commander", **wrong)
    with pytest.raises(Invalid):
        look("duty_officer", words="he had asked for it")
    assert look("duty_officer", reference=call.number) == [call]
    incidents.close(cast.duty_officer, call.number, "01")
    with pytest.raises(Invalid):
        look("duty_officer", reference=call.number)
    with pytest.raises(Forbidden):
        look("officer", reference=call.number)
    assert Lookup.objects.count() == AuditEntry.objects.filter(action="search_people").count() == 4
    kept = str(list(Lookup.objects.values())) + str(list(AuditEntry.objects.filter(action="search_people").values()))
    assert "13800001111" not in kept
    assert "赵六" not in kept


def test_repeats_colleagues_and_oneself_are_flagged(cast: Cast, call: Incident) -> None:
    def flag(caller: str) -> str:
        history.by_person(cast.commander, cast.s1, caller, "callback", "", "because of it")
        return Lookup.objects.latest("pk").flag

    assert [flag("13800001111") for _ in range(3)] == ["", "", "repeated"]
    assert flag("138 0000 1111") == "repeated", "blanks do not make another person"
    assert flag("某officer") == "colleague"
    assert flag("某commander") == "oneself"
    Lookup.objects.update(at=clock.now() - dt.timedelta(days=8))
    assert flag("13800001111") == ""


def test_the_callers_page(cast: Cast, call: Incident) -> None:
    client = browser(cast, "duty_officer")
    said = {"station": "S1", "caller": "赵六", "purpose": "incident", "reference": "", "words": ""}
    assert client.get("/incidents/callers/").status_code == 200
    assert client.post("/incidents/callers/", said).status_code == 400
    assert call.number in client.post("/incidents/callers/", {**said, "reference": call.number}).content.decode()
    assert lookups.PURPOSES


def test_a_shift_is_handed_over_by_two(cast: Cast, call: Incident) -> None:
    with pytest.raises(Invalid):
        shifts.note(cast.duty_officer, cast.s1, "  ")
    shifts.note(cast.duty_officer, cast.s1, "发电机已试机")
    offered = shifts.hand_over(cast.duty_officer, cast.s1, "0412 还在现场")
    assert offered.state["incidents"] == [call.number]
    with pytest.raises(Conflict):
        shifts.hand_over(cast.duty2, cast.s1, "")
    with pytest.raises(Conflict):
        shifts.take_over(cast.duty_officer, offered.pk)
    with pytest.raises(NotThere):
        shifts.take_over(cast.foreign_duty, offered.pk)
    assert shifts.take_over(cast.duty2, offered.pk).taken_by == cast.duty2
    with pytest.raises(NotThere):
        shifts.take_over(cast.commander, offered.pk)


def test_the_shift_page(cast: Cast, call: Incident) -> None:
    client = browser(cast, "duty_officer")
    client.post("/shift/", {"text": "<i>note</i>"})
    client.post("/shift/", {"hand_over": "1", "text": "all quiet"})
    page = client.get("/shift/").content.decode()
    assert "&lt;i&gt;note" in page
    assert "all quiet" in page
    offered = Handover.objects.get()
    browser(cast, "duty2").post("/shift/", {"take_over": "1", "handover": str(offered.pk)})
    offered.refresh_from_db()
    assert offered.taken_by == cast.duty2
    assert client.get("/shift/?station=S2").status_code == 404
    assert client.post("/shift/", {"take_over": "1", "handover": "x"}).status_code == 302
