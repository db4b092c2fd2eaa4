"""The calls of the town's day, and those who answer them: a call centre, a duty officer, the units themselves."""

import asyncio
import random
import time
import uuid
from typing import Any
from urllib.parse import quote

from town.client import Client
from town.graph import Town
from town.people import Unit

WAIT_FOR_A_PERSON_S = 40.0  # so long a call waits for somebody at the desk before the town's own duty officer sends
OPEN_AT_MOST = 6
EVERY_S = (60.0, 120.0)
ON_SCENE_S = (90.0, 240.0)
FIRST_CALLS = 3
SEEN, TRIES = 0.7, 12  # share of calls for whose place somewhere with a camera is looked for, and how often
ARRIVAL_LIMIT_S = 900.0
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
CALLS = [  # kind, priority, facts, how many go
    ("fight", 1, "两名男子在门口打架，其中一人手持酒瓶", 2),
    ("theft", 3, "电动车被偷，停在楼下约二十分钟", 1),
    ("traffic_accident", 2, "两车相撞，无人受伤，占用右侧车道", 1),
    ("neighbour_dispute", 3, "楼上装修噪音，双方在楼道争吵", 1),
    ("noise", 4, "广场音响声音过大，影响休息", 1),
    ("drunk", 3, "一名醉酒男子躺在路边，叫不醒", 1),
    ("missing_person", 2, "八十岁老人走失，穿灰色外套，有认知障碍", 2),
    ("fraud", 3, "接到冒充客服电话，已转账八千元", 1),
    ("domestic", 2, "夫妻争吵，听到砸东西的声音", 1),
    ("suspicious_person", 3, "有人在地下车库逐个拉车门", 1),
    ("person_in_need", 3, "老人被锁在门外，需要帮助", 1),
    ("lost_property", 4, "出租车上遗失背包，内有证件", 1),
    ("burglary", 2, "回家发现门锁被撬，屋内被翻动", 1),
    ("gathering", 2, "店铺门前数十人聚集要求退款", 2),
]
STEPS = {"dispatched": "accepted", "accepted": "en_route", "transporting": "cleared"}


class Day:
    """What goes on: calls come in, wait, are answered, end."""

    def __init__(self, client: Client, keys: dict[str, Any], town: Town, units: dict[str, Unit], seed: int) -> None:
        self.client, self.keys, self.town, self.units = client, keys, town, units
        self.dice = random.Random(f"calls {seed}")  # noqa: S311 - a play, no secret  # nosec B311
        self.own: dict[str, tuple[float, int]] = {}  # number → when it was opened, how many should go
        self.since: dict[tuple[str, str], float] = {}  # (number, unit) → when its present step began or ends
        self.on_scene: dict[tuple[str, str], float] = {}
        self.others: set[str] = (
            set()
        )  # units with somebody on them whom the town does not play: they answer for themselves

    async def call_in(self) -> None:
        """Calls, one after the other, for ever."""
        for _ in range(FIRST_CALLS):
            await self._one_call()
            await asyncio.sleep(4)
        while True:
            await asyncio.sleep(self.dice.uniform(*EVERY_S))
            if len(self.own) < OPEN_AT_MOST:
                await self._one_call()

    async def _one_call(self) -> None:
        kind, priority, facts, count = self.dice.choice(CALLS)
        address, (lat, lon) = await self._somewhere()
        said = {
            "kind": kind, "priority": priority, "lat": lat, "lon": lon, "address": address, "facts": facts,
            "caller_name": f"{self.dice.choice(SURNAMES)}{self.dice.choice(['先生', '女士'])}",
            "caller_phone": f"1380000{self.dice.randint(0, 9999):04d}",
        }  # fmt: skip
        key = {"Idempotency-Key": str(uuid.UUID(int=self.dice.getrandbits(128) ^ time.time_ns(), version=4))}
        for _ in range(60):
            status, answer = await self.client.api(self.keys["token"], "POST", "incidents/", said, **key)
            if status == 201:
                self.own[answer["number"]] = (time.time(), count)
                return
            if 400 <= status < 500:
                return
            await asyncio.sleep(2)

    async def _somewhere(self) -> tuple[str, tuple[float, float]]:
        """From where somebody calls: more often than not a camera of the street sees the place, as they hang where people are."""
        found = self.town.address(self.dice)
        for _ in range(TRIES if self.dice.random() < SEEN else 0):
            _, (lat, lon) = found
            _, said = await self.client.api(self.keys["duty_token"], "GET", f"cameras/?seeing={lon},{lat}&limit=1")
            if any(one["kind"] == "visible" for one in (said or {}).get("results", [])):
                break
            found = self.town.address(self.dice)
        return found

    async def follow(self) -> None:
        """Look every few seconds at what is open, and do everybody's part."""
        while True:
            status, answer = await self.client.api(self.keys["duty_token"], "GET", "incidents/?limit=200")
            if status == 200:
                await self._see_others()
                await self._look_at(answer["results"])
            await asyncio.sleep(3)

    async def _see_others(self) -> None:
        people = set(self.keys.get("people", ()))
        status, answer = await self.client.api(self.keys["duty_token"], "GET", "units/?limit=200")
        if status == 200 and people:
            self.others = {unit["call_sign"] for unit in answer["results"] if set(unit["crew"]) - people}

    async def _look_at(self, incidents: list[dict[str, Any]]) -> None:
        numbers = {one["number"] for one in incidents}
        self.own = {number: said for number, said in self.own.items() if number in numbers}
        sent = {one["unit"] for incident in incidents for one in incident["assignments"]}
        for call_sign, unit in self.units.items():
            if unit.goal and call_sign not in sent:
                unit.release()
        for incident in incidents:
            for one in incident["assignments"]:
                await self._serve(incident, one["unit"], one["status"])
            await self._duty(incident)

    async def _serve(self, incident: dict[str, Any], call_sign: str, status: str) -> None:
        """A unit does its next step: accepts, goes, arrives, stays a while, clears."""
        unit, key, now = self.units.get(call_sign), (incident["number"], call_sign), time.time()
        if unit is None:
            return
        if unit.goal is None and status in ("accepted", "en_route"):
            unit.send_to((incident["lat"], incident["lon"]))
        if call_sign in self.others:
            return
        begun = self.since.setdefault(key, now)
        if status in STEPS:
            await self._step(key, STEPS[status])
        elif status == "en_route" and (unit.arrived or now - begun > ARRIVAL_LIMIT_S):
            await self._step(key, "on_scene")
            self.on_scene[key] = now + self.dice.uniform(*ON_SCENE_S)
        elif status == "on_scene" and self._stayed(key, now):
            await self._step(key, "cleared")
            unit.release()

    def _stayed(self, key: tuple[str, str], now: float) -> bool:
        """Whether the unit's time at the place is over. A person's own incident is theirs to end."""
        return key[0] in self.own and now > self.on_scene.setdefault(key, now + self.dice.uniform(*ON_SCENE_S))

    async def _step(self, key: tuple[str, str], status: str) -> None:
        path = f"incidents/{key[0]}/assignments/{quote(key[1], safe='')}/"
        await self.client.api(self.keys["duty_token"], "PATCH", path, {"status": status})

    async def _duty(self, incident: dict[str, Any]) -> None:
        """Send somebody to what has waited too long; close what is done. Only the town's own calls."""
        number = incident["number"]
        if number not in self.own:
            return
        opened, count = self.own[number]
        served = any(key[0] == number for key in self.since)
        if not incident["assignments"] and served:
            said = {"disposition": self.dice.choice(["01", "05", "14", "18"]), "text": "现场处置完毕"}
            await self.client.api(self.keys["duty_token"], "POST", f"incidents/{number}/close/", said)
        elif not incident["assignments"] and time.time() - opened > WAIT_FOR_A_PERSON_S:
            await self._send(number, count)

    async def _send(self, number: str, count: int) -> None:
        status, answer = await self.client.api(self.keys["duty_token"], "GET", f"incidents/{number}/nearest/")
        if status != 200:
            return
        for one in answer["results"][:count]:
            said = {"unit": one["call_sign"]}
            await self.client.api(self.keys["duty_token"], "POST", f"incidents/{number}/assignments/", said)
