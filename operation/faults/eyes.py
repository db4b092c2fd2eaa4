"""Real cameras for faults, and somebody who watches them: RTSP servers that can be killed, an address that says nothing."""

import asyncio
import contextlib
import json
import subprocess  # nosec B404 # argument lists only, never a shell
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from devices.pictures.packet import Head, head_of
from devices.pictures.pipe import Frames
from operation.faults.memory import family
from operation.faults.stage import Stage, free_port
from operation.home import PROJECT

FPS, WIDTH, HEIGHT, FRAMES = 15, 320, 180, 30
SERVER = PROJECT / "town" / "rtsp_server.py"
PATIENCE_S = 30.0


def clip(path: Path) -> Path:
    """H.264 as Annex B with a key picture every second: a bar that goes."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = WIDTH, HEIGHT, "yuv420p", Fraction(1, FPS)
    keys = f"aud=1:keyint={FPS}:scenecut=0"
    encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "x264-params": keys}
    found = b""
    for number in range(FRAMES):
        picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
        picture[:, number * 8 : number * 8 + 40] = 255
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = number
        found += b"".join(bytes(packet) for packet in encoder.encode(frame))
    path.write_bytes(found + b"".join(bytes(packet) for packet in encoder.encode(None)))
    return path


class Eye:
    """An RTSP camera of this machine that can be taken away."""

    def __init__(self, shown: Path) -> None:
        self.shown, self.port = shown, free_port()
        self.url = f"rtsp://127.0.0.1:{self.port}/camera"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """It is there when this returns. Raises RuntimeError."""
        words = ["/usr/bin/python3", str(SERVER), str(self.port), str(self.shown), str(FPS)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # nosec B603 # an argument list of our own, no shell
        if not self.process.stdout or self.process.stdout.readline().strip() != "listening":
            raise RuntimeError("a camera did not start")

    def stop(self) -> None:
        """`kill -9`."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@contextlib.contextmanager
def eyes(stage: Stage, count: int) -> Iterator[list[Eye]]:
    """So many cameras, for as long as the block lasts."""
    shown = clip(stage.home.root / "clip.h264")
    found = [Eye(shown) for _ in range(count)]
    try:
        for one in found:
            one.start()
        yield found
    finally:
        for one in found:
            one.stop()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        await reader.read()
    writer.close()


@contextlib.asynccontextmanager
async def mute() -> AsyncIterator[str]:
    """The address of something that takes connections and says nothing."""
    server = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    try:
        yield f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/camera"
    finally:
        server.close()


def enter(stage: Stage, urls: list[str], *, recorded: bool) -> list[int]:
    """Cameras at these addresses: their sources' numbers."""
    stage.sql("INSERT INTO devices_cameranetwork (cidr) VALUES ('127.0.0.0/8') ON CONFLICT DO NOTHING")
    rows = ",".join(f"('{url}')" for url in urls)
    found = stage.sql(_CAMERAS.format(rows=rows, recorded=str(recorded).lower()))
    numbers = dict(row.rpartition("|")[::2] for row in found.split() if "|" in row)
    return [int(numbers[url]) for url in urls]


def forget(stage: Stage) -> None:
    """No camera of a fault has an address any more, so that none is pulled."""
    stage.sql("UPDATE devices_picturesource SET address = '', is_recorded = false WHERE camera_id IS NOT NULL")


_CAMERAS = """
WITH made AS (
    INSERT INTO devices_camera (station_id, name, kind, place, height_m, bearing_deg, tilt_deg, fov_deg, aspect, range_m)
    SELECT (SELECT min(id) FROM command_station), 'fault ' || gen_random_uuid() || ' ' || url, 'visible',
           ST_SetSRID(ST_MakePoint(106.5, 29.6), 4326), 4, 0, 8, 70, 1.78, 60
    FROM (VALUES {rows}) given (url) RETURNING id, station_id, name
)
INSERT INTO devices_picturesource (station_id, camera_id, address, is_recorded, kept_days)
SELECT station_id, id, split_part(name, ' ', 3), {recorded}, 30 FROM made RETURNING address, id
"""


def pulling(pictures: int) -> dict[int, int]:
    """The children of the process `pictures` that pull a camera, by its source."""
    found = {}
    for pid in family(pictures):
        with contextlib.suppress(OSError):
            name, _, source = Path(f"/proc/{pid}/comm").read_text().strip().partition(" ")
            if name == "camera":
                found[int(source)] = pid
    return found


@dataclass
class Watcher:
    """Somebody who watches sources at the front door and keeps each packet's head."""

    port: int
    token: str
    sources: list[int]
    heads: dict[int, list[Head]] = field(default_factory=dict)
    stills: bool = False  # as a browser asks that can't draw the stream

    async def run(self) -> None:
        """Watch until the process that shows it is gone."""
        with contextlib.suppress(ConnectionClosed):
            await self._watch()

    async def _watch(self) -> None:
        said = {"Authorization": f"Bearer {self.token}", "Origin": f"http://127.0.0.1:{self.port}"}
        url = f"ws://127.0.0.1:{self.port}/pictures/"
        async with connect(url, additional_headers=said, compression=None) as link:
            for source in self.sources:
                await link.send(
                    json.dumps({"type": "watch", "sources": [source], "reason": "fault script", "stills": self.stills})
                )
            async for message in link:
                if isinstance(message, bytes):
                    for packet in Frames().feed(message):
                        head = head_of(packet)
                        self.heads.setdefault(head.source, []).append(head)
                        await link.send(json.dumps({"type": "ack", "bytes": {str(head.source): len(packet)}}))
                elif json.loads(message)["type"] == "refused":
                    raise RuntimeError(f"not let watch: {message}")

    async def sees(self, source: int, since_us: int, timeout_s: float = PATIENCE_S) -> float:
        """Wait for a picture of a source that was captured after a moment: how many s after; infinity where none comes."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            newest = self.heads.get(source, [])[-1:]
            if newest and newest[0].captured_us > since_us:
                return (time.time_ns() // 1000 - since_us) / 1e6
            await asyncio.sleep(0.02)
        return float("inf")

    def missed(self, source: int) -> int:
        """Pictures that its child counted and that never came, and connections that were begun anew."""
        heads = self.heads.get(source, [])
        return sum(1 if one.epoch != two.epoch else two.sequence - one.sequence - 1 for one, two in pairwise(heads))


def now_us() -> int:
    return time.time_ns() // 1000
