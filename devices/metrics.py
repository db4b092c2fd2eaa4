"""What ingest counts of itself, for Prometheus: plain numbers on the hot path, put into words when somebody asks."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

WRITE_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counts(Collector):
    """The counts of one ingest process."""

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()  # by door and status
        self.fixes: Counter[str] = Counter()  # by what became of them
        self.published = 0
        self.failed = 0  # ticks: Redis was dead, and whoever watched read the database
        self.waiting = 0
        self.registry = CollectorRegistry()
        self.write = Histogram(
            "station_ingest_write_seconds", "How long a write of fixes took", buckets=WRITE_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        ProcessCollector(namespace="station_ingest", registry=self.registry)
        self.registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """The plain numbers as Prometheus wants them."""
        requests = CounterMetricFamily(
            "station_ingest_requests", "Requests by door and status", labels=("door", "status")
        )
        for (door, status), count in self.answered.items():
            requests.add_metric([door, str(status)], count)
        fixes = CounterMetricFamily("station_ingest_fixes", "Fixes by what became of them", labels=("outcome",))
        for outcome, count in self.fixes.items():
            fixes.add_metric([outcome], count)
        return (
            requests, fixes,
            CounterMetricFamily("station_ingest_fixes_published", "Marks told to walls", value=self.published),
            CounterMetricFamily("station_ingest_ticks_failed", "Ticks that found no Redis", value=self.failed),
            GaugeMetricFamily("station_ingest_waiting_fixes", "Fixes that wait to be written", value=self.waiting),
        )  # fmt: skip

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
