"""A person takes a screen over with a PIN: for five minutes, in their own name, for what a wall may do and nothing else."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from command import alarms, people, recovery, screens
from command.models import Alarm, Attempts, AuditEntry, Screen, TakeOver
from command.permissions import Role
from dispatch import incidents, units
from dispatch.models import Incident
from tests.command.test_routes import CASES, ROUTES, Stage, ask, may
from tests.command.test_screens import PIN, signed_in
from tests.conftest import PLACE, Cast, make_screen

pytestmark = pytest.mark.usefixtures("quick_hashes")
Later = Callable[..., None]
TAKE, GIVE = "/api/v1/screen/take-over/", "/api/v1/screen/give-back/"
FIGHT = {"kind": "fight", "priority": 1, **PLACE}


@pytest.fixture
def wall(cast: Cast, client: Client) -> Client:
    """A screen of S1; Duan has a PIN and a badge."""
    client.cookies["screen"] = make_screen(cast.s1)
    cast.duty_officer.badge = "0412"
    cast.duty_officer.save()
    screens.set_pin(cast.duty_officer, PIN)
    return client


def take(wall: Client, who: str = "duty_officer", pin: str = PIN, **headers: str) -> Any:
    said = json.dumps({"who": who, "pin": pin})
    return wall.post(TAKE, said, content_type="application/json", headers=headers)


def post(wall: Client, path: str, **said: str) -> Any:
    return wall.post(f"/api/v1/{path}", json.dumps(said), content_type="application/json")


def the_screen() -> Screen:
    return Screen.objects.select_related("station").get()


@pytest.mark.parametrize("who", ["duty_officer", "0412", " 0412 "])
def test_a_person_takes_over_and_gives_back(cast: Cast, wall: Client, who: str) -> None:
    answer = take(wall, who)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["name"], said["stations"]) == ("某duty_officer", ["S1"])
    assert 298 <= said["seconds"] <= 300
    config = json.loads(re.search(r'id="config"[^>]*>(.*?)</script>', wall.get("/wall/").content.decode())[1])
    assert config["taken_over"]["name"] == "某duty_officer"
    assert config["me"]["kind"] == "screen"
    assert wall.post(GIVE).status_code == 204
    assert wall.post(GIVE).status_code == 204, "nothing to give back does no harm"
    done = AuditEntry.objects.filter(action__endswith="_screen", actor_id=str(cast.duty_officer.pk))
    assert [one.action for one in done.order_by("number")] == ["take_over_screen", "give_back_screen"]
    assert TakeOver.objects.get().ended_at is not None


def test_what_is_done_at_a_wall_is_done_in_the_persons_name(cast: Cast, wall: Client) -> None:
    number = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    units.add_unit(None, cast.s1, "2107")
    alarm = alarms.raise_alarm(cast.s1.pk, "sos", 1, "unit", "2107")
    assert alarm
    paths = [f"alarms/{alarm.pk}/acknowledge/", f"incidents/{number}/acknowledge/"]
    for path in (*paths, f"incidents/{number}/assignments/"):
        refused = post(wall, path)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_taken_over"), path
    assert wall.get(f"/api/v1/incidents/{number}/nearest/").status_code == 403
    take(wall)
    assert [post(wall, path).status_code for path in paths] == [200, 200]
    near = wall.get(f"/api/v1/incidents/{number}/nearest/").json()["results"]
    assert [one["call_sign"] for one in near] == ["2107"]
    sent = post(wall, f"incidents/{number}/assignments/", unit="2107")
    assert sent.status_code == 201
    incident = Incident.objects.get()
    assert incident.acknowledged_by == cast.duty_officer
    assert incident.assignments.get().assigned_by == cast.duty_officer
    assert Alarm.objects.get(pk=alarm.pk).acknowledged_by == cast.duty_officer
    who = {(one.action, one.actor_kind, one.actor_id) for one in AuditEntry.objects.filter(subject_id=number)}
    assert ("assigned", "officer", str(cast.duty_officer.pk)) in who
    assert "caller" not in post(wall, paths[1]).content.decode()


def test_a_screen_taken_over_does_what_a_wall_may_and_nothing_else(cast: Cast, wall: Client) -> None:
    """Every route of the station, by somebody who alone may do nearly all of it."""
    stage = Stage(cast)
    for role in (Role.COMMANDER, Role.ADMINISTRATOR, Role.INSPECTOR):
        cast.duty_officer.grants.create(role=role, station=cast.s1)
    assert take(wall).status_code == 200
    from_wall = {path for path, view in ROUTES if view.audience.from_wall}
    wrong = []
    for path, method, capability in CASES:
        status = ask(wall, method, stage.fill(path), None).status_code
        is_let_in = path in from_wall or (method == "GET" and may(Role.SCREEN, capability))
        if is_let_in == (status in (401, 403)):
            wrong.append(f"{method} {path}: {status}")
    assert wrong == []
    assert len(from_wall) == 10
    for path in ("/account/", "/account/pin/", "/account/password/", "/manage/"):
        assert wall.get(path).status_code == 403


def test_what_a_wall_never_shows(cast: Cast, wall: Client) -> None:
    number = incidents.open_incident(
        cast.duty2, cast.s1, **FIGHT, caller_name="李某", caller_phone="13800000000"
    ).number
    take(wall)
    for answer in (wall.get(f"/api/v1/incidents/{number}/"), post(wall, f"incidents/{number}/acknowledge/")):
        assert answer.status_code == 200
        assert "13800000000" not in answer.content.decode()
        assert "李某" not in answer.content.decode()


def test_only_at_the_screens_stations(cast: Cast, wall: Client) -> None:
    there = incidents.open_incident(cast.foreign_duty, cast.s2, **FIGHT).number
    cast.duty_officer.grants.create(role=Role.DUTY_OFFICER, station=cast.s2)
    assert take(wall).json()["stations"] == ["S1"]
    assert post(wall, f"incidents/{there}/acknowledge/").status_code == 404
    assert wall.get(f"/api/v1/incidents/{there}/nearest/").status_code == 404
    assert (
        ask(Client(), "POST", f"/api/v1/incidents/{there}/acknowledge/", cast.token("duty_officer")).status_code == 200
    )


@pytest.mark.parametrize("name", ["officer", "auxiliary", "inspector", "technician", "administrator", "foreign_duty"])
def test_who_may_not_act_there_can_not_take_over(cast: Cast, wall: Client, name: str) -> None:
    screens.set_pin(cast.people[name], PIN)
    assert take(wall, name).status_code == 403
    assert not TakeOver.objects.exists()


def test_a_persons_rights_count_anew_with_each_act(cast: Cast, wall: Client) -> None:
    number = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    take(wall)
    cast.duty_officer.grants.all().delete()
    assert post(wall, f"incidents/{number}/acknowledge/").status_code == 403


def test_five_minutes_and_no_more(cast: Cast, wall: Client, later: Later) -> None:
    number = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    take(wall)
    later(minutes=4, seconds=59)
    assert post(wall, f"incidents/{number}/acknowledge/").status_code == 200
    later(minutes=5, seconds=30)
    assert post(wall, f"incidents/{number}/acknowledge/").json()["code"] == "not_taken_over"
    assert '"taken_over": null' in wall.get("/wall/").content.decode()
    assert wall.post(GIVE).status_code == 204
    assert TakeOver.objects.get().ended_at == TakeOver.objects.get().ends_at
    assert not AuditEntry.objects.filter(action="give_back_screen").exists(), "it ended by itself"


def deactivate(cast: Cast) -> None:
    people.deactivate(cast.administrator, cast.duty_officer.pk)


def deactivate_and_let_in_again(cast: Cast) -> None:
    deactivate(cast)
    people.reactivate(cast.administrator, cast.duty_officer.pk)


def end_sessions(cast: Cast) -> None:
    people.end_sessions(cast.administrator, cast.duty_officer.pk)


def begin_anew(cast: Cast) -> None:
    asked, _ = recovery.ask(cast.administrator, cast.duty_officer.pk)
    recovery.approve(cast.commander, asked.pk)
    assert cast.again("duty_officer").pin == "", "a new beginning is one of the PIN, too"


def give_back(cast: Cast) -> None:
    screens.give_back(the_screen())


@pytest.mark.parametrize("end", [deactivate, deactivate_and_let_in_again, end_sessions, begin_anew, give_back])
def test_a_take_over_ends(cast: Cast, wall: Client, end: Callable[[Cast], None]) -> None:
    number = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    assert take(wall).status_code == 200
    end(cast)
    assert post(wall, f"incidents/{number}/acknowledge/").json()["code"] == "not_taken_over"


def test_a_revoked_screen_is_nobodys_any_more(cast: Cast, wall: Client) -> None:
    number = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    take(wall)
    screen = the_screen()
    screens.revoke(cast.administrator, screen.pk)
    assert post(wall, f"incidents/{number}/acknowledge/").status_code == 401
    assert take(wall).status_code == 401
    assert screens.under_way(screen) is None


def test_the_next_person_takes_the_place_of_the_one_before(cast: Cast, wall: Client) -> None:
    screens.set_pin(cast.commander, "802613")
    take(wall)
    assert take(wall, "commander", "802613").json()["name"] == "某commander"
    assert TakeOver.objects.filter(ended_at=None).count() == 1
    number = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    post(wall, f"incidents/{number}/acknowledge/")
    assert Incident.objects.get().acknowledged_by == cast.commander


def test_five_wrong_pins_lock_the_screen_and_the_person(cast: Cast, wall: Client, later: Later) -> None:
    screens.set_pin(cast.commander, "802613")
    statuses = [take(wall, pin="000000", **{"Idempotency-Key": f"{n}" * 8 + "-0000-4000-8000-000000000000"}).status_code
                for n in range(5)]  # fmt: skip
    assert statuses == [403] * 5
    assert take(wall).status_code == 429
    assert take(wall, "commander", "802613").status_code == 429, "nobody guesses on at this screen"
    elsewhere = Client()
    elsewhere.cookies["screen"] = make_screen(cast.centre)
    assert take(elsewhere).status_code == 429, "nor this person's PIN at another"
    assert take(elsewhere, "commander", "802613").status_code == 200
    assert AuditEntry.objects.filter(action="wrong_pin", actor_kind="screen").count() == 5
    later(minutes=11)
    assert take(wall).status_code == 200


def test_a_right_pin_frees_the_person_and_not_the_screen(cast: Cast, wall: Client, later: Later) -> None:
    """Else somebody with a PIN of their own guesses at everybody's: four times, then the own one, and so on."""
    assert [take(wall, pin="000000").status_code for _ in range(4)] == [403] * 4
    assert [take(wall).status_code for _ in range(3)] == [200] * 3, "right ones don't count"
    assert [take(wall, pin="000000").status_code for _ in range(2)] == [403, 429]
    later(minutes=11)
    assert take(wall).status_code == 200


def test_nobodys_pin_is_tried_where_they_may_do_nothing(cast: Cast, wall: Client) -> None:
    screens.set_pin(cast.foreign_duty, PIN)
    assert [take(wall, "foreign_duty", pin).json() for pin in (PIN, "000000")] == [take(wall, "nobody").json()] * 2
    assert not Attempts.objects.filter(what="pin_person", who=cast.foreign_duty.pk).exists()


@pytest.mark.parametrize("pin", ["", "!", "none", "no PIN is this", "000000"])
def test_who_has_no_pin_can_not_take_over(cast: Cast, wall: Client, pin: str) -> None:
    assert not cast.commander.pin
    assert take(wall, "commander", pin).status_code in (400, 403)


@pytest.mark.parametrize("who", ["nobody", "", "a\0b", "0413"])
def test_nobody_by_that_name_is_told_the_same(cast: Cast, wall: Client, who: str) -> None:
    known = take(wall, pin="000000").json()
    answer = take(wall, who)
    assert answer.status_code in (400, 403)
    assert answer.status_code == 400 or answer.json() == known


def test_a_badge_that_two_stations_know_means_the_screens_own(cast: Cast, wall: Client) -> None:
    cast.foreign_duty.badge = "0412"
    cast.foreign_duty.save()
    assert take(wall, "0412").json()["name"] == "某duty_officer"


def test_people_and_strangers_can_not_take_over(cast: Cast, wall: Client) -> None:
    said = {"content_type": "application/json", "data": json.dumps({"who": "duty_officer", "pin": PIN})}
    for client in (signed_in(cast.duty_officer), signed_in(cast.administrator)):
        assert client.post(TAKE, **said).json()["code"] == "screen_only"
        assert client.post(GIVE).json()["code"] == "screen_only"
    assert Client().post(TAKE, **said).status_code == 401


def test_other_pages_can_not_act_through_a_screen(cast: Cast, wall: Client) -> None:
    """Its cookie alone is not enough: the token must come along, and from our own page."""
    number = incidents.open_incident(cast.duty2, cast.s1, **FIGHT).number
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["screen"] = wall.cookies["screen"].value
    assert take(strict).status_code == 403
    strict.get("/wall/")
    token = strict.cookies["csrftoken"].value
    for origin in ("https://evil.example", "http://testserver:81", "null"):
        assert take(strict, **{"X-CSRFToken": token, "Origin": origin}).status_code == 403
    assert not TakeOver.objects.exists()
    assert take(strict, **{"X-CSRFToken": token, "Origin": "http://testserver"}).status_code == 200
    path = f"/api/v1/incidents/{number}/acknowledge/"
    said = {"data": "{}", "content_type": "application/json"}
    assert strict.post(path, **said).status_code == 403
    assert (
        strict.post(path, **said, headers={"X-CSRFToken": token, "Origin": "https://evil.example"}).status_code == 403
    )
    assert strict.post(GIVE, headers={"X-CSRFToken": token, "Origin": "https://evil.example"}).status_code == 403
    assert strict.post(path, **said, headers={"X-CSRFToken": token}).status_code == 200
