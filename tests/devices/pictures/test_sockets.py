"""The sockets of pictures against a real web process: who may send and watch, what is entered, and who is told."""

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from command.models import AuditEntry, Grant, Officer
from devices.models import PictureSource, Watch
from devices.pictures.packet import Head, head_of, packed, payload_of
from devices.pictures.pipe import Frames
from devices.pictures.relay import WINDOW
from devices.pictures.sockets import Watcher
from dispatch import incidents
from dispatch.models import Incident
from operation.faults import spoilt
from tests.clips import units
from tests.conftest import PLACE, Cast, Web, make_screen

pytestmark = pytest.mark.django_db(transaction=True)


class End:
    """One end of a connection: keeps packets apart from words."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link
        self.packets: list[bytes] = []
        self.said: list[dict[str, Any]] = []

    def packets_of(self, message: bytes) -> list[bytes]:
        """Those that a page gets in one message."""
        return list(Frames().feed(message))

    async def say(self, **said: Any) -> None:
        await self.link.send(json.dumps(said))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next words of a kind; packets and other words that come meanwhile are kept."""
        async with asyncio.timeout(15):
            while True:
                came = await self.link.recv()
                if isinstance(came, bytes):
                    self.packets += self.packets_of(came)
                    continue
                self.said.append(json.loads(came))
                if self.said[-1]["type"] == kind:
                    return self.said[-1]

    async def packet(self) -> bytes:
        async with asyncio.timeout(15):
            while not self.packets:
                came = await self.link.recv()
                if isinstance(came, bytes):
                    self.packets += self.packets_of(came)
                else:
                    self.said.append(json.loads(came))
        return self.packets.pop(0)

    async def code(self) -> int:
        """The code with which the station closes it."""
        async with asyncio.timeout(15):
            try:
                while True:
                    await self.link.recv()
            except ConnectionClosed as closed:
                assert closed.rcvd
                return closed.rcvd.code


def reach(web: Web, path: str, token: str = "", **headers: str) -> Any:
    known = {"Authorization": f"Bearer {token}"} if token else {}
    address = web.socket.replace("/live/", f"/pictures/{path}")
    return connect(address, additional_headers={**known, **headers}, proxy=None, max_size=None)


async def token_of(cast: Cast, name: str) -> str:
    return await sync_to_async(cast.token)(name)


def piece(sequence: int, *, key: bool = False, source: int = 0, size: int = 500) -> bytes:
    return packed(Head("h264", key, source, sequence, 1, 66, int(time.time() * 1e6)), bytes([sequence % 256]) * size)


@pytest.fixture
def call(transactional_cast: Cast) -> Incident:
    cast = transactional_cast
    return incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)


async def test_what_a_phone_sends_a_room_watches_and_both_know_it(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        phone, room = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await room.say(type="watch", source=number, incident=call.number)
        assert not (await room.next("watching"))["live"]
        while (await phone.next("watchers"))["names"] != [cast.commander.label]:
            pass  # at first nobody had come yet
        assert await phone.next("key"), "who can show nothing yet wants a key picture"
        for sequence in range(4):
            await one.send(piece(sequence, key=sequence == 0, source=77))
        got = [await room.packet() for _ in range(4)]
        assert [head_of(packet).sequence for packet in got] == [0, 1, 2, 3]
        assert {head_of(packet).source for packet in got} == {number}, "whatever the phone wrote there"
        assert payload_of(got[3]) == bytes([3]) * 500
        assert (await phone.next("ack"))["sequence"] >= 1
        entry = await sync_to_async(Watch.objects.get)()
        assert (entry.source_id, entry.incident, entry.actor_id) == (number, call.number, str(cast.commander.pk))
        await room.say(type="leave", source=number)
        assert (await phone.next("watchers"))["names"] == []
    assert await eventually(lambda: Watch.objects.get().ended_at is not None)
    assert await eventually(lambda: PictureSource.objects.get().sending_since is None)
    actions = await sync_to_async(lambda: list(AuditEntry.objects.values_list("action", flat=True)))()
    assert {"send_pictures", "watch"} <= set(actions)


async def test_a_phone_is_heard_by_who_listens_and_told_so(web: Web, transactional_cast: Cast, call: Incident) -> None:
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        phone, room = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await room.say(type="listen", source=number)  # of what is not watched nothing is heard
        await room.say(type="watch", source=number, incident=call.number)
        await room.next("watching")
        await one.send(sound(0))
        await one.send(piece(0, key=True))
        assert head_of(await room.packet()).codec == "h264", "who does not listen hears nothing"
        await room.say(type="listen", source=number)
        assert (await phone.next("listeners"))["names"] == [cast.commander.label]
        await one.send(sound(1))
        heard = head_of(await room.packet())
        assert (heard.codec, heard.source, heard.sequence) == ("opus", number, 1)
        await room.say(type="ack", bytes={}, sound={str(number): 84})
        await room.say(type="leave", source=number)
        assert (await phone.next("listeners"))["names"] == []
        assert await sync_to_async(Watch.objects.count)() == 1


def sound(sequence: int) -> bytes:
    return packed(Head("opus", True, 0, sequence, 1, 20, int(time.time() * 1e6)), bytes(60))


async def eventually(holds: Any, within_s: float = 15) -> bool:
    until = time.monotonic() + within_s
    while not await sync_to_async(holds)():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.05)
    return True


async def test_nobody_watches_without_a_reason_or_a_right(web: Web, transactional_cast: Cast, call: Incident) -> None:
    cast = transactional_cast
    async with reach(web, "send/", await token_of(cast, "officer")) as one:
        number = (await End(one).next("started"))["source"]
        expected = [
            ("commander", {}, "reason_required"),
            ("commander", {"reason": "look"}, "reason_required"),
            ("commander", {"incident": "S1-000000-0001", "reason": "a long enough word"}, "reason_required"),
            ("commander", {"incident": "S1\0", "reason": "a long enough word"}, "reason_required"),
            ("commander", {"reason": "roll-call\0by video"}, "reason_required"),
            ("commander", {"reason": "roll-call by video"}, ""),
            ("inspector", {"reason": "spot check of today"}, ""),
            ("officer", {"incident": call.number}, "not_there"),
            ("technician", {"reason": "is it focused?"}, "not_there"),
            ("foreign_commander", {"reason": "roll-call by video"}, "not_there"),
            ("centre_commander", {"incident": call.number}, ""),
        ]
        for name, why, code in expected:
            async with reach(web, "", await token_of(cast, name)) as other:
                room = End(other)
                await room.say(type="watch", source=number, **why)
                said = await room.next("refused" if code else "watching")
                assert said.get("code", "") == code, name
                await room.say(type="watch", source=number + 99, reason="roll-call by video")
                assert (await room.next("refused"))["code"] == "not_there"
        screen = await sync_to_async(make_screen)(cast.s1)
        async with reach(web, "", Cookie=f"screen={screen}") as other:
            room = End(other)
            await room.say(type="watch", source=number)
            assert (await room.next("refused"))["code"] == "reason_required"
            await room.say(type="watch", source=number, incident=call.number)
            await room.next("watching")
    assert await eventually(lambda: not Watch.objects.filter(ended_at=None).exists())
    assert await sync_to_async(Watch.objects.count)() == 4


async def test_a_page_that_can_not_draw_a_stream_goes_on_with_stills_of_it(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    """One watch, one entry; whoever is watched sees who does; two pages share what is made."""
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
        reach(web, "", await token_of(cast, "duty_officer")) as third,
    ):
        phone, room, desk = End(one), End(other), End(third)
        number = (await phone.next("started"))["source"]
        await room.say(type="watch", source=number, incident=call.number)
        await room.next("watching")
        await room.say(type="watch", source=number, incident=call.number, stills=True)
        assert (await room.next("stills"))["source"] == number
        await desk.say(type="watch", source=number, incident=call.number, stills=True)
        await desk.next("stills")
        names = sorted([cast.commander.label, cast.duty_officer.label])
        while (await phone.next("watchers"))["names"] != names:
            pass
        sending = asyncio.ensure_future(_sends(one, units(every=10_000)))
        for end in (room, desk):
            first, second = head_of(await end.packet()), head_of(await end.packet())
            assert {first.codec, second.codec} == {"jpeg"}
            assert (first.source, second.source) == (number, number)
            assert second.captured_us > first.captured_us
        sending.cancel()
        assert await sync_to_async(Watch.objects.count)() == 2
        assert await sync_to_async(AuditEntry.objects.filter(action="watch").count)() == 2
        await room.say(type="leave", source=number)
        while (await phone.next("watchers"))["names"] != [cast.duty_officer.label]:
            pass
        children = _samplers(number)
        assert children
        await desk.say(type="leave", source=number)
        while (await phone.next("watchers"))["names"]:
            pass
        assert await eventually(lambda: not children & _samplers(number)), "with the last who wants stills it ends"


def _samplers(number: int) -> set[int]:
    """The processes that make stills of a source."""
    words = f"devices.pictures.sampler\0{number}\0".encode()
    found = set()
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found |= {int(line.parent.name)} if line.read_bytes().endswith(words) else set()
    return found


async def _sends(link: ClientConnection, clip: list[bytes]) -> None:
    for sequence in range(10_000):
        head = Head("h264", sequence % len(clip) == 0, 0, sequence, 1, 66, int(time.time() * 1e6))
        await link.send(packed(head, clip[sequence % len(clip)]))
        await asyncio.sleep(0.05)  # as a camera does


async def test_stills_need_the_reason_and_the_right_as_the_stream_does(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    cast = transactional_cast
    async with reach(web, "send/", await token_of(cast, "officer")) as one:
        number = (await End(one).next("started"))["source"]
        for name, why, code in [
            ("officer", {"incident": call.number}, "not_there"),
            ("commander", {}, "reason_required"),
        ]:
            async with reach(web, "", await token_of(cast, name)) as other:
                room = End(other)
                await room.say(type="watch", source=number, stills=True, **why)
                assert (await room.next("refused"))["code"] == code
    assert await sync_to_async(Watch.objects.count)() == 0


async def test_who_is_behind_is_told_how_much_was_left_out(web: Web, transactional_cast: Cast, call: Incident) -> None:
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        phone, room = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await room.say(type="watch", source=number, incident=call.number)
        await room.next("watching")
        for sequence in range(12):
            await one.send(piece(sequence, key=sequence == 0, size=100_000))
        said = await room.next("dropped")
        assert (said["source"], said["count"]) == (number, 12 - WINDOW // 100_024)


async def test_a_phones_jpegs_are_whole_of_a_size_and_new(web: Web, transactional_cast: Cast, call: Incident) -> None:
    cast = transactional_cast
    good = [spoilt.jpeg(64, 48, (40 * number, 80, 90)) for number in range(3)]
    bad = [spoilt.jpeg(64, 48)[:200], spoilt.sized(65535, 65535), b"rubbish"]
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        phone, room = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await room.say(type="watch", source=number, incident=call.number)
        await room.next("watching")
        row = [body for pair in zip(good, bad, good, strict=True) for body in pair]
        for sequence, body in enumerate(row):
            await one.send(packed(Head("jpeg", True, 0, sequence, 1, 66, int(time.time() * 1e6)), body))
        got = [await room.packet() for _ in good]
        assert [bytes(payload_of(packet)) for packet in got] == good
        assert [head_of(packet).sequence for packet in got] == [0, 3, 6]
        assert await phone.next("ack"), "it is let go on"


@pytest.mark.parametrize("path", ["", "send/"])
async def test_a_stranger_gets_in_nowhere(web: Web, transactional_cast: Cast, path: str) -> None:
    async with reach(web, path) as link:
        assert await End(link).code() == 4401


@pytest.mark.parametrize("name", ["technician", "inspector", "administrator"])
async def test_only_who_has_orders_sends(web: Web, transactional_cast: Cast, name: str) -> None:
    async with reach(web, "send/", await token_of(transactional_cast, name)) as link:
        assert await End(link).code() == 4403


async def test_a_screen_sends_nothing(web: Web, transactional_cast: Cast) -> None:
    screen = await sync_to_async(make_screen)(transactional_cast.s1)
    async with reach(web, "send/", Cookie=f"screen={screen}") as link:
        assert await End(link).code() == 4403


async def test_rubbish_and_floods_are_cut_off(web: Web, transactional_cast: Cast) -> None:
    token = await token_of(transactional_cast, "officer")
    async with reach(web, "send/", token) as link:
        await End(link).next("started")
        await link.send(b"rubbish")
        assert await End(link).code() == 4400
    async with reach(web, "send/", token) as link:
        await End(link).next("started")
        flood = [piece(sequence, key=True, size=400_000) for sequence in range(30)]
        with pytest.raises(ConnectionClosed):
            for packet in flood:
                await link.send(packet)
            await asyncio.wait_for(_drained(link), 15)
    async with reach(web, "", await token_of(transactional_cast, "commander")) as link:
        await link.send("no json")
        assert await End(link).code() == 4400


async def _drained(link: ClientConnection) -> None:
    while True:
        await link.recv()


async def test_a_phone_may_send_so_many_packets_however_small(web: Web, transactional_cast: Cast) -> None:
    """Each costs the relay and the recorder as much as a large one."""
    async with reach(web, "send/", await token_of(transactional_cast, "officer")) as link:
        await End(link).next("started")
        with pytest.raises(ConnectionClosed) as closed:
            for sequence in range(4_000):
                await link.send(piece(2 * sequence, key=True, size=10))
            await asyncio.wait_for(_drained(link), 15)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4429


async def test_nobody_is_watched_by_a_page_whose_connection_broke(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    """The look ends although the database can't be asked, and its end is entered once it can."""
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        phone, room = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await room.say(type="watch", source=number, incident=call.number)
        while (await phone.next("watchers"))["names"] != [cast.commander.label]:
            pass
        await sync_to_async(_rename)("", "_away")
        try:
            await room.say(type="watch", source=number + 1, incident=call.number)
            assert await room.code() == 4503
            while (await phone.next("watchers"))["names"]:
                pass
        finally:
            await sync_to_async(_rename)("_away", "")
    assert await eventually(lambda: not Watch.objects.filter(ended_at=None).exists())


def _rename(before: str, after: str) -> None:
    with connection.cursor() as cursor:
        for table in ("devices_picturesource", "devices_watch"):
            cursor.execute(f"ALTER TABLE {table}{before} RENAME TO {table}{after}")


async def test_a_connection_that_nobody_looks_after_is_closed() -> None:
    socket, closed = Watcher(), []

    async def close(code: int) -> None:
        closed.append(code)

    async def broken() -> None:
        raise OperationalError("the database is away")

    socket.close = close
    await socket.guarded(broken())
    assert closed == [4503]


async def test_the_same_persons_other_page_takes_over(web: Web, transactional_cast: Cast) -> None:
    token = await token_of(transactional_cast, "officer")
    async with reach(web, "send/", token) as first, reach(web, "send/", token) as second:
        number = (await End(second).next("started"))["source"]
        assert await End(first).code() == 4409
        await second.send(piece(0, key=True))
        assert (await End(second).next("ack"))["sequence"] == 0
    assert await eventually(lambda: PictureSource.objects.get(pk=number).sending_since is None)


async def test_a_right_withdrawn_ends_it_within_five_seconds(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        phone, room = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await room.say(type="watch", source=number, incident=call.number)
        await room.next("watching")
        began = time.monotonic()
        await sync_to_async(Grant.objects.filter(officer=cast.commander).delete)()
        assert (await room.next("refused"))["code"] == "forbidden"
        assert time.monotonic() - began < 6
        began = time.monotonic()
        await sync_to_async(Officer.objects.filter(pk=cast.officer.pk).update)(is_active=False)
        assert await phone.code() == 4401
        assert time.monotonic() - began < 6
