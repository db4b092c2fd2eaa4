"""Screens: paired by a code, taken over with a PIN for five minutes, given back, revoked."""

import asyncio
import datetime as dt
import json
import re
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from command import alarms, clock, pairing, people, recovery, screens
from command.models import Alarm, AuditEntry, Officer, Pairing, Screen, Station, TakeOver, digest
from command.permissions import Role
from dispatch import incidents, units
from dispatch.models import Incident
from tests.command.test_routes import CASES, ROUTES, Stage, ask, may
from tests.command.test_sockets import Wall, closes_with, joined
from tests.conftest import PASSWORD, PLACE, Cast, Web, make_screen

PIN = "470913"
TAKE, GIVE = "/api/v1/screen/take-over/", "/api/v1/screen/give-back/"
FIGHT = {"kind": "fight", "priority": 1, **PLACE}


def code_on(browser: Client, **headers: str) -> str:
    """The code that a screen's browser shows."""
    page = browser.get("/screen/", **headers).content.decode()
    halves = re.search(r'id="code"[^>]*><span>(\w{4})</span> <span>(\w{4})</span>', page)
    assert halves, page
    return halves[1] + halves[2]


def state_of(browser: Client) -> str:
    return str(browser.post("/screen/waiting/").json()["state"])


def signed_in(officer: Officer) -> Client:
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def approve(admin: Client, code: str, station: Station, name: str = "大厅左", language: str = "en") -> Any:
    return admin.post("/manage/screens/", {"code": code, "name": name, "station": station.pk, "language": language})


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Hashing is slow on purpose; how slow is not tried here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = signed_in(cast.administrator)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock ahead: `later(minutes=10)`."""
    began = clock.now()
    return lambda **ahead: monkeypatch.setattr(clock, "now", lambda: began + dt.timedelta(**ahead))


# ---- pairing


def test_a_screen_is_paired_by_its_code(cast: Cast, admin: Client) -> None:
    screen = Client()
    assert screen.get("/wall/").headers["Location"] == "/sign-in/?next=/wall/"
    code = code_on(screen)
    assert code_on(screen) == code, "opened again it shows the same"
    assert set(code) <= set(pairing.ALPHABET)
    assert state_of(screen) == "waiting"
    assert approve(admin, f" {code[:4].lower()}-{code[4:]} ", cast.s1).headers["Location"] == "/manage/screens/"
    assert state_of(screen) == "paired"
    cookie = screen.cookies["screen"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    made = Screen.objects.get()
    assert made.key_hash == digest(cookie.value)
    assert screen.get("/screen/").headers["Location"] == "/wall/"
    page = screen.get("/wall/")
    assert page.headers["Content-Language"] == "en", "in the language that the administrator chose"
    assert AuditEntry.objects.filter(action="approve_screen", actor_id=str(cast.administrator.pk)).count() == 1
    assert approve(admin, code, cast.s1).status_code == 400, "a code makes one screen"


def test_each_opening_begins_the_cookies_time_anew(cast: Cast, client: Client) -> None:
    client.cookies["screen"] = make_screen(cast.s1)
    kept = client.get("/wall/").cookies["screen"]
    assert kept.value == "screen-key-of-S1"
    assert int(kept["max-age"]) == 400 * 86400


def test_five_wrong_codes_lock_for_ten_minutes(cast: Cast, admin: Client, later: Any) -> None:
    screen = Client()
    code = code_on(screen)
    wrong = [approve(admin, "XXXXXXXX", cast.s1) for _ in range(5)]
    assert {answer.status_code for answer in wrong} == {400}
    assert "No screen shows this code." in wrong[0].content.decode()
    locked = approve(admin, code, cast.s1)
    assert locked.status_code == 429
    assert "in 10 minutes" in locked.content.decode()
    other = people.add_officer(None, "admin2", Role.ADMINISTRATOR, cast.s1, None, name="另一管理员")
    assert approve(signed_in(other), code, cast.s1).status_code == 302, "the lock is on one person"
    later(minutes=10, seconds=30)
    fresh = code_on(Client())
    assert approve(admin, fresh, cast.s1).status_code == 302


def test_a_code_holds_for_ten_minutes(cast: Cast, admin: Client, later: Any) -> None:
    screen = Client()
    code = code_on(screen)
    later(minutes=9, seconds=59)
    assert state_of(screen) == "waiting"
    later(minutes=10, seconds=30)
    assert state_of(screen) == "over"
    assert approve(admin, code, cast.s1).status_code == 400
    assert code_on(screen) != code


def test_of_two_browsers_the_one_with_the_code_is_paired(cast: Cast, admin: Client) -> None:
    one, other, stranger = Client(), Client(), Client()
    code, others = code_on(one), code_on(other)
    assert code != others
    approve(admin, code, cast.s1)
    assert state_of(other) == "waiting"
    assert state_of(stranger) == "over"
    assert state_of(one) == "paired"
    assert "screen" not in other.cookies or not other.cookies["screen"].value


def test_an_answer_that_got_lost_is_given_again(cast: Cast, admin: Client) -> None:
    """The newest key holds, and only that."""
    screen = Client()
    approve(admin, code_on(screen), cast.s1)
    ticket = screen.cookies["pairing"].value
    assert state_of(screen) == "paired"
    lost = screen.cookies["screen"].value
    screen.cookies["pairing"] = ticket
    assert state_of(screen) == "paired"
    old = Client()
    old.cookies["screen"] = lost
    assert old.get("/api/v1/live/").status_code == 401
    assert screen.get("/api/v1/live/").status_code == 200


def test_few_codes_wait_at_an_address(cast: Cast, later: Any) -> None:
    for _ in range(pairing.AT_AN_ADDRESS):
        code_on(Client())
    refused = Client().get("/screen/")
    assert refused.status_code == 429
    assert 'role="alert"' in refused.content.decode()
    code_on(Client(), headers={"X-Real-IP": "10.0.0.9"})
    later(minutes=10, seconds=30)
    code_on(Client())
    assert Pairing.objects.count() == 1, "what is over goes"


def test_pairing_ends_whatever_session_the_browser_had(cast: Cast, admin: Client) -> None:
    screen = signed_in(cast.duty_officer)
    approve(admin, code_on(screen), cast.s1)
    assert state_of(screen) == "paired"
    assert screen.get("/desk/").status_code == 403
    assert screen.get("/api/v1/me/").json()["kind"] == "screen"


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\tb"])
def test_a_screen_needs_a_name(cast: Cast, admin: Client, name: str) -> None:
    assert approve(admin, code_on(Client()), cast.s1, name=name).status_code == 400
    assert not Screen.objects.exists()


def test_screens_are_looked_after_by_their_stations_administrators(cast: Cast, admin: Client) -> None:
    foreign = signed_in(people.add_officer(None, "admin_s2", Role.ADMINISTRATOR, cast.s2, None, name="外"))
    screen = Client()
    assert approve(foreign, code_on(screen), cast.s1).status_code == 400, "the form offers no other station"
    approve(admin, code_on(screen), cast.s1)
    made = Screen.objects.get()
    assert made.name in admin.get("/manage/screens/").content.decode()
    assert made.name not in foreign.get("/manage/screens/").content.decode()
    for method in ("get", "post"):
        assert getattr(foreign, method)(f"/manage/screens/{made.pk}/revoke/").status_code == 404


def test_a_revoked_screen_shows_a_code_again(cast: Cast, admin: Client) -> None:
    screen = Client()
    code = code_on(screen)
    approve(admin, code, cast.s1)
    state_of(screen)
    made = Screen.objects.get()
    page = admin.get(f"/manage/screens/{made.pk}/revoke/").content.decode()
    assert made.name in page
    assert admin.post(f"/manage/screens/{made.pk}/revoke/").status_code == 302
    assert screen.get("/wall/").headers["Location"] == "/screen/"
    assert screen.get("/api/v1/live/").status_code == 401
    assert code_on(screen) != code
    assert screen.cookies["screen"].value == ""
    assert AuditEntry.objects.filter(action="revoke_screen", subject_id=str(made.pk)).count() == 1


def test_revoked_before_its_browser_came_for_the_key(cast: Cast, admin: Client) -> None:
    screen = Client()
    code = code_on(screen)
    approve(admin, code, cast.s1)
    admin.post(f"/manage/screens/{Screen.objects.get().pk}/revoke/")
    assert state_of(screen) == "over"
    assert code_on(screen) != code


# ---- one's PIN


def set_pin(client: Client, pin: str, again: str | None = None, current: str = PASSWORD) -> Any:
    return client.post("/account/pin/", {"current": current, "pin": pin, "again": pin if again is None else again})


def test_a_person_sets_a_pin_with_their_password(cast: Cast) -> None:
    client = signed_in(cast.duty_officer)
    assert set_pin(client, PIN, current="wrong").status_code == 400
    assert set_pin(client, PIN, again="470914").status_code == 400
    assert not cast.again("duty_officer").pin
    assert set_pin(client, PIN).headers["Location"] == "/account/"
    kept = cast.again("duty_officer").pin
    assert kept
    assert PIN not in kept
    assert AuditEntry.objects.filter(action="set_pin", actor_id=str(cast.duty_officer.pk)).count() == 1


@pytest.mark.parametrize(
    "pin", ["12345", "1234567", "abcdef", "１２３４５６", "111111", "121212", "123456", "987654", "004711"]
)
def test_a_pin_that_others_would_try_is_refused(cast: Cast, pin: str) -> None:
    cast.duty_officer.badge = "004711"
    cast.duty_officer.save()
    assert set_pin(signed_in(cast.duty_officer), pin).status_code == 400


def test_neither_screens_nor_tokens_have_a_pin(cast: Cast, client: Client) -> None:
    token = cast.token("duty_officer")
    assert client.get("/account/pin/", headers={"Authorization": f"Bearer {token}"}).status_code == 403
    client.cookies["screen"] = make_screen(cast.s1)
    assert client.get("/account/pin/").status_code == 403
    assert client.post("/account/pin/", {}).status_code == 403


# ---- taking over


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
    assert len(from_wall) == 4
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


def test_five_minutes_and_no_more(cast: Cast, wall: Client, later: Any) -> None:
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
def test_a_take_over_ends(cast: Cast, wall: Client, end: Any) -> None:
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


def test_five_wrong_pins_lock_the_screen_and_the_person(cast: Cast, wall: Client, later: Any) -> None:
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


def test_a_right_pin_begins_the_count_anew(cast: Cast, wall: Client) -> None:
    for _ in range(3):
        assert [take(wall, pin="000000").status_code for _ in range(4)] == [403] * 4
        assert take(wall).status_code == 200


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


# ---- the open socket


@pytest.mark.django_db(transaction=True)
async def test_a_revoked_screens_socket_ends_within_five_seconds(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    key = await sync_to_async(make_screen)(cast.s1)
    async with joined(web, Cookie=f"screen={key}", Origin=web.base) as link:
        await Wall(link).hello()
        before = time.monotonic()
        await sync_to_async(lambda: screens.revoke(cast.administrator, the_screen().pk))()
        assert await closes_with(link) == 4401
        assert time.monotonic() - before <= 5.5  # 5 s and the closing handshake


@pytest.mark.django_db(transaction=True)
async def test_a_key_that_was_made_anew_ends_the_socket_of_the_old(web: Web, transactional_cast: Cast) -> None:
    key = await sync_to_async(make_screen)(transactional_cast.s1)
    async with joined(web, Cookie=f"screen={key}") as link:
        await Wall(link).hello()
        await sync_to_async(Screen.objects.update)(key_hash=digest("another"))
        assert await closes_with(link) == 4401


@pytest.mark.django_db(transaction=True)
async def test_a_take_over_leaves_the_picture_as_it_is(web: Web, transactional_cast: Cast) -> None:
    """The socket stays the screen's: what comes is the same, and the screen goes on when the person is shut out."""
    cast = transactional_cast
    key = await sync_to_async(make_screen)(cast.s1)

    def shut_out() -> None:
        screens.set_pin(cast.duty_officer, PIN)
        screens.take_over(the_screen(), "duty_officer", PIN)
        people.deactivate(cast.administrator, cast.duty_officer.pk)

    async with joined(web, Cookie=f"screen={key}") as link:
        wall = Wall(link)
        await wall.hello()
        await sync_to_async(shut_out)()
        async with asyncio.timeout(7):
            for _ in range(3):
                assert (await wall.next("beat", "snapshot", "bye"))["type"] == "beat"
