"""Figures for Prometheus, in its text format.

Three sources, one answer: what this web process counts itself, what is read at the moment of asking (database, Redis, disk),
and what ingest says of itself by its socket. Nothing is added up behind anybody's back; each web process answers for itself,
and a station has one. Labels hold routes, codes and kinds, never a person, a device, an incident or an address.
"""

import contextlib
import http.client
from collections.abc import Callable, Iterator
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from command import clock, disk, health, inside, leases
from command.models import Alarm, EventCounter, JobRun

TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REGISTRY = CollectorRegistry()
ProcessCollector(namespace="station_web", registry=REGISTRY)
REQUESTS = Histogram(
    "station_http_request_seconds", "Requests by route, method and status, and how long they took",
    ("route", "method", "status"), buckets=BUCKETS, registry=REGISTRY,
)  # fmt: skip
SOCKETS = Gauge("station_sockets_open", "Live sockets that have said hello", registry=REGISTRY)
DEGRADED = Gauge("station_positions_degraded", "1 while positions are read from the database", registry=REGISTRY)


def answered(request: HttpRequest, status: int, seconds: float) -> None:
    """Count a request under its route's template: the address itself may hold anything."""
    match = request.resolver_match
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(f"/{match.route}" if match else "unmatched", method, status).observe(seconds)


def text() -> bytes:
    """All figures of now."""
    return generate_latest(REGISTRY) + _of_ingest()


def _of_ingest() -> bytes:
    try:
        status, said = inside.ask(settings.INGEST_SOCKET, "/metrics") if settings.INGEST_SOCKET else (0, b"")
    except (OSError, http.client.HTTPException):
        return b""
    return said if status == 200 else b""


class _Read(Collector):
    """What is read when somebody asks. A source that does not answer is left out; `station_part_ok` says which it is."""

    def collect(self) -> Iterator[Metric]:
        for read in (_parts, _events, _alarms, _jobs, _queue, _database, _disks, _ages):
            with contextlib.suppress(Error, redis.RedisError, OSError):
                yield from list(read())


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"station_{name}", words, labels=labels)


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"station_{name}", words, value=value)


def _parts() -> Iterator[Metric]:
    found = _gauge("part_ok", "1 while a part of the station is well", "part")
    for part, said in health.report()["parts"].items():
        found.add_metric([part], float(said == "ok"))
    yield found


def _events() -> Iterator[Metric]:
    total = EventCounter.objects.aggregate(total=Sum("number"))["total"] or 0
    yield CounterMetricFamily("station_events_published", "Events ever published, by all processes", value=total)


def _alarms() -> Iterator[Metric]:
    found = _gauge("alarms_open", "Alarms that are not over", "kind", "level", "acknowledged")
    rows = Alarm.objects.filter(cleared_at=None).annotate(is_new=Q(acknowledged_at=None))
    for kind, level, is_new, count in rows.values_list("kind", "level", "is_new").annotate(Count("pk")).order_by():
        found.add_metric([kind, str(level), "no" if is_new else "yes"], count)
    yield found


def _jobs() -> Iterator[Metric]:
    took = _gauge("job_seconds", "How long the last run of a job took", "job")
    age = _gauge("job_succeeded_seconds_ago", "Age of a job's last success", "job")
    well = _gauge("job_ok", "1 when the last run of a job succeeded", "job")
    for run in JobRun.objects.order_by("name"):
        well.add_metric([run.name], float(run.is_ok))
        if run.ended_at:
            took.add_metric([run.name], (run.ended_at - run.began_at).total_seconds())
        if run.succeeded_at:
            age.add_metric([run.name], (clock.now() - run.succeeded_at).total_seconds())
    yield from (took, age, well)


def _queue() -> Iterator[Metric]:
    yield _one("worker_waiting_jobs", "Messages that wait for the worker", health.waiting_jobs())


def _database() -> Iterator[Metric]:
    pool: Any = getattr(connection, "pool", None)
    if pool is not None:
        said = pool.get_stats()
        for name, words in (
            ("pool_size", "Connections that the web process holds"),
            ("pool_available", "Of these, the idle ones"),
            ("requests_waiting", "Requests that wait for one"),
        ):
            yield _one(f"database_{name}", words, said.get(name, 0))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), pg_database_size(current_database()) FROM pg_stat_activity WHERE datname = current_database()"
        )
        connections, size = cursor.fetchone()
    yield _one("database_connections", "Connections of all processes to the database", connections)
    yield _one("database_bytes", "Size of the database", size)


def _disks() -> Iterator[Metric]:
    used = _gauge("disk_used_ratio", "How full a disk is, 0 to 1", "place")
    free = _gauge("disk_free_bytes", "What is left on it", "place")
    for room in disk.rooms():
        used.add_metric([room.place], room.percent / 100)
        free.add_metric([room.place], room.free)
    yield from (used, free)


def _ages() -> Iterator[Metric]:
    ages: dict[str, Callable[[], float | None]] = {
        "archive": health.archive_age,
        "audit_heads": health.heads_age,
        "waiting_job": leases.oldest_s,
    }
    found = _gauge(
        "age_seconds", "Seconds since archive or audit heads were last written; of the longest waiting job", "of"
    )
    for name, read in ages.items():
        age = read()
        if age is not None:
            found.add_metric([name], age)
    yield found


REGISTRY.register(_Read())
