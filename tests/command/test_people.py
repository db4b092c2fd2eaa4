"""Signing in, being locked out, claiming an empty station, and what the command line says."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from command import claims, people, stations, typescript
from command.errors import Invalid, NotThere
from command.models import AuditEntry, Claim, Officer, Station
from command.permissions import Role
from tests.conftest import PASSWORD, ROOT, Cast, sign_in


def test_signing_in_leads_to_ones_page(cast: Cast, client: Client) -> None:
    assert client.get("/wall/").headers["Location"] == "/sign-in/?next=/wall/"
    assert sign_in(client, "duty_officer", PASSWORD).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/desk/").status_code == 302


def test_five_failures_lock_for_ten_minutes(cast: Cast, client: Client) -> None:
    for _ in range(4):
        assert sign_in(client, "duty_officer", "wrong").status_code == 401
    assert sign_in(client, "duty_officer", "wrong").status_code == 429
    assert sign_in(client, "duty_officer", PASSWORD).status_code == 429
    assert sign_in(client, "commander").headers["Location"] == "/", "the lock is on one account"


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_away(cast: Cast, client: Client, onward: str) -> None:
    assert sign_in(client, "duty_officer", onward=onward).headers["Location"] == "/"


def test_strange_names_are_refused_not_broken(cast: Cast, client: Client) -> None:
    for name in ("", "a\0b", "🚓" * 300, "' OR 1=1 --", "<script>"):
        assert sign_in(client, name, "x").status_code in (401, 429)


@pytest.mark.django_db
def test_an_empty_station_is_claimed_once(client: Client) -> None:
    Station.objects.create(code="S1", name="S1")
    token = claims.offer()
    said = {
        "token": token, "station": "东门派出所", "code": "dm", "zone": "Asia/Urumqi", "username": "chief", "name": "陈所",
        "password": PASSWORD, "again": PASSWORD,
    }  # fmt: skip
    assert 'type="hidden" name="token"' in client.get(f"/claim/?token={token}").content.decode()
    wrong = client.post("/claim/", {**said, "token": "wrong"})
    assert wrong.status_code == 404
    assert 'type="text" name="token"' in wrong.content.decode(), "it can be typed anew"
    short = client.post("/claim/", {**said, "password": "short", "again": "short"})
    assert short.status_code == 400
    assert short.context["form"].has_error("password")
    for field, words in (
        ("again", PASSWORD + "!"), ("code", "S-1"), ("zone", "Mars/Base"), ("station", "a\x00b"),
        ("station", "a\u202eb"), ("station", "x" * 101), ("name", ""), ("username", "a\u202eb"),
    ):  # fmt: skip
        refused = client.post("/claim/", {**said, field: words})
        assert refused.status_code == 400, (field, words)
        assert refused.context["form"].has_error(field), (field, words)
        assert Station.objects.get().code == "S1", "nothing is half done"
    assert client.post("/claim/", said).status_code == 302
    assert client.post("/claim/", {**said, "username": "second"}).status_code == 404
    assert claims.offer() is None
    assert not Claim.objects.filter(used_at=None).exists()
    chief = Officer.objects.get(username="chief")
    assert chief.rights().capabilities()
    station = Station.objects.get()
    assert (station.code, station.name, station.zone) == ("DM", "东门派出所", "Asia/Urumqi")
    assert AuditEntry.objects.filter(action="claim_station", actor_id=str(chief.pk)).count() == 1


@pytest.mark.django_db
def test_a_claim_dies_with_any_first_administrator(client: Client) -> None:
    station = Station.objects.create(code="S1", name="S1")
    token = claims.offer()
    said = {
        "token": token, "station": "新所", "code": "S1", "zone": "Asia/Shanghai", "username": "late", "name": "迟",
        "password": PASSWORD, "again": PASSWORD,
    }  # fmt: skip
    people.add_officer(None, "early", Role.ADMINISTRATOR, station, PASSWORD, name="早")
    page = client.post("/claim/", said)
    assert page.status_code == 404
    assert "<form method" not in page.content.decode().partition("</footer>")[0].partition("<footer")[0]
    with pytest.raises(NotThere):
        claims.claim(str(token), stations.Named("S1", "新所", "Asia/Shanghai"), "late", "迟", PASSWORD)
    assert Officer.objects.get().username == "early"


@pytest.mark.django_db
def test_a_code_that_others_know_stays(client: Client) -> None:
    root = Station.objects.create(code="S1", name="S1")
    below = Station.objects.create(code="S2", name="S2", parent=root)
    token = str(claims.offer())
    for code in ("S2", "S3"):
        with pytest.raises(Invalid) as refused:
            claims.claim(token, stations.Named(code, "新所", "Asia/Shanghai"), "first", "一", PASSWORD)
        assert "S1" in (refused.value.fields or {})["code"]
    below.delete()
    claims.claim(token, stations.Named("S3", "新所", "Asia/Shanghai"), "first", "一", PASSWORD)
    assert Station.objects.get().code == "S3"


def command(name: str, *args: str, stdin: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    out = io.StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue().strip()


def test_commands(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ("newcomer", "--role", "commander", "--station", "S1", "--password-stdin")
    command("add_user", *said, stdin=f"{PASSWORD}\n", monkeypatch=monkeypatch)
    token = command("api_token", "newcomer", "--days", "2")
    assert client.get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"}).json()["username"] == "newcomer"
    device = json.loads(
        command("add_device", "phone", "--kind", "phone", "--profile", "osmand", "--station", "S1", "--json")
    )
    unit = json.loads(command("add_unit", "2107", "--station", "S1", "--device", str(device["id"]), "--json"))
    assert unit["call_sign"] == "2107"
    with pytest.raises(CommandError, match="nobody"):
        command("api_token", "ghost")
    with pytest.raises(CommandError, match="999"):
        command("add_unit", "2108", "--device", "999")
    with pytest.raises(CommandError, match="short"):
        command("add_user", "x", "--role", "officer", "--password-stdin", stdin="short\n", monkeypatch=monkeypatch)


def test_topics_ts_is_what_python_declares() -> None:
    assert (ROOT / "static/src/topics.ts").read_text(encoding="utf-8") == typescript.topics(), (
        "run ./station manage topics_ts"
    )


def test_the_schema_is_served(cast: Cast, client: Client) -> None:
    answer = client.get("/api/schema/", headers={"Authorization": f"Bearer {cast.token('officer')}"})
    assert answer.status_code == 200
    assert b"/api/v1/incidents/{number}/assignments/{unit}/" in answer.content
    assert client.get("/api/schema/").status_code == 401


def test_pages_keep_to_themselves(cast: Cast, client: Client) -> None:
    headers = client.get("/sign-in/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy + ";"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_language_is_chinese_until_asked(cast: Cast, client: Client) -> None:
    assert client.get("/sign-in/", headers={"Accept-Language": "en-US"}).headers["Content-Language"] == "zh-hans"
    client.post("/language/", {"language": "en"})
    assert client.get("/sign-in/").headers["Content-Language"] == "en"


def test_every_role_of_the_table_is_known() -> None:
    assert {role.value for role in Role} == {
        "commander", "duty_officer", "officer", "auxiliary", "watchlist_admin", "reviewer", "inspector", "technician",
        "administrator", "screen",
    }  # fmt: skip
