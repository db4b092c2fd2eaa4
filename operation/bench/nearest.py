"""`bench nearest`: the devices nearest to a place by the index, against sorting all by distance, and against `select 1`.

All on one connection of Django's in this process; medians. The index answers for k = 10 and gives exact metres.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from operation.bench.private import Stage

SIZES = (10_000, 100_000, 1_000_000)
K = 10
ROUNDS, NAIVE_ROUNDS = 300, 5
_MARKS = """
WITH made AS (
    INSERT INTO devices_device (station_id, name, kind, profile, datum, clock_offset_s, approved_at)
    SELECT (SELECT min(id) FROM command_station), 'bench', 'phone', 'fixes', 'wgs84', 0, now()
    FROM generate_series(1, {count}) RETURNING id
)
INSERT INTO devices_lastfix (device_id, time, corrected, received, place, mock)
SELECT id, now(), now(), now(), ST_SetSRID(ST_MakePoint(106 + random(), 29 + random()), 4326), false FROM made
"""
_NAIVE = (
    "SELECT device_id FROM devices_lastfix "
    "ORDER BY ST_Distance(place::geography, ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography) LIMIT %s"
)


def median_ms(rounds: int, act: Callable[[], object]) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took), 4)


def place() -> tuple[float, float]:
    """Somewhere among the marks: lat, lon."""
    return 29 + random.random(), 106 + random.random()  # noqa: S311 - a load, not a secret  # nosec B311


def measure(stage: Stage) -> dict[str, Any]:
    os.environ.update({name: value for name, value in stage.env.items() if name.startswith(("PG", "STATION", "REDIS"))})
    os.environ["DJANGO_SETTINGS_MODULE"] = "command.settings"
    import django

    django.setup()
    from django.db import connection

    from devices.models import near

    def run(query: str, *values: float) -> None:
        cursor.execute(query, values)
        cursor.fetchall()

    def naive() -> None:
        lat, lon = place()
        run(_NAIVE, lon, lat, K)

    sizes, there = {}, 0
    with connection.cursor() as cursor:
        median_ms(ROUNDS, lambda: run("SELECT 1"))  # warm
        for size in SIZES:
            stage.cluster.sql(_MARKS.format(count=size - there))
            stage.cluster.sql("VACUUM ANALYZE devices_lastfix")
            there = size
            median_ms(ROUNDS, lambda: near(*place(), K))
            gist = median_ms(ROUNDS, lambda: near(*place(), K))
            sizes[str(size)] = {"gist_ms": gist, "naive_ms": median_ms(NAIVE_ROUNDS, naive)}
        select1 = median_ms(ROUNDS, lambda: run("SELECT 1"))
    connection.close()
    return {"select1_ms": select1, "sizes": sizes}


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    with Stage() as stage:
        stage.manage("migrate")
        stage.manage("init_station")
        found = measure(stage)
    if as_json:
        print(json.dumps(found))
    else:
        print(f"select 1: {found['select1_ms']} ms")
        for size, said in found["sizes"].items():
            times = said["gist_ms"] / found["select1_ms"]
            print(f"{int(size):,}: {said['gist_ms']} ms ({times:.1f} × select 1); naive {said['naive_ms']} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main("--json" in sys.argv))
