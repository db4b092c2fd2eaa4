"""Screens: paired by a code, known by a cookie, revoked; and the PIN with which a person takes one over."""

import asyncio
import re
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from command import pairing, people, screens
from command.models import AuditEntry, Officer, Pairing, Screen, Station, digest
from command.permissions import Role
from tests.command.test_sockets import Wall, closes_with, joined
from tests.conftest import PASSWORD, Cast, Web, confirmed, confirmed_as, make_screen

pytestmark = pytest.mark.usefixtures("quick_hashes")
PIN = "470913"


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


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = confirmed(cast, "administrator")
    client.cookies["django_language"] = "en"
    return client


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
    for number in range(pairing.AT_AN_ADDRESS):
        code_on(Client(), headers={"X-Real-IP": f"fd00:1::{number}"})
    assert Client().get("/screen/", headers={"X-Real-IP": "fd00:1::ffff"}).status_code == 429, (
        "its network is one machine"
    )
    code_on(Client(), headers={"X-Real-IP": "fd00:2::1"})
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
    foreign = confirmed_as(people.add_officer(None, "admin_s2", Role.ADMINISTRATOR, cast.s2, None, name="外"))
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


# ---- the open socket


@pytest.mark.django_db(transaction=True)
async def test_a_revoked_screens_socket_ends_within_five_seconds(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    key = await sync_to_async(make_screen)(cast.s1)
    async with joined(web, Cookie=f"screen={key}", Origin=web.base) as link:
        await Wall(link).hello()
        before = time.monotonic()
        await sync_to_async(lambda: screens.revoke(cast.administrator, Screen.objects.get().pk))()
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
        screens.take_over(Screen.objects.select_related("station").get(), "duty_officer", PIN)
        people.deactivate(cast.administrator, cast.duty_officer.pk)

    async with joined(web, Cookie=f"screen={key}") as link:
        wall = Wall(link)
        await wall.hello()
        await sync_to_async(shut_out)()
        async with asyncio.timeout(7):
            for _ in range(3):
                assert (await wall.next("beat", "snapshot", "bye"))["type"] == "beat"
