"""Kinds of incident as stations set them, on every desk at once; checklists that are ticked and told."""

import re
from pathlib import Path

import pytest
from django.test import Client

from command import live, people
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry, Event, Officer
from command.permissions import Role
from dispatch import checklists, incidents, kinds
from dispatch.kind_live import whole_kinds
from dispatch.models import ChecklistLine, Incident, Kind, Tick
from tests.conftest import PLACE, ROOT, Cast

KINDS = "/manage/kinds/"
SAID = {"name_zh": "溺水", "name_en": "Drowning", "priority": 1, "colour": "aqua", "expects": ["facts"]}
LINES = [("联系 120", "Call an ambulance"), ("问清地点", "")]


@pytest.fixture
def top(cast: Cast) -> Officer:
    """An administrator of the topmost station."""
    return people.add_officer(None, "top", Role.ADMINISTRATOR, cast.centre, None, name="顶")


@pytest.fixture
def page(top: Officer, client: Client) -> Client:
    client.force_login(top, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def call(cast: Cast) -> Incident:
    return incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)


def lines(slug: str) -> list[tuple[str, str]]:
    kind = whole_kinds(Kind.objects.filter(slug=slug)).get()
    return [(one.text_zh, one.text_en) for one in kind.present]  # type: ignore[attr-defined]


def detail(client: Client, cast: Cast, number: str) -> dict:
    token = cast.token("duty_officer")
    return client.get(f"/api/v1/incidents/{number}/", headers={"Authorization": f"Bearer {token}"}).json()


# ---- what a kind is


def test_a_new_kind_is_told_to_every_station_and_offered_at_once(top: Officer, cast: Cast, client: Client) -> None:
    before = live.snapshot(cast.duty_officer)["cursor"]
    kinds.add_kind(top, "drowning", LINES, **SAID)
    told = live.news(cast.duty_officer, before)
    assert [item["payload"]["name_zh"] for item in told["items"] if item["topic"] == "kind"] == ["溺水"]
    assert set(Event.objects.filter(topic="kind").values_list("station__code", flat=True)) >= {"C", "S1", "S2"}
    made = incidents.open_incident(cast.duty_officer, cast.s1, kind="drowning", priority=1, **PLACE)
    assert [one["text_zh"] for one in detail(client, cast, made.number)["checklist"]] == ["联系 120", "问清地点"]
    entry = AuditEntry.objects.get(action="add_kind")
    assert (entry.station.code, entry.subject_id) == ("C", "drowning")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name_zh": " "}, "name_zh"), ({"name_en": "x" * 61}, "name_en"), ({"priority": 5}, "priority"),
        ({"colour": "red"}, "colour"), ({"safety_min": 999}, "safety_min"), ({"expects": ["shoe_size"]}, "expects"),
        ({"checklist": [("x" * 121, "")]}, "checklist"), ({"checklist": [("", "only English")]}, "checklist"),
        ({"checklist": [("同", "a"), ("同", "b")]}, "checklist"), ({"checklist": [(str(n), "") for n in range(31)]}, "checklist"),
    ],
)  # fmt: skip
def test_what_is_no_kind_is_refused_at_its_field(top: Officer, wrong: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        kinds.add_kind(top, "drowning", **{"checklist": LINES, **SAID, **wrong})
    assert list(refused.value.fields or {}) == [field]
    assert not Kind.objects.filter(slug="drowning").exists()


@pytest.mark.parametrize("code", ["", "a", "Drowning", "溺水", "1a", "a-b", "x" * 41])
def test_a_code_is_one_that_interfaces_can_carry(top: Officer, code: str) -> None:
    with pytest.raises(Invalid):
        kinds.add_kind(top, code, **SAID)


def test_a_code_belongs_to_one_kind(top: Officer) -> None:
    with pytest.raises(Conflict):
        kinds.add_kind(top, "fight", **SAID)


def test_they_are_changed_only_at_the_top(cast: Cast) -> None:
    kind = Kind.objects.get(slug="fight")
    for name in ("commander", "administrator", "duty_officer"):
        with pytest.raises(Forbidden):
            kinds.retire_kind(cast.people[name], kind.pk)
    assert Kind.objects.get(slug="fight").is_active


def test_a_retired_kind_is_kept_by_those_who_have_it(top: Officer, cast: Cast, call: Incident, client: Client) -> None:
    kinds.retire_kind(top, call.kind_id)
    with pytest.raises(Invalid):
        incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
    assert detail(client, cast, call.number)["kind"] == "fight"
    known = {row["slug"]: row["is_active"] for row in live.snapshot(cast.duty_officer)["topics"]["kind"]}
    assert known["fight"] is False, "the desk still knows its name"
    token = cast.token("duty_officer")
    offered = client.get("/api/v1/kinds/", headers={"Authorization": f"Bearer {token}"}).json()["results"]
    assert "fight" not in [row["slug"] for row in offered]
    kinds.restore_kind(top, call.kind_id)
    assert incidents.kind_of("fight").pk == call.kind_id


def test_the_last_kind_stays(top: Officer) -> None:
    Kind.objects.exclude(slug="fight").update(is_active=False)
    with pytest.raises(Conflict):
        kinds.retire_kind(top, Kind.objects.get(slug="fight").pk)


def test_the_order_is_the_desks_digits(top: Officer) -> None:
    def order() -> list[str]:
        return list(Kind.objects.filter(is_active=True).values_list("slug", flat=True))

    assert order()[:3] == ["robbery", "fight", "knife"]
    kinds.retire_kind(top, Kind.objects.get(slug="fight").pk)
    kinds.move_kind(top, Kind.objects.get(slug="knife").pk, up=True)
    assert order()[:2] == ["knife", "robbery"]
    kinds.move_kind(top, Kind.objects.get(slug="knife").pk, up=True)
    assert order()[:2] == ["knife", "robbery"], "the first stays the first"


def test_no_colour_tells_a_state_and_each_can_be_read_in_the_dark() -> None:
    css = Path(ROOT / "static/src/css/kinds.css").read_text(encoding="utf-8")
    patches = dict(re.findall(r"\.c-(\w+) \{ --patch: (#\w{6}); \}", css))
    assert set(patches) == set(Kind.COLOURS)
    tokens = set(
        re.findall(r"--(?:red|amber|green|blue|violet): (#\w{6})", (ROOT / "static/src/css/base.css").read_text())
    )
    assert len(tokens) == 5
    assert not tokens & set(patches.values())
    for colour in patches.values():
        assert min(contrast(colour, ground) for ground in ("#0b1220", "#111a2b", "#33131b")) >= 4.5, colour


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# ---- the checklist


def test_a_tick_stands_in_the_log_by_name_and_on_the_picture(cast: Cast, call: Incident, client: Client) -> None:
    line = ChecklistLine.objects.filter(kind=call.kind).first()
    assert line is not None
    path = f"/api/v1/incidents/{call.number}/checklist/{line.pk}/"
    token = cast.token("duty_officer")

    def send(done: bool, **headers: str):
        headers = {"Authorization": f"Bearer {token}", **headers}
        return client.patch(path, {"done": done}, content_type="application/json", headers=headers)

    answer = send(True).json()
    assert send(True).status_code == 200, "a second time changes nothing"
    ticked = next(one for one in answer["checklist"] if one["id"] == line.pk)
    assert ticked["ticked_by"] == cast.duty_officer.label
    shown = live.snapshot(cast.duty_officer)["topics"]["incident"][0]
    assert (shown["lines_done"], shown["lines"]) == (1, len(answer["checklist"]))
    assert [(one["code"], one["params"]["zh"]) for one in answer["log"][1:]] == [("ticked", line.text_zh)]
    assert send(False).json()["log"][-1]["code"] == "unticked"
    assert not Tick.objects.exists()
    assert AuditEntry.objects.filter(action__in=["ticked_line", "unticked_line"]).count() == 2


def test_a_changed_checklist_keeps_what_was_ticked(top: Officer, cast: Cast, call: Incident, client: Client) -> None:
    (first_zh, _first_en), *_rest = lines("fight")
    first = ChecklistLine.objects.get(kind=call.kind, text_zh=first_zh)
    checklists.tick(cast.duty_officer, call.number, first.pk, done=True)
    said = {name: getattr(call.kind, name) for name in SAID}
    kinds.change_kind(top, call.kind_id, [("新的一条", "new"), ("再一条", "")], **said)
    shown = [(one["text_zh"], bool(one["ticked_at"])) for one in detail(client, cast, call.number)["checklist"]]
    assert shown == [(first_zh, True), ("新的一条", False), ("再一条", False)]
    assert lines("fight") == [("新的一条", "new"), ("再一条", "")]
    assert Event.objects.filter(topic="incident", subject=call.number).count() >= 3, "the open incident is told"
    checklists.tick(cast.duty_officer, call.number, first.pk, done=False)
    with pytest.raises(NotThere):
        checklists.tick(cast.duty_officer, call.number, first.pk, done=True)


def test_a_mended_translation_is_the_same_line(top: Officer, cast: Cast, call: Incident) -> None:
    (zh, _en), *_rest = lines("fight")
    line = ChecklistLine.objects.get(kind=call.kind, text_zh=zh)
    checklists.tick(cast.duty_officer, call.number, line.pk, done=True)
    kinds.change_kind(top, call.kind_id, [(zh, "better English")], **{name: getattr(call.kind, name) for name in SAID})
    line.refresh_from_db()
    assert (line.text_en, line.retired_at) == ("better English", None)
    assert Tick.objects.filter(line=line).exists()


def test_lines_are_ticked_only_by_those_on_it_while_it_is_open(cast: Cast, call: Incident) -> None:
    line = ChecklistLine.objects.filter(kind=call.kind)[0]
    other = ChecklistLine.objects.exclude(kind=call.kind)[0]
    for who, pk in ((cast.foreign_duty, line.pk), (cast.auxiliary, line.pk), (cast.duty_officer, other.pk)):
        with pytest.raises(NotThere):
            checklists.tick(who, call.number, pk, done=True)
    with pytest.raises(Forbidden):
        checklists.tick(cast.inspector, call.number, line.pk, done=True)
    incidents.close(cast.duty_officer, call.number, "01")
    with pytest.raises(Conflict):
        checklists.tick(cast.duty_officer, call.number, line.pk, done=True)


def test_the_caller_can_be_asked_for_later(cast: Cast, call: Incident, client: Client) -> None:
    incidents.amend(cast.duty_officer, call.number, caller_phone="13800000000", caller_name="王")
    assert detail(client, cast, call.number)["caller_phone"] == "13800000000"
    entry = call.log.latest("pk")
    assert (entry.params["fields"], entry.text) == (["caller_name", "caller_phone"], ""), "the log holds no number"


# ---- the pages


def test_the_pages_add_change_move_and_retire(page: Client) -> None:
    said = {**SAID, "slug": "drowning", "checklist": "联系 120 | Call an ambulance\n\n问清地点｜\n"}
    assert page.post(f"{KINDS}add/", said).status_code == 302
    kind = Kind.objects.get(slug="drowning")
    assert lines("drowning") == LINES
    text = page.get(f"{KINDS}{kind.pk}/").content.decode()
    assert "联系 120 | Call an ambulance\n问清地点</textarea>" in text
    assert page.post(f"{KINDS}{kind.pk}/", {**said, "name_en": "<b>Drowned</b>", "checklist": ""}).status_code == 302
    assert lines("drowning") == []
    text = page.get(KINDS).content.decode()
    assert "&lt;b&gt;Drowned&lt;/b&gt;" in text
    assert page.post(KINDS, {"up": kind.pk}).status_code == 302
    assert page.post(KINDS, {"up": "x"}).status_code == 404
    assert "Retire the kind" in page.get(f"{KINDS}{kind.pk}/retire/").content.decode()
    assert page.post(f"{KINDS}{kind.pk}/retire/").status_code == 302
    assert f"{KINDS}{kind.pk}/restore/" in page.get(KINDS).content.decode()
    assert page.post(f"{KINDS}{kind.pk}/restore/").status_code == 302
    assert Kind.objects.get(pk=kind.pk).is_active
    wrong = page.post(f"{KINDS}add/", {**said, "slug": "two", "checklist": "同\n同"})
    assert wrong.status_code == 400
    assert "line 2: expected each line once" in wrong.content.decode()


def test_who_has_the_right_below_the_top_sees_and_is_told_why_not(cast: Cast, client: Client) -> None:
    client.force_login(cast.commander, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    text = client.get(KINDS).content.decode()
    assert "whoever has the right at the topmost station" in text
    assert "/manage/kinds/add/" not in text
    kind = client.get(f"{KINDS}{Kind.objects.get(slug='fight').pk}/").content.decode()
    assert "disabled" in kind
    assert "Save" not in kind
    assert client.post(f"{KINDS}add/", {**SAID, "slug": "drowning"}).status_code == 403
