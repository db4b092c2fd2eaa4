"""What /health says of each part, and how soon a part that is back is well again."""

import contextlib
import datetime as dt
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from command import certificates, clock, health, people
from command.celery import FirstPulse, app
from command.models import Job, JobRun
from command.permissions import Role
from tests.conftest import Cast


@pytest.fixture
def pulse(db: None) -> Iterator[None]:
    health.pulse()
    yield
    with health._client() as link:
        link.delete(health.PULSE_KEY)


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    monkeypatch.setattr(health, "RECENT_S", 0.0)
    settings.PICTURES_SOCKET = ""


def test_a_crowd_that_asks_is_told_what_was_found_just_now(pulse: None, client: Client, settings, monkeypatch) -> None:
    monkeypatch.setattr(health, "RECENT_S", 60.0)
    monkeypatch.setattr(health, "_last", None)
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as settings.INGEST_SOCKET:
        assert client.get("/health").json()["late"] == []
    settings.INGEST_SOCKET = "/nowhere/ingest.sock"
    assert client.get("/health").json()["late"] == []
    monkeypatch.setattr(health, "RECENT_S", 0.0)
    assert client.get("/health").json()["late"] == ["ingest"]


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A socket behind which somebody says `answer`, or nothing at all."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as door:
        path = str(Path(folder) / "s")
        door.bind(path)
        door.listen()

        def serve() -> None:
            with contextlib.suppress(OSError):
                line, _ = door.accept()
                line.recv(4096)
                line.sendall(answer)
                time.sleep(0 if answer else 2)
                line.close()

        threading.Thread(target=serve, daemon=True).start()
        yield path


def test_redis_that_is_gone_is_asked_once(client: Client, settings, monkeypatch, db: None) -> None:
    def waited(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s between two tries")

    monkeypatch.setattr("redis.retry.sleep", waited)
    settings.REDIS_SOCKET = "/nowhere/redis.sock"
    assert {"redis", "worker"} <= set(client.get("/health").json()["late"])


def test_all_parts_are_named(pulse: None, client: Client, settings) -> None:
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as settings.INGEST_SOCKET:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["late"]) == (200, [])
    assert set(answer.json()) == {"ok", "late", "attend"}, "words are not for everybody"
    parts = set(health.report()["parts"])
    assert parts == {"database", "redis", "worker", "ingest", "jobs", "work", "heads", "disk", "recordings"}


@pytest.mark.parametrize("said", [b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b"", b"nonsense"])
def test_ingest_that_does_not_write_is_late(pulse: None, client: Client, settings, said: bytes) -> None:
    with answering(said) as settings.INGEST_SOCKET:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["late"]) == (503, ["ingest"])


def test_pictures_that_nobody_passes_on_are_late(pulse: None, client: Client, settings) -> None:
    settings.INGEST_SOCKET, settings.PICTURES_SOCKET = "", "/nowhere/pictures.sock"
    assert client.get("/health").json()["late"] == ["pictures"]
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as settings.PICTURES_SOCKET:
        assert client.get("/health").json()["late"] == []


def test_ingest_that_is_gone_is_late(pulse: None, client: Client, settings) -> None:
    settings.INGEST_SOCKET = "/nowhere/ingest.sock"
    assert client.get("/health").json()["late"] == ["ingest"]


def test_a_scheduler_that_rings_no_more_is_late(pulse: None, client: Client, settings) -> None:
    settings.INGEST_SOCKET = ""
    with health._client() as link:
        link.set(health.PULSE_KEY, str(time.time() - health.PULSE_LATE_S - 5))
    assert client.get("/health").json()["late"] == ["worker"]


def test_without_redis_both_are_late(db: None, client: Client, settings) -> None:
    settings.REDIS_SOCKET, settings.INGEST_SOCKET = "/nowhere/redis.sock", ""
    assert client.get("/health").json()["late"] == ["redis", "worker"]


def asked_by(cast: Cast, name: str, client: Client) -> dict:
    return client.get("/health", headers={"Authorization": f"Bearer {cast.token(name)}"}).json()


def test_words_are_for_who_keeps_the_station_running(pulse: None, cast: Cast, client: Client, settings) -> None:
    settings.INGEST_SOCKET = ""
    cast.people["keeper"] = people.add_officer(None, "keeper", Role.TECHNICIAN, cast.centre, None, name="某")
    assert "parts" in asked_by(cast, "keeper", client)
    for name in ("commander", "officer", "inspector", "technician"):  # the last one has the right at S1 alone
        assert set(asked_by(cast, name, client)) == {"ok", "late", "attend"}, name


def test_what_only_wears_on_does_not_make_the_station_unwell(pulse: None, cast: Cast, client: Client, settings) -> None:
    settings.INGEST_SOCKET = ""
    now = clock.now()
    old = now - dt.timedelta(hours=9)
    for name in ("heads", "events"):
        JobRun.objects.create(name=name, began_at=old, ended_at=old, is_ok=True, succeeded_at=old)
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert answer.json()["attend"] == ["jobs", "heads"]
    said = health.report()["parts"]
    assert "events" in said["jobs"]
    assert "heads" not in said["jobs"]
    assert health.archive_age() is None, "the tests' cluster has no archive"


def test_a_certificate_that_ends_soon_wants_somebody(pulse: None, db: None, settings, tmp_path, monkeypatch) -> None:
    settings.INGEST_SOCKET, settings.LAN, settings.HOME, settings.LAN_HOSTS = "", True, tmp_path, ["10.0.0.7"]
    assert "certificate" in health.report()["attend"]
    certificates.ensure(settings.LAN_HOSTS)
    assert "certificate" not in health.report()["attend"]
    monkeypatch.setattr(clock, "now", lambda: certificates.ends_at() - dt.timedelta(days=13))
    assert health.report()["parts"]["certificate"] == "ends in 13 days"


def test_a_worker_shows_itself_each_time_it_finds_redis() -> None:
    assert FirstPulse in app.steps["consumer"], "a consumer's steps start anew with each connection"
    with health._client() as link:
        before = link.llen("celery")
        FirstPulse(None).start(None)
        assert link.llen("celery") == before + 1
        link.ltrim("celery", 1, -1)


def test_a_job_that_nobody_takes_up_is_told_by_its_age(db: None) -> None:
    Job.objects.create(kind="ring_order", key="0", due_at=clock.now() - dt.timedelta(seconds=30))
    assert "work" not in health.report()["attend"]
    Job.objects.update(due_at=clock.now() - dt.timedelta(seconds=60))
    assert health.report()["parts"]["work"] == "a job has waited 60 s for a worker"
    Job.objects.update(leased_until=clock.now() + dt.timedelta(seconds=5))
    assert "work" not in health.report()["attend"]
