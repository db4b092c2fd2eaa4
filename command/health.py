"""Whether all parts work: asked by `/health`, by people and by ./station."""

import socket
import time
from typing import Any

import redis
from django.conf import settings
from django.db import connection

PULSE_KEY = "pulse"
PULSE_LATE_S = 45  # the scheduler rings every 10 s
ASKED_S = 1.0  # who does not answer within that is late


def report() -> dict[str, Any]:
    """`{"ok", "late": [names of what does not answer], "parts": {name: words}}`."""
    parts = {"database": _database(), **_redis_and_worker(), **_ingest()}
    late = [name for name, said in parts.items() if said != "ok"]
    return {"ok": not late, "late": late, "parts": parts}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as lost:
        return f"no answer: {type(lost).__name__}"
    return "ok"


def _client() -> redis.Redis:
    return redis.Redis(unix_socket_path=settings.REDIS_SOCKET, socket_timeout=ASKED_S, socket_connect_timeout=ASKED_S)


def _redis_and_worker() -> dict[str, str]:
    try:
        with _client() as link:
            beaten: Any = link.get(PULSE_KEY)
    except redis.RedisError as lost:
        return {"redis": f"no answer: {type(lost).__name__}", "worker": "unknown without Redis"}
    if beaten is None:
        return {"redis": "ok", "worker": "no job has run yet"}
    age = int(time.time() - float(beaten))
    return {"redis": "ok", "worker": "ok" if age <= PULSE_LATE_S else f"last job {age} s ago"}


def _ingest() -> dict[str, str]:
    """What the process behind the devices' doors says of itself."""
    if not settings.INGEST_SOCKET:
        return {}
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(ASKED_S)
            line.connect(settings.INGEST_SOCKET)
            line.sendall(b"GET /health HTTP/1.1\r\nHost: ingest\r\nConnection: close\r\n\r\n")
            status = line.recv(4096).split(b" ", 2)[1:2]
    except OSError as lost:
        return {"ingest": f"no answer: {type(lost).__name__}"}
    return {"ingest": "ok" if status == [b"200"] else "positions are not being written"}


def pulse() -> None:
    """Leave a sign of life of scheduler and worker together."""
    with _client() as link:
        link.set(PULSE_KEY, str(time.time()), ex=3600)
