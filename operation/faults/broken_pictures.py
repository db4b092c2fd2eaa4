"""R11: broken pictures, headers that lie, and small files that become huge, from cameras, phones and with notes."""

import asyncio
import contextlib
import http.server
import json
import os
import secrets
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import uvloop
from websockets.asyncio.client import connect

from devices.pictures.packet import Head, head_of, packed
from devices.pictures.pipe import Frames, framed
from operation import say
from operation.faults import spoilt
from operation.faults.clients import running
from operation.faults.eyes import Watcher, clip, enter, forget, now_us
from operation.faults.ledger import clear_away, hire, result
from operation.faults.memory import family
from operation.faults.stage import Stage
from operation.home import PROJECT

GOAL = "no process of the station dead, each ≤ 512 MB, no picture over 2 s, each good one between them comes"
COUNT, LASTS_S, PHOTOS, STILLS = 10_000, 60.0, 120, 20
MEMORY_MB, SLOWEST_S, SEEN_S = 512.0, 2.0, 10.0
BYTES_PER_S = 700_000  # of a phone: the door takes 1,000,000
PROGRAMS = ("web", "pictures", "ingest", "worker")
GOOD_EVERY = 3  # a good picture after so many broken ones
PATIENCE_S = 30.0


@dataclass
class Found:
    """What one of the ways came to."""

    sent: int = 0
    lost: int = 0  # good pictures that did not come out
    doubled: int = 0
    restarts: int = 0  # of children that decode
    slowest_s: float = 0.0
    most_mb: float = 0.0
    gaps_s: list[float] = field(default_factory=list)  # between two good pictures
    wrong: list[str] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)  # the slowest of each way, s

    def add(self, other: "Found") -> None:
        """Both together."""
        self.sent, self.lost, self.doubled = (
            self.sent + other.sent,
            self.lost + other.lost,
            self.doubled + other.doubled,
        )
        self.restarts += other.restarts
        self.slowest_s, self.most_mb = max(self.slowest_s, other.slowest_s), max(self.most_mb, other.most_mb)
        self.gaps_s += other.gaps_s
        self.wrong += other.wrong
        self.slow |= other.slow


def run(
    stage: Stage, count: int = COUNT, lasts_s: float = LASTS_S, photos: int = PHOTOS, stills: int = STILLS
) -> dict[str, Any]:
    """Takes about six minutes: first by the front door, then what is left of `count` by the children that decode."""
    token, officer = hire(stage), hire(stage, "officer")
    before = {name: stage.pid(name) for name in PROGRAMS}
    good = clip(stage.home.root / "clip.h264").read_bytes().split(b"\x00\x00\x00\x01\x09")
    found = Found()
    try:
        with _camera() as url:
            [source] = enter(stage, [url], recorded=True)
            found.add(uvloop.run(_station(stage, token, officer, source, b"\x00\x00\x00\x01\x09" + good[1], lasts_s)))
            found.add(_stills(stage, token, source, stills))
        found.add(_photos(stage, token, photos))
        dead = sum(stage.pid(name) != pid for name, pid in before.items())
        found.add(_children(b"\x00\x00\x00\x01\x09" + good[1], max(0, count - found.sent)))
    finally:
        forget(stage)
        clear_away(stage)
    for words in found.wrong[:8]:
        say.line(f"  wrong: {words}")
    ok = not dead and not found.wrong and found.most_mb <= MEMORY_MB and found.slowest_s <= SLOWEST_S
    recover_s = max(found.gaps_s, default=float("inf"))
    return result(
        "R11", GOAL, found.lost, found.doubled, recover_s, ok=ok and recover_s <= SEEN_S, pictures=found.sent, dead=dead,
        restarts=found.restarts, mb=round(found.most_mb), wrong=len(found.wrong),
        slowest_s={name: round(seconds, 2) for name, seconds in found.slow.items()},
    )  # fmt: skip


# ---- by the front door


class _Answers(http.server.BaseHTTPRequestHandler):
    """A camera most of whose pictures are broken."""

    sent = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=eye")
        self.end_headers()
        kinds = ("cut", "size", "huge", "scans")
        rows = [spoilt.pictures(kind, COUNT) for kind in kinds]
        with contextlib.suppress(OSError):
            for number in range(COUNT):
                bad = [body for row in rows for _, body in [next(row)]]
                for body in (*bad, spoilt.jpeg(640, 360, (number % 250, 80, 90 + number // 250))):
                    self.wfile.write(b"--eye\r\nContent-Length: %d\r\n\r\n" % len(body) + body + b"\r\n")
                    type(self).sent += 1
                time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def _camera() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/eye"
    finally:
        server.shutdown()
        server.server_close()


async def _station(stage: Stage, token: str, officer: str, camera: int, good: bytes, lasts_s: float) -> Found:
    """A camera and a phone, each watched as a stream and as stills."""
    found, said = Found(), {"Authorization": f"Bearer {officer}", "Origin": stage.address}
    url = f"ws://127.0.0.1:{stage.home.port}/pictures/send/"
    async with connect(url, additional_headers=said, compression=None, max_queue=None) as phone:
        source = json.loads(await phone.recv())["source"]
        watchers = [Watcher(stage.home.port, token, [camera, source], stills=stills) for stills in (False, True)]
        async with running([one.run() for one in watchers]):
            began = now_us()
            sent = asyncio.ensure_future(_spoil(phone, good, lasts_s))
            while not sent.done():
                found.most_mb = max(found.most_mb, await asyncio.to_thread(_largest_mb, stage))
                await asyncio.sleep(0.5)
            numbers, ended = await sent, now_us()
            found.sent = max(numbers) + 1 + _Answers.sent
        for number, stills in ((source, False), (source, True), (camera, False), (camera, True)):
            heads = watchers[stills].heads.get(number, [])
            seen = [head for head in heads if number == camera or head.sequence in numbers]
            found.doubled += len(seen) - len({(head.epoch, head.sequence) for head in seen})
            times = [began, *(head.captured_us for head in seen if began < head.captured_us < ended), ended]
            found.gaps_s.append(max(later - earlier for earlier, later in pairwise(times)) / 1e6)
    return found


async def _spoil(phone: Any, good: bytes, lasts_s: float) -> set[int]:
    """Send broken pictures as a phone, and good ones between them: the numbers of the good ones."""
    rows = [spoilt.pictures(kind, COUNT, seed=2) for kind in spoilt.KINDS]
    numbers, ends, sequence = set[int](), time.monotonic() + lasts_s, 0
    while time.monotonic() < ends:
        for turn, row in enumerate(rows):
            codec, body = next(row)
            pieces = [(codec, body)] + ([("h264", good)] if turn % GOOD_EVERY == 0 else [])
            for kind, payload in pieces:
                numbers |= {sequence} if payload is good else set()
                await phone.send(packed(Head(kind, True, 0, sequence, 1, 66, now_us()), payload))
                sequence += 1
                await asyncio.sleep(0.02 + len(payload) / BYTES_PER_S)
    return numbers


def _largest_mb(stage: Stage) -> float:
    """What the largest process of web and pictures has held at most, with what it shares with others."""
    held = [0.0]
    for pid in [*family(stage.pid("pictures")), *family(stage.pid("web"))]:
        with contextlib.suppress(OSError, IndexError):
            held.append(int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024)
    return max(held)


def _stills(stage: Stage, token: str, source: int, count: int) -> Found:
    """Ask for pictures of what was recorded of the camera: some are broken, and none may hold anybody up."""
    found, camera = Found(), stage.sql(_CAMERA.format(source=source))
    until = time.monotonic() + PATIENCE_S
    while not (since := stage.sql(_BEGAN.format(source=source))):
        if time.monotonic() > until:
            return Found(wrong=["nothing was recorded of the camera"])
        time.sleep(0.2)
    came = 0
    for number in range(count):
        at = stage.sql(_AT.format(since=since, after=number * 0.31))
        asked = urllib.parse.urlencode({"at": at, "reason": "fault script"})
        status, took, _ = _ask(stage, token, f"/api/v1/cameras/{camera}/still/?{asked}")
        came += status == 200
        found.slowest_s = max(found.slowest_s, took)
        found.wrong += [f"a still was answered {status}"] if status not in (200, 404) else []
    found.sent, found.slow["still"] = count, found.slowest_s
    found.wrong += ["no still came"] if not came else []
    return found


_CAMERA = "SELECT camera_id FROM devices_picturesource WHERE id = {source}"
_BEGAN = "SELECT min(began_at) FROM devices_recording WHERE source_id = {source}"
_AT = """SELECT to_char(('{since}'::timestamptz + interval '{after} s') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _photos(stage: Stage, token: str, count: int) -> Found:
    """Photos of notes: each broken one is refused with words, each good one after it is taken."""
    found, kinds = Found(), ("cut", "size", "huge", "scans", "random")
    rows = [spoilt.pictures(kind, count, seed=3) for kind in kinds]
    call = {"kind": "fight", "priority": 4, "lat": 29.6, "lon": 106.5, "facts": f"fault-{secrets.token_hex(8)}"}
    _, _, opened = _ask(stage, token, "/api/v1/incidents/", json.dumps(call).encode())
    number = json.loads(opened)["number"]
    for turn in range(count):
        key = str(uuid.uuid4())
        note = json.dumps({"text": "fault script", "photos": [key]}).encode()
        _ask(stage, token, f"/api/v1/incidents/{number}/log/", note)
        codec, body = next(rows[turn % len(rows)])
        kind = "image/jpeg"
        status, took, _ = _ask(stage, token, f"/api/v1/photos/{key}/", body, kind)
        is_fit = codec == "jpeg" and status == 201  # a lie that is small enough is a picture
        found.wrong += [f"a photo was answered {status}"] if not is_fit and not 400 <= status < 500 else []
        if not is_fit:
            good, _, _ = _ask(stage, token, f"/api/v1/photos/{key}/", spoilt.jpeg(640, 360, (turn % 250, 9, 9)), kind)
            found.lost += good != 201
        found.slowest_s = max(found.slowest_s, took)
    found.sent, found.slow["photo"] = count, found.slowest_s
    return found


def _ask(
    stage: Stage, token: str, path: str, body: bytes | None = None, kind: str = "application/json"
) -> tuple[int, float, bytes]:
    """Status, seconds, body."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())}
    asked, began = urllib.request.Request(f"{stage.address}{path}", body, headers), time.monotonic()  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310 # nosec B310 - our own address
            return answer.status, time.monotonic() - began, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, time.monotonic() - began, refused.read()


# ---- by the children that decode, as fast as they take them


class _Child:
    """A child that makes a still of each key picture; begun anew where it ended."""

    def __init__(self) -> None:
        self.restarts, self.most_mb = -1, 0.0
        self.begin()

    def begin(self) -> None:
        self.restarts += 1
        words = [sys.executable, "-m", "devices.pictures.sampler", "0", "0"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT)  # nosec B603
        self.frames = Frames()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()

    def takes(self, packets: list[bytes], number: int) -> list[int] | None:
        """Give it packets: the numbers of the stills that come, up to this one; None where the child ends first."""
        assert self.process.stdin and self.process.stdout  # nosec B101 - both were asked for
        came = list[int]()
        with contextlib.suppress(OSError):
            threading.Thread(target=self._give, args=(b"".join(map(framed, packets)),), daemon=True).start()
            while number not in came and (piece := os.read(self.process.stdout.fileno(), 1 << 18)):
                came += [head_of(frame).sequence for frame in self.frames.feed(piece) if frame]
            self._measure()
        return came if number in came else None

    def used_s(self) -> float:
        """Processor time that it has used: how long a picture takes on a busy machine says nothing of the picture."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def _give(self, row: bytes) -> None:
        """Beside the reading: both pipes may be full."""
        with contextlib.suppress(OSError, ValueError):
            assert self.process.stdin  # nosec B101
            self.process.stdin.write(row)
            self.process.stdin.flush()

    def _measure(self) -> None:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        if "VmHWM:" in status:  # else it has just ended
            self.most_mb = max(self.most_mb, int(status.split("VmHWM:")[1].split()[0]) / 1024)


def _children(good: bytes, count: int) -> Found:
    """Broken pictures of each kind in turn, each few followed by a good one: it comes, from another child if need be."""
    found, child, last = Found(sent=count), _Child(), 0
    rows = [spoilt.pictures(kind, count, seed=4) for kind in spoilt.KINDS]
    try:
        child.takes([_packet(0, "h264", good)], 0)  # that it begins is no picture's time
        for first in range(1, count + 1, GOOD_EVERY + 1):
            number, before = first + GOOD_EVERY, child.used_s()
            bad = [(first + turn, *next(rows[(first + turn) % len(rows)])) for turn in range(GOOD_EVERY)]
            packets = [_packet(*one) for one in [*bad, (number, "h264", good)]]
            came = child.takes(packets, number)
            found.slowest_s = max(found.slowest_s, child.used_s() - before if came else SLOWEST_S)
            if came is None:
                child.end()
                child.begin()
                came = child.takes(packets[-1:], number)
            found.lost += came is None
            found.doubled += sum(later <= earlier for earlier, later in pairwise([last, *(came or ())]))
            last = number
            if number % 1000 < GOOD_EVERY + 1:
                say.line(f"  {number} of {count}: {child.restarts} restarts, {child.most_mb:.0f} MB")
    finally:
        child.end()
    found.restarts, found.most_mb, found.slow["decoded"] = child.restarts, child.most_mb, found.slowest_s
    return found


def _packet(number: int, codec: str, body: bytes) -> bytes:
    return packed(Head(codec, True, 0, number, 1, 66, number + 1), body)
