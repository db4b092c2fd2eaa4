"""Three tiers: a centre sees its stations, an enterprise's room what a station shares with it, and not a word more."""

import asyncio
import datetime as dt
import itertools
import json
import time
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from asgiref.sync import sync_to_async
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.test import Client

from command import alarms, clock, live, people, shares
from command.errors import Invalid, NotThere
from command.models import AuditEntry, Officer, Screen, Share, Station
from command.permissions import SHARED_TOPICS, Role
from devices import cameras, devices
from devices.models import LastFix
from dispatch import incidents, units
from dispatch.live import WITHHELD, IncidentPayload, UnitPayload
from dispatch.models import Incident
from tests.command.test_sockets import Wall, joined
from tests.conftest import PLACE, Cast, Web, confirmed, make_screen

AWAY = {"lat": PLACE["lat"] + 0.05, "lon": PLACE["lon"]}
FACTS, NOTE, ADDRESS = "持刀者两人", "增援途中", "银杏街12号"
NEVER = (
    "东门摄像机",
    "李某",
    "13800000000",
    "某officer",
    "某duty_officer",
    "phone of 2107",
    "phone of 2108",
    "secret-code",
    NOTE,
)
FIGHT = {"kind": "fight", "priority": 1}
CALLER = {"caller_name": "李某", "caller_phone": "13800000000"}


pytestmark = pytest.mark.usefixtures("quick_hashes")


def box(lat: float, lon: float, half: float = 0.002) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((lon - half, lat - half, lon + half, lat + half)), srid=4326)


class Port:
    """A port's room at PLACE; at S1 one of everything there, and one of everything away from it."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.s1 = cast, cast.s1
        self.room = Station.objects.create(
            parent=cast.centre, code="R1", name="码头监控室", kind="room", boundary=box(**PLACE)
        )
        self.key = make_screen(self.room)
        self.here = self.call(PLACE, address=ADDRESS, facts=FACTS)
        self.away = self.call(AWAY, address="远处", facts="远处的情况")
        self.device = self.unit("2107", PLACE)
        self.far_device = self.unit("2108", AWAY)
        units.book_on(cast.duty_officer, "2107", ["officer"])
        incidents.note(cast.duty_officer, self.here, NOTE)
        view = {"height_m": 6.0, "bearing_deg": 90.0, "fov_deg": 60.0, "range_m": 80.0}
        cameras.add_camera(None, self.s1, "东门摄像机", "visible", **PLACE, **view)
        self.raise_alarms()

    def call(self, place: dict[str, float], **words: str) -> str:
        return incidents.open_incident(self.cast.duty_officer, self.s1, **FIGHT, **place, **CALLER, **words).number

    def unit(self, call_sign: str, place: dict[str, float]) -> int:
        device, _ = devices.add_device(None, f"phone of {call_sign}", "phone", "fixes", self.s1)
        units.add_unit(None, self.s1, call_sign, devices=[device])
        now, point = clock.now(), Point(place["lon"], place["lat"], srid=4326)
        LastFix.objects.create(device=device, time=now, corrected=now, received=now, place=point)
        return int(device.pk)

    def raise_alarms(self) -> None:
        for kind, subject_kind, subject in (
            ("unassigned", "incident", self.here), ("unassigned", "incident", self.away),
            ("position_lost", "unit", "2107"), ("position_lost", "unit", "2108"),
            ("fixes_refused", "device", self.device),
        ):  # fmt: skip
            alarms.raise_alarm(self.s1.pk, kind, 2, subject_kind, subject, code="secret-code")

    def share(self, *topics: str, everywhere: bool = False) -> Share:
        return shares.share(self.cast.administrator, self.s1, self.room, topics, everywhere=everywhere)

    def shown(self) -> dict[str, Any]:
        return live.snapshot(Screen.objects.select_related("station").get(station=self.room))


@pytest.fixture
def port(cast: Cast) -> Port:
    return Port(cast)


COMBINATIONS = [
    (topics, everywhere)
    for count in range(1, len(SHARED_TOPICS) + 1)
    for topics in itertools.combinations(SHARED_TOPICS, count)
    if "facts" not in topics or "incidents" in topics
    for everywhere in (False, True)
]


def test_a_room_sees_what_is_shared_and_not_a_word_more(port: Port) -> None:
    for topics, everywhere in COMBINATIONS:
        port.share(*topics, everywhere=everywhere)
        shows_just(port, topics, everywhere)


def shows_just(port: Port, topics: tuple[str, ...], everywhere: bool) -> None:
    """The room's picture holds all of these topics and nothing of the others."""
    told = port.shown()
    text = json.dumps(told, ensure_ascii=False)
    seen = told["topics"]
    assert [words for words in NEVER if words in text] == []
    assert seen["log"] == []
    assert {one["code"] for one in seen["station"]} == {"R1"} | ({"S1"} if "map" in topics else set())
    both = {port.here, port.away} if everywhere else {port.here}
    assert {one["number"] for one in seen["incident"]} == (both if "incidents" in topics else set())
    assert (FACTS in text) == ("facts" in topics)
    assert (ADDRESS in text) == ("incidents" in topics)
    signs = {"2107", "2108"} if everywhere else {"2107"}
    assert {one["call_sign"] for one in seen["unit"]} == (signs if "units" in topics else set())
    assert ('"2107"' in text) == ("units" in topics), "a unit that is not shared stands in no alarm either"
    places = {port.device, port.far_device} if everywhere else {port.device}
    assert {row[0] for row in told["fixes"]} == (places if "units" in topics else set())
    counted = {True: 5, False: 2}[everywhere]  # a device stands nowhere, so it lies in no area
    assert len(seen["alarm"]) == (counted if "alarms" in topics else 0)
    assert all(one["facts"] == {} and one["subject_name"] is None for one in seen["alarm"])


def test_a_room_is_shown_nothing_unasked(port: Port) -> None:
    told = port.shown()
    assert [one["code"] for one in told["topics"].pop("station")] == ["R1"]
    assert told["fixes"] == []
    assert told["topics"].pop("kind"), "the words for incidents are no secret"
    assert not any(told["topics"].values())


def test_a_new_field_is_not_shared_by_oversight() -> None:
    """Whoever adds one decides what rooms are shown of it, in the `shared` of its topic, and says so here."""
    incident = {
        "number", "station", "kind", "priority", "status", "lat", "lon", "address", "opened_at", "acknowledged_at",
        "facts", "assignments", *WITHHELD,
    }  # fmt: skip
    assert set(get_type_hints(IncidentPayload)) == incident
    unit = {"call_sign", "station", "kind", "status", "status_class", "since", "incident", "crew", "devices"}
    assert set(get_type_hints(UnitPayload)) == unit | {"stacked", "emergency"}, "neither is for strangers"
    alarm = {"id", "station", "kind", "level", "subject_kind", "raised_at", "acknowledged_at"}
    hidden = {"subject", "subject_name", "facts", "acknowledged_by"}
    assert set(get_type_hints(alarms.AlarmPayload)) == alarm | hidden


def test_other_doors_stay_shut_for_a_room(port: Port, client: Client) -> None:
    """What is shared stands on the live picture; every other route knows nothing of it."""
    port.share(*SHARED_TOPICS, everywhere=True)
    client.cookies["screen"] = port.key
    for path in ("incidents/", "units/", "alarms/"):
        assert client.get(f"/api/v1/{path}").json()["results"] == [], path
    assert client.get("/api/v1/incidents/?state=all").status_code == 403, "a screen looks nothing up"
    for path in (f"incidents/{port.here}/", f"incidents/{port.here}/log/", "units/2107/"):
        assert client.get(f"/api/v1/{path}").status_code == 404, path
    told = client.get("/api/v1/live/").json()["topics"]
    assert {one["number"] for one in told["incident"]} == {port.here, port.away}


def test_people_of_a_room_see_the_same(port: Port) -> None:
    port.share("incidents", "units")
    guard = people.add_officer(None, "guard", Role.OFFICER, port.room, None, name="保安")
    mine, screens = live.snapshot(guard), port.shown()
    assert mine["topics"] == screens["topics"]
    assert mine["fixes"] == screens["fixes"]
    technician = people.add_officer(None, "fixer", Role.TECHNICIAN, port.room, None, name="技")
    assert not live.is_shared_with(technician), "who sees no map sees nothing that is shared on it"


def test_who_is_sent_is_not_named_unless_units_are_shared(port: Port) -> None:
    units.assign(port.cast.duty_officer, port.here, "2107")
    port.share("incidents")
    (incident,) = port.shown()["topics"]["incident"]
    assert {name: incident[name] for name in WITHHELD} == WITHHELD
    assert [(one["unit"], one["status"]) for one in incident["assignments"]] == [("", "dispatched")]
    port.share("incidents", "units")
    (incident,) = port.shown()["topics"]["incident"]
    assert [one["unit"] for one in incident["assignments"]] == ["2107"]


def test_a_unit_that_is_sent_into_the_area_is_seen_on_its_way(port: Port) -> None:
    port.share("units")
    units.assign(port.cast.duty_officer, port.here, "2108")
    told = port.shown()
    assert {one["call_sign"]: one["incident"] for one in told["topics"]["unit"]} == {"2107": None, "2108": None}
    assert {row[0] for row in told["fixes"]} == {port.device, port.far_device}
    units.step(port.cast.duty_officer, port.here, "2108", "cleared")
    assert {row[0] for row in port.shown()["fixes"]} == {port.device}


def test_who_is_off_duty_or_unheard_is_in_no_area(port: Port) -> None:
    port.share("units")
    LastFix.objects.filter(device_id=port.device).update(corrected=clock.now() - dt.timedelta(minutes=31))
    assert port.shown()["topics"]["unit"] == []
    port.share("units", everywhere=True)
    assert {one["call_sign"] for one in port.shown()["topics"]["unit"]} == {"2107", "2108"}
    units.book_off(port.cast.duty_officer, "2107")
    assert {one["call_sign"] for one in port.shown()["topics"]["unit"]} == {"2108"}


def test_a_boundary_drawn_anew_widens_nothing(port: Port, client: Client) -> None:
    port.share("incidents")
    port.room.boundary = box(AWAY["lat"], AWAY["lon"], half=0.2)
    port.room.save()
    assert {one["number"] for one in port.shown()["topics"]["incident"]} == {port.here}
    client.force_login(port.cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    assert "The room was drawn anew" in client.get("/manage/shares/").content.decode()


def test_what_a_station_does_not_share_it_does_not_show(port: Port) -> None:
    """The neighbour's is the neighbour's, whatever lies within the area."""
    port.share(*SHARED_TOPICS)
    other = incidents.open_incident(port.cast.foreign_duty, port.cast.s2, **FIGHT, **PLACE).number
    assert other not in json.dumps(port.shown())


@pytest.mark.parametrize(
    ("topics", "code"),
    [([], "bad_topics"), (["callers"], "bad_topics"), (["log"], "bad_topics"), (["facts"], "facts_alone")],
)
def test_what_can_not_be_shared(port: Port, topics: list[str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        port.share(*topics)
    assert refused.value.code == code


def test_with_whom_it_can_not_be_shared(port: Port) -> None:
    admin = port.cast.administrator
    with pytest.raises(Invalid) as refused:
        shares.share(admin, port.s1, port.cast.s2, ["map"], everywhere=True)
    assert refused.value.code == "no_room"
    port.room.boundary = None
    port.room.save()
    with pytest.raises(Invalid) as refused:
        port.share("map")
    assert refused.value.code == "no_area"
    foreign = people.add_officer(None, "admin_s2", Role.ADMINISTRATOR, port.cast.s2, None, name="外")
    with pytest.raises(NotThere):
        shares.share(foreign, port.s1, port.room, ["map"], everywhere=True)
    made = port.share("map", everywhere=True)
    for act in (shares.seen, shares.withdraw):
        with pytest.raises(NotThere):
            act(foreign, made.pk)
    owner = people.add_officer(None, "admin_room", Role.ADMINISTRATOR, port.room, None, name="码头")
    with pytest.raises(NotThere):
        shares.share(owner, port.s1, port.room, ["incidents"], everywhere=True)


def test_shares_on_their_pages(port: Port) -> None:
    client = confirmed(port.cast, "administrator")
    said = {"room": port.room.pk, "station": port.s1.pk, "topics": ["incidents", "units"], "where": "area"}
    assert client.post("/manage/shares/add/", {**said, "topics": ["facts"]}).status_code == 400
    assert client.post("/manage/shares/add/", said).headers["Location"] == "/manage/shares/"
    made = Share.objects.get()
    assert port.room.name in client.get("/manage/shares/").content.decode()
    assert "checked" in client.get(f"/manage/shares/{made.pk}/").content.decode()
    assert client.post(f"/manage/shares/{made.pk}/", {"topics": ["map"], "where": "everywhere"}).status_code == 302
    made.refresh_from_db()
    assert (made.topics, made.area) == (["map"], None)
    assert client.get(f"/manage/shares/{made.pk}/withdraw/").status_code == 200
    assert client.post(f"/manage/shares/{made.pk}/withdraw/").headers["Location"] == "/manage/shares/"
    assert not Share.objects.exists()
    actions = AuditEntry.objects.filter(action__contains="share").order_by("number").values_list("action", flat=True)
    assert list(actions) == ["share", "share", "withdraw_share"]


def test_a_centres_wall_sees_its_stations(port: Port) -> None:
    make_screen(port.cast.centre)
    told = live.snapshot(Screen.objects.select_related("station").get(station=port.cast.centre))
    assert {one["code"] for one in told["topics"]["station"]} == {"C", "S1", "S2", "R1"}
    assert set(told["cursor"]) == {"C", "S1", "S2", "R1"}
    assert {one["number"] for one in told["topics"]["incident"]} == {port.here, port.away}
    text = json.dumps(told, ensure_ascii=False)
    assert CALLER["caller_phone"] not in text
    make_screen(port.s1)
    own = live.snapshot(Screen.objects.select_related("station").get(station=port.s1))
    assert set(own["cursor"]) == {"S1"}


# ---- on the open socket


async def told_within(wall: Wall, seconds: float, true: Callable[[dict[str, Any]], bool]) -> float:
    """Wait for a snapshot of which something is true; how long that took."""
    before = time.monotonic()
    async with asyncio.timeout(seconds):
        while not true((await wall.next("snapshot"))["topics"]):
            pass
    return time.monotonic() - before


def has(number: str) -> Callable[[dict[str, Any]], bool]:
    return lambda topics: any(one["number"] == number for one in topics["incident"])


@pytest.mark.django_db(transaction=True)
async def test_shared_and_withdrawn_within_five_seconds(web: Web, transactional_cast: Cast) -> None:
    port = await sync_to_async(Port)(transactional_cast)
    async with joined(web, Cookie=f"screen={port.key}", Origin=web.base) as link:
        wall = Wall(link)
        assert not has(port.here)((await wall.hello())["topics"])
        made = await sync_to_async(port.share)("incidents")
        await told_within(wall, 5, has(port.here))
        number = await sync_to_async(port.call)(PLACE)
        await told_within(wall, 5, has(number))
        await sync_to_async(incidents.close)(port.cast.duty_officer, number, "01")
        await told_within(wall, 5, lambda topics: not has(number)(topics))
        await sync_to_async(move)(port.here, AWAY)
        await told_within(wall, 5, lambda topics: not has(port.here)(topics))
        await sync_to_async(move)(port.here, PLACE)
        await told_within(wall, 5, has(port.here))
        await sync_to_async(shares.withdraw)(port.cast.administrator, made.pk)
        await told_within(wall, 5, lambda topics: topics["incident"] == [])


def move(number: str, place: dict[str, float]) -> None:
    duty = Officer.objects.get(username="duty_officer")
    incidents.amend(duty, number, **place)
    assert Incident.objects.get(number=number).place.y == place["lat"]


@pytest.mark.django_db(transaction=True)
async def test_a_room_that_was_away_does_not_keep_what_was_withdrawn(web: Web, transactional_cast: Cast) -> None:
    """No event tells of a withdrawal, so its cursor is not one to resume from."""
    port = await sync_to_async(Port)(transactional_cast)
    made = await sync_to_async(port.share)("incidents")
    headers = {"Cookie": f"screen={port.key}", "Origin": web.base}
    async with joined(web, **headers) as link:
        told = await Wall(link).hello()
        assert has(port.here)(told["topics"])
    await sync_to_async(shares.withdraw)(port.cast.administrator, made.pk)
    async with joined(web, **headers) as link:
        told = await Wall(link).hello(told["cursor"])
        assert told["type"] == "snapshot"
        assert told["topics"]["incident"] == []
