"""Talk against a real web process: who hears and speaks where, who takes the floor, what is kept and what is entered."""

import asyncio
import json
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from command import screens
from command.models import AuditEntry, Grant, Officer
from devices.models import Turn
from devices.pictures.packet import HEAD_BYTES, Head, head_of, packed, payload_of
from devices.voice import files
from dispatch import help as helping
from dispatch import incidents, units
from tests.command.test_screens import PIN
from tests.conftest import PLACE, Cast, Web, make_screen
from tests.devices.pictures.ends import End, eventually, reach, token_of
from tests.devices.voice.test_ogg import pages

pytestmark = pytest.mark.django_db(transaction=True)


class Page(End):
    """A page that talks: it knows its groups, and speaks by packets that carry their number."""

    def __init__(self, link: ClientConnection) -> None:
        super().__init__(link)
        self.granted: dict[str, Any] = {}
        self.sequence = 0

    def packets_of(self, message: bytes) -> list[bytes]:
        """Of talk there is one in each."""
        return [message]

    async def next_of(self, *kinds: str) -> dict[str, Any]:
        """The next words of one of some kinds."""
        async with asyncio.timeout(15):
            while True:
                came = await self.link.recv()
                if isinstance(came, str) and json.loads(came)["type"] in kinds:
                    return json.loads(came)

    async def groups(self) -> dict[str, dict[str, Any]]:
        return {one["key"]: one for one in (await self.next("groups"))["groups"]}

    async def talk(self, group: str) -> None:
        """Ask for the floor and get it."""
        await self.say(type="talk", group=group)
        self.granted, self.sequence = await self.next("granted"), 0
        assert self.granted["group"] == group

    async def speak(self, count: int = 1, **head: Any) -> None:
        for _ in range(count):
            await self.link.send(sound(self.sequence, self.granted.get("epoch", 0), **head))
            self.sequence += 1

    async def refusal(self, group: str) -> dict[str, Any]:
        await self.say(type="talk", group=group)
        return await self.next("refused")


def sound(sequence: int, epoch: int = 1, *, codec: str = "opus", size: int = 60, duration: int = 20) -> bytes:
    return packed(
        Head(codec, True, 0, sequence, epoch, duration, int(time.time() * 1e6)), bytes([sequence % 256]) * size
    )


@pytest.fixture
def number(transactional_cast: Cast) -> str:
    """An incident with the officer's unit on it."""
    cast = transactional_cast
    units.add_unit(None, cast.s1, "2107")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    made = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    units.assign(cast.duty_officer, made, "2107")
    return made


async def test_what_one_says_the_others_hear_and_it_is_kept(web: Web, transactional_cast: Cast, number: str) -> None:
    cast, group = transactional_cast, f"incident:{number}"
    async with (
        reach(web, "talk/", await token_of(cast, "officer")) as one,
        reach(web, "talk/", await token_of(cast, "duty_officer")) as other,
        reach(web, "talk/", await token_of(cast, "auxiliary")) as third,
    ):
        phone, desk, aside = Page(one), Page(other), Page(third)
        assert group in await phone.groups() and group in await desk.groups()
        assert group not in await aside.groups(), "an incident's group is for its own people"
        await phone.talk(group)
        heard = await desk.next("speaking")
        assert (heard["group"], heard["name"], heard["own"]) == (group, f"2107 {cast.officer.label}", False)
        await phone.speak(20)
        got = [await desk.packet() for _ in range(20)]
        assert [head_of(packet).sequence for packet in got] == list(range(20))
        assert {head_of(packet).source for packet in got} == {heard["source"]}, "whatever the phone wrote there"
        assert bytes(payload_of(got[19])) == bytes([19]) * 60
        await phone.say(type="release")
        assert (await desk.next("quiet"))["source"] == heard["source"]
        await aside.say(type="ping")
        await aside.next("pong")
        assert aside.packets == [] and not any(said["type"] == "speaking" for said in aside.said)
    assert await eventually(lambda: Turn.objects.get().ended_at is not None)
    turn = await sync_to_async(Turn.objects.select_related("speaker").get)()
    assert (turn.group, turn.speaker, turn.ending, turn.packets) == (group, cast.officer, "released", 20)
    kept = files.read(settings.TURNS, turn.key, turn.sha256)
    assert kept and [one for page in pages(kept)[2:] for one in page[3]] == [bytes([n]) * 60 for n in range(20)]
    entered = await sync_to_async(lambda: list(AuditEntry.objects.filter(subject_kind="turn").order_by("number")))()
    assert [(one.action, one.actor_id) for one in entered] == [
        ("begin_turn", str(cast.officer.pk)),
        ("end_turn", str(cast.officer.pk)),
    ]
    assert entered[1].facts["sha256"] == turn.sha256


async def test_one_at_a_time_but_for_the_room_and_who_is_in_distress(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    async with (
        reach(web, "talk/", await token_of(cast, "officer")) as one,
        reach(web, "talk/", await token_of(cast, "auxiliary")) as two,
        reach(web, "talk/", await token_of(cast, "duty_officer")) as three,
    ):
        phone, aide, desk = Page(one), Page(two), Page(three)
        await phone.talk("station:S1")
        await phone.speak()
        refused = await aide.refusal("station:S1")
        assert (refused["code"], refused["by"]) == ("held", cast.officer.label)
        await desk.talk("station:S1")
        lost = await phone.next("ended")
        assert (lost["code"], lost["by"]) == ("taken", cast.duty_officer.label)
        await phone.speak(3)
        await desk.speak()
        assert head_of(await aide.packet()).epoch == phone.granted["epoch"]
        assert head_of(await aide.packet()).epoch == desk.granted["epoch"], "what comes after its turn is nothing"
        await sync_to_async(helping.call)(cast.auxiliary, "sos")
        await aide.talk("station:S1")
        assert (await desk.next("ended"))["code"] == "taken"
        assert (await desk.refusal("station:S1"))["code"] == "held", "nobody takes it from who is in distress"
    assert await eventually(lambda: not Turn.objects.filter(ended_at=None).exists())


async def test_who_comes_later_hears_at_once_and_who_is_behind_loses_sound(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    token = await token_of(cast, "duty_officer")  # who says nothing for a moment has no turn any more
    async with reach(web, "talk/", await token_of(cast, "officer")) as one:
        phone = Page(one)
        await phone.talk("station:S1")
        await phone.speak(5)
        async with reach(web, "talk/", token) as other:
            desk = Page(other)
            heard = await desk.next("speaking")
            assert heard["seconds"] >= 0
            while head_of(await desk.packet()).sequence < 4:  # the newest, before anybody says more
                pass
            for _ in range(8):  # 160 packets of 84 bytes, of which nobody says that they were taken
                await phone.speak(20)
                await asyncio.sleep(0.15)
            await phone.say(type="release")
            quiet = await desk.next("quiet")
            assert len(desk.packets) * 84 <= 5_000
            assert quiet["dropped"] == 160 - len(desk.packets)


async def test_rights_say_who_hears_what(web: Web, transactional_cast: Cast, number: str) -> None:
    cast, own = transactional_cast, f"incident:{number}"
    expected = {
        "officer": {"station:S1", own, "all:C", f"officer:{cast.officer.pk}", f"aloud:{cast.officer.pk}"},
        "foreign_duty": {"station:S2", "all:C", f"officer:{cast.foreign_duty.pk}", f"aloud:{cast.foreign_duty.pk}"},
        "duty_officer": {
            "station:S1", own, "all:C", f"officer:{cast.duty_officer.pk}", f"aloud:{cast.duty_officer.pk}",
            f"officer:{cast.officer.pk}",
        },
    }  # fmt: skip
    for name, groups in expected.items():
        async with reach(web, "talk/", await token_of(cast, name)) as link:
            page = Page(link)
            found = await page.groups()
            assert set(found) == groups, name
            assert found["all:C"]["may_speak"] == (name != "officer"), "to all speaks who leads"
            if name == "foreign_duty":
                for group in (own, "station:S1", f"officer:{cast.officer.pk}", "rubbish", ""):
                    assert (await page.refusal(group))["code"] == "not_there"
    for name in ("technician", "inspector", "administrator", "watchlist_admin"):
        async with reach(web, "talk/", await token_of(cast, name)) as link:
            assert await Page(link).code() == 4403, name
    async with reach(web, "talk/") as link:
        assert await Page(link).code() == 4401
    async with reach(web, "talk/", await token_of(cast, "centre_commander")) as link:
        page = Page(link)
        assert {"station:C", "station:S1", "station:S2", own, "all:C"} <= set(await page.groups())
        await page.say(type="join", group="station:S1")
        async with reach(web, "talk/", await token_of(cast, "officer")) as other:
            phone = Page(other)
            await phone.talk("station:S1")
            assert (await page.next("speaking"))["group"] == "station:S1"
    assert await eventually(lambda: not Turn.objects.filter(ended_at=None).exists())


async def test_a_screen_hears_and_speaks_only_in_somebodys_name(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    key = await sync_to_async(make_screen)(cast.s1)
    async with (
        reach(web, "talk/", Cookie=f"screen={key}") as one,
        reach(web, "talk/", await token_of(cast, "officer")) as other,
    ):
        wall, phone = Page(one), Page(other)
        assert set(await wall.groups()) == {"station:S1", "all:C"}
        await phone.talk("station:S1")
        await phone.speak()
        assert head_of(await wall.packet()).codec == "opus"
        await phone.say(type="release")
        assert (await wall.refusal("station:S1"))["code"] == "not_taken_over"
        await sync_to_async(_taken_over)(cast)
        await wall.talk("station:S1")
        assert (await phone.next("speaking"))["name"] == cast.duty2.label
        await wall.say(type="release")
        assert (await wall.refusal(f"officer:{cast.officer.pk}"))["code"] == "not_there", "nothing private in a hall"
    assert await eventually(lambda: Turn.objects.filter(speaker=cast.duty2, ended_at__isnull=False).exists())


def _taken_over(cast: Cast) -> None:
    screens.set_pin(cast.duty2, PIN)
    screens.take_over(make_screen_row(cast), "duty2", PIN)


def make_screen_row(cast: Cast) -> Any:
    make_screen(cast.s1)
    return cast.s1.screens.get()


async def test_a_coach_speaks_to_one_officer_and_nobody_else_hears(
    web: Web, transactional_cast: Cast, number: str
) -> None:
    cast, group = transactional_cast, f"officer:{transactional_cast.officer.pk}"
    async with (
        reach(web, "talk/", await token_of(cast, "commander")) as one,
        reach(web, "talk/", await token_of(cast, "duty_officer")) as two,
        reach(web, "talk/", await token_of(cast, "officer")) as three,
    ):
        coach, desk, phone = Page(one), Page(two), Page(three)
        assert (await phone.refusal(group))["code"] == "nobody_there"
        await coach.talk(group)
        await coach.speak(2)
        assert (await phone.next("speaking"))["name"] == cast.commander.label
        assert head_of(await phone.packet()).sequence == 0
        await coach.say(type="release")
        await phone.next("quiet")
        await phone.talk(group)
        await phone.speak()
        heard = await coach.next("speaking")
        while heard["name"] == cast.commander.label:
            heard = await coach.next("speaking")
        assert heard["name"] == f"2107 {cast.officer.label}"
        assert head_of(await coach.packet()).sequence == 0
        await desk.say(type="ping")
        await desk.next("pong")
        assert desk.packets == [] and not any(said["type"] == "speaking" for said in desk.said)
        for kind in ("talk", "join"):
            await desk.say(type=kind, group=group)
            refused = await desk.next("refused")
            assert (refused["code"], refused["by"]) == ("held", cast.commander.label), "what is private two people hear"
        await coach.say(type="join", group="station:S1")
        await coach.say(type="ping")
        await coach.next("pong")  # it has been taken up
        await phone.say(type="release")
        assert (await phone.refusal(group))["code"] == "nobody_there", "the coach is gone"
    opened = await sync_to_async(AuditEntry.objects.get)(action="open_channel")
    assert (opened.subject_id, opened.facts) == (str(cast.officer.pk), {"group": "officer"})


async def test_silence_ends_a_turn(web: Web, transactional_cast: Cast) -> None:
    async with reach(web, "talk/", await token_of(transactional_cast, "officer")) as link:
        phone = Page(link)
        await phone.talk("station:S1")
        assert (await phone.next("ended"))["code"] == "silence"
        await phone.talk("station:S1")
    assert await eventually(lambda: Turn.objects.filter(ending="silence", sha256="").count() == 1)
    assert await eventually(lambda: not Turn.objects.filter(ended_at=None).exists())


async def test_rubbish_and_floods_are_cut_off(web: Web, transactional_cast: Cast) -> None:
    token = await token_of(transactional_cast, "officer")
    for rubbish in (b"rubbish", sound(0, codec="h264"), sound(0, size=1276), sound(0, duration=0), "no json"):
        async with reach(web, "talk/", token) as link:
            phone = Page(link)
            await phone.talk("station:S1")
            await link.send(rubbish)
            assert await phone.code() == 4400
    async with reach(web, "talk/", token) as link:
        phone = Page(link)
        await phone.talk("station:S1")
        with pytest.raises(ConnectionClosed):
            for sequence in range(1000):
                await link.send(sound(sequence, size=1200))
            async with asyncio.timeout(15):
                while True:
                    await link.recv()
    async with reach(web, "talk/", token) as link:
        phone = Page(link)
        with pytest.raises(ConnectionClosed):
            for _ in range(1000):
                await phone.say(type="groups")
            async with asyncio.timeout(15):
                while True:
                    await link.recv()
    assert await eventually(lambda: not Turn.objects.filter(ended_at=None).exists())
    assert len(sound(0)) == HEAD_BYTES + 60


async def test_a_right_withdrawn_ends_it_within_five_seconds(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    async with (
        reach(web, "talk/", await token_of(cast, "duty_officer")) as one,
        reach(web, "talk/", await token_of(cast, "officer")) as other,
    ):
        desk, phone = Page(one), Page(other)
        await desk.talk("all:C")
        await phone.next("speaking")
        began = time.monotonic()
        await sync_to_async(Grant.objects.filter(officer=cast.duty_officer).update)(role="officer")
        await asyncio.gather(_until_ended(desk, "forbidden"), phone.next("quiet"))
        assert time.monotonic() - began < 6
        await sync_to_async(Officer.objects.filter(pk=cast.officer.pk).update)(is_active=False)
        assert await phone.code() == 4401
        assert time.monotonic() - began < 12


async def _until_ended(page: Page, code: str) -> None:
    """Speak on until the turn is ended by the station."""
    ended = asyncio.ensure_future(page.next("ended"))
    while not ended.done():
        await page.speak()
        await asyncio.wait([ended], timeout=0.2)
    assert ended.result()["code"] == code


async def test_the_room_speaks_aloud_where_somebody_shows_the_scene(web: Web, transactional_cast: Cast) -> None:
    cast, group = transactional_cast, f"aloud:{transactional_cast.officer.pk}"
    async with (
        reach(web, "talk/", await token_of(cast, "commander")) as one,
        reach(web, "talk/", await token_of(cast, "officer")) as other,
    ):
        room, phone = Page(one), Page(other)
        assert (await room.refusal(group))["code"] == "not_there", "it shows nothing"
        async with reach(web, "send/", await token_of(cast, "officer")) as camera:
            await End(camera).next("started")
            await room.talk(group)
            assert (await phone.next("speaking"))["group"] == group
            await room.speak()
            assert head_of(await phone.packet()).sequence == 0
            await room.say(type="release")
        assert (await phone.refusal(group))["code"] == "forbidden", "one's own phone is heard, not spoken to"
    opened = await sync_to_async(AuditEntry.objects.get)(action="open_channel")
    assert (opened.subject_id, opened.facts) == (str(cast.officer.pk), {"group": "aloud"})
    assert await eventually(lambda: not Turn.objects.filter(ended_at=None).exists())


async def test_only_one_of_many_who_ask_at_once_gets_the_floor(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    async with (
        reach(web, "talk/", await token_of(cast, "duty_officer")) as one,
        reach(web, "talk/", await token_of(cast, "duty2")) as two,
        reach(web, "talk/", await token_of(cast, "commander")) as three,
    ):
        pages = [Page(link) for link in (one, two, three)]
        for page in pages:
            await page.say(type="talk", group="station:S1")
        told = [await page.next_of("granted", "refused") for page in pages]
        assert sorted(said["type"] for said in told) == ["granted", "refused", "refused"]
        assert {said["code"] for said in told if said["type"] == "refused"} == {"held"}
    assert await eventually(lambda: Turn.objects.filter(ended_at__isnull=False).count() == 1)
