"""`bench pictures`: what it costs to bring a picture to whoever watches, as tutorials do it and as we do it, in one go.

Both sides: one Daphne on one core, with Redis and PostgreSQL; the load on the other; Unix sockets without a proxy. The same
packets come to both by the same way and nothing is recorded. Our walls ask for the right to watch, which is entered in the
audit, and acknowledge as the page does; the tutorial's walls join a group a camera, and nothing is asked of them.

What is seen and heard in browsers comes from `bench scene` and `bench voice`, which say themselves what they leave out.

Left out otherwise: the cameras' children, phones' sockets, the network, TLS and the proxy, the recorder, the browsers' own work.
Processor time is that of all servers together, the best of ROUNDS runs, so what else the machine does weighs little; where
the limit lies does depend on it, and on the load, which has one core too: `core` says how much of theirs the servers used,
`load` how much of its own the load did, so that one sees who of them came to the end first.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from devices.pictures.relay import WINDOW
from operation.bench import picture_codecs, scene, voice
from operation.bench.call import station
from operation.bench.loading import p95
from operation.bench.picture_load import Feeder, Payload, Wall, connected
from operation.bench.private import Stage
from operation.faults.memory import megabytes

SIDES = ("tutorial", "ours")
SOURCES, WALLS, RATE = 30, 4, 10.0
ROUNDS, ROUND_S, WARM_S = 3, 5.0, 1.0
GROWTH = (30, 60, 120, 240, 480, 600, 720, 840, 960, 1200)  # sources, to the limit of a core
GROWTH_WALLS = (1, 4, 8, 16, 32, 48, 64, 80, 96, 128)  # walls of SOURCES each, to the limit of a core
LIMIT_MS, SHARE = 250.0, 0.98  # it holds while p95 from capture to a wall is below, and so many arrive
MOST = max(GROWTH)
STALLED_S = 10.0
LEAST = {"ratio": 5, "bytes_ratio_moving": 2.5, "bytes_ratio_still": 6}
MOST_OF = {"drawn_p95_ms": 80, "voice_p95_ms": 150, "stalled_mb": SOURCES * WINDOW / 1e6}


def jpeg(turn: int) -> tuple[bool, bytes]:
    """Bytes as many as a JPEG of 720p has; nobody looks into them."""
    return True, JPEG


def h264(turn: int) -> tuple[bool, bytes]:
    """A key picture every 2 s, and small ones between."""
    return (True, KEY) if turn % 20 == 0 else (False, DELTA)


JPEG, KEY, DELTA = os.urandom(25_000), os.urandom(12_000), os.urandom(1_500)
CODECS: dict[str, tuple[str, Payload]] = {"jpeg_25_kb": ("jpeg", jpeg), "h264": ("h264", h264)}
_CAMERAS = """
WITH made AS (
    INSERT INTO devices_camera (station_id, name, kind, place, height_m, bearing_deg, tilt_deg, fov_deg, aspect, range_m)
    SELECT (SELECT min(id) FROM command_station), 'bench ' || n, 'visible', ST_SetSRID(ST_MakePoint(106.5, 29.6), 4326),
           4, 0, 8, 70, 1.78, 60
    FROM generate_series(1, {count}) n RETURNING id, station_id
)
INSERT INTO devices_picturesource (station_id, camera_id, address, is_recorded, kept_days)
SELECT station_id, id, '', false, 30 FROM made RETURNING id
"""


class Servers:
    """Either side on the servers' core, and its cameras' numbers."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.path, self.feed = stage, stage.socket("bench"), stage.socket("feed")
        stage.manage("migrate")
        stage.manage("init_station")
        stage.manage("add_user", "bench", "--role", "commander", "--password-stdin", stdin="A-long-bench-pass-1\n")
        self.headers = {"Authorization": f"Bearer {stage.manage('api_token', 'bench').split()[-1]}"}
        stage.cluster.sql("CREATE DATABASE tutorial OWNER station", "postgres")
        self.sources = sorted(
            int(row) for row in stage.cluster.sql(_CAMERAS.format(count=MOST)).split() if row.isdigit()
        )

    @contextlib.contextmanager
    def running(self, side: str) -> Iterator[None]:
        words = [sys.executable, "-m", "operation.bench.picture_server", side, self.path, self.feed]
        with self.stage.process(words, self.path):
            yield

    async def watch(self, side: str, count: int) -> list[Wall]:
        is_ours = side == "ours"
        return await connected(self.path, self.sources[:count], self.headers if is_ours else {}, is_ours=is_ours)

    @contextlib.asynccontextmanager
    async def walls(self, side: str, count: int, walls: int = WALLS) -> AsyncIterator[list[Wall]]:
        found = [wall for _ in range(walls) for wall in await self.watch(side, count)]
        await asyncio.sleep(0.5)
        try:
            yield found
        finally:
            for wall in found:
                wall.transport.abort()


async def cost(
    servers: Servers, side: str, sources: int, what: str, rounds: int = ROUNDS, walls: int = WALLS
) -> dict[str, Any]:
    """Processor µs of all servers for one delivery, how many arrived and how late, in the best of some runs."""
    codec, payload = CODECS[what]
    found = []
    with servers.running(side):
        async with servers.walls(side, sources, walls) as sockets:
            feeder = Feeder(servers.feed, servers.sources[:sources], RATE, codec, payload)
            await feeder.run(WARM_S)
            for _ in range(rounds):
                found.append(await _round(servers, feeder, sockets, walls))
    return min(found, key=lambda one: (not one["holds"], one["us"]))


async def _round(servers: Servers, feeder: Feeder, sockets: list[Wall], walls: int = WALLS) -> dict[str, Any]:
    """What it costs for some seconds; a wall may have several sockets."""
    await asyncio.sleep(0.3)
    for socket in sockets:
        socket.delays = []
    before, sent = sum(socket.deliveries for socket in sockets), feeder.sent
    used, load = servers.stage.cpu_s(), time.process_time()
    kept = await feeder.run(ROUND_S)
    await asyncio.sleep(0.3)
    used, load = servers.stage.cpu_s() - used, time.process_time() - load
    if any(socket.is_closed for socket in sockets):
        raise RuntimeError("a wall was closed under the load")
    arrived = sum(socket.deliveries for socket in sockets) - before
    share = arrived / ((feeder.sent - sent) * walls)
    late = p95([delay for socket in sockets for delay in socket.delays])
    return {
        "us": round(used / max(1, arrived) * 1e6, 1), "arrived": round(share, 3), "p95_ms": round(late, 1),
        "core": round(used / ROUND_S, 2), "load": round(load / ROUND_S, 2), "holds": kept and share >= SHARE and late < LIMIT_MS,
    }  # fmt: skip


async def deliveries(servers: Servers) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for what in CODECS:
        sides = {}
        for side in SIDES:
            sides[side] = await cost(servers, side, SOURCES, what)
            note(f"  {what}, {side}: {sides[side]}")
        found[what] = {**sides, "ratio": round(sides["tutorial"]["us"] / sides["ours"]["us"], 1)}
    return found


async def growth(servers: Servers) -> dict[str, dict[str, Any]]:
    """Ours with more and more sources before WALLS, and more and more walls before SOURCES, as far as a core carries them."""
    return {
        "growth": await _grown(servers, [(sources, WALLS) for sources in GROWTH], "sources", 0),
        "growth_walls": await _grown(servers, [(SOURCES, walls) for walls in GROWTH_WALLS], "walls", 1),
    }


async def _grown(servers: Servers, sizes: list[tuple[int, int]], what: str, which: int) -> dict[str, Any]:
    """Size after size (sources, walls), by the one that grows, until one does not hold: that is the last."""
    found = {}
    for sources, walls in sizes:
        name = str((sources, walls)[which])
        found[name] = await cost(servers, "ours", sources, "jpeg_25_kb", rounds=2, walls=walls)
        note(f"  {name} {what}: {found[name]}")
        if not found[name]["holds"]:
            break
    return found


async def stalled(servers: Servers, side: str) -> dict[str, Any]:
    """What one wall that stops reading costs in memory, and what the others notice of it."""
    with servers.running(side):
        async with servers.walls(side, SOURCES) as walls:
            feeder = Feeder(servers.feed, servers.sources[:SOURCES], RATE, "jpeg", jpeg)
            await feeder.run(WARM_S)
            without = await _round(servers, feeder, walls)
            (idle,) = await servers.watch(side, SOURCES)
            before = server_mb(servers.stage)
            idle.transport.pause_reading()
            await feeder.run(STALLED_S)
            beside = await _round(servers, feeder, walls)
            mb = server_mb(servers.stage) - before
            idle.transport.abort()
    return {
        "mb": round(mb, 1),
        "p95_ms": beside["p95_ms"],
        "p95_ms_without": without["p95_ms"],
        "arrived": beside["arrived"],
    }


def server_mb(stage: Stage) -> float:
    """Memory of the picture server alone."""
    return megabytes([process.pid for process in stage.processes])


async def measure(stage: Stage) -> dict[str, Any]:
    note("a delivery")
    servers = Servers(stage)
    found = {"deliveries": await deliveries(servers)}
    note("a wall that stops reading")
    found["stalled"] = {side: await stalled(servers, side) for side in SIDES}
    note("growth")
    return {**found, **await growth(servers)}


def note(text: str) -> None:
    """Progress, where people look and scripts don't."""
    print(text, file=sys.stderr, flush=True)


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    with Stage() as stage:
        found = asyncio.run(measure(stage))
    note("bytes")
    coded = picture_codecs.measure()
    note("in browsers: from capture to drawn, from mouth to ear")
    with station() as made:
        shown = scene.measure(made)
    with station() as made:
        spoken = voice.measure(made, voice.TURNS)
    sides = found["deliveries"]["jpeg_25_kb"]
    short = {
        "cameras": SOURCES, "walls": WALLS, "rate": RATE,
        "tutorial_cpu_us": sides["tutorial"]["us"], "ours_cpu_us": sides["ours"]["us"],
        "ratio": sides["ratio"], "bytes_ratio_moving": coded["moving"]["ratio"], "bytes_ratio_still": coded["still"]["ratio"],
        "drawn_p95_ms": shown["capture_drawn_p95_ms"], "voice_p95_ms": spoken["mouth_ear_p95_ms"],
    }  # fmt: skip
    found = {**short, **found, "bytes": coded, "scene": shown, "voice": spoken, "goals": {**LEAST, **MOST_OF}}
    print(json.dumps(found) if as_json else "\n".join(f"{name}: {value}" for name, value in found.items()))
    short["stalled_mb"] = found["stalled"]["ours"]["mb"]
    is_fast = all(short[name] >= goal for name, goal in LEAST.items())
    return 0 if is_fast and all(short[name] <= goal for name, goal in MOST_OF.items()) else 1


if __name__ == "__main__":
    sys.exit(main("--json" in sys.argv))
