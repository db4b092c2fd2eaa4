"""The phones of the town's people: each speaks its app's own protocol, byte for byte, over a network that comes and goes."""

import base64
import json
import math
import random
import time
import urllib.parse
from collections import deque
from dataclasses import dataclass
from typing import Any

from town.client import Client
from town.graph import METRES_A_DEGREE, Place

KNOTS = 1.943844  # in a metre a second
QUEUE_LIMIT = 600
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reading:
    """What a phone knows of itself: Unix time in s, degrees, m/s, degrees, m, battery 0..1."""

    at: float
    lat: float
    lon: float
    speed: float
    course: float
    accuracy: float
    battery: float


Request = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


def _iso(at: float, zone: str) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03d}{zone}"


def traccar8(key: str, one: Reading, extra: dict[str, Any]) -> Request:
    """Traccar Client up to 8: query, knots, seconds, percent; accuracy 0.0 with GPS."""
    said = {
        "id": key, "timestamp": int(one.at), "lat": f"{one.lat:.6f}", "lon": f"{one.lon:.6f}",
        "speed": f"{one.speed * KNOTS:.3f}", "bearing": f"{one.course:.1f}", "altitude": "212.0", "accuracy": "0.0",
        "batt": f"{one.battery * 100:.1f}",
    }  # fmt: skip
    return "POST", f"/osmand/?{urllib.parse.urlencode(said)}", b"", {}


def osmand(key: str, one: Reading, extra: dict[str, Any]) -> Request:
    """The OsmAnd app: query, m/s, milliseconds."""
    said = {
        "id": key, "lat": f"{one.lat:.6f}", "lon": f"{one.lon:.6f}", "timestamp": int(one.at * 1000),
        "accuracy": f"{one.accuracy:.1f}", "altitude": "212.0", "speed": f"{one.speed:.2f}",
        "bearing": f"{one.course:.1f}",
    }  # fmt: skip
    return "GET", f"/osmand/?{urllib.parse.urlencode(said)}", b"", {}


def traccar9(key: str, one: Reading, extra: dict[str, Any]) -> Request:
    """Traccar Client from 9: JSON, m/s, ISO time."""
    coords = {
        "latitude": one.lat, "longitude": one.lon, "accuracy": round(one.accuracy, 1), "speed": round(one.speed, 2),
        "heading": round(one.course), "altitude": 212.0,
    }  # fmt: skip
    location = {
        "timestamp": _iso(one.at, "Z"), "coords": coords, "is_moving": one.speed > 0.3,
        "battery": {"level": round(one.battery, 2), "is_charging": False}, "extras": {},
    }  # fmt: skip
    return "POST", "/osmand/", json.dumps({"location": location, "device_id": key}).encode(), JSON


def owntracks(key: str, one: Reading, extra: dict[str, Any]) -> Request:
    """OwnTracks in HTTP mode: JSON, whole km/h and metres, zeros left out."""
    said: dict[str, Any] = {
        "_type": "location", "lat": round(one.lat, 6), "lon": round(one.lon, 6), "tst": int(one.at),
        "batt": round(one.battery * 100), "tid": extra["unit"][-2:], "conn": "m", "t": "t",
        "topic": f"owntracks/{extra['unit']}/phone",
    }  # fmt: skip
    zeros = {"acc": round(one.accuracy), "vel": round(one.speed * 3.6), "cog": round(one.course)}
    said |= {name: value for name, value in zeros.items() if value}
    login = base64.b64encode(f"phone:{key}".encode()).decode()
    return "POST", "/owntracks/", json.dumps(said).encode(), {**JSON, "Authorization": f"Basic {login}"}


def forward(key: str, one: Reading, extra: dict[str, Any]) -> Request:
    """A Traccar server that passes a tracker's position on: JSON, knots."""
    at = _iso(one.at, "+00:00")
    position = {
        "id": int(one.at), "attributes": {"batteryLevel": round(one.battery * 100), "motion": one.speed > 0.3},
        "protocol": "gt06", "serverTime": at, "deviceTime": at, "fixTime": at, "valid": True, "latitude": one.lat,
        "longitude": one.lon, "altitude": 212.0, "speed": one.speed * KNOTS, "course": one.course, "accuracy": 0.0,
    }  # fmt: skip
    device = {"id": 1, "name": extra["unit"], "uniqueId": extra["unique_id"], "status": "online"}
    body = json.dumps({"position": position, "device": device}).encode()
    return "POST", "/traccar/", body, {**JSON, "Authorization": f"Bearer {key}"}


def fixes(key: str, one: Reading, extra: dict[str, Any]) -> Request:
    """Our own array door."""
    said = {
        "time": _iso(one.at, "+00:00"), "lat": one.lat, "lon": one.lon, "speed": round(one.speed, 2),
        "course": round(one.course, 1), "accuracy": round(one.accuracy, 1), "battery": round(one.battery, 2),
    }  # fmt: skip
    return "POST", "/fixes/", json.dumps([said]).encode(), {**JSON, "Authorization": f"Bearer {key}"}


PROTOCOLS = {
    "traccar8": traccar8, "traccar9": traccar9, "osmand": osmand, "owntracks": owntracks, "forward": forward,
    "fixes": fixes,
}  # fmt: skip


def shifted(lat: float, lon: float) -> Place:
    """The place as a Chinese map SDK gives it (GCJ-02), by the published approximation of the shift."""
    x, y = lon - 105.0, lat - 35.0
    s = math.sin
    waves = (20 * s(6 * x * math.pi) + 20 * s(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20 * s(y * math.pi) + 40 * s(y / 3 * math.pi)) * 2 / 3
    north += (160 * s(y / 12 * math.pi) + 320 * s(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20 * s(x * math.pi) + 40 * s(x / 3 * math.pi)) * 2 / 3
    east += (150 * s(x / 12 * math.pi) + 300 * s(x / 30 * math.pi)) * 2 / 3
    a, ee = 6_378_245.0, 0.00669342162296594323  # Krasovsky 1940, on which the shift is defined
    magic = 1 - ee * s(math.radians(lat)) ** 2
    d_lat = math.degrees(north / (a * (1 - ee) / magic**1.5))
    d_lon = math.degrees(east / (a / math.sqrt(magic) * math.cos(math.radians(lat))))
    return lat + d_lat, lon + d_lon


class Phone:
    """A phone with its queue, its battery, and a network that it loses now and then."""

    def __init__(self, said: dict[str, Any], dice: random.Random) -> None:
        self.said, self.dice = said, dice
        self.queue: deque[Reading] = deque(maxlen=QUEUE_LIMIT)
        self.battery = dice.uniform(0.35, 1.0)
        self.period_s = dice.uniform(5, 10)
        self.slow_clock_s = 40.0 if said["profile"] == "traccar8" and dice.random() < 0.15 else 0.0
        self.offline_until = 0.0
        self.last: Reading | None = None

    def read(self, now: float, place: Place, speed: float, course: float) -> None:
        """Take a reading with a satellite receiver's noise and put it into the queue."""
        off = self.dice.uniform(3, 8)
        lat = place[0] + self.dice.gauss(0, off / 2) / METRES_A_DEGREE
        lon = place[1] + self.dice.gauss(0, off / 2) / METRES_A_DEGREE / math.cos(math.radians(place[0]))
        if self.said["datum"] == "gcj02":
            lat, lon = shifted(lat, lon)
        self.battery = max(0.05, self.battery - 0.00002)
        self.queue.append(Reading(now - self.slow_clock_s, lat, lon, speed, course, off, self.battery))
        if now > self.offline_until and self.dice.random() < 0.002:
            self.offline_until = now + self.dice.uniform(60, 240)

    async def report(self, client: Client, now: float) -> None:
        """Send what waits, oldest first, as the apps do; what isn't taken stays in the queue."""
        if now < self.offline_until:
            return
        while self.queue:
            one = self.queue[0]
            if not await self._send(client, one):
                return
            self.queue.popleft()
            if self.dice.random() < 0.01:
                await self._send(client, one)  # the answer was lost on the way: the app sends it again

    async def _send(self, client: Client, one: Reading) -> bool:
        method, path, body, headers = PROTOCOLS[self.said["profile"]](self.said["key"], one, self.said)
        status, _ = await client.send(method, path, body, **headers)
        return 200 <= status < 300
