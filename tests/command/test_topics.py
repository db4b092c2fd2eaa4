"""The live picture × whoever may ask, generated from its topics and streams and from the table of roles.

Own and foreign station, a centre, screens, an enterprise's room, whoever is revoked, nobody at all, and pages of others.
"""

import asyncio
import datetime as dt
import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.gis.geos import Point
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from command import alarms, clock, live, people, screens, shares
from command.models import Officer, Screen, Station, Token, digest
from command.permissions import ROLES, SHARED_TOPICS, Level, Role
from devices import cameras, devices
from devices.models import LastFix
from devices.pictures import sending
from dispatch import errands, incidents, orders, road_blocks, units
from dispatch import help as helping
from tests.command.test_sockets import Wall, joined
from tests.conftest import PLACE, Cast, Web, make_screen

pytestmark = pytest.mark.django_db(transaction=True)
NOT_SIGNED_IN, FORBIDDEN = 4401, 4403
FIGHT = {"kind": "fight", "priority": 1, **PLACE}
OF_NO_STATION = {"kind"}  # all stations share it: whoever sees any map sees it
EVERYTHING = frozenset([*live.TOPICS, *live.STREAMS]) - OF_NO_STATION


@dataclass
class Asker:
    """Somebody with a socket: how they show who they are, and what of S1 they ought to be shown."""

    name: str
    headers: dict[str, str]
    sees: frozenset[str] = frozenset()  # topics and streams of S1
    closed: int = 0  # with which the socket closes at once
    hears: frozenset[str] | None = None  # of what then happens at S1; as much as they see unless said
    first: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    end: int = 0


def role_sees(role: Role, at_s1: bool) -> frozenset[str]:
    """What the table of roles says, of all that is pinned. Nobody here is on a task, so of ◐ only the station is seen."""
    capability = {name: (live.TOPICS | live.STREAMS)[name].capability for name in EVERYTHING}
    full = {name for name, needed in capability.items() if ROLES[role].get(needed) == Level.FULL}
    own = {"station"} if ROLES[role].get(live.TOPICS["station"].capability) == Level.OWN else set()
    return frozenset(full | own) if at_s1 else frozenset()


def role_gets_in(role: Role) -> bool:
    return any(topic.capability in ROLES[role] for topic in live.TOPICS.values())


def bearer(officer: Officer) -> dict[str, str]:
    return {"Authorization": f"Bearer {people.add_token(None, officer, 1)}"}


def by_cookie(key: str) -> dict[str, str]:
    return {"Cookie": f"screen={key}"}


def people_of_all_roles(cast: Cast) -> list[Asker]:
    found = []
    for role in ROLES:
        if role == Role.SCREEN:
            continue
        closed = 0 if role_gets_in(role) else FORBIDDEN
        foreign = people.add_officer(None, f"{role}_of_s2", role, cast.s2, None, name="外")
        found.append(Asker(f"{role} of S1", bearer(cast.people[role]), role_sees(role, True), closed))
        found.append(Asker(f"{role} of S2", bearer(foreign), role_sees(role, False), closed))
    above = role_sees(Role.COMMANDER, True)
    return [*found, Asker("commander of the centre", bearer(cast.centre_commander), above)]


def rooms(cast: Cast) -> list[Asker]:
    """One that is shown nothing, one that is shown all there is to be shared; neither is told of the single events."""
    found = []
    for code in ("R0", "R1"):
        room = Station.objects.create(parent=cast.centre, code=code, name=f"室{code}", kind="room")
        found.append(Asker(f"screen of the room {code}", by_cookie(make_screen(room))))
    admin = people.add_officer(None, "root", Role.ADMINISTRATOR, cast.centre, None, name="根")
    shares.share(admin, cast.s1, room, SHARED_TOPICS, everywhere=True)
    found[1].sees = EVERYTHING - {"log", "camera", "picture", "order", "call_for_help", "errand", "road_block"}
    found[1].hears = frozenset({"incident", "unit", "alarm"})
    return found


def those_who_may_no_more(cast: Cast) -> list[Asker]:
    gone = people.add_officer(None, "gone", Role.COMMANDER, cast.s1, None, name="离")
    expired = people.add_officer(None, "expired", Role.COMMANDER, cast.s1, None, name="旧")
    found = [Asker("who was shut out", bearer(gone), closed=NOT_SIGNED_IN)]
    people.deactivate(cast.administrator, gone.pk)
    found.append(Asker("a token that is over", bearer(expired), closed=NOT_SIGNED_IN))
    Token.objects.filter(officer=expired).update(expires_at=clock.now() - dt.timedelta(seconds=1))
    revoked = Screen.objects.create(name="旧墙", station=cast.s1, key_hash=digest("revoked-key"))
    screens.revoke(cast.administrator, revoked.pk)
    found.append(Asker("a revoked screen", by_cookie("revoked-key"), closed=NOT_SIGNED_IN))
    found.append(Asker("an unknown screen", by_cookie("no-such-key"), closed=NOT_SIGNED_IN))
    found.append(Asker("an unknown token", {"Authorization": "Bearer no-such"}, closed=NOT_SIGNED_IN))
    found.append(Asker("nobody", {}, closed=NOT_SIGNED_IN))
    return found


def everybody(cast: Cast) -> list[Asker]:
    screen = role_sees(Role.SCREEN, True)
    walls = [
        Asker("screen of S1", by_cookie(make_screen(cast.s1)), screen),
        Asker("screen of S2", by_cookie(make_screen(cast.s2))),
        Asker("screen of the centre", by_cookie(make_screen(cast.centre)), screen),
    ]
    return [*people_of_all_roles(cast), *walls, *rooms(cast), *those_who_may_no_more(cast)]


@dataclass
class Scene:
    """One of everything at S1."""

    number: str
    device: int
    alarm: int
    order: int


def set_scene(cast: Cast) -> Scene:
    number = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT).number
    device, _ = devices.add_device(None, "phone of 2107", "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, "2107", devices=[device])
    now = clock.now()
    place = Point(PLACE["lon"], PLACE["lat"], srid=4326)
    LastFix.objects.create(device=device, time=now, corrected=now, received=now, place=place)
    add_camera(cast, "东门")
    sending.begin(cast.officer)
    alarm = alarms.raise_alarm(cast.s1.pk, "unassigned", 1, "incident", number)
    assert alarm
    helping.call(cast.officer, "sos", **PLACE)
    units.add_unit(None, cast.s1, "辅1", kind="auxiliary")
    errands.give(cast.duty_officer, "辅1", "守住路口")
    close_a_road(cast, PLACE["lat"])
    return Scene(number, device.pk, alarm.pk, send_another(cast))


def send_another(cast: Cast) -> int:
    """A unit that is sent to another incident, with somebody on it who is none of those who ask; its order."""
    crew = people.add_officer(None, "sent", Role.OFFICER, cast.s1, None, name="派")
    units.add_unit(None, cast.s1, "2108")
    units.book_on(cast.duty_officer, "2108", [crew.username])
    other = incidents.open_incident(cast.duty_officer, cast.s1, **FIGHT).number
    return units.assign(cast.duty_officer, other, "2108").order.pk


def add_camera(cast: Cast, name: str) -> None:
    view = {"height_m": 6.0, "bearing_deg": 90.0, "fov_deg": 60.0, "range_m": 80.0}
    cameras.add_camera(None, cast.s1, name, "visible", **PLACE, **view)


def close_a_road(cast: Cast, lat: float) -> None:
    road_blocks.block(cast.duty_officer, cast.s1, {"type": "Point", "coordinates": [PLACE["lon"], lat]})


def of_s1(topics: dict[str, list[Any]], fixes: list[Any], scene: Scene) -> set[str]:
    """The topics and streams of which something of S1 stands in a snapshot."""
    found = {
        name for name, payloads in topics.items() for one in payloads if "S1" in (one.get("station"), one.get("code"))
    }
    return found | ({"positions"} if any(row[0] == scene.device for row in fixes) else set())


def make_things_happen(cast: Cast, scene: Scene) -> None:
    """Something of every topic of events."""
    incidents.acknowledge(cast.duty_officer, scene.number)
    units.set_status(cast.duty_officer, "2107", "busy")
    alarms.acknowledge(cast.duty_officer, scene.alarm)
    orders.seen(cast.again("sent"), scene.order)
    add_camera(cast, "西门")
    sending.begin(cast.duty_officer)
    helping.call(cast.officer, "help", **PLACE)
    errands.give(cast.duty_officer, "辅1", "疏导人群")
    close_a_road(cast, PLACE["lat"] + 0.01)


TICK_DEVICE = 424_242


def tick() -> bytes:
    number = int(time.time() * 1000)
    row = [TICK_DEVICE, number, 29.6, 106.5, None, None, None, None]
    return f"S1\n{json.dumps({'type': 'fixes', 'tick': number, 'station': 'S1', 'fixes': [row]})}".encode()


async def listen(web: Web, asker: Asker, scene: Scene, all_joined: asyncio.Barrier, over: asyncio.Event) -> None:
    """Join; note what is there, then what comes until it is over."""
    async with joined(web, **asker.headers) as link:
        wall = Wall(link)
        try:
            told = await wall.hello()
            asker.first = of_s1(told["topics"], told["fixes"], scene)
        except ConnectionClosed as closed:
            asker.end = closed.rcvd.code if closed.rcvd else 0
        await all_joined.wait()
        while not asker.end and not over.is_set():
            said = await wall.next("events", "snapshot", "fixes", "beat")
            asker.later |= news_of_s1(said, scene)


def news_of_s1(said: dict[str, Any], scene: Scene) -> set[str]:
    if said["type"] == "fixes":
        return {"positions"} if any(row[0] == TICK_DEVICE for row in said["fixes"]) else set()
    if said["type"] == "snapshot":  # a room's: what has changed is told by all of it
        open_ones = said["topics"]["incident"]
        called = next((one for one in open_ones if one["number"] == scene.number), None)
        return of_s1(said["topics"], [], scene) if called and called["acknowledged_at"] else set()
    return {
        item["topic"] for item in said.get("items", ()) if item["payload"] is not None
    }  # None: not for them, or gone


async def test_everybody_is_shown_and_told_just_what_is_theirs(web: Web, transactional_cast: Cast) -> None:
    cast = transactional_cast
    scene = await sync_to_async(set_scene)(cast)
    askers = await sync_to_async(everybody)(cast)
    all_joined, over = asyncio.Barrier(len(askers) + 1), asyncio.Event()
    bus = redis.Redis(unix_socket_path=settings.REDIS_SOCKET)
    async with asyncio.TaskGroup() as group:
        for asker in askers:
            group.create_task(listen(web, asker, scene, all_joined, over))
        async with asyncio.timeout(30):
            await all_joined.wait()
        await sync_to_async(make_things_happen)(cast, scene)
        for _ in range(20):
            bus.publish(live.STREAMS["positions"].channel, tick())
            await asyncio.sleep(0.25)
        over.set()
    assert [line for asker in askers for line in mistakes(asker)] == []


def mistakes(asker: Asker) -> list[str]:
    """What was wrong for somebody, in words."""
    found = [] if asker.end == asker.closed else [f"{asker.name}: closed with {asker.end}, expected {asker.closed}"]
    happened = EVERYTHING - {"station"}
    hears = asker.sees & happened if asker.hears is None else asker.hears
    for name in sorted(EVERYTHING):
        if (name in asker.first) != (name in asker.sees):
            found.append(f"{asker.name}: {name} of S1 is shown: {name in asker.first}")
        if name in happened and (name in asker.later) != (name in hears):
            found.append(f"{asker.name}: {name} of S1 is told: {name in asker.later}")
    return found


def test_the_door_without_a_socket_shows_the_same(transactional_cast: Cast) -> None:
    cast = transactional_cast
    scene, askers = set_scene(cast), everybody(cast)
    status = {0: 200, NOT_SIGNED_IN: 401, FORBIDDEN: 403}
    for asker in askers:
        answer = Client().get("/api/v1/live/", headers=asker.headers)
        assert answer.status_code == status[asker.closed], asker.name
        if answer.status_code == 200:
            assert answer.json()["topics"]["kind"], asker.name
            assert of_s1(answer.json()["topics"], answer.json()["fixes"], scene) == asker.sees, asker.name


async def test_nobody_gets_in_from_other_pages(web: Web, transactional_cast: Cast) -> None:
    """Whatever cookie or token a browser has, only our own pages may use it."""
    cast = transactional_cast

    def ways_in() -> list[dict[str, str]]:
        client = Client()
        client.force_login(cast.commander, backend="django.contrib.auth.backends.ModelBackend")
        session = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
        return [session, *(asker.headers for asker in everybody(cast) if not asker.closed)]

    for headers in await sync_to_async(ways_in)():
        for origin in ("https://evil.example", f"http://127.0.0.1:{web.port + 1}", "null"):
            with pytest.raises(InvalidStatus, match="403"):
                async with joined(web, **headers, Origin=origin) as link:
                    await link.recv()
        async with joined(web, **headers, Origin=web.base) as link:
            assert (await Wall(link).hello())["type"] == "snapshot"


def test_every_topic_is_tried() -> None:
    """A topic that is new must happen in these tests as well."""
    assert set(live.TOPICS) == {
        "station",
        "incident",
        "unit",
        "alarm",
        "log",
        "camera",
        "picture",
        "kind",
        "order",
        "call_for_help",
        "errand",
        "road_block",
    }
    assert set(live.STREAMS) == {"positions"}


async def test_an_order_goes_to_its_crew_and_is_sent_with_that(web: Web, transactional_cast: Cast) -> None:
    """Colleagues are told no more than that something that is not theirs changed."""
    cast = transactional_cast
    scene = await sync_to_async(set_scene)(cast)
    crew, other = await sync_to_async(lambda: (bearer(cast.again("sent")), bearer(cast.officer)))()
    async with joined(web, **crew) as mine, joined(web, **other) as theirs:
        assert (await Wall(theirs).hello())["topics"]["order"] == []
        first = await Wall(mine).hello()
        assert [one["id"] for one in first["topics"]["order"]] == [scene.order]
        told, untold = await order_item(mine), await order_item(theirs)
        assert told["payload"]["sent_at"] is not None
        assert untold == {"topic": "order", "id": str(scene.order), "payload": None}


async def order_item(link: Any) -> dict[str, Any]:
    """The next item about an order."""
    wall = Wall(link)
    while True:
        said = await wall.next("events")
        for item in said["items"]:
            if item["topic"] == "order":
                return item
