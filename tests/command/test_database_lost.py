"""What the web process says while the database is away, and that it takes the repetition afterwards."""

import json
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from dispatch.models import Incident
from tests.conftest import PLACE, Cast, Web

pytestmark = pytest.mark.django_db(transaction=True)


def asked(web: Web, path: str, document: object = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(web.base + path, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers), refused.read()


def interrupted(web: Web, table: str, *request: Any, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """The answer to a request whose connection to the database dies while it waits for a table."""
    with ThreadPoolExecutor(1) as other, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        answer = other.submit(asked, web, *request, **headers)
        until = time.monotonic() + 10
        while not _end_who_waits(cursor, table) and time.monotonic() < until:
            time.sleep(0.05)
        return answer.result(20)


def _end_who_waits(cursor: Any, table: str) -> bool:
    cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table]
    )
    return bool(cursor.fetchall())


def test_a_lost_database_is_503_and_the_repetition_opens_one_incident(web: Web, transactional_cast: Cast) -> None:
    token = transactional_cast.token("commander")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
    call = ("/api/v1/incidents/", {"kind": "fight", "priority": 1, **PLACE})
    status, said, body = interrupted(web, "command_idempotentreply", *call, **headers)
    assert (status, said["Retry-After"], json.loads(body)["code"]) == (503, "2", "unavailable")
    status, _, body = asked(web, *call, **headers)
    assert status == 201, "who is handed a connection is handed one that lives"
    assert json.loads(asked(web, *call, **headers)[2]) == json.loads(body)
    assert Incident.objects.count() == 1


def test_a_page_says_that_it_tries_again(web: Web, transactional_cast: Cast) -> None:
    token = transactional_cast.token("commander")
    status, said, body = interrupted(web, "command_token", "/wall/", Authorization=f"Bearer {token}")
    assert (status, said["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "数据库没有响应" in body.decode()
