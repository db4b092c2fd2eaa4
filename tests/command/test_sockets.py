"""The live socket against a real web process: who gets in, what they are told, and what happens to the slow."""

import asyncio
import json
import time

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.gis.geos import Point
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from command.long_messages import LongMessages
from command.models import Grant, Screen
from devices.models import Camera
from dispatch import incidents, units
from tests.conftest import PLACE, Cast, Web, make_screen

pytestmark = pytest.mark.django_db(transaction=True)
FIGHT = {"kind": "fight", "priority": 1, **PLACE}
LONGEST_IN = 1024 * 1024  # bytes of a message that Daphne takes


class Wall:
    """A browser of a test: says hello, acknowledges, and keeps what it was told."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link
        self.cursor: dict[str, int] = {}

    async def hello(self, cursor: dict[str, int] | None = None) -> dict:
        await self.link.send(json.dumps({"type": "hello", "cursor": cursor}))
        return await self.next("snapshot", "events")

    async def next(self, *kinds: str, acknowledge: bool = True) -> dict:
        """The next message of one of these kinds."""
        async with asyncio.timeout(15):
            while True:
                said = json.loads(await self.link.recv())
                if acknowledge and said.get("seq"):
                    await self.link.send(json.dumps({"type": "ack", "seq": said["seq"]}))
                if acknowledge and said.get("tick"):
                    await self.link.send(json.dumps({"type": "ack", "tick": said["tick"]}))
                if said["type"] in kinds:
                    return said


def joined(web: Web, token: str | None = None, **headers: str):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return connect(web.socket, additional_headers=headers, proxy=None, max_size=None)


async def test_a_call_is_on_the_wall_at_once(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await sync_to_async(cast.token)("commander")
    async with joined(web, token) as link:
        wall = Wall(link)
        first = await wall.hello()
        assert first["type"] == "snapshot"
        assert first["topics"]["incident"] == []
        before = time.monotonic()
        made = await sync_to_async(incidents.open_incident)(cast.duty_officer, cast.s1, **FIGHT)
        told = await wall.next("events")
        assert time.monotonic() - before < 5
        by_topic = {item["topic"]: item for item in told["items"]}
        assert by_topic["incident"]["payload"]["number"] == made.number
        assert told["through"] == {"S1": first["cursor"]["S1"] + 2}


async def test_a_large_districts_snapshot_comes_and_a_message_as_long_is_refused(
    web: Web, transactional_cast: Cast
) -> None:
    cast = transactional_cast
    where = {"place": Point(PLACE["lon"], PLACE["lat"]), "height_m": 4, "bearing_deg": 0, "tilt_deg": 8, "fov_deg": 70}
    many = [Camera(station=cast.s1, name=f"街口的摄像头 {n}", range_m=60, **where) for n in range(6_000)]
    await sync_to_async(Camera.objects.bulk_create)(many)
    async with joined(web, await sync_to_async(cast.token)("commander")) as link:
        await link.send(json.dumps({"type": "hello", "cursor": None}))
        said = await link.recv()
        assert len(said.encode()) > LONGEST_IN
        assert len(json.loads(said)["topics"]["camera"]) == len(many)
        await link.send(" " * (LONGEST_IN + 1))
        assert await closes_with(link) == 0, "it is dropped without a word"


def test_what_has_begun_to_close_is_sent_nothing_and_nobody_behind_it_waits() -> None:
    closing = LongMessages()
    for state in (closing.STATE_CLOSING, closing.STATE_CLOSED):
        closing.state = state
        closing.serverSend("news")


async def test_who_comes_back_gets_what_is_newer(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await sync_to_async(cast.token)("commander")
    async with joined(web, token) as link:
        cursor = (await Wall(link).hello())["cursor"]
    made = await sync_to_async(incidents.open_incident)(cast.duty_officer, cast.s1, **FIGHT)
    async with joined(web, token) as link:
        told = await Wall(link).hello(cursor)
    assert told["type"] == "events"
    assert "fixes" in told, "positions can't be resumed from a number: the newest come along"
    assert made.number in {item["id"] for item in told["items"]}


async def test_a_foreign_wall_hears_nothing(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await sync_to_async(cast.token)("foreign_commander")
    async with joined(web, token) as link:
        wall = Wall(link)
        first = await wall.hello()
        assert set(first["cursor"]) == {"S2"}
        await sync_to_async(incidents.open_incident)(cast.duty_officer, cast.s1, **FIGHT)
        for _ in range(2):
            assert (await wall.next("events", "beat"))["type"] == "beat"


async def closes_with(link: ClientConnection) -> int:
    async with asyncio.timeout(20):
        try:
            while True:
                await link.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0


async def test_nobody_gets_in_unasked(web: Web, transactional_cast: Cast) -> None:
    async with joined(web) as link:
        assert await closes_with(link) == 4401
    async with joined(web, "nonsense") as link:
        assert await closes_with(link) == 4401
    with pytest.raises(Exception, match="403"):
        async with joined(web, Origin="https://evil.example") as link:
            await link.recv()


async def test_rights_taken_away_close_within_five_seconds(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await sync_to_async(cast.token)("commander")
    async with joined(web, token) as link:
        await Wall(link).hello()
        await sync_to_async(Grant.objects.filter(officer=cast.commander).delete)()
        before = time.monotonic()
        assert await closes_with(link) == 4403
        assert time.monotonic() - before <= 6.5  # 5 s and the closing handshake


async def test_a_revoked_screen_goes_dark(web: Web, transactional_cast: Cast) -> None:
    key = await sync_to_async(make_screen)(transactional_cast.s1)
    async with joined(web, Cookie=f"screen={key}") as link:
        first = await Wall(link).hello()
        assert set(first["cursor"]) == {"S1"}
        await sync_to_async(Screen.objects.all().delete)()
        assert await closes_with(link) == 4401


async def test_changed_rights_bring_a_new_snapshot(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await sync_to_async(cast.token)("commander")
    async with joined(web, token) as link:
        wall = Wall(link)
        await wall.hello()
        await sync_to_async(Grant.objects.create)(officer=cast.commander, station=cast.s2, role="commander")
        assert set((await wall.next("snapshot"))["cursor"]) == {"S1", "S2"}


def tick(station: str, number: int, device: int) -> bytes:
    row = [device, number, 29.6, 106.5, None, None, None, None]
    frame = {"type": "fixes", "tick": number, "station": station, "fixes": [row]}
    return f"{station}\n{json.dumps(frame)}".encode()


async def test_one_tick_is_under_way_and_the_newest_waits(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await sync_to_async(cast.token)("commander")
    bus = redis.Redis(unix_socket_path=settings.REDIS_SOCKET)
    async with joined(web, token) as link:
        wall = Wall(link)
        await wall.hello()
        for _ in range(50):  # until the process has subscribed
            if bus.publish("positions", tick("S1", 1, 7)):
                break
            await asyncio.sleep(0.1)
        first = await wall.next("fixes", acknowledge=False)
        for number in range(2, 30):
            bus.publish("positions", tick("S1", number, 7 + number % 2))
            bus.publish("positions", tick("S2", number, 99))
        await asyncio.sleep(0.5)
        await link.send(json.dumps({"type": "ack", "tick": first["tick"]}))
        then = await wall.next("fixes", acknowledge=False)
        assert {row[0]: row[1] for row in then["fixes"]} == {7: 28, 8: 29}, "the newest of each device, none of S2"


async def test_a_wall_that_stops_acknowledging_is_closed(web: Web, transactional_cast: Cast) -> None:
    token = await sync_to_async(transactional_cast.token)("commander")
    async with joined(web, token) as link:
        await link.send(json.dumps({"type": "hello", "cursor": None}))
        before = time.monotonic()
        assert await closes_with(link) == 4408
        assert 9 < time.monotonic() - before < 15


async def test_an_idle_socket_lives(web: Web, transactional_cast: Cast) -> None:
    token = await sync_to_async(transactional_cast.token)("commander")
    async with joined(web, token) as link:
        wall = Wall(link)
        await wall.hello()
        for _ in range(5):  # beats of 2 s: longer than any timeout of 5 s
            await wall.next("beat")


@pytest.mark.parametrize("words", ["nonsense", "[]", '{"type":', "x" * 70_000])
async def test_nonsense_is_closed(web: Web, transactional_cast: Cast, words: str) -> None:
    token = await sync_to_async(transactional_cast.token)("commander")
    async with joined(web, token) as link:
        await link.send(words)
        assert await closes_with(link) in (4400, 1009)


async def told_of(wall: Wall, topic: str) -> dict:
    """The next news of this topic; others may come before it."""
    while True:
        told = {item["topic"]: item for item in (await wall.next("events"))["items"]}
        if topic in told:
            return told[topic]


async def test_an_auxiliary_sees_a_task_come_and_go(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await sync_to_async(cast.token)("auxiliary")

    def set_up() -> str:
        units.add_unit(None, cast.s1, "辅3", kind="auxiliary")
        units.book_on(cast.duty_officer, "辅3", ["auxiliary"])
        return incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT).number

    number = await sync_to_async(set_up)()
    async with joined(web, token) as link:
        wall = Wall(link)
        assert (await wall.hello())["topics"]["incident"] == []
        await sync_to_async(units.assign)(cast.duty_officer, number, "辅3")
        assert (await told_of(wall, "incident"))["payload"]["number"] == number
        await sync_to_async(units.step)(cast.duty_officer, number, "辅3", "cleared")
        assert (await told_of(wall, "incident"))["payload"] is None
