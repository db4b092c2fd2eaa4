"""The ingest process on the test database, and requests to its doors."""

import base64
import http.client
import json
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from devices.devices import add_device
from devices.models import Device
from tests.conftest import Cast, free_port, make_cast, running

INGEST = "ingest"  # the name of its connections, by which a test ends them
JSON = {"Content-Type": "application/json"}


@dataclass
class Ingest:
    port: int

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, headers or {})
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def query(self, **fields: object) -> int:
        return self.call("GET", "/osmand/?" + urllib.parse.urlencode(fields))[0]

    def post(self, path: str, document: Any, **headers: str) -> tuple[int, Any]:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        status, answer = self.call("POST", path, body, {**JSON, **headers})
        return status, json.loads(answer) if answer else None

    def fixes(self, key: str, document: Any) -> tuple[int, Any]:
        return self.post("/fixes/", document, Authorization=f"Bearer {key}")

    def owntracks(self, key: str, document: Any) -> tuple[int, Any]:
        return self.post("/owntracks/", document, Authorization=basic(key))

    def forward(self, key: str, document: Any) -> int:
        return self.post("/traccar/", document, Authorization=f"Bearer {key}")[0]


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"phone:{key}".encode()).decode()


def uvicorn(port: int) -> list[str]:
    said = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--http", "httptools"]
    return [*said, "--loop", "uvloop", "--ws", "none", "--no-access-log", "devices.ingest:app"]


@pytest.fixture(scope="session")
def ingest_process(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ingest]:
    with django_db_blocker.unblock():
        database = connection.settings_dict["NAME"]
    port = free_port()
    with running(uvicorn(port), f"http://127.0.0.1:{port}/", PGDATABASE=database, PGAPPNAME=INGEST):
        yield Ingest(port)


@pytest.fixture
def station(transactional_db: None) -> Cast:
    """The cast, committed."""
    return make_cast()


@pytest.fixture
def ingest(ingest_process: Ingest, station: Cast) -> Ingest:
    return ingest_process


@pytest.fixture
def key(station: Cast) -> Callable[..., tuple[Device, str]]:
    """Add a device to S1: `key("osmand")` gives it and its key."""

    def add(profile: str, kind: str = "phone", **more: Any) -> tuple[Device, str]:
        return add_device(None, f"a {profile}", kind, profile, station.s1, **more)

    return add


def iso(moment: float) -> str:
    """Unix seconds as the phones write them."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{round(moment % 1 * 1000) % 1000:03}+00:00"


def eventually(true: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Wait for something that another process does; the last answer."""
    until = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < until:
        time.sleep(0.05)
    return found
