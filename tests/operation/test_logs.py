"""Logs: JSON, and without a secret, whatever people, phones and scripts send."""

import base64
import json
import logging
import os
import random
import re
import signal
import string
import time
import urllib.parse

import pytest
from django_otp.oath import TOTP

from command import logs
from operation.faults.ledger import add_devices
from operation.faults.stage import Stage
from tests.operation.browser import Browser, first

PASSWORD, WRONG, PIN, WRONG_PIN = "Blau-Tulpen-8841-x", "Wrong-Tulpen-7730-y", "482915", "915482"
PHONE, CALLER, FACTS, PERSON, FORMER = "13912345678", "欧阳小燕", "两人持刀斗殴", "上官雷", "17700001111"
OURS = ("web", "ingest", "worker", "beat", "nginx")


def said(name: str, words: str, *values: object, **more: object) -> dict:
    record = logging.LogRecord(name, logging.ERROR, "x.py", 1, words, values, more.pop("exc_info", None))
    record.__dict__.update(more)
    return json.loads(logs.formatter().format(record))


@pytest.mark.parametrize(
    "secret",
    [
        f"Bearer {PASSWORD}", f"Authorization: Basic {base64.b64encode(PASSWORD.encode()).decode()}",
        f"/claim/?token={PASSWORD}&x=1", f"password={PASSWORD}", f"'pin': '{PIN}'", f"caller {PHONE}", "call 139-1234-5678",
        "sessionid=k3jh4k5jh34kjh5k34jh5", "fj3Kd92mLxQp0vRt7YbN4", f"+86{PHONE}",
    ],
)  # fmt: skip
def test_what_looks_secret_is_struck_out(secret: str) -> None:
    left = logs.scrubbed(f"before {secret} after")
    for word in (PASSWORD, PIN, PHONE, "1234-5678", "k3jh", "fj3Kd", base64.b64encode(PASSWORD.encode()).decode()):
        assert word not in left
    assert left.startswith("before ")


def test_our_words_stay_and_others_values_go() -> None:
    assert said("command.jobs", "job %s failed in %d s", "heads", 3)["event"] == "job heads failed in 3 s"
    assert said("library", "%s signs in from %r, %d tries", "chen", PHONE, 3)["event"] == "… signs in from …, 3 tries"
    assert said("library", "%(who)s failed %(times)d times", {"who": "chen", "times": 2})["event"] == "… failed 2 times"
    assert said("command.x", "%d and %d", 1)["event"] == "%d and %d", "words that do not fit are no reason to fail"


def test_an_error_is_told_by_type_code_and_place_alone() -> None:
    try:
        try:
            raise ValueError(f"the caller's telephone is {PHONE}")
        except ValueError as first_one:
            raise OSError(28, f"no room for {CALLER}") from first_one
    except OSError as failed:
        line = said("command.x", "it failed", exc_info=(type(failed), failed, failed.__traceback__))
    assert [one["type"] for one in line["errors"]] == ["builtins.OSError", "builtins.ValueError"]
    assert line["errors"][0]["errno"] == 28
    assert "test_logs.py" in line["errors"][0]["at"][0]
    assert PHONE not in json.dumps(line)
    assert CALLER not in json.dumps(line, ensure_ascii=False)
    as_argument = said("daphne.server", "Exception inside application: %s", ValueError(PHONE))
    assert as_argument["errors"][0]["type"] == "builtins.ValueError"
    assert PHONE not in json.dumps(as_argument)


def code_of(secret: str) -> str:
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return f"{TOTP(key).token():06d}"


def sign_in(stage: Stage, browser: Browser, secrets: set[str]) -> None:
    """Wrong, then right, with the enrolment of the second factor."""
    browser.get("/sign-in/?next=/desk/")
    browser.post("/sign-in/", username="wanglei", password=WRONG)
    _, page = browser.post("/sign-in/", username="wanglei", password=PASSWORD)
    totp = first(r"secret=([A-Z2-7]{16,})|([A-Z2-7]{4}(?: ?[A-Z2-7]{4}){5,})", page) if "secret=" in page else ""
    totp = totp or first(r"([A-Z2-7]{4}(?:\s?[A-Z2-7]{4}){5,})", page).replace(" ", "")
    browser.post("/sign-in/enrol/", code="000001")
    code = code_of(totp)
    status, page = browser.post("/sign-in/enrol/", code=code)
    assert status == 200
    assert 'name="code"' not in page, "signed in"
    secrets |= {totp, code, browser.cookie("sessionid"), browser.cookie("csrftoken")}


def knock(stage: Stage, browser: Browser, secrets: set[str]) -> None:
    """Every device's door with its right and a wrong key, and with rubbish."""
    made = json.loads(stage.manage("add_device", "phone", "--kind", "phone", "--profile", "osmand", "--json"))
    others = [add_devices(stage, profile, 1)[0][1] for profile in ("traccar9", "owntracks", "fixes")]
    for right in (made["key"], *others):
        for key in (right, right[::-1]):
            secrets.add(key)
            where = {"lat": 29.6, "lon": 106.5, "timestamp": int(time.time())}
            browser.get(f"/osmand/?{urllib.parse.urlencode({'id': key, **where})}")
            browser.send("POST", "/osmand/", f"id={key}&lat=x".encode())
            basic = base64.b64encode(f"phone:{key}".encode()).decode()
            secrets.add(basic)
            body = json.dumps({"_type": "location", "lat": 29.6, "lon": 106.5, "tst": where["timestamp"]}).encode()
            browser.send("POST", "/owntracks/", body, Authorization=f"Basic {basic}", Content_Type="application/json")
            browser.send("POST", "/owntracks/", b"{", Authorization=f"Basic {basic}")
            browser.send("POST", "/fixes/", b'[{"lat": "NaN"}, 7]', Authorization=f"Bearer {key}")
            browser.send("POST", "/traccar/", b"\xff", Authorization=f"Bearer {key}")
            browser.get(f"/fixes/{key}")


def ask(stage: Stage, browser: Browser, secrets: set[str]) -> None:
    """The interface with a right and a wrong token, a caller's number in every place where one may be typed."""
    token = stage.manage("api_token", "wanglei").strip()
    secrets |= {token, token[::-1]}
    body = json.dumps(
        {"kind": "fight", "priority": 1, "lat": 29.6, "lon": 106.5, "facts": FACTS, "caller_phone": PHONE, "caller_name": CALLER}
    ).encode()  # fmt: skip
    for key, status in ((token, 201), (token[::-1], 401)):
        headers = {"Authorization": f"Bearer {key}", "Content_Type": "application/json"}
        assert browser.send("POST", "/api/v1/incidents/", body, **headers)[0] == status
        browser.send("GET", f"/api/v1/incidents/?q={PHONE}", **headers)
        browser.send("GET", f"/api/v1/incidents/{PHONE}/", **headers)
        browser.send("POST", "/api/v1/incidents/", body + b"}", **headers)
        browser.send("GET", f"/live/?token={key}", **headers)
    browser.get(f"/elsewhere/{PHONE}/?caller={CALLER.encode().hex()}")
    browser.get(f"/incidents/?q={PHONE}")
    browser.get(f"/claim/?token={token}")
    browser.send("GET", "/", Host=PHONE)


def take_over(stage: Stage, secrets: set[str]) -> None:
    """A screen, and a person before it with a wrong and the right PIN."""
    key = "k4Fq-screen-key-9Zx2-of-the-wall"
    secrets |= {key, PIN, WRONG_PIN}
    stage.manage(
        "shell", "-c",
        "from command.models import *; from command import screens; "
        f"Screen.objects.create(name='w', station=Station.objects.get(code='S1'), key_hash=digest({key!r})); "
        f"screens.set_pin(Officer.objects.get(username='wanglei'), {PIN!r})",
    )  # fmt: skip
    wall = Browser(stage.address)
    cookies = {"Cookie": f"screen={key}"}
    wall.get("/wall/", **cookies)
    token = first(r'csrfmiddlewaretoken" value="([^"]+)"', wall.get("/help/", **cookies)[1])
    secrets.add(token)
    headers = {
        "Cookie": f"screen={key}; csrftoken={wall.cookie('csrftoken')}", "X_CSRFToken": wall.cookie("csrftoken"),
        "Content_Type": "application/json", "Origin": stage.address,
    }  # fmt: skip
    for pin, status in ((WRONG_PIN, 403), (PIN, 200)):
        said = json.dumps({"who": "wanglei", "pin": pin}).encode()
        assert wall.send("POST", "/api/v1/screen/take-over/", said, **headers)[0] == status


def front_door_wrote(stage: Stage, browser: Browser) -> None:
    """Have nginx write what it keeps for up to 5 s, and see its newest line."""
    mark = f"/written-{''.join(random.choices(string.ascii_lowercase, k=10))}/"  # a longer one or digits are left out there
    browser.get(mark)
    until = time.monotonic() + 20
    while f'"{mark}"' not in (stage.home.log / "nginx.log").read_text():
        assert time.monotonic() < until, "nginx did not write its log"
        os.kill(stage.pid("nginx"), signal.SIGUSR1)  # it opens its logs anew, and writes what it has before
        time.sleep(0.1)


def test_no_secret_reaches_a_log(stage: Stage) -> None:
    secrets = {PASSWORD, WRONG, PHONE, CALLER, FACTS, PERSON, CALLER.encode().hex()}
    stage.manage(
        "add_user", "wanglei", "--role", "commander", "--full-name", PERSON, "--password-stdin", stdin=f"{PASSWORD}\n"
    )  # fmt: skip
    browser = Browser(stage.address)
    sign_in(stage, browser, secrets)
    knock(stage, browser, secrets)
    ask(stage, browser, secrets)
    take_over(stage, secrets)
    stage.kill("postgres")  # what is under way now fails in the middle
    browser.get(f"/incidents/?q={PHONE}")
    stage.mend()
    browser.post("/sign-out/")
    front_door_wrote(stage, browser)
    secrets |= {stage.home.settings()[name] for name in ("PGPASSWORD", "STATION_SECRET_KEY")}
    found = []
    for path in stage.home.log.iterdir():
        text = path.read_text(errors="replace")
        escaped = text + json.dumps(text, ensure_ascii=False)
        found += [(path.name, secret) for secret in secrets if re.search(rf"(?<![\w.]){re.escape(secret)}", escaped)]
    assert found == []


def test_every_line_of_our_processes_is_json_and_says_who_wrote_it_when(stage: Stage) -> None:
    logs_of_ours = [stage.home.log / f"{name}.log" for name in OURS]
    began = [path.stat().st_size for path in logs_of_ours]
    stage.kill("redis")
    stage.kill("worker")
    stage.mend()
    Browser(stage.address).get("/nothing/")
    front_door_wrote(stage, Browser(stage.address))
    for path, start in zip(logs_of_ours, began, strict=True):
        for line in path.read_bytes()[start:].decode().splitlines():
            told = json.loads(line)
            assert told["process"] == path.stem, line
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*\+00:00", told["at"]), line
    assert any('"/nothing/"' in line for line in (stage.home.log / "nginx.log").read_text().splitlines())


def test_logs_are_bounded(stage: Stage) -> None:
    conf = (stage.home.root / "supervisord.conf").read_text()
    programs = re.findall(r"\[program:(\w+)\]", conf)
    assert set(OURS) <= set(programs)
    assert conf.count("stdout_logfile_maxbytes=10MB") == conf.count("stdout_logfile_backups=3") == len(programs)
    assert "logfile_maxbytes=5MB" in conf
