"""A page that can't draw a stream watches stills of it by the same watch: one entry, one name on the phone, one child."""

import asyncio
import contextlib
import time
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection

from command.models import AuditEntry
from devices.models import Watch
from devices.pictures.packet import Head, head_of, packed
from dispatch.models import Incident
from tests.clips import units
from tests.conftest import Cast, Web
from tests.devices.pictures.ends import End, eventually, reach, token_of

pytestmark = pytest.mark.django_db(transaction=True)


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
        await room.say(type="watch", sources=[number], incident=call.number)
        await room.next("watching")
        await room.say(type="watch", sources=[number], incident=call.number, stills=True)
        assert (await room.next("stills"))["source"] == number
        await desk.say(type="watch", sources=[number], incident=call.number, stills=True)
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
                await room.say(type="watch", sources=[number], stills=True, **why)
                assert (await room.next("refused"))["code"] == code
    assert await sync_to_async(Watch.objects.count)() == 0
