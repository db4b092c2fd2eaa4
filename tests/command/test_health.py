"""What /health says of each part, and how soon a part that is back is well again."""

import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from command import health
from command.celery import FirstPulse, app


@pytest.fixture
def pulse(db: None) -> Iterator[None]:
    health.pulse()
    yield
    with health._client() as link:
        link.delete(health.PULSE_KEY)


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
                line.sendall(answer)
                time.sleep(0 if answer else 2)
                line.close()

        threading.Thread(target=serve, daemon=True).start()
        yield path


def test_all_parts_are_named(pulse: None, client: Client, settings) -> None:
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as settings.INGEST_SOCKET:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["late"]) == (200, [])
    assert set(answer.json()["parts"]) == {"database", "redis", "worker", "ingest"}


@pytest.mark.parametrize("said", [b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b"", b"nonsense"])
def test_ingest_that_does_not_write_is_late(pulse: None, client: Client, settings, said: bytes) -> None:
    with answering(said) as settings.INGEST_SOCKET:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["late"]) == (503, ["ingest"])


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


def test_a_worker_shows_itself_each_time_it_finds_redis() -> None:
    assert FirstPulse in app.steps["consumer"], "a consumer's steps start anew with each connection"
    with health._client() as link:
        before = link.llen("celery")
        FirstPulse(None).start(None)
        assert link.llen("celery") == before + 1
        link.ltrim("celery", 1, -1)
