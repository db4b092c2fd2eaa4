"""The front door's configuration: what goes where, and what no log may hold."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from command import certificates
from operation import nginx
from operation.home import Home
from operation.say import Trouble


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def location(text: str, path: str) -> str:
    found = re.search(rf"location {re.escape(path)} \{{(.*?)\n? *\}}", text, re.DOTALL)
    assert found, f"no location {path}"
    return found.group(1)


@pytest.mark.parametrize("door", ["osmand", "owntracks", "traccar", "fixes"])
def test_device_doors_lead_to_ingest_and_leave_no_trace_of_keys(home: Home, door: str) -> None:
    block = location(nginx.configuration(home, 8000), f"~ ^/{door}(/|$)")
    assert "proxy_pass http://ingest;" in block
    assert "access_log off;" in block


def test_logs_hold_no_query_strings(home: Home) -> None:
    text = nginx.configuration(home, 8000)
    [form] = re.findall(r"log_format json escape=json (.*?);", text, re.DOTALL)
    assert not {"$request ", "$request_uri", "$args", "$query_string", "$http_referer"} & set(
        re.findall(r"\$\w+ ?", form)
    )
    assert set(re.findall(r"error_log (.*);", text)) == {"stderr emerg"}


def test_listens_on_loopback_only(home: Home) -> None:
    text = nginx.configuration(home, 8123)
    assert re.findall(r"listen (\S+)", text) == ["127.0.0.1:8123"]
    assert "ssl" not in text


def test_on_the_lan_everything_is_tls_but_what_leads_to_it(home: Home) -> None:
    text = nginx.configuration(home, 8123, on_lan=True)
    listened = re.compile(r"listen \S+:(\d+)( ssl)?")
    assert set(listened.findall(text)) == {("8123", " ssl")}
    assert "return 301 https://$host:8123$request_uri;" in text
    usual = nginx.configuration(home, 443, on_lan=True)
    assert set(listened.findall(usual)) == {("443", " ssl"), ("80", "")}
    assert usual.count("return 301 https://$host$request_uri;") == 2


def test_phones_are_told_that_too_large_was_taken_only_by_owntracks(home: Home) -> None:
    text = nginx.configuration(home, 8000)
    assert "413 = @taken" in location(text, "~ ^/owntracks(/|$)")
    assert text.count("413 = @taken") == 1


@pytest.mark.parametrize(("port", "on_lan"), [(8000, False), (8000, True), (443, True)])
def test_nginx_accepts_it(home: Home, settings, port: int, on_lan: bool) -> None:
    home.make_sockets()
    settings.HOME = home.root
    certificates.ensure(["10.0.0.7"])
    try:
        nginx.ensure(home, port, on_lan=on_lan)
        done = subprocess.run([*nginx.command(home), "-t"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    finally:
        shutil.rmtree(home.sockets)


@pytest.mark.parametrize("name", ["a home", 'a"home', "a{home}", "a$home"])
def test_a_folder_that_nginx_and_redis_cannot_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("STATION_HOME", str(tmp_path / name))
    with pytest.raises(Trouble, match="STATION_HOME"):
        Home.from_environment()
    assert not (tmp_path / name).exists()
