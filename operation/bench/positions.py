"""`bench positions`: fixes a second as tutorials do it and as we do it, in one go.

Both sides: the servers on one core and the load on the other, Unix sockets without a proxy, keys checked, PostgreSQL with
durability on, 4 walls on Daphne; the highest rate found at which p95 from "due to be sent" to "shown on a wall" is under
250 ms and every request was taken.

Left out: the network, TLS and the proxy; the browsers' own work. Our walls are shown each device's newest place, at most
ten times a second: a place that is replaced within a tick is stored and never shown. The tutorial shows each.
"""

import asyncio
import contextlib
import hashlib
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from operation.bench.loading import Build, Load, Wall, timed
from operation.bench.private import Stage
from operation.processes import ingest_command, web_command

LIMIT_MS = 250.0
WALLS = 4
DEVICES = 1_000
ARRAY_DEVICES = 4_000  # so that none of them is over its 50 fixes a second
ARRAY = 100  # fixes
SPACING_MS = 20  # between the fixes of an array: a phone's queue of 2 s
PROBE_S = 5.0
CALIBRATION_S = 3.0
UP, DOWN, PROBES = 1.1, 0.9, 6  # from the calibrated rate up while it holds, else down until it does
GROWTH_RATE, GROWTH_S = 2_000, 6.0
GROWTH_WALLS, GROWTH_DEVICES = (4, 16, 64), (1_000, 10_000, 100_000)
UNITS, UNIT_PERIOD_S, UNITS_S = 200, 5.0, 20.0
PHONES_TUTORIAL, PHONES_OURS, PHONES_ARRAYS = 40, 1_000, 400


def key_of(device: int) -> str:
    """A bench device's key: no secret, the cluster dies with the run."""
    return hashlib.sha256(b"bench %d" % device).hexdigest()[:32]


# ---- requests


def tutorial_request(device: int, moment: int) -> bytes:
    body = json.dumps({"key": key_of(device), "time": moment, "lat": 29.6, "lon": 106.5 + device / 1e5, "speed": 3.5})
    return b"POST /position/ HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body.encode())


def single_requests(count: int, first: int = 0) -> Build:
    heads = [f"POST /osmand/?id={key_of(first + device)}&timestamp=".encode() for device in range(count)]
    tails = [
        f"&lat=29.{device % 1000:03}5&lon=106.{device % 997:03}5&speed=3.5&bearing=90&altitude=240&accuracy=5"
        " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
        for device in range(count)
    ]
    return lambda device, moment: b"%s%d%s" % (heads[device], moment, tails[device])


def array_requests(count: int, first: int) -> Build:
    head = "POST /fixes/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
    heads = [f"{head}{key_of(first + device)}\r\n".encode() for device in range(count)]

    def build(device: int, moment: int) -> bytes:
        lon = 106.5 + device / 1e5
        body = ",".join(
            f'{{"time":"{_iso(moment - ago)}","lat":29.6,"lon":{lon - ago / 1e7:.6f},"speed":3.5,"course":90,'
            '"accuracy":5}'
            for ago in range((ARRAY - 1) * SPACING_MS, -1, -SPACING_MS)
        )
        return b"%sContent-Length: %d\r\n\r\n[%s]" % (heads[device], len(body) + 2, body.encode())

    return build


def _iso(moment: int) -> str:
    seconds, ms = divmod(moment, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{ms:03}+00:00"


def accepted(body: bytes) -> int:
    return int(json.loads(body)["accepted"])


# ---- the two sides


@contextlib.asynccontextmanager
async def walls(path: str, count: int, headers: dict[str, str]) -> AsyncIterator[list[Wall]]:
    made = [Wall(path, "/live/", headers, is_timing=number < WALLS) for number in range(count)]
    for wall in made:
        await wall.connect()
    await asyncio.sleep(0.5)
    try:
        yield made
    finally:
        for wall in made:
            await wall.close()


async def sustained(load: Load, watching: list[Wall], calibration_phones: int) -> tuple[float, float]:
    """(requests a second, p95 in ms) at the highest rate found to hold."""
    several, load.phones = load.phones, load.phones[:calibration_phones]
    rate = await load.flat_out(CALIBRATION_S)
    load.phones = several
    best, step = (0.0, float("inf")), UP
    for _ in range(PROBES):
        p95, answered = await timed(load, watching, rate, PROBE_S)
        note(f"  {rate:,.0f} requests/s: p95 {p95:.0f} ms{'' if answered else ', not all taken'}")
        if answered and p95 < LIMIT_MS:
            best = rate, p95
            if step == DOWN:
                break
        elif best[0]:
            break
        else:
            step = DOWN
        rate *= step
    return best


@contextlib.contextmanager
def tutorial(stage: Stage) -> Iterator[str]:
    env = {"DJANGO_SETTINGS_MODULE": "operation.bench.tutorial.settings"}
    stage.cluster.sql("CREATE DATABASE tutorial OWNER station", "postgres")
    stage.python("-m", "django", "migrate", "--run-syncdb", **env)
    values = ",".join(f"('{key_of(device)}')" for device in range(DEVICES))
    stage.cluster.sql(f"INSERT INTO tutorial_device (key) VALUES {values}", "tutorial")  # noqa: S608 - no one's words  # nosec B608
    path = stage.socket("tutorial")
    said = [sys.executable, "-m", "daphne", "-v", "0", "-u", path, "operation.bench.tutorial.asgi:application"]
    with stage.process(said, path, **env):
        yield path


async def bench_tutorial(stage: Stage) -> float:
    with tutorial(stage) as path:
        async with walls(path, WALLS, {}) as watching:
            load = Load(path, tutorial_request, DEVICES, lambda _: 1)
            await load.connect(PHONES_TUTORIAL)
            rate, _ = await sustained(load, watching, WALLS)
            load.close()
    return rate


class Ours:
    """Our two processes, and a person's token for the walls."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ingest, self.web = stage.socket("ingest"), stage.socket("web")
        stage.manage("migrate")
        stage.manage("init_station")
        stage.manage("add_user", "bench", "--role", "commander", "--password-stdin", stdin="A-long-bench-pass-1\n")
        self.headers = {"Authorization": f"Bearer {stage.manage('api_token', 'bench').split()[-1]}"}
        self.acknowledged = 0

    def add_devices(self, count: int, profile: str = "osmand", first: int = 0) -> None:
        """Devices, each with a place already, so that the index is as full as it would be. Their keys are `key_of`."""
        self.stage.cluster.sql(_DEVICES.format(profile=profile, first=first, last=first + count - 1))
        self.stage.cluster.sql("ANALYZE devices_device, devices_lastfix")

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        stage, home = self.stage, self.stage.home
        with stage.process(ingest_command(home), self.ingest), stage.process(web_command(home), self.web):
            yield

    async def load(self, build: Build, devices: int, phones: int, *, arrays: bool = False) -> Load:
        load = Load(self.ingest, build, devices, accepted if arrays else lambda _: 1)
        await load.connect(phones)
        return load

    def done(self, load: Load) -> None:
        if load.refused or load.lost:
            note(f"  refused {load.refused}, connections lost {load.lost}")
        self.acknowledged += load.acknowledged
        load.close()

    def rows(self) -> int:
        return int(self.stage.cluster.sql("SELECT count(*) FROM devices_fix"))


# key_of() in SQL
_DEVICES = """
WITH made AS (
    INSERT INTO devices_device
        (station_id, name, kind, profile, datum, key_hash, clock_offset_s, approved_at, changed_at)
    SELECT (SELECT min(id) FROM command_station), 'bench ' || n, 'phone', '{profile}', 'wgs84',
           encode(sha256(left(encode(sha256(('bench ' || n)::bytea), 'hex'), 32)::bytea), 'hex'), 0, now(),
           now() - interval '1 hour'
    FROM generate_series({first}, {last}) n RETURNING id
)
INSERT INTO devices_lastfix (device_id, time, corrected, received, place, mock)
SELECT id, now() - interval '1 day', now() - interval '1 day', now() - interval '1 day',
       ST_SetSRID(ST_MakePoint(106 + random(), 29 + random()), 4326), false FROM made
"""


async def bench_singles(ours: Ours) -> tuple[float, float]:
    with ours.running():
        async with walls(ours.web, WALLS, ours.headers) as watching:
            load = await ours.load(single_requests(DEVICES), DEVICES, PHONES_OURS)
            found = await sustained(load, watching, PHONES_OURS)
            ours.done(load)
    return found


async def bench_arrays(ours: Ours) -> tuple[float, float]:
    with ours.running():
        async with walls(ours.web, WALLS, ours.headers) as watching:
            build = array_requests(ARRAY_DEVICES, DEVICES)
            load = await ours.load(build, ARRAY_DEVICES, PHONES_ARRAYS, arrays=True)
            rate, p95 = await sustained(load, watching, PHONES_ARRAYS)
            ours.done(load)
    return rate * ARRAY, p95


async def cost(ours: Ours, devices: int, wall_count: int, first: int = 0) -> float:
    """Processor µs of all servers for one fix, at a fixed rate."""
    with ours.running():
        async with walls(ours.web, wall_count, ours.headers) as watching:
            load = await ours.load(single_requests(devices, first), devices, PHONES_OURS)
            await load.run(GROWTH_RATE, 1.0)
            before, first = ours.stage.cpu_s(), load.acknowledged
            await timed(load, watching, GROWTH_RATE, GROWTH_S)
            used, count = ours.stage.cpu_s() - before, load.acknowledged - first
            ours.done(load)
    return round(used / max(count, 1) * 1e6, 1)


async def at_200_units(ours: Ours) -> float:
    with ours.running():
        async with walls(ours.web, WALLS, ours.headers) as watching:
            load = await ours.load(single_requests(UNITS), UNITS, UNITS)
            p95, _ = await timed(load, watching, UNITS / UNIT_PERIOD_S, UNITS_S)
            ours.done(load)
    return round(p95, 1)


async def measure(stage: Stage) -> dict[str, Any]:
    note("as tutorials do it")
    tutorial_rate = await bench_tutorial(stage)
    ours = Ours(stage)
    ours.add_devices(DEVICES)
    ours.add_devices(ARRAY_DEVICES, "fixes", DEVICES)
    note("single POSTs")
    single, single_p95 = await bench_singles(ours)
    note("arrays")
    batch, batch_p95 = await bench_arrays(ours)
    note("200 units")
    units_p95 = await at_200_units(ours)
    note("growth")
    by_walls = {str(count): await cost(ours, DEVICES, count) for count in GROWTH_WALLS}
    by_devices = {}
    for count in GROWTH_DEVICES:
        ours.add_devices(count, first=1_000_000 + count)
        by_devices[str(count)] = await cost(ours, count, WALLS, first=1_000_000 + count)
    return {
        "tutorial_per_s": round(tutorial_rate, 1),
        "single_per_s": round(single),
        "batch_per_s": round(batch),
        "single_ratio": round(single / tutorial_rate, 1) if tutorial_rate else None,
        "batch_ratio": round(batch / tutorial_rate, 1) if tutorial_rate else None,
        "acknowledged": ours.acknowledged,
        "rows": ours.rows(),
        "p95_ms": round(max(single_p95, batch_p95), 1) if single and batch else None,
        "walls": WALLS,
        "wall_p95_ms_at_200_units": units_p95,
        "growth": {"walls": by_walls, "devices": by_devices},
    }


def note(text: str) -> None:
    """Progress, where people look and scripts don't."""
    print(text, file=sys.stderr, flush=True)


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    with Stage() as stage:
        import uvloop

        found = uvloop.run(measure(stage))
    print(json.dumps(found) if as_json else "\n".join(f"{name}: {value}" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main("--json" in sys.argv))
