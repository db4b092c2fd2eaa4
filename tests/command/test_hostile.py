"""What nobody in good faith sends: a plain refusal each time, never a failure on our side."""

import base64

import pytest
from django.test import Client
from django.utils import translation

from command import error_pages
from tests.conftest import PASSWORD, PLACE, Cast

NUL_COOKIE = '"' + "\\000" * 9 + '"'  # what a cookie parser turns into nine NULs
SURROGATE_NAME = b'{"\\ud800' + b"x" * 5000 + b'": 1}'


def headers(cast: Cast, name: str = "commander") -> dict[str, str]:
    return {"Authorization": f"Bearer {cast.token(name)}"}


@pytest.mark.parametrize("words", ["p=abc", "p=%00", "p=1+or+1", "p=2026-01-01", "p=%C2%B2", "o=x", "o=-1"])
def test_a_cursor_that_is_none(cast: Cast, client: Client, words: str) -> None:
    cursor = base64.b64encode(words.encode()).decode()
    for path in ("incidents", "units", "alarms", "stations"):
        answer = client.get(f"/api/v1/{path}/", {"cursor": cursor}, headers=headers(cast))
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_a_cookie_that_no_session_can_have(db: None, client: Client) -> None:
    client.cookies["sessionid"] = "x"
    assert client.get("/", headers={"Cookie": f"sessionid={NUL_COOKIE}"}).status_code == 302
    assert client.get("/api/v1/units/", headers={"Cookie": f"sessionid={NUL_COOKIE}"}).status_code == 401


def test_names_of_unknown_fields_are_told_short_and_whole(cast: Cast, client: Client) -> None:
    answer = client.post("/api/v1/incidents/", SURROGATE_NAME, "application/json", headers=headers(cast))
    assert answer.status_code == 400
    assert [len(name) for name in answer.json()["fields"]] == [40]
    many = {f"field{number}": 1 for number in range(5000)}
    answer = client.post("/api/v1/incidents/", many, "application/json", headers=headers(cast))
    assert len(answer.content) < 10_000


def test_the_schemas_refusals_look_like_all_others(cast: Cast, client: Client) -> None:
    for answer in (
        client.put("/api/schema/", headers=headers(cast)),
        client.get("/api/schema/?format=nope", headers=headers(cast)),
    ):
        assert answer.status_code in (404, 405)
        assert set(answer.data) == {"code", "message"}


def test_head_asks_for_the_right_to_get(cast: Cast, client: Client) -> None:
    assert client.head("/api/v1/units/", headers=headers(cast, "reviewer")).status_code == 403
    assert client.head("/api/v1/units/", headers=headers(cast)).status_code == 200


@pytest.mark.parametrize("onward", ["nowhere", "desk", "/wall/?x=1\r\nSet-Cookie: a=b", "\0", "%00"])
def test_an_odd_way_onward_breaks_nothing(cast: Cast, client: Client, onward: str) -> None:
    said = {"username": "duty_officer", "password": PASSWORD, "next": onward}
    answer = client.post("/sign-in/", said)
    assert answer.status_code == 302
    assert "Set-Cookie: a" not in str(answer.headers)
    assert client.post("/language/", {"language": "en", "next": onward}).status_code == 302


def test_a_form_out_of_date_is_told_so(cast: Cast) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    with translation.override("zh-hans"):
        assert translation.gettext(error_pages.MESSAGES["out_of_date"]) in answer.content.decode()


def test_other_hosts_names_are_refused(cast: Cast, client: Client) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80"):
        assert client.get("/sign-in/", headers={"Host": host}).status_code == 400
    made = client.post("/api/v1/incidents/", {"kind": "fight", "priority": 1, **PLACE}, "application/json",
                       headers={**headers(cast), "X-Forwarded-Host": "evil.example"})  # fmt: skip
    assert b"evil" not in made.content
