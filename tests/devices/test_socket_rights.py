"""Every socket × every role × where they are: which of the things that open something each may do at S1. Routes, roles and
messages are read from the code: one without a line or a column here fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from command import asgi, people
from command.models import AuditEntry, Officer, Screen, Station, digest
from command.permissions import Role
from devices import cameras, streams
from devices.models import PictureSource, Turn, Watch
from devices.pictures import asgi as pictures_asgi
from devices.pictures.sockets import SILENCE_S
from dispatch import incidents, units
from tests.conftest import PLACE, Cast, Web
from tests.devices.pictures.ends import End, eventually
from tests.devices.voice.test_sockets import Page

pytestmark = pytest.mark.django_db(transaction=True)

# Of S1 itself; of S1 and sent to the incident; of the centre above it; of its neighbour; of a station below it.
PLACES = ("own", "sent", "above", "beside", "below")
NOBODY = "nobody"
# ● may, · may not: a column a role, in each the PLACES in their order. A screen is sent nowhere: the second is as the first;
# words of its own it has none, they are whoever's who took it over, and so is what is listened to.
WHO = (
    "commander", "duty_officer", "officer", "auxiliary", "watchlist_admin", "reviewer", "inspector", "technician",
    "administrator", "screen", "nobody",
)  # fmt: skip
TABLE = """
live/          | hear of anything                 | ●●●●● ●●●●● ●●●●● ●●●●● ····· ····· ●●●●● ····· ····· ●●●●● ·····
live/          | see the incident                 | ●●●·· ●●●·· ●●●·· ·●··· ····· ····· ●●●·· ····· ····· ●●●·· ·····
pictures/      | watch a camera, with words       | ●●●·· ●●●·· ····· ····· ····· ····· ●●●·· ····· ····· ····· ·····
pictures/      | watch a camera, for the incident | ●●●·· ●●●·· ·●··· ····· ····· ····· ●●●·· ····· ····· ●●●·· ·····
pictures/      | watch a phone, for the incident  | ●●●·· ●●●·· ·●··· ····· ····· ····· ●●●·· ····· ····· ●●●·· ·····
pictures/      | listen to it                     | ●●●·· ●●●·· ····· ····· ····· ····· ●●●·· ····· ····· ····· ·····
pictures/send/ | send                             | ●●●●● ●●●●● ●●●●● ●●●●● ····· ····· ····· ····· ····· ····· ·····
pictures/talk/ | hear station:S1                  | ●●●·· ●●●·· ●●●·· ●●●·· ····· ····· ····· ····· ····· ●●··· ·····
pictures/talk/ | say station:S1                   | ●●●·· ●●●·· ●●●·· ●●●·· ····· ····· ····· ····· ····· ····· ·····
pictures/talk/ | hear all:C                       | ●●●●● ●●●●● ●●●●● ●●●●● ····· ····· ····· ····· ····· ●●●●● ·····
pictures/talk/ | say all:C                        | ●●●●● ●●●●● ····· ····· ····· ····· ····· ····· ····· ····· ·····
pictures/talk/ | hear incident:                   | ●●●·· ●●●·· ·●··· ·●··· ····· ····· ····· ····· ····· ●●··· ·····
pictures/talk/ | say incident:                    | ●●●·· ●●●·· ·●··· ·●··· ····· ····· ····· ····· ····· ····· ·····
pictures/talk/ | open officer:                    | ●●●·· ●●●·· ····· ····· ····· ····· ····· ····· ····· ····· ·····
pictures/talk/ | say officer:                     | ●●●·· ●●●·· ····· ····· ····· ····· ····· ····· ····· ····· ·····
pictures/talk/ | open aloud:                      | ●●●·· ●●●·· ····· ····· ····· ····· ····· ····· ····· ····· ·····
pictures/talk/ | say aloud:                       | ●●●·· ●●●·· ····· ····· ····· ····· ····· ····· ····· ····· ·····
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
EXPECTED = {
    (socket, what, who, place): mark == "●"
    for socket, what, cells in ROWS
    for who, cell in zip(WHO, cells.split(), strict=True)
    for place, mark in zip(PLACES, cell, strict=True)
}
ROUTES = {
    str(route.pattern): route.callback.consumer_class
    for router in (asgi.sockets, pictures_asgi.sockets)
    for route in router.routes
}
# By socket, the messages by which a page opens something, and those by which it can't
OPENING = {"pictures/": {"watch", "listen"}, "pictures/talk/": {"talk", "join"}}
HARMLESS = {"pictures/": {"mute", "leave"}, "pictures/talk/": {"release", "groups", "ping"}}
WORDS = "看路口是否畅通"


def test_every_socket_role_and_message_is_in_the_table() -> None:
    assert set(ROUTES) == {row[0] for row in ROWS}, "a socket without a line"
    assert set(WHO) == {*Role, NOBODY}, "a role without a column"
    for path, consumer in ROUTES.items():
        known = OPENING.get(path, set()) | HARMLESS.get(path, set())
        assert set(getattr(consumer, "acts", {})) == known, (
            f"a message of {path} of which nobody says whether it opens something"
        )


@dataclass
class Stage:
    """What there is at S1, and who comes: by role and place, the headers with which they connect, and as whom others see them."""

    web: Web
    number: str
    camera: int
    bearer: Officer
    phone: str
    speaker: str
    coming: dict[tuple[str, str], tuple[dict[str, str], str]] = field(default_factory=dict)

    def link(self, path: str, headers: dict[str, str]) -> Any:
        address = self.web.socket.replace("/live/", f"/{path}")
        return connect(address, additional_headers=headers, proxy=None, max_size=None)


def by(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def staged(web: Web, cast: Cast) -> Stage:
    """The officer, on 2107, shows the scene; 2109 has all the roles that are sent there too."""
    below = Station.objects.create(parent=cast.s1, code="S11", name="警务室", zone="Asia/Shanghai")
    stations = dict(zip(PLACES, (cast.s1, cast.s1, cast.centre, cast.s2, below), strict=True))
    where = {
        **PLACE,
        "lat": PLACE["lat"] + 40 / 111_195,
        "height_m": 4.5,
        "bearing_deg": 180.0,
        "fov_deg": 70.0,
        "range_m": 90.0,
    }
    camera = streams.set_stream(None, cameras.add_camera(None, cast.s1, "东门 1", "visible", **where).pk, "").pk
    number = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    made = Stage(web, number, camera, cast.officer, cast.token("officer"), cast.token("duty2"))
    for role in sorted(set(Role) - {Role.SCREEN}):
        for place, station in stations.items():
            one = people.add_officer(None, f"{role}_{place}", role, station, None, name=f"{role} {place}")
            made.coming[role, place] = by(people.add_token(None, one, 1)), one.label
    for place, station in stations.items():
        key = f"screen-{place}"
        Screen.objects.create(station=station, key_hash=digest(key), name=key)
        made.coming[Role.SCREEN, place] = {"Cookie": f"screen={key}"}, key
        made.coming[NOBODY, place] = {}, ""
    crews = {"2107": ["officer"], "2109": [f"{role}_sent" for role in Role if role != Role.SCREEN]}
    for call_sign, crew in crews.items():
        units.add_unit(None, cast.s1, call_sign)
        units.book_on(cast.duty_officer, call_sign, crew)
        units.assign(cast.duty_officer, number, call_sign)
    return made


@pytest.fixture
async def stage(web: Web, transactional_cast: Cast) -> Stage:
    return await sync_to_async(staged)(web, transactional_cast)


@asynccontextmanager
async def showing(stage: Stage) -> AsyncIterator[tuple[End, int]]:
    """The officer's phone shows the scene, and says now and then that it is there; it, and its source."""
    async with stage.link("pictures/send/", by(stage.phone)) as link:
        phone = End(link)
        number = (await phone.next("started"))["source"]
        saying = asyncio.ensure_future(says_that_it_is_there(phone))
        yield phone, number
        saying.cancel()


async def says_that_it_is_there(phone: End) -> None:
    while True:
        await phone.say(type="ping")
        await asyncio.sleep(SILENCE_S / 5)


async def compare(stage: Stage, path: str, tried: Any) -> None:
    """Have everybody try; `tried` gives, of a connection, whose it is and what they are called there, what they may."""
    wrong = []
    for (who, place), (headers, label) in stage.coming.items():
        async with stage.link(path, headers) as link:
            found = await tried(link, label)
        wanted = {
            what: may for (socket, what, *whose), may in EXPECTED.items() if (socket, *whose) == (path, who, place)
        }
        assert found.keys() <= wanted.keys(), path
        wrong += [f"{who}, {place}: {what}: {not may}" for what, may in wanted.items() if found.get(what, False) != may]
    assert wrong == []


async def test_the_live_picture(stage: Stage) -> None:
    async def tried(link: Any, _label: str) -> dict[str, bool]:
        try:
            await link.send(json.dumps({"type": "hello", "cursor": None}))
            shown = await End(link).next("snapshot")
        except ConnectionClosed as closed:
            assert closed.rcvd and closed.rcvd.code in (4401, 4403)
            return {}
        numbers = [one["number"] for one in shown["topics"]["incident"]]
        return {"hear of anything": True, "see the incident": stage.number in numbers}

    await compare(stage, "live/", tried)


async def test_pictures(stage: Stage) -> None:
    async with showing(stage) as (phone, source):

        async def tried(link: Any, label: str) -> dict[str, bool]:
            page = End(link)
            camera, incident = stage.camera, {"incident": stage.number}
            if not label:
                return {"": True} if await page.code() != 4401 else {}
            return {
                "watch a camera, with words": await watches(page, camera, reason=WORDS),
                "watch a camera, for the incident": await watches(page, camera, **incident),
                "watch a phone, for the incident": await watches(page, source, **incident),
                "listen to it": await listens(page, phone, source, label, **incident),
            }

        await compare(stage, "pictures/", tried)
    assert await eventually(lambda: not Watch.objects.filter(ended_at=None).exists())
    assert await eventually(nobody_sends)


def nobody_sends() -> bool:
    return not PictureSource.objects.exclude(sending_since=None).exists()


async def watches(page: End, source: int, **how: Any) -> bool:
    """Whether a page may watch a source; afterwards it does not."""
    await page.say(type="watch", sources=[source], **how)
    said = await of(page, "watching", "refused")
    await page.say(type="leave", source=source)
    assert said["type"] != "refused" or said["code"] in ("not_there", "not_taken_over"), said
    return said["type"] != "refused"


async def listens(page: End, phone: End, source: int, label: str, **why: Any) -> bool:
    """Whether a page may hear a phone that it watches; the phone is told so."""
    await page.say(type="watch", sources=[source], **why)
    watched = (await of(page, "watching", "refused"))["type"] == "watching"
    await page.say(type="listen", source=source)
    await page.say(type="watch", sources=[0], **why)  # answered after it
    heard = (await of(page, "unheard", "refused"))["type"] != "unheard" and watched
    while heard and (await phone.next("listeners"))["names"] != [label]:
        pass
    await page.say(type="leave", source=source)
    while heard and (await phone.next("listeners"))["names"]:
        pass
    return heard


async def of(page: End, *kinds: str) -> dict[str, Any]:
    """The next words of one of some kinds."""
    async with asyncio.timeout(15):
        while True:
            came = await page.link.recv()
            if isinstance(came, str) and json.loads(came)["type"] in kinds:
                return json.loads(came)


async def test_sending(stage: Stage) -> None:
    async def tried(link: Any, _label: str) -> dict[str, bool]:
        try:
            await End(link).next("started")
        except ConnectionClosed as closed:
            assert closed.rcvd and closed.rcvd.code in (4401, 4403)
            return {}
        return {"send": True}

    await compare(stage, "pictures/send/", tried)
    assert await eventually(nobody_sends)


async def test_talk(stage: Stage) -> None:
    own = {"officer": f"officer:{stage.bearer.pk}", "aloud": f"aloud:{stage.bearer.pk}"}
    open_groups = {"station:S1": "station:S1", "all:C": "all:C", "incident:": f"incident:{stage.number}"}
    async with showing(stage), stage.link("pictures/talk/", by(stage.speaker)) as other:
        speaker = Page(other)

        async def tried(link: Any, label: str) -> dict[str, bool]:
            page = Page(link)
            try:
                await page.next("groups")
            except ConnectionClosed as closed:
                assert closed.rcvd and closed.rcvd.code == (4403 if label else 4401)
                return {}
            found = {}
            for name, group in open_groups.items():
                found[f"hear {name}"] = await hears(page, speaker, group)
                found[f"say {name}"] = await says(page, group)
            for kind, group in own.items():
                found[f"open {kind}:"] = await opens(page, group)
                found[f"say {kind}:"] = await says(page, group)
                await page.say(type="join", group="station:S1")
            return found

        await compare(stage, "pictures/talk/", tried)
    assert await eventually(lambda: nobody_sends() and not Turn.objects.filter(ended_at=None).exists())


async def hears(page: Page, speaker: Page, group: str) -> bool:
    """Whether a page that asks to hear a group hears what somebody who leads says there."""
    await page.say(type="join", group=group)
    await page.say(type="ping")
    await page.next("pong")
    await speaker.talk(group)
    await page.say(type="ping")
    seen = len(page.said)
    await page.next("pong")
    await speaker.say(type="release")
    await speaker.next("quiet")
    return any(said["type"] == "speaking" and said["group"] == group for said in page.said[seen:])


async def says(page: Page, group: str) -> bool:
    """Whether a page gets the floor of a group; afterwards it has not."""
    await page.say(type="talk", group=group)
    told = await page.next_of("granted", "refused")
    if told["type"] == "refused":
        assert told["code"] in ("not_there", "forbidden", "not_taken_over"), told
        return False
    await page.say(type="release")
    await page.next("quiet")
    return True


async def opens(page: Page, group: str) -> bool:
    """Whether a page that asks to hear what is between two people is let in, which is entered."""
    opened = AuditEntry.objects.filter(action="open_channel")
    before = await sync_to_async(opened.count)()
    await page.say(type="join", group=group)
    await page.say(type="ping")
    await page.next("pong")
    return await sync_to_async(opened.count)() > before
