"""The station on its LAN: HTTPS with its own authority, and the one page that goes without."""

import asyncio
import http.client
import ipaddress
import json
import os
import re
import secrets
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from django.test import Client
from websockets.asyncio.client import connect

from command import certificates, clock
from command.errors import Invalid
from operation import lan, services
from operation.faults.ledger import hire
from operation.faults.stage import Stage, free_port
from operation.home import PROJECT
from operation.say import Trouble
from operation.up import lan_hosts
from tests.operation.browser import Browser

HOSTS = ["192.168.7.9", "station-1", "station-1.local", "localhost", "127.0.0.1", "::1"]


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.HOME, settings.LAN, settings.LAN_HOSTS = tmp_path, True, HOSTS
    return tmp_path / "lan"


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_keys_are_the_owners_alone_and_the_authority_is_made_once(folder: Path) -> None:
    assert certificates.ensure(HOSTS)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    first = (folder / "ca.pem").read_bytes()
    assert not certificates.ensure(HOSTS), "nothing is due"
    assert certificates.ensure([*HOSTS, "10.0.0.8"]), "another address"
    assert (folder / "ca.pem").read_bytes() == first


def test_the_certificate_is_made_anew_a_month_before_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates.ensure(HOSTS)
    ends = certificates.ends_at()
    assert ends and timedelta(390) < ends - clock.now() < timedelta(398)
    assert certificates.renew() == 0
    monkeypatch.setattr(clock, "now", lambda: ends - timedelta(days=29))
    assert certificates.renew() == 1
    assert certificates.ends_at() > ends


def test_the_authority_vouches_for_this_station_and_private_addresses_only(folder: Path) -> None:
    certificates.ensure([*HOSTS, "203.0.113.5", "station.example"])
    limits = read(folder / "ca.pem").extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = {str(one.value) for one in limits.value.permitted_subtrees}
    assert {"203.0.113.5/32", "station.example", "192.168.0.0/16"} <= permitted
    assert not {"0.0.0.0/0", "::/0"} & permitted
    for foreign in ("bank.example", "8.8.8.8", "example"):
        with pytest.raises(Invalid, match="was not made for this name"):
            certificates.ensure([foreign])


def test_openssl_agrees(folder: Path) -> None:
    certificates.ensure(HOSTS)
    argv = ["openssl", "verify", "-x509_strict", "-CAfile", str(folder / "ca.pem"), str(folder / "server.pem")]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_says_by_what_to_know_it_in_both_languages(folder: Path, client: Client) -> None:
    certificates.ensure(HOSTS)
    host = {"Host": "192.168.7.9:8000"}
    page = client.get("/lan/?language=en", headers=host)
    if page.status_code == 400:
        pytest.fail("the address is not among the allowed ones")
    text = page.content.decode()
    assert certificates.fingerprint() in text
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", certificates.fingerprint())
    assert "https://192.168.7.9:8000/owntracks/" in text
    assert "data:image/svg+xml;base64," in text
    assert "Certificate trust settings" in text
    assert "/static/" not in text, "nothing else is served without TLS"
    chinese = client.get("/lan/", headers=host).content.decode()
    assert "证书" in chinese
    got = client.get("/lan/station-ca.crt", headers=host)
    assert got.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(got.content) == read(folder / "ca.pem")


@pytest.fixture(autouse=True)
def any_host(settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]


def test_on_loopback_alone_there_is_nothing_to_install(db: None, client: Client) -> None:
    assert "./station up --lan" in client.get("/lan/?language=en").content.decode()
    assert client.get("/lan/station-ca.crt").status_code == 404


def test_a_demonstration_is_never_opened() -> None:
    with pytest.raises(Trouble, match="--no-town --lan"):
        lan_hosts([], is_wanted=True, town=True)
    assert lan_hosts([], is_wanted=False, town=True) == []
    with pytest.raises(Trouble, match="needs --lan"):
        lan_hosts(["a"], is_wanted=False, town=False)


def test_hosts_are_the_machines_own_and_what_was_asked_for() -> None:
    found = lan_hosts(["Station.Lan", "10.9.8.7"], is_wanted=True, town=False)
    assert found[:2] == ["station.lan", "10.9.8.7"]
    assert {"localhost", "127.0.0.1", "::1"} <= set(found)
    for one in lan.addresses():
        assert not ipaddress.ip_address(one).is_loopback
    for wrong in ("-x", "a b", "http://a", "a/b", ""):
        with pytest.raises(Trouble, match="--host"):
            lan_hosts([wrong], is_wanted=True, town=False)


@pytest.mark.parametrize("on_lan", ["0", "1"])
def test_the_deployment_check_is_clean(on_lan: str) -> None:
    as_up_makes_it = secrets.token_urlsafe(48)
    env = {**os.environ, "STATION_SECRET_KEY": as_up_makes_it, "STATION_LAN": on_lan, "STATION_HOSTS": ",".join(HOSTS)}
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the tests' own
    argv = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ---- a whole station


@pytest.fixture(scope="module")
def opened(stage: Stage) -> Iterator[Stage]:
    """The stage, open to the LAN for a while."""
    hosts = lan.hosts([])
    stage.supervisor.stop()
    services.start(stage.home, free_port(), town=False, hosts=hosts)
    yield stage
    stage.supervisor.stop()
    services.start(stage.home, free_port(), town=False)


def of_lan(stage: Stage) -> str:
    """An address that is not this machine's own loopback, where it has one."""
    return next(
        (one for one in stage.home.hosts if one not in ("127.0.0.1", "::1", "localhost") and "." in one), "127.0.0.1"
    )


def plain(stage: Stage, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], str]:
    line = http.client.HTTPConnection(of_lan(stage), stage.home.port, timeout=10)
    try:
        line.request(method, path, body)
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace")
    finally:
        line.close()


def curl(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["curl", "-sS", "--noproxy", "*", *words], capture_output=True, text=True)


def test_who_trusts_the_authority_gets_in_and_nobody_else(opened: Stage) -> None:
    address = f"https://{of_lan(opened)}:{opened.home.port}/health"
    trusting = curl("--cacert", str(opened.home.root / "lan" / "ca.pem"), address)
    assert json.loads(trusting.stdout)["ok"], trusting.stderr
    assert curl(address).returncode == 60, "the peer's certificate is not to be trusted"
    old = curl("--cacert", str(opened.home.root / "lan" / "ca.pem"), "--tlsv1.0", "--tls-max", "1.1", address)
    assert old.returncode == 35, "TLS 1.1 is no more"


def test_plain_http_leads_to_https_but_for_the_page_of_trust(opened: Stage) -> None:
    status, headers, _ = plain(opened, "GET", "/desk/?x=1")
    assert (status, headers["Location"]) == (301, f"https://{of_lan(opened)}:{opened.home.port}/desk/?x=1")
    for path in ("/static/main.css", "/api/v1/me/", "/lane/", "/lan/../desk/", "/lan/%2e%2e/health"):
        assert plain(opened, "GET", path)[0] == 301, path
    status, _, page = plain(opened, "GET", "/lan/")
    assert status == 200
    assert f"http://{of_lan(opened)}:{opened.home.port}/lan/station-ca.crt" in page
    assert plain(opened, "GET", "/lan/station-ca.crt")[0] == 200
    for door in ("osmand", "owntracks", "traccar", "fixes"):
        status, _, said = plain(opened, "POST", f"/{door}/?id=a-key", b"{}")
        assert (status, json.loads(said)["code"]) == (403, "https_only"), door


def test_cookies_go_by_tls_only_and_positions_come_in(opened: Stage) -> None:
    trust = lan.trust(opened.home)
    browser = Browser(f"https://{of_lan(opened)}:{opened.home.port}", trust)
    status, _ = browser.get("/sign-in/")
    assert status == 200
    assert [one.secure for one in browser.cookies if one.name == "csrftoken"] == [True]
    made = json.loads(opened.manage("add_device", "p", "--kind", "phone", "--profile", "osmand", "--json"))
    assert browser.get(f"/osmand/?id={made['key']}&lat=29.6&lon=106.5")[0] == 200


def test_the_live_socket_speaks_tls(opened: Stage) -> None:
    assert asyncio.run(_first_frame(opened, hire(opened)))["type"] == "snapshot"


async def _first_frame(stage: Stage, token: str) -> dict:
    trust: ssl.SSLContext | None = lan.trust(stage.home)
    address, origin = f"wss://{of_lan(stage)}:{stage.home.port}/live/", f"https://{of_lan(stage)}:{stage.home.port}"
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(address, ssl=trust, additional_headers=headers, origin=origin, proxy=None) as link:
        await link.send('{"type":"hello","cursor":null}')
        return json.loads(await asyncio.wait_for(link.recv(), 10))
