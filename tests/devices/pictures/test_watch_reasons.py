"""Nobody watches without a reason, and who is on an incident watches what is there and nothing else, as long as they are."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async

from command import screens
from command.models import AuditEntry, Grant, Officer, Screen
from devices.models import Watch
from devices.pictures.packet import head_of
from dispatch import incidents, units
from dispatch.models import Incident
from tests.command.test_screens import PIN
from tests.conftest import Cast, Web, make_screen
from tests.devices.pictures.ends import End, eventually, piece, reach, token_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_nobody_watches_without_a_reason_or_a_right(web: Web, transactional_cast: Cast, call: Incident) -> None:
    cast = transactional_cast
    async with reach(web, "send/", await token_of(cast, "officer")) as one:
        number = (await End(one).next("started"))["source"]
        expected = [
            ("commander", {}, "reason_required"),
            ("commander", {"reason": "look"}, "reason_required"),
            ("commander", {"reason": "........"}, "reason_required"),
            ("commander", {"reason": "a long word " * 20}, "invalid"),
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
                await room.say(type="watch", sources=[number], **why)
                said = await room.next("refused" if code else "watching")
                assert said.get("code", "") == code, name
                await room.say(type="watch", sources=[number + 99], reason="roll-call by video")
                assert (await room.next("refused"))["code"] == "not_there"
        screen = await sync_to_async(make_screen)(cast.s1)
        async with reach(web, "", Cookie=f"screen={screen}") as other:
            room = End(other)
            await room.say(type="watch", sources=[number])
            assert (await room.next("refused"))["code"] == "reason_required"
            await room.say(type="watch", sources=[number], incident=call.number)
            await room.next("watching")
    assert await eventually(lambda: not Watch.objects.filter(ended_at=None).exists())
    assert await sync_to_async(Watch.objects.count)() == 4


async def test_what_is_asked_for_at_once_is_entered_each_for_itself(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    cast = transactional_cast
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "send/", await token_of(cast, "auxiliary")) as another,
        reach(web, "", await token_of(cast, "commander")) as other,
    ):
        numbers = [(await End(phone).next("started"))["source"] for phone in (one, another)]
        room = End(other)
        await room.say(type="watch", sources=[*numbers, 9_999, numbers[0]], incident=call.number)
        assert (await room.next("refused"))["source"] == 9_999
        assert [said["source"] for said in room.said if said["type"] == "watching"] == sorted(numbers)
        entries = await sync_to_async(lambda: list(AuditEntry.objects.filter(action="watch").order_by("number")))()
        assert [int(entry.subject_id) for entry in entries] == sorted(numbers)
        assert {entry.facts["incident"] for entry in entries} == {call.number}
        await room.say(type="leave", source=numbers[0])
        assert await eventually(lambda: Watch.objects.filter(ended_at=None).count() == 1)


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
        await room.say(type="watch", sources=[number], incident=call.number)
        await room.next("watching")
        began = time.monotonic()
        await sync_to_async(Grant.objects.filter(officer=cast.commander).delete)()
        assert (await room.next("refused"))["code"] == "forbidden"
        assert time.monotonic() - began < 6
        began = time.monotonic()
        await sync_to_async(Officer.objects.filter(pk=cast.officer.pk).update)(is_active=False)
        assert await phone.code() == 4401
        assert time.monotonic() - began < 6


def _sent(cast: Cast, call: Incident) -> None:
    """The officer's unit and the auxiliary's go there."""
    for call_sign, who in (("2107", "officer"), ("2109", "auxiliary")):
        units.add_unit(None, cast.s1, call_sign)
        units.book_on(cast.duty_officer, call_sign, [who])
        units.assign(cast.duty_officer, call.number, call_sign)


def _released(cast: Cast, call: Incident) -> None:
    units.step(cast.duty_officer, call.number, "2107", "cleared")


def _closed(cast: Cast, call: Incident) -> None:
    incidents.close(cast.duty_officer, call.number, "01")


@pytest.mark.parametrize("over", [_released, _closed])
async def test_who_is_sent_watches_a_colleague_who_is_told_until_it_is_over(
    web: Web, transactional_cast: Cast, call: Incident, over: Callable[[Cast, Incident], None]
) -> None:
    cast = transactional_cast
    await sync_to_async(_sent)(cast, call)
    async with (
        reach(web, "send/", await token_of(cast, "auxiliary")) as one,
        reach(web, "", await token_of(cast, "officer")) as other,
    ):
        phone, mate = End(one), End(other)
        number = (await phone.next("started"))["source"]
        await mate.say(type="watch", sources=[number], reason="roll-call by video")
        assert (await mate.next("refused"))["code"] == "not_there"
        await mate.say(type="watch", sources=[number], incident=call.number)
        await mate.next("watching")
        while (await phone.next("watchers"))["names"] != [cast.officer.label]:
            pass
        await one.send(piece(0, key=True))
        assert head_of(await mate.packet()).source == number
        await mate.say(type="listen", source=number)
        assert (await mate.next("unheard"))["code"] == "forbidden"
        began = time.monotonic()
        await sync_to_async(over)(cast, call)
        assert (await mate.next("refused"))["code"] == "forbidden"
        assert time.monotonic() - began < 6
        while (await phone.next("watchers"))["names"]:
            pass
        assert not any(said.get("names") for said in phone.said if said["type"] == "listeners")
    assert await eventually(lambda: Watch.objects.get().ended_at is not None)


@asynccontextmanager
async def phone_and_screen(web: Web, cast: Cast) -> AsyncIterator[tuple[End, End, int]]:
    """A phone that shows the scene, a paired screen that nobody has taken over, and the phone's source."""
    key = await sync_to_async(make_screen)(cast.s1)
    async with (
        reach(web, "send/", await token_of(cast, "officer")) as one,
        reach(web, "", Cookie=f"screen={key}") as other,
    ):
        phone = End(one)
        yield phone, End(other), (await phone.next("started"))["source"]


async def take_over(cast: Cast, name: str) -> Screen:
    """The screen, which somebody has taken over."""
    screen = await sync_to_async(cast.s1.screens.get)()
    await sync_to_async(screens.set_pin)(cast.people[name], PIN)
    await sync_to_async(screens.take_over)(screen, name, PIN)
    return screen


async def test_who_has_taken_a_screen_over_looks_in_their_own_name(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    cast = transactional_cast
    async with phone_and_screen(web, cast) as (phone, wall, number):
        await phone.next("watchers")
        for why in ({"reason": "roll-call by video"}, {"incident": call.number, "by_hand": True}):
            await wall.say(type="watch", sources=[number], **why)
            assert (await wall.next("refused"))["code"] == "not_taken_over", "nobody is there whose reason it is"
        screen = await take_over(cast, "duty_officer")
        await wall.say(type="watch", sources=[number], reason="roll-call by video")
        await wall.next("watching")
        assert (await phone.next("watchers"))["names"] == [cast.duty_officer.label]
        await wall.say(type="listen", source=number)
        assert (await phone.next("listeners"))["names"] == [cast.duty_officer.label]
        entry = await sync_to_async(Watch.objects.get)()
        assert (entry.actor_kind, entry.actor_id) == ("officer", str(cast.duty_officer.pk))
        await sync_to_async(screens.give_back)(screen)
        said = await wall.next("refused")
        assert (said["source"], said["code"]) == (number, "not_taken_over")
        assert (await phone.next("watchers"))["names"] == []
        await wall.say(type="watch", sources=[number], incident=call.number)
        await wall.next("watching")
    assert await eventually(lambda: not Watch.objects.filter(ended_at=None).exists())
    kinds = await sync_to_async(lambda: list(Watch.objects.order_by("pk").values_list("actor_kind", flat=True)))()
    assert kinds == ["officer", "screen"]


async def test_who_listens_at_a_screen_has_taken_it_over_and_is_named(
    web: Web, transactional_cast: Cast, call: Incident
) -> None:
    """The look may be the screen's own, which opened by itself; to listen to somebody is always a person's."""
    cast = transactional_cast
    async with phone_and_screen(web, cast) as (phone, wall, number):
        await wall.say(type="watch", sources=[number], incident=call.number)
        await wall.next("watching")
        await wall.say(type="listen", source=number)
        said = await wall.next("unheard")
        assert (said["source"], said["code"]) == (number, "not_taken_over")
        screen = await take_over(cast, "commander")
        await wall.say(type="listen", source=number)
        assert (await phone.next("listeners"))["names"] == [cast.commander.label], "nobody was named before"
        await wall.say(type="listen", source=number)  # a second time is the same
        await sync_to_async(screens.give_back)(screen)
        assert (await wall.next("unheard"))["code"] == "not_taken_over"
        assert (await phone.next("listeners"))["names"] == []
        await phone.link.send(piece(0, key=True))
        assert head_of(await wall.packet()).source == number, "what the screen looks at by itself goes on"
    entry = await sync_to_async(AuditEntry.objects.get)(action="listen")
    assert (entry.actor_kind, entry.actor_id) == ("officer", str(cast.commander.pk))
    assert entry.facts["incident"] == call.number
    assert (await sync_to_async(Watch.objects.get)(pk=entry.facts["watch"])).actor_kind == "screen"
