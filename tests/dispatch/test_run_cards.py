"""Run cards and skills as people edit them: by the right at the topmost station, and each of its own."""

import pytest
from django.test import Client

from command import people
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry, Officer
from command.permissions import Role
from dispatch import run_cards
from dispatch.models import Kind, RunCard, Skill, Vehicle
from dispatch.recommend import Needs
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def top(cast: Cast) -> Officer:
    return people.add_officer(None, "top", Role.ADMINISTRATOR, cast.centre, None, name="顶")


@pytest.fixture
def page(top: Officer, client: Client) -> Client:
    client.force_login(top, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def aid(cast: Cast) -> Skill:
    return run_cards.add_skill(None, "rope", name_zh="绳索", name_en="Rope")


def test_a_card_is_edited_from_the_kinds_page(page: Client, aid: Skill) -> None:
    knife = Kind.objects.get(slug="noise")
    assert run_cards.needs_of("noise") == Needs()
    assert f"/manage/kinds/{knife.pk}/card/" in page.get(f"/manage/kinds/{knife.pk}/").content.decode()
    said = {"count": 2, "crew_min": 3, "skills": [aid.pk]}
    assert page.post(f"/manage/kinds/{knife.pk}/card/", said).status_code == 302
    assert run_cards.needs_of("noise") == Needs(2, 3, frozenset({"rope"}))
    assert "2 units · 3 people on each · Rope" in page.get("/manage/kinds/").content.decode()
    entry = AuditEntry.objects.get(action="change_run_card")
    assert (entry.subject_id, entry.facts["skills"]) == ("noise", ["rope"])
    assert page.post(f"/manage/kinds/{knife.pk}/card/", {"count": 9, "crew_min": 1}).status_code == 400


def test_a_card_asks_for_somebody(aid: Skill) -> None:
    kind = Kind.objects.get(slug="noise")
    with pytest.raises(Invalid) as refused:
        run_cards.change_card(None, kind.pk, count=0, crew_min=7, skills=[])
    assert set(refused.value.fields) == {"count", "crew_min"}
    with pytest.raises(NotThere):
        run_cards.change_card(None, 0, count=1, crew_min=1, skills=[])


def test_below_the_top_they_are_only_read(cast: Cast, aid: Skill) -> None:
    kind = Kind.objects.get(slug="noise")
    for act in (
        lambda: run_cards.change_card(cast.administrator, kind.pk, count=1, crew_min=1, skills=[]),
        lambda: run_cards.add_skill(cast.administrator, "swim", name_zh="游泳", name_en="Swim"),
        lambda: run_cards.remove_skill(cast.administrator, aid.pk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_skill_is_added_once_renamed_and_struck(page: Client, aid: Skill) -> None:
    with pytest.raises(Conflict):
        run_cards.add_skill(None, "rope", name_zh="绳", name_en="Rope")
    with pytest.raises(Invalid):
        run_cards.add_skill(None, "Rope!", name_zh="绳", name_en="Rope")
    said = {"code": "swim", "name_zh": "游泳", "name_en": "<b>Swim"}
    assert page.post("/manage/skills/add/", said).status_code == 302
    assert "&lt;b&gt;Swim" in page.get("/manage/skills/").content.decode()
    swim = Skill.objects.get(code="swim")
    page.post(f"/manage/skills/{swim.pk}/", {"name_zh": "游泳", "name_en": "Swimming"})
    swim.refresh_from_db()
    assert swim.name_en == "Swimming"
    card = run_cards.change_card(None, Kind.objects.get(slug="noise").pk, count=1, crew_min=1, skills=[swim])
    assert page.post(f"/manage/skills/{swim.pk}/remove/").status_code == 302
    assert not Skill.objects.filter(code="swim").exists()
    assert RunCard.objects.get(pk=card.pk).skills.count() == 0


def test_each_station_says_of_its_own_who_has_it(cast: Cast, client: Client, aid: Skill) -> None:
    own = Vehicle.objects.create(station=cast.s1, plate="A1")
    foreign = Vehicle.objects.create(station=cast.s2, plate="外A·0009")
    aid.officers.add(cast.foreign_duty)
    aid.vehicles.add(foreign)
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    path = f"/manage/skills/{aid.pk}/holders/"
    assert "外A·0009" not in client.get(path).content.decode()
    assert client.post(path, {"officers": [cast.officer.pk], "vehicles": [own.pk]}).status_code == 302
    assert set(aid.officers.all()) == {cast.officer, cast.foreign_duty}
    assert set(aid.vehicles.all()) == {own, foreign}
    assert client.post(path, {"officers": [cast.foreign_commander.pk]}).status_code == 400
    run_cards.set_holders(cast.administrator, aid.pk, officers=[cast.foreign_commander])
    assert set(aid.officers.all()) == {cast.foreign_duty}, "one's own are taken away, others' neither given nor taken"
    [first, second] = AuditEntry.objects.filter(action="set_skill_holders").order_by("pk")
    assert first.facts == {"officers_added": [cast.officer.pk], "vehicles_added": [own.pk]}
    assert second.facts == {"officers_taken": [cast.officer.pk], "vehicles_taken": [own.pk]}
