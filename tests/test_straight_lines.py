"""The page of straight lines is true: every file and function it names is there, and the lines are walked for real: by HTTP on
committed rows, every Python file on the line entered, and the end of it heard by a wall on its socket."""

import asyncio
import datetime as dt
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from command import clock, live, people, screens, tasks
from command.models import Job, Screen, Station
from command.permissions import Role
from command.places import tasks as place_tasks
from devices import cameras, devices, sight, streams
from devices.models import LastFix
from devices.pictures import watching
from dispatch import incidents, recommend_trips, units
from dispatch import tasks as dispatch_tasks
from dispatch.models import Advice, ChecklistLine, Incident, Kind, Proposal, RoadBlock
from tests.command.test_screens import PIN, code_on, state_of
from tests.command.test_sockets import Wall, joined
from tests.conftest import PLACE, ROOT, Cast, Web, confirmed, confirmed_as, make_screen
from tests.places.district import district

pytestmark = pytest.mark.usefixtures("quick_hashes")
PAGE = (ROOT / "docs/straight-lines.md").read_text(encoding="utf-8")
NAME = re.compile(r"`((?:command|devices|dispatch|static|tests)/[\w/.]+?)(?:: (\w+))?`")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
# In other processes: that the wall hears of it shows the first two; tests/operation/test_metrics.py asks the third
ELSEWHERE = {"command/hub.py", "command/sockets.py", "devices/metrics.py"}
WALKED_ELSEWHERE = {
    "Two calls of one thing": "tests/dispatch/test_desk.py",
    "A crew is briefed": "tests/dispatch/test_desk.py",
    "An incident is exported": "tests/dispatch/test_incident_whole.py",
    "A position": "tests/devices/test_line.py",
    "A picture": "tests/browser/test_scene.py",
    "An officer sees the scene": "tests/browser/test_scene_on_phone.py",
    "A picture in any browser": "tests/devices/pictures/test_sampler.py",
    "A camera's picture": "tests/devices/pictures/test_cameras.py",
    "A camera of the demo town": "tests/devices/pictures/test_town_cameras.py",
    "A camera is turned": "tests/devices/test_steering.py",
    "What was recorded": "tests/dispatch/test_scene_pack.py",
    "A phone keeps what it sees": "tests/devices/kept/test_recordings.py",
    "A voice": "tests/browser/test_voice.py",
    "A way by road": "tests/dispatch/test_road_engine.py",
    "A photo goes with a note": "tests/dispatch/test_photos.py",
    "A phone without a network": "tests/browser/test_terminal.py",
    "A phone comes to trust the station": "tests/operation/test_lan.py",
    "Other code": "tests/operation/test_upgrade.py",
}
Heard = tuple[str, str]  # topic and id


@pytest.mark.parametrize(("path", "function"), sorted(set(NAME.findall(PAGE))))
def test_what_the_page_names_is_there(path: str, function: str) -> None:
    assert (ROOT / path).exists(), f"docs/straight-lines.md names {path}"
    if function:
        assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")


# ---- walking


@contextmanager
def followed() -> Iterator[set[tuple[str, str]]]:
    """Which functions of the project run meanwhile in this thread: (file, function)."""
    seen: set[tuple[str, str]] = set()
    root = f"{ROOT}/"

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(root):
            seen.add((code.co_filename[len(root) :], code.co_name))

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def person(cast: Cast, name: str) -> Client:
    client = confirmed(cast, name)
    client.cookies["django_language"] = "en"
    return client


def a_call(cast: Cast, tmp_path: Path) -> Heard:
    said = {"kind": "fight", "priority": 1, **PLACE}
    answer = person(cast, "duty_officer").post("/api/v1/incidents/", said, content_type="application/json")
    return "incident", answer.json()["number"]


def a_recommendation(cast: Cast, tmp_path: Path) -> Heard:
    recommend_trips.forget()
    lat, lon, now = PLACE["lat"], PLACE["lon"], clock.now()
    cast.s1.boundary = MultiPolygon(Polygon.from_bbox((lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)), srid=4326)
    cast.s1.save()
    phone, _ = devices.add_device(None, "phone", "phone", "fixes", cast.s1)
    LastFix.objects.create(device=phone, time=now, corrected=now, received=now, place=Point(lon, lat, srid=4326))
    units.add_unit(None, cast.s1, "2107", devices=[phone])
    desk, number = person(cast, "duty_officer"), a_call(cast, tmp_path)[1]
    shown = desk.get(f"/api/v1/recommendation/?lat={lat}&lon={lon}&kind=fight&draw=S1/2107")
    assert [row["unit"] for row in shown.json()] == ["S1/2107"]
    said = {"unit": "2107", "shown": shown.headers["Advice-Shown"]}
    assert desk.post(f"/api/v1/incidents/{number}/assignments/", said, "application/json").status_code == 201
    assert Advice.objects.get().incident.number == number
    return "incident", number


def a_wall_that_assists(cast: Cast, tmp_path: Path) -> Heard:
    """A screen looks without a right to send; whoever takes it over sends from their own list."""
    lat, lon, now = PLACE["lat"], PLACE["lon"], clock.now()
    phone, _ = devices.add_device(None, "phone", "phone", "fixes", cast.s1)
    LastFix.objects.create(device=phone, time=now, corrected=now, received=now, place=Point(lon, lat, srid=4326))
    units.add_unit(None, cast.s1, "2107", devices=[phone])
    cameras.add_camera(None, cast.s1, "东门", "visible", **PLACE, height_m=5, bearing_deg=0, fov_deg=360, range_m=60)
    number, wall = a_call(cast, tmp_path)[1], Client()
    wall.cookies["screen"] = make_screen(cast.s1)
    assert wall.get(f"/api/v1/route/?from={lon},{lat}&to={lon + 0.001},{lat}").json()["shape"]
    seen = wall.get(f"/api/v1/cameras/?seeing={lon},{lat}").json()["results"]
    assert [one["name"] for one in seen] == ["东门"]
    address, as_json = f"/api/v1/incidents/{number}/assignments/", {"content_type": "application/json"}
    screens.set_pin(cast.duty2, PIN)
    wall.post("/api/v1/screen/take-over/", {"who": "duty2", "pin": PIN}, **as_json)
    own = wall.get(f"/api/v1/incidents/{number}/recommendation/").headers["Advice-Shown"]  # only that is frozen
    assert wall.post(address, {"unit": "2107", "shown": own}, **as_json).status_code == 201
    assert Advice.objects.get().incident.number == number
    return "incident", number


def a_unit_is_sent(cast: Cast, tmp_path: Path) -> Heard:
    units.add_unit(None, cast.s1, "2107")
    units.book_on(cast.duty_officer, "2107")
    address = f"/api/v1/incidents/{a_call(cast, tmp_path)[1]}/assignments/"
    other = f"/api/v1/incidents/{a_call(cast, tmp_path)[1]}/assignments/"
    said = {"data": {"unit": "2107"}, "content_type": "application/json"}
    assert person(cast, "duty_officer").post(address, **said).status_code == 201
    refused = person(cast, "duty2").post(other, **said)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_taken")
    assert refused.json()["winner"]["by"] == cast.duty_officer.label
    return "unit", "S1/2107"


def an_order(cast: Cast, tmp_path: Path) -> Heard:
    cameras.add_camera(
        None, cast.s1, "东门", "visible", **PLACE, height_m=6.0, bearing_deg=90.0, fov_deg=60.0, range_m=80.0
    )
    units.add_unit(None, cast.s1, "2107")
    units.book_on(cast.duty_officer, "2107", ["officer"])
    number, crew = a_call(cast, tmp_path)[1], person(cast, "officer")
    sent = person(cast, "duty_officer").post(
        f"/api/v1/incidents/{number}/assignments/", {"unit": "2107"}, content_type="application/json"
    )
    assert sent.status_code == 201
    Job.objects.update(due_at=clock.now())  # as if nobody had said yes for half a minute
    tasks.work()
    assert live.snapshot(cast.duty_officer)["topics"]["alarm"][0]["kind"] == "order_unanswered"
    [order] = crew.get("/api/v1/orders/mine/").json()["results"]
    assert (order["rung"], order["sent_at"] is None) == (2, False)
    for act in ("delivered", "seen", "accept", "go"):
        said = crew.post(f"/api/v1/orders/{order['id']}/{act}/", {}, content_type="application/json")
        assert said.status_code == 200, said.content
    assert live.snapshot(cast.duty_officer)["topics"]["alarm"] == []
    dispatch_tasks.look_after()
    return "order", str(order["id"])


def a_job(cast: Cast, tmp_path: Path) -> Heard:
    heard = an_order(cast, tmp_path)
    assert Job.objects.filter(kind="ring_order").get().done_at is not None
    assert Client().get("/health").json()["attend"] is not None
    return heard


def a_screen(cast: Cast, tmp_path: Path) -> Heard:
    number = a_call(cast, tmp_path)[1]
    screen, admin = Client(), person(cast, "administrator")
    said = {"code": code_on(screen), "name": "大厅", "station": cast.s1.pk, "language": "en"}
    assert admin.post("/manage/screens/", said).status_code == 302
    assert state_of(screen) == "paired"
    assert screen.get("/api/v1/live/").status_code == 200
    screens.set_pin(cast.duty2, PIN)
    taken = screen.post("/api/v1/screen/take-over/", {"who": "duty2", "pin": PIN}, content_type="application/json")
    assert taken.json()["name"] == cast.duty2.label
    assert (
        screen.post(f"/api/v1/incidents/{number}/acknowledge/", {}, content_type="application/json").status_code == 200
    )
    return "incident", number


def a_room(cast: Cast, tmp_path: Path) -> Heard:
    room = Station.objects.create(parent=cast.s1, code="R1", name="码头", kind="room")
    said = {"room": room.pk, "station": cast.s1.pk, "topics": ["incidents"], "where": "everywhere"}
    assert person(cast, "administrator").post("/manage/shares/add/", said).status_code == 302
    heard = a_call(cast, tmp_path)
    screen = Screen.objects.create(station=room, name="室", key_hash="0")
    assert heard[1] in {one["number"] for one in live.snapshot(screen)["topics"]["incident"]}
    return heard


def a_kind(cast: Cast, tmp_path: Path) -> Heard:
    top = people.add_officer(None, "top", Role.ADMINISTRATOR, cast.centre, None, name="顶")
    a_call(cast, tmp_path)
    fight = Kind.objects.get(slug="fight")
    page = confirmed_as(top)
    address = f"/manage/kinds/{fight.pk}/"
    said = {name: value for name, value in page.get(address).context["form"].initial.items() if value is not None}
    assert page.post(address, {**said, "name_en": "Brawl"}).status_code == 302
    assert Kind.objects.get(slug="fight").name_en == "Brawl"
    return "kind", "fight"


def a_tick(cast: Cast, tmp_path: Path) -> Heard:
    number = a_call(cast, tmp_path)[1]
    line = ChecklistLine.objects.filter(kind__slug="fight").first()
    assert line is not None
    path = f"/api/v1/incidents/{number}/checklist/{line.pk}/"
    answer = person(cast, "duty_officer").patch(path, {"done": True}, content_type="application/json")
    assert answer.status_code == 200
    return "incident", number


def lateness(cast: Cast, tmp_path: Path) -> Heard:
    number = a_call(cast, tmp_path)[1]
    Incident.objects.filter(number=number).update(opened_at="2026-01-01T00:00:00Z")
    dispatch_tasks.watch()
    [alarm] = live.snapshot(cast.duty_officer)["topics"]["alarm"]
    assert (alarm["kind"], alarm["subject"]) == ("unassigned", number)
    return "alarm", str(alarm["id"])


def a_camera(cast: Cast, tmp_path: Path) -> Heard:
    page = person(cast, "technician")
    where = {**PLACE, "height_m": 4.5, "bearing_deg": 45.0, "fov_deg": 70.0, "range_m": 60.0}
    head, row = (
        ",".join(["name", "kind", *where, "station"]),
        ",".join(["东门", "visible", *map(str, where.values()), "S1"]),
    )
    table = SimpleUploadedFile("c.csv", f"{head}\n{row}\n".encode())
    assert page.post("/manage/cameras/import/", {"file": table}).status_code == 200
    said = {"name": "西门", "kind": "visible", "station": cast.s1.pk, **where}
    assert page.post("/manage/cameras/add/", said).status_code == 302
    shown = live.snapshot(cast.commander)["topics"]["camera"]
    return "camera", str(next(one["id"] for one in shown if one["name"] == "西门"))


def a_look(cast: Cast, tmp_path: Path) -> Heard:
    """A camera is put up a little wrongly; what its picture shows is told after six pairs of points."""
    number, lon, lat = a_camera(cast, tmp_path)[1], PLACE["lon"], PLACE["lat"]
    door, technician, desk = f"/api/v1/cameras/{number}/", person(cast, "technician"), person(cast, "duty_officer")
    true = sight.Pose(lat, lon, height_m=4.5, bearing_deg=42, tilt_deg=11, fov_deg=70)
    seen = [((x, y), sight.ground(true, x, y)) for x, y in ((0.1, 0.9), (0.9, 0.8), (0.5, 0.5), (0.3, 0.6), (0.7, 0.7))]
    pairs = [[x, y, one.lat, one.lon] for (x, y), one in seen]
    assert technician.post(f"{door}fit/", {"pairs": pairs}, "application/json").json()["residual_m"] < 0.01
    assert technician.post(f"/manage/cameras/{number}/calibration/", {"pairs": json.dumps(pairs)}).status_code == 302
    found = desk.get(f"{door}ground/?x=0.5&y=0.5").json()
    names = [
        one["name"] for one in desk.get(f"/api/v1/cameras/?seeing={found['lon']},{found['lat']}").json()["results"]
    ]
    assert names[0] == "西门"
    assert desk.get(f"{door}labels/").status_code == 200
    (point,) = desk.get(f"{door}points/?places={found['lon']},{found['lat']}").json()["results"]
    assert (round(point["x"], 2), round(point["y"], 2)) == (0.5, 0.5)
    way = {"from": f"{lon},{lat}", "to": f"{found['lon']},{found['lat']}"}
    assert desk.get("/api/v1/cameras/along/", way).json()["cameras"]
    looked_at_from_a_wall(cast, int(number), f"{found['lon']},{found['lat']}")
    return "camera", number


def looked_at_from_a_wall(cast: Cast, camera: int, place: str) -> None:
    """Somebody takes a wall over, asks the same there, and opens what sees it: it is their look, and ends with that."""
    streams.allow_network("127.0.0.0/8")
    source = streams.set_stream(None, camera, "rtsp://127.0.0.1:9/", is_recorded=False)
    wall = Client()
    wall.cookies["screen"] = make_screen(cast.s1)
    screens.set_pin(cast.duty2, PIN)
    wall.post("/api/v1/screen/take-over/", {"who": "duty2", "pin": PIN}, "application/json")
    assert wall.get(f"/api/v1/cameras/?seeing={place}&turned=true").json()["results"][0]["id"] == camera
    screen = cast.s1.screens.get()
    looker, _entries = watching.begin_from(screen, [source.pk], {"reason": "somebody climbs", "by_hand": True})
    assert (looker, watching.over(screen, {source.pk: (looker, "")})) == (cast.duty2, {})
    screens.give_back(screen)
    assert watching.over(screen, {source.pk: (looker, "")}) == {source.pk: "not_taken_over"}


def a_place(cast: Cast, tmp_path: Path) -> None:
    top = people.add_officer(None, "top", Role.ADMINISTRATOR, cast.centre, None, name="顶")
    page, content = confirmed_as(top), district().write(tmp_path / "d.osm.pbf").read_bytes()
    said = {"name": "main", "filename": "d.osm.pbf", "size": len(content), "changed": 1_700_000_000_000}
    upload = page.post("/manage/maps/uploads/", said).json()
    address = f"/manage/maps/uploads/{upload['id']}/?offset=0"
    assert page.post(address, content, content_type="application/octet-stream").status_code == 200
    place_tasks.import_uploads()
    desk = person(cast, "duty_officer")
    assert desk.get("/api/v1/places/?q=银杏").json()["results"]
    assert desk.get("/tiles/main/0/0/0?v=1").status_code == 200


def a_part_that_wears_on(cast: Cast, tmp_path: Path) -> Heard:
    full = SimpleNamespace(f_blocks=10_000, f_bfree=100, f_bavail=100, f_frsize=4096)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "statvfs", lambda path: full)
        tasks.look_at_disk()
    assert Client().get("/health").status_code in (200, 503)
    top = people.add_officer(None, "top", Role.TECHNICIAN, cast.centre, None, name="顶")
    token = people.add_token(None, top, 1)
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    alarms = live.snapshot(cast.centre_commander)["topics"]["alarm"]
    return "alarm", str(next(one["id"] for one in alarms if one["kind"] == "disk_full"))


def help_wanted(cast: Cast, tmp_path: Path) -> Heard:
    units.add_unit(None, cast.s1, "2107")
    desk, json = person(cast, "duty_officer"), {"content_type": "application/json"}
    called = person(cast, "officer").post("/api/v1/sos/", PLACE, **json).json()
    assert desk.post(f"/api/v1/help/{called['id']}/send/", {"count": 1}, **json).status_code == 201
    assert desk.post(f"/api/v1/sos/{called['id']}/end/", {"word": "well"}, **json).status_code == 200
    return "call_for_help", str(called["id"])


def watched_over(cast: Cast, tmp_path: Path) -> Heard:
    phone, _ = devices.add_device(None, "phone", "phone", "fixes", cast.s1)
    units.add_unit(None, cast.s1, "2107", devices=[phone])
    number = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE).number
    sent = units.assign(cast.duty_officer, number, "2107")
    now, place = clock.now(), Point(PLACE["lon"], PLACE["lat"], srid=4326)
    LastFix.objects.create(device=phone, time=now, corrected=now, received=now, place=place)
    said = Proposal.objects.create(assignment=sent, step="on_scene", at=now, made_at=now)
    desk, json = person(cast, "duty_officer"), {"content_type": "application/json"}
    assert desk.post(f"/api/v1/proposals/{said.pk}/confirm/", {}, **json).json()["confirmed"] is True
    dispatch_tasks.look_after()
    assert desk.post(f"/api/v1/incidents/{number}/assignments/2107/check-in/", {}, **json).status_code == 200
    return "incident", number


def an_errand(cast: Cast, tmp_path: Path) -> Heard:
    units.add_unit(None, cast.s1, "辅1", kind="auxiliary")
    units.book_on(cast.duty_officer, "辅1", ["auxiliary"])
    json = {"content_type": "application/json"}
    given = person(cast, "officer").post("/api/v1/errands/", {"unit": "辅1", "text": "守住路口"}, **json).json()
    helper = person(cast, "auxiliary")
    assert helper.post(f"/api/v1/errands/{given['id']}/accept/", {}, **json).status_code == 200
    assert helper.post(f"/api/v1/errands/{given['id']}/done/", {"report": "好了"}, **json).status_code == 200
    return "errand", str(given["id"])


def a_closed_road(cast: Cast, tmp_path: Path) -> Heard:
    duty = person(cast, "duty_officer")
    drawn = {"type": "Point", "coordinates": [PLACE["lon"], PLACE["lat"]]}
    until = (clock.now() + dt.timedelta(minutes=5)).isoformat()
    said = {"data": {"geometry": drawn, "words": "积水", "until": until}, "content_type": "application/json"}
    made = duty.post("/api/v1/road-blocks/", **said)
    assert made.status_code == 201, made.content
    assert duty.get("/api/v1/route/?from=106.54,29.60&to=106.56,29.61").json()["source"] == "estimate"
    ago = clock.now() - dt.timedelta(seconds=1)
    RoadBlock.objects.update(at=ago - dt.timedelta(minutes=5), until=ago)
    dispatch_tasks.measure_roads()
    assert duty.get("/api/v1/road-blocks/").json()["results"] == []
    return "road_block", str(made.json()["id"])


LINES: dict[str, Callable[[Cast, Path], Heard | None]] = {
    "A call": a_call,
    "Somebody is recommended": a_recommendation,
    "A wall assists": a_wall_that_assists,
    "A unit is sent": a_unit_is_sent,
    "An order reaches its crew": an_order,
    "A job that must happen": a_job,
    "A screen is paired, and taken over": a_screen,
    "A room is shown something": a_room,
    "A kind of incident is changed": a_kind,
    "A line of a checklist is ticked": a_tick,
    "An incident is late": lateness,
    "Somebody calls for help": help_wanted,
    "A unit is watched over": watched_over,
    "A task is handed to an auxiliary": an_errand,
    "A camera is put on the map": a_camera,
    "A look": a_look,
    "A place is found": a_place,
    "A part that wears on": a_part_that_wears_on,
    "A road is closed": a_closed_road,
}


def test_each_line_is_walked_somewhere() -> None:
    assert set(SECTIONS) == {*LINES, *WALKED_ELSEWHERE}
    for where in WALKED_ELSEWHERE.values():
        assert (ROOT / where).exists()


def left_out(section: str, seen: set[tuple[str, str]]) -> list[str]:
    """What the section names of Python and nobody entered: its files, and its functions where one is named."""
    files = {file for file, _ in seen}
    named = [(path, name) for path, name in NAME.findall(SECTIONS[section]) if path.endswith(".py")]
    here = [(path, name) for path, name in named if path not in ELSEWHERE and not path.startswith("tests/")]
    return [f"{path}: {name}" for path, name in here if (path, name) not in seen and (name or path not in files)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("section", LINES)
async def test_a_line_is_walked_as_the_page_says(
    section: str, web: Web, transactional_cast: Cast, tmp_path: Path, settings: Any
) -> None:
    settings.UPLOADS, settings.TILE_CACHE = tmp_path / "uploads", tmp_path / "tiles"

    def walk() -> tuple[Heard | None, set[tuple[str, str]]]:
        with followed() as seen:
            return LINES[section](transactional_cast, tmp_path), seen

    told: set[tuple[str, str]] = set()
    async with joined(web, await sync_to_async(transactional_cast.token)("centre_commander")) as link:
        wall = Wall(link)
        await wall.hello()
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(listen(wall, told))
            heard, seen = await sync_to_async(walk)()
            async with asyncio.timeout(30):
                while heard and heard not in told:
                    await asyncio.sleep(0.05)
            listening.cancel()
    assert left_out(section, seen) == []


async def listen(wall: Wall, told: set[tuple[str, str]]) -> None:
    """Note of what a wall is told: of events, and of a snapshot where its stations became others."""
    while True:
        try:
            said = await wall.next("events", "snapshot")
        except TimeoutError:  # nothing to be told for a while
            continue
        told.update((one["topic"], one["id"]) for one in said.get("items", ()))
        for topic, payloads in said.get("topics", {}).items():
            told.update((topic, str(one[key])) for one in payloads for key in ("number", "id", "code") if key in one)
