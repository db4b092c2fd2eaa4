"""The second factor, the idle lock, step-up, sessions, roles given and taken, and recovery by two."""

import datetime as dt
import html
import re

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from command import clock, people, principals, recovery, second_factor, sessions
from command.errors import Conflict, Forbidden, Invalid, NotThere
from command.models import AuditEntry, Grant, Officer, Session
from command.permissions import Role
from tests.conftest import PASSWORD, Cast, code_of, sign_in

CODE = "/sign-in/code/"


def half(client: Client, name: str) -> None:
    assert client.post("/sign-in/", {"username": name, "password": PASSWORD}).headers["Location"] == CODE


def with_password(officer: Officer) -> Officer:
    officer.set_password(PASSWORD)
    officer.save()
    return officer


def test_a_password_alone_does_not_sign_in_who_may_export(cast: Cast, client: Client) -> None:
    half(client, "duty_officer")
    assert client.get("/desk/").status_code == 302
    assert client.get("/api/v1/me/").status_code == 401
    assert client.post(CODE, {"code": "000000"}).status_code == 401
    assert client.post(CODE, {"code": code_of("duty_officer")}).headers["Location"] == "/"
    assert client.get("/desk/").status_code == 200
    assert AuditEntry.objects.filter(action="sign_in", facts__second_factor=True).exists()


def test_a_code_works_once(cast: Cast, client: Client) -> None:
    half(client, "duty_officer")
    code = code_of("duty_officer")
    client.post(CODE, {"code": code})
    again = Client()
    half(again, "duty_officer")
    assert again.post(CODE, {"code": code}).status_code == 401


def test_wrong_codes_lock_like_wrong_passwords(cast: Cast, client: Client) -> None:
    half(client, "duty_officer")
    statuses = [client.post(CODE, {"code": "111111"}).status_code for _ in range(6)]
    assert statuses[:4] == [401] * 4
    assert set(statuses[4:]) == {429}
    assert client.post(CODE, {"code": code_of("duty_officer")}).status_code == 429
    assert client.post("/sign-in/", {"username": "duty_officer", "password": PASSWORD}).status_code == 429


def test_the_factor_is_enrolled_at_the_first_sign_in(cast: Cast, client: Client) -> None:
    with_password(cast.administrator)
    answer = client.post("/sign-in/", {"username": "administrator", "password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/enrol/"
    page = client.get("/sign-in/enrol/").content.decode()
    device = TOTPDevice.objects.get(user=cast.administrator)
    assert second_factor.secret_of(device) in page
    assert "data:image/svg+xml;base64," in page
    assert client.post("/sign-in/enrol/", {"code": "123456"}).status_code == 400
    assert client.post("/sign-in/enrol/", {"code": code_of("administrator")}).status_code == 302
    assert client.get("/account/").status_code == 200
    assert client.get("/sign-in/enrol/").headers["Location"] == "/sign-in/"


def test_an_officer_on_the_street_needs_no_factor_but_may_have_one(cast: Cast, client: Client) -> None:
    with_password(cast.officer)
    assert sign_in(client, "officer").headers["Location"] == "/"
    assert client.get("/account/second-factor/").status_code == 200
    assert client.post("/account/second-factor/", {"code": code_of("officer")}).headers["Location"] == "/account/"
    assert client.get("/account/second-factor/").status_code == 409
    half(Client(), "officer")


def test_half_signed_in_ends_after_ten_minutes(cast: Cast, client: Client, monkeypatch) -> None:
    half(client, "duty_officer")
    held = client.session["half_signed_in"]
    session = client.session
    session["half_signed_in"] = {**held, "at": held["at"] - 601}
    session.save()
    assert client.get(CODE).headers["Location"] == "/sign-in/"


def idle(minutes: float) -> None:
    Session.objects.update(seen_at=clock.now() - dt.timedelta(minutes=minutes))


def test_an_idle_session_locks_and_its_password_opens_it(cast: Cast, client: Client) -> None:
    sign_in(client, "duty_officer")
    idle(14)
    assert client.get("/desk/", headers={"Accept": "text/html"}).status_code == 200
    assert Session.objects.get(officer=cast.duty_officer).seen_at > clock.now() - dt.timedelta(seconds=5)
    idle(16)
    assert client.get("/desk/", headers={"Accept": "text/html"}).headers["Location"] == "/sign-in/?next=/desk/"
    assert client.get("/api/v1/me/").json()["code"] == "locked"
    assert client.post("/api/v1/incidents/", "{}", content_type="application/json").status_code == 401
    assert "某duty_officer" in client.get("/sign-in/?next=/desk/").content.decode()
    assert client.post("/sign-in/", {"password": "wrong"}).status_code == 401
    assert client.post("/sign-in/", {"password": PASSWORD, "next": "/desk/"}).headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_what_scripts_fetch_is_no_use_by_a_person(cast: Cast, client: Client) -> None:
    sign_in(client, "duty_officer")
    idle(10)
    client.get("/api/v1/live/")
    assert Session.objects.get(officer=cast.duty_officer).seen_at < clock.now() - dt.timedelta(minutes=9)
    assert client.post("/account/active/").status_code == 204
    assert Session.objects.get(officer=cast.duty_officer).seen_at > clock.now() - dt.timedelta(minutes=1)


def test_an_open_socket_loses_a_locked_session(cast: Cast, client: Client) -> None:
    sign_in(client, "duty_officer")
    key = client.session.session_key
    assert principals.again(cast.duty_officer, key)
    idle(16)
    assert principals.again(cast.duty_officer, key) is None
    client.post("/sign-in/", {"password": PASSWORD})
    assert principals.again(cast.duty_officer, key)
    client.post("/account/lock/")
    assert principals.again(cast.duty_officer, key) is None


def test_step_up_wants_the_factor_again(cast: Cast, client: Client) -> None:
    sign_in(client, "commander")
    assert client.get("/manage/recoveries/").status_code == 200
    session = client.session
    session["second_factor_at"] -= 301
    session.save()
    there = client.get("/manage/recoveries/").headers["Location"]
    assert there == "/account/confirm/?next=/manage/recoveries/"
    assert client.get(there).status_code == 200
    assert client.post(there, {"code": "999999"}).status_code == 400
    assert client.post(there, {"code": code_of("commander")}).headers["Location"] == "/manage/recoveries/"
    token = {"Authorization": f"Bearer {cast.token('commander')}"}
    assert Client().get("/manage/recoveries/", headers=token).status_code == 403


def test_sessions_are_listed_and_ended(cast: Cast, client: Client) -> None:
    other = Client(headers={"User-Agent": "<b>Other</b>"})
    sign_in(other, "duty_officer")
    sign_in(client, "duty_officer")
    page = client.get("/account/").content.decode()
    assert "&lt;b&gt;Other" in page
    assert other.session.session_key not in page
    ident = re.search(r"/account/sessions/([0-9a-f]{20})/end/", page)
    assert ident
    client.post(ident.group(0))
    assert other.get("/desk/").status_code == 302
    assert client.get("/desk/").status_code == 200


def test_changing_the_password_ends_the_other_sessions(cast: Cast, client: Client) -> None:
    other = Client()
    sign_in(other, "duty_officer")
    sign_in(client, "duty_officer")
    new = "another-Long-pass-77"
    said = {"current": PASSWORD, "password": new, "again": new}
    assert client.post("/account/password/", {**said, "current": "x"}).status_code == 400
    assert client.post("/account/password/", {**said, "again": "y"}).status_code == 400
    assert client.post("/account/password/", {**said, "password": "short", "again": "short"}).status_code == 400
    assert client.post("/account/password/", said).status_code == 302
    assert client.get("/desk/").status_code == 200
    assert other.get("/desk/").status_code == 302


def test_roles_are_given_and_taken_at_once(cast: Cast) -> None:
    boss = cast.administrator
    given = people.grant(boss, cast.officer.pk, "commander", cast.s1)
    assert people.grant(boss, cast.officer.pk, "commander", cast.s1) == given
    assert "dispatch" in cast.again("officer").rights().capabilities()
    people.withdraw(boss, given.pk)
    assert "dispatch" not in cast.again("officer").rights().capabilities()
    with pytest.raises(NotThere):
        people.withdraw(boss, given.pk)
    with pytest.raises(Invalid):
        people.grant(boss, cast.officer.pk, "screen", cast.s1)
    with pytest.raises(Conflict):
        people.grant(boss, boss.pk, "commander", cast.s1)
    with pytest.raises(NotThere):
        people.grant(boss, cast.foreign_duty.pk, "commander", cast.s1)
    with pytest.raises(NotThere):
        people.grant(boss, cast.officer.pk, "commander", cast.s2)
    with pytest.raises(Forbidden):
        people.grant(cast.commander, cast.officer.pk, "commander", cast.s1)


def test_an_account_that_commands_above_is_for_those_above(cast: Cast) -> None:
    """Who administers one station would else begin the account of a centre's commander anew, and be them."""
    people.grant(people.add_officer(None, "admin_c", Role.ADMINISTRATOR, cast.centre, None, name="中"),
                 cast.duty2.pk, Role.COMMANDER, cast.centre)  # fmt: skip
    for act in (people.deactivate, people.reactivate, people.end_sessions, recovery.ask):
        with pytest.raises(Forbidden):
            act(cast.administrator, cast.duty2.pk)
    asked, _ = recovery.ask(cast.again("admin_c"), cast.duty2.pk)
    assert not recovery.waiting_for(cast.commander).exists()
    for answer in (recovery.approve, recovery.withdraw):
        with pytest.raises(NotThere):
            answer(cast.commander, asked.pk)
    assert recovery.approve(cast.centre_commander, asked.pk) == cast.duty2


def test_a_role_that_asks_for_a_factor_holds_once_there_is_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.officer, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/account/")
    people.grant(cast.administrator, cast.officer.pk, Role.AUXILIARY, cast.s1)
    assert client.get("/account/").status_code == 200
    people.grant(cast.administrator, cast.officer.pk, Role.INSPECTOR, cast.s1)
    assert client.get("/account/").status_code == 302


def test_the_last_administrator_stays(cast: Cast) -> None:
    second = people.add_officer(cast.administrator, "second", "administrator", cast.s1, None, name="二")
    first = Grant.objects.get(officer=cast.administrator, role=Role.ADMINISTRATOR)
    people.withdraw(second, first.pk)
    with pytest.raises(Conflict):
        people.withdraw(second, Grant.objects.get(officer=second).pk)


def test_who_is_shut_out_is_out(cast: Cast, client: Client) -> None:
    sign_in(client, "duty_officer")
    token = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
    people.deactivate(cast.administrator, cast.duty_officer.pk)
    assert client.get("/desk/").status_code == 302
    assert Client().get("/api/v1/me/", headers=token).status_code == 401
    assert client.post("/sign-in/", {"username": "duty_officer", "password": PASSWORD}).status_code == 401
    people.reactivate(cast.administrator, cast.duty_officer.pk)
    assert Client().get("/api/v1/me/", headers=token).status_code == 200
    with pytest.raises(Conflict):
        people.deactivate(cast.administrator, cast.administrator.pk)


def test_recovery_needs_two_and_begins_anew(cast: Cast, client: Client) -> None:
    sign_in(client, "duty_officer")
    asked, password = recovery.ask(cast.administrator, cast.duty_officer.pk)
    for wrong in (cast.administrator, cast.duty_officer, cast.foreign_commander, cast.officer):
        with pytest.raises((Forbidden, NotThere)):
            recovery.approve(wrong, asked.pk)
    assert client.get("/desk/").status_code == 200, "nothing has happened yet"
    assert [one.pk for one in recovery.waiting_for(cast.commander)] == [asked.pk]
    recovery.approve(cast.commander, asked.pk)
    assert client.get("/desk/").status_code == 302
    fresh = Client()
    answer = fresh.post("/sign-in/", {"username": "duty_officer", "password": password})
    assert answer.headers["Location"] == "/sign-in/enrol/"
    fresh.get("/sign-in/enrol/")
    answer = fresh.post("/sign-in/enrol/", {"code": code_of("duty_officer")})
    assert answer.headers["Location"] == "/sign-in/password/"
    assert fresh.get("/desk/").status_code == 302, "not in before the password is one's own"
    new = {"password": "quite-Another-pass-5", "again": "quite-Another-pass-5"}
    assert fresh.post("/sign-in/password/", {"password": password, "again": password}).status_code == 400
    assert fresh.post("/sign-in/password/", new).status_code == 302
    assert fresh.get("/desk/").status_code == 200


def test_a_request_for_recovery_ends_after_a_day(cast: Cast, monkeypatch) -> None:
    asked, _ = recovery.ask(cast.administrator, cast.duty_officer.pk)
    later = clock.now() + dt.timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert not recovery.waiting_for(cast.commander).exists()
    with pytest.raises(NotThere):
        recovery.approve(cast.commander, asked.pk)


def test_recovery_through_the_pages(cast: Cast, client: Client) -> None:
    with_password(cast.administrator)
    client.post("/sign-in/", {"username": "administrator", "password": PASSWORD})
    client.get("/sign-in/enrol/")
    client.post("/sign-in/enrol/", {"code": code_of("administrator")})
    path = f"/manage/people/{cast.duty_officer.pk}/recovery/"
    assert client.get(path).status_code == 200
    page = client.post(path).content.decode()
    password = html.unescape(re.findall(r'<code class="secret">([^<]+)', page)[0])
    assert client.get(f"/manage/people/{cast.foreign_duty.pk}/recovery/").status_code == 404
    second = Client()
    sign_in(second, "commander")
    page = second.get("/manage/recoveries/").content.decode()
    ident = re.findall(r'name="recovery" value="(\d+)"', page)[0]
    assert second.post("/manage/recoveries/", {"recovery": ident, "approve": "1"}).status_code == 302
    assert second.post("/manage/recoveries/", {"recovery": ident, "approve": "1"}).status_code == 404
    answer = Client().post("/sign-in/", {"username": "duty_officer", "password": password})
    assert answer.headers["Location"] == "/sign-in/enrol/"


def test_the_lock_is_in_the_query_not_in_a_job(cast: Cast, client: Client) -> None:
    sign_in(client, "duty_officer")
    assert sessions.of(cast.duty_officer).count() == 1
    assert not sessions.is_locked(client.session)
