"""Whether all parts work: asked by `/health`, by people and by ./station.

What serves people and phones is *late* when it does not answer: the station is not well (503). What only wears on, jobs, the
archive, a disk, wants somebody to *attend* to it: the station still serves.
"""

import datetime as dt
import http.client
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from command import certificates, clock, disk, inside, jobs, leases
from command.models import JobRun

PULSE_KEY = "pulse"
PULSE_LATE_S = 45  # the scheduler rings every 10 s
ASKED_S = inside.ASKED_S
ARCHIVE_LATE_S = 600  # the database finishes a segment of its log every 4 min
WORK_LATE_S = 45  # what is due is looked for every second
HEADS_LATE_S = 180  # they are signed every minute
RECENT_S = 1.0
CERTIFICATE_LATE_DAYS = 14  # it is made anew a month before its end

_pinned: dict[str, Callable[[], str | None]] = {}
_asking = threading.Lock()
_last: tuple[float, dict[str, Any]] | None = None

_ARCHIVER = (
    "SELECT current_setting('archive_mode'), last_failed_time > coalesce(last_archived_time, '-infinity'), "
    "extract(epoch FROM now() - greatest(last_archived_time, pg_postmaster_start_time())) FROM pg_stat_archiver"
)


def pin(name: str, asked: Callable[[], str | None]) -> None:
    """Have a part of a room above seen to: `asked` says "ok", what is wrong, or None where there is no such part."""
    _pinned[name] = asked


def report() -> dict[str, Any]:
    """`{"ok", "late": [what does not serve], "attend": [what somebody should see to], "parts": {name: words}}`."""
    vital = {"database": _database(), **_redis_and_worker(), **_beside()}
    others = _wear() if vital["database"] == "ok" else {}
    late, attend = (_not_ok(parts) for parts in (vital, others))
    return {"ok": not late, "late": late, "attend": attend, "parts": {**vital, **others}}


def recent() -> dict[str, Any]:
    """`report`, at most a second old: whoever asks more often, or all at once, costs the station nothing."""
    global _last
    with _asking:
        if _last is None or time.monotonic() - _last[0] >= RECENT_S:
            _last = (time.monotonic(), report())
        return _last[1]


def brief(said: dict[str, Any]) -> dict[str, Any]:
    """What of a report is for anybody: names, and no words about them."""
    return {name: said[name] for name in ("ok", "late", "attend")}


def _not_ok(parts: dict[str, str]) -> list[str]:
    return [name for name, said in parts.items() if said != "ok"]


# ---- what serves


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as lost:
        return f"no answer: {type(lost).__name__}"
    return "ok"


def _client() -> redis.Redis:
    """Asks once: the library would try again after pauses of seconds, and who asks about health would hear nothing meanwhile."""
    return redis.Redis(
        unix_socket_path=settings.REDIS_SOCKET,
        socket_timeout=ASKED_S,
        socket_connect_timeout=ASKED_S,
        retry=Retry(NoBackoff(), 0),
    )


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


def waiting_jobs() -> int:
    """How many messages wait for the worker. Raises redis.RedisError."""
    with _client() as link:
        found: Any = link.llen("celery")
        return int(found)


def _beside() -> dict[str, str]:
    """What the processes behind the devices' doors and behind pictures say of themselves."""
    asked = {
        "ingest": (settings.INGEST_SOCKET, "positions are not being written"),
        "pictures": (settings.PICTURES_SOCKET, "pictures are not passed on"),
    }
    return {name: _said_by(sock, trouble) for name, (sock, trouble) in asked.items() if sock}


def _said_by(sock: str, trouble: str) -> str:
    try:
        status, _ = inside.ask(sock, "/health")
    except (OSError, http.client.HTTPException) as lost:
        return f"no answer: {type(lost).__name__}"
    return "ok" if status == 200 else trouble


def pulse() -> None:
    """Leave a sign of life of scheduler and worker together."""
    with _client() as link:
        link.set(PULSE_KEY, str(time.time()), ex=3600)


# ---- what wears on


def _wear() -> dict[str, str]:
    try:
        known = {"jobs": _jobs(), "work": _work(), **_archive(), "heads": _heads(), "disk": _disk(), **_certificate()}
        return {**known, **_of_rooms()}
    except Error as lost:
        return {"jobs": f"unknown: {type(lost).__name__}"}


def _jobs() -> str:
    late = {name: said for name, said in jobs.late().items() if name != "heads"}
    return "; ".join(f"{name}: {said}" for name, said in late.items()) or "ok"


def _work() -> str:
    """Jobs that must happen: it is their age that tells, not whether a process is alive."""
    age = leases.oldest_s()
    return "ok" if age is None or age <= WORK_LATE_S else f"a job has waited {int(age)} s for a worker"


def _archiver() -> tuple[bool, float] | None:
    """Whether the archive refuses the database's log, and s since it took some or since the start; None without one."""
    with connection.cursor() as cursor:
        cursor.execute(_ARCHIVER)
        mode, is_refused, age = cursor.fetchone()
    return None if mode == "off" else (is_refused, float(age))


def archive_age() -> float | None:
    """Seconds since the archive took some of the database's log, or since the start; None without an archive."""
    found = _archiver()
    return found[1] if found else None


def _archive() -> dict[str, str]:
    found = _archiver()
    if found is None:
        return {}
    is_refused, age = found
    if is_refused:
        return {"archive": f"nothing could be written there for {int(age)} s"}
    return {"archive": "ok" if age <= ARCHIVE_LATE_S else f"the last of the log came {int(age)} s ago"}


def heads_age() -> float | None:
    """Seconds since the audit's heads were last signed; None before the first time."""
    run = JobRun.objects.filter(name="heads").first()
    return None if run is None or run.succeeded_at is None else (clock.now() - run.succeeded_at).total_seconds()


def _heads() -> str:
    age = heads_age()
    if age is None:
        return "not signed yet"
    return "ok" if age <= HEADS_LATE_S else f"last signed {int(age)} s ago"


def _disk() -> str:
    full = [room for room in disk.rooms() if room.percent >= disk.MARKS[0].at]
    return "; ".join(f"{one.place}: {one.percent:.0f} % used, {one.free / 1e9:.1f} GB left" for one in full) or "ok"


def _of_rooms() -> dict[str, str]:
    found = {name: asked() for name, asked in _pinned.items()}
    return {name: said for name, said in found.items() if said is not None}


def _certificate() -> dict[str, str]:
    if not settings.LAN:
        return {}
    ends = certificates.ends_at()
    if ends is None:
        return {"certificate": "there is none"}
    left = ends - clock.now()
    return {"certificate": "ok" if left > dt.timedelta(days=CERTIFICATE_LATE_DAYS) else f"ends in {left.days} days"}
