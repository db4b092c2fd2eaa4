"""The front door's configuration: what goes where, and what no log may hold."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

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
    [form] = re.findall(r"log_format plain '(.*)';", text)
    assert not {"$request ", "$request_uri", "$args", "$query_string", "$http_referer"} & set(
        re.findall(r"\$\w+ ?", form)
    )
    assert set(re.findall(r"error_log (.*);", text)) == {"stderr emerg"}


def test_listens_on_loopback_only(home: Home) -> None:
    assert re.findall(r"listen (\S+)", nginx.configuration(home, 8123)) == ["127.0.0.1:8123"]


def test_phones_are_told_that_too_large_was_taken_only_by_owntracks(home: Home) -> None:
    text = nginx.configuration(home, 8000)
    assert "413 = @taken" in location(text, "~ ^/owntracks(/|$)")
    assert text.count("413 = @taken") == 1


def test_nginx_accepts_it(home: Home) -> None:
    home.make_sockets()
    try:
        nginx.ensure(home, 8000)
        done = subprocess.run([*nginx.command(home), "-t"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    finally:
        shutil.rmtree(home.sockets)


def test_a_folder_that_nginx_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="STATION_HOME"):
        nginx.ensure(Home(tmp_path / "a home"), 8000)
