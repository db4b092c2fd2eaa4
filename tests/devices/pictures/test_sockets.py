"""The sockets of pictures against a real web process: what a phone sends a page gets, what is entered, and who is told."""

import asyncio
import threading
import time

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection

from command.models import AuditEntry
from devices.models import PictureSource, Watch
from devices.pictures import sockets
from devices.pictures.packet import Head, head_of, packed, payload_of
from devices.pictures.relay import WINDOW
from devices.pictures.sockets import LATER, surely
from devices.pictures.watch_sockets import Watcher
from dispatch.models import Incident
from operation.faults import spoilt
from tests.conftest import Cast, Web
from tests.devices.pictures.ends import End, eventually, piece, reach, sound, token_of

pytestmark = pytest.mark.django_db(transaction=True)


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
        await room.say(type="watch", sources=[number], incident=call.number)
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
        while (await phone.next("ack"))["sequence"] < 3:
            pass  # as many as had come by then
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
        await room.say(type="watch", sources=[number], incident=call.number)
        await room.next("watching")
        await one.send(sound(0))
        await one.send(piece(0, key=True))
        assert head_of(await room.packet()).codec == "h264", "who does not listen hears nothing"
        await room.say(type="listen", source=number)
        assert (await phone.next("listeners"))["names"] == [cast.commander.label]
        assert (
            await sync_to_async(AuditEntry.objects.filter(action="listen", actor_id=str(cast.commander.pk)).count)()
            == 1
        )
        await one.send(sound(1))
        heard = head_of(await room.packet())
        assert (heard.codec, heard.source, heard.sequence) == ("opus", number, 1)
        await room.say(type="ack", bytes={}, sound={str(number): 84})
        await room.say(type="leave", source=number)
        assert (await phone.next("listeners"))["names"] == []
        assert await sync_to_async(Watch.objects.count)() == 1


async def test_who_is_behind_is_told_how_much_was_left_out(web: Web, transactional_cast: Cast, call: Incident) -> None:
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        phone, room = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await room.say(type="watch", sources=[number], incident=call.number)
        await room.next("watching")
        for sequence in range(12):
            await one.send(piece(sequence, key=sequence == 0, size=100_000))
        left_out = 12 - WINDOW // 100_024
        while (said := await room.next("dropped"))["count"] < left_out:
            pass  # some had not come yet
        assert (said["source"], said["count"]) == (number, left_out)


async def test_pictures_that_come_together_all_arrive_however_long_they_are(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "send/", await token_of(cast, "auxiliary")) as two,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        numbers, room = [(await End(phone).next("started"))["source"] for phone in (one, two)], End(other)
        await room.say(type="watch", sources=numbers, incident=call.number)
        for _ in numbers:
            await room.next("watching")
        for sequence in range(5):  # in how many messages they come is a matter of moments: two make one of 1.2 MB
            await asyncio.gather(*(phone.send(piece(sequence, key=True, size=600_000)) for phone in (one, two)))
            got = [head_of(await room.packet()) for _ in numbers]
            assert sorted((head.source, head.sequence) for head in got) == sorted((one, sequence) for one in numbers)
            await room.say(type="ack", bytes={str(number): 600_024 for number in numbers})


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
        await room.say(type="watch", sources=[number], incident=call.number)
        await room.next("watching")
        row = [body for pair in zip(good, bad, good, strict=True) for body in pair]
        for sequence, body in enumerate(row):
            await one.send(packed(Head("jpeg", True, 0, sequence, 1, 66, int(time.time() * 1e6)), body))
        got = [await room.packet() for _ in good]
        assert [bytes(payload_of(packet)) for packet in got] == good
        assert [head_of(packet).sequence for packet in got] == [0, 3, 6]
        assert await phone.next("ack"), "it is let go on"


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
        await room.say(type="watch", sources=[number], incident=call.number)
        while (await phone.next("watchers"))["names"] != [cast.commander.label]:
            pass
        await sync_to_async(_rename)("", "_away")
        try:
            await room.say(type="watch", sources=[number + 1], incident=call.number)
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


async def test_what_could_not_be_entered_is_though_who_entered_it_was_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "END_AGAIN_S", 0.01)
    tried: list[str] = []
    begun, may_go_on = threading.Event(), threading.Event()

    def verb() -> None:
        tried.append("once more" if tried else "first")
        begun.set()
        may_go_on.wait(10)
        if len(tried) == 1:
            raise OperationalError

    ending = asyncio.ensure_future(surely(verb))
    await asyncio.to_thread(begun.wait, 10)
    ending.cancel()
    may_go_on.set()
    while LATER:
        await asyncio.sleep(0.01)
    assert tried == ["first", "once more"]


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
