"""Tasks that are handed to auxiliaries: given, signed for, reported back."""

import pytest
from django.test import Client
from django.utils import translation

from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry
from dispatch import errands, incidents, units
from dispatch.models import Errand, LogEntry
from tests.conftest import PLACE, Cast

FIGHT = {"kind": "fight", "priority": 1, **PLACE}


@pytest.fixture
def helper(cast: Cast) -> None:
    """辅1 with the auxiliary on it."""
    units.add_unit(None, cast.s1, "辅1", kind="auxiliary")
    units.book_on(cast.duty_officer, "辅1", ["auxiliary"])


def ask(client: Client, cast: Cast, name: str, path: str, body: dict | None = None):
    headers = {"Authorization": f"Bearer {cast.token(name)}"}
    if body is None:
        return client.get(f"/api/v1/{path}", headers=headers)
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_a_task_is_given_signed_for_and_reported(cast: Cast, helper: None, client: Client) -> None:
    number = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT, address="银杏街 12").number
    given = ask(client, cast, "officer", "errands/", {"unit": "辅1", "text": "守住后门", "incident": number})
    assert given.status_code == 201
    said = given.json()
    assert (said["address"], said["lat"], said["given_by"]) == ("银杏街 12", PLACE["lat"], "某officer")
    mine = ask(client, cast, "auxiliary", "live/").json()["topics"]["errand"]
    assert [one["text"] for one in mine] == ["守住后门"]
    signed = ask(client, cast, "auxiliary", f"errands/{said['id']}/accept/", {}).json()
    assert signed["accepted_by"] == "某auxiliary"
    done = ask(client, cast, "auxiliary", f"errands/{said['id']}/done/", {"report": "没有人出来"}).json()
    assert (done["report"], done["done_by"]) == ("没有人出来", "某auxiliary")
    assert ask(client, cast, "officer", "errands/").json()["results"] == []
    assert len(ask(client, cast, "officer", "errands/?state=all").json()["results"]) == 1
    codes = list(LogEntry.objects.filter(code__startswith="errand").order_by("pk").values_list("code", flat=True))
    assert codes == ["errand_given", "errand_accepted", "errand_done"]
    assert AuditEntry.objects.filter(action__startswith="errand").count() == 3


def test_only_auxiliaries_on_duty_are_given_tasks_and_none_gives_them(cast: Cast, helper: None) -> None:
    units.add_unit(None, cast.s1, "2107")
    with translation.override("en"), pytest.raises(Invalid, match="expected an auxiliary unit"):
        errands.give(cast.officer, "2107", "go")
    with pytest.raises(Forbidden):
        errands.give(cast.auxiliary, "辅1", "go")
    with pytest.raises(NotThere):
        errands.give(cast.foreign_duty, "辅1", "go")
    units.book_off(cast.duty_officer, "辅1")
    with pytest.raises(Conflict):
        errands.give(cast.officer, "辅1", "go")


def test_the_first_signature_and_report_stay(cast: Cast, helper: None) -> None:
    errand = errands.give(cast.officer, "辅1", "go")
    with pytest.raises(Forbidden):
        errands.accept(cast.officer, errand.pk)
    errands.report(cast.auxiliary, errand.pk, "done")
    errands.report(cast.duty_officer, errand.pk, "something else")
    row = Errand.objects.get()
    assert (row.accepted_by, row.report) == (cast.auxiliary, "done")
    with pytest.raises(Conflict):
        errands.recall(cast.officer, errand.pk)


def test_what_was_taken_back_is_not_signed_for(cast: Cast, helper: None) -> None:
    errand = errands.give(cast.officer, "辅1", "go")
    errands.recall(cast.officer, errand.pk)
    with pytest.raises(Conflict):
        errands.accept(cast.auxiliary, errand.pk)


def test_the_page_does_it_all(cast: Cast, helper: None, client: Client) -> None:
    client.force_login(cast.officer, backend="django.contrib.auth.backends.ModelBackend")
    key = f"{cast.s1.code}/辅1"
    answer = client.post(
        "/errands/", {"unit": key, "text": "<b>守住</b>", "incident": "", "address": "东门"}, follow=True
    )
    assert "&lt;b&gt;守住&lt;/b&gt;" in answer.content.decode()
    errand = Errand.objects.get()
    client.force_login(cast.auxiliary, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/errands/", {"act": "accept", "errand": errand.pk})
    client.post("/errands/", {"act": "done", "errand": errand.pk, "report": ""})
    errand.refresh_from_db()
    assert errand.accepted_by == cast.auxiliary and errand.done_at is None
    shown = client.post("/errands/", {"act": "done", "errand": errand.pk, "report": "好了"}, follow=True)
    assert "好了" in shown.content.decode()
    assert client.post("/errands/", {"act": "burn", "errand": "x"}, follow=True).status_code == 200
