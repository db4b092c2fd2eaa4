"""The recommendation at a station that really runs: crew, skills, rest, load, the hole, and the list that is frozen."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.test import Client

from command import clock, people
from command.models import Duty
from devices import devices
from devices.models import LastFix
from dispatch import incidents, recommend_trips, run_cards, units
from dispatch.models import Advice, Incident, Kind, RunCard, Skill, Unit
from dispatch.nearest import recommended
from dispatch.recommend_reach import REACHES
from tests.conftest import PLACE, Cast

pytestmark = pytest.mark.django_db
LAT, LON = PLACE["lat"], PLACE["lon"]


@pytest.fixture(autouse=True)
def _unlearnt() -> Iterator[None]:
    recommend_trips.forget()
    REACHES.forget()
    yield
    recommend_trips.forget()


@pytest.fixture
def unit(cast: Cast) -> Callable[..., Unit]:
    """Make a unit that stands so many metres north; its fix is `age` seconds old."""

    def make(call_sign: str, north: float, kind: str = "foot", age: float = 1, **more: str) -> Unit:
        phone, _ = devices.add_device(None, call_sign, "phone", "fixes", cast.s1)
        at = clock.now() - dt.timedelta(seconds=age)
        place = Point(LON, LAT + north / 111_195, srid=4326)
        LastFix.objects.create(device=phone, time=at, corrected=at, received=at, place=place, accuracy=8)
        return units.add_unit(None, cast.s1, call_sign, kind=kind, devices=[phone], **more)

    return make


@pytest.fixture
def call(cast: Cast) -> Incident:
    return incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)


def district(cast: Cast, metres: float) -> None:
    """A square around the incident."""
    half = metres / 2 / 111_195
    cast.s1.boundary = MultiPolygon(Polygon.from_bbox((LON - half, LAT - half, LON + half, LAT + half)), srid=4326)
    cast.s1.save()


def ask(client: Client, cast: Cast, path: str, who: str = "duty_officer"):
    return client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {cast.token(who)}"})


def test_the_list_tells_time_interval_reason_and_source(cast: Cast, client: Client, unit, call: Incident) -> None:
    unit("2107", 300)
    unit("2109", 100, age=600)
    unit("2111", 900, kind="car", status="off_duty")
    rows = ask(client, cast, f"incidents/{call.number}/recommendation/").json()
    assert [row["unit"] for row in rows] == ["S1/2107", "S1/2109"]
    first = rows[0]
    assert first["low"] < first["seconds"] < first["high"]
    assert first["source"] == "estimate"
    assert first["reasons"] == ["best"]
    assert rows[1]["reasons"] == ["nearest", "position_stale"]
    assert rows[1]["words"] == ["soonest there", "position is old"]


def test_the_same_stands_while_the_call_is_typed(cast: Cast, client: Client, unit) -> None:
    unit("2107", 300)
    path = f"recommendation/?lat={LAT}&lon={LON}"
    assert [row["shortfalls"] for row in ask(client, cast, path).json()] == [[]]
    RunCard.objects.update_or_create(kind=Kind.objects.get(slug="knife"), defaults={"count": 2, "crew_min": 2})
    assert ask(client, cast, f"{path}&kind=knife").json()[0]["shortfalls"] == ["crew"]
    assert ask(client, cast, f"{path}&kind=nothing_such").status_code == 200
    wrong = ask(client, cast, "recommendation/?lat=91&lon=0")
    assert wrong.status_code == 400
    assert "lat" in wrong.json()["fields"]
    assert ask(client, cast, path, "officer").status_code == 403
    assert ask(client, cast, path, "foreign_duty").json() == []


def test_crew_and_skills_come_from_people_and_vehicles(cast: Cast, client: Client, unit, call: Incident) -> None:
    unit("2107", 100)
    car = unit("2101", 2000, kind="car", plate="渝A·0001")
    units.book_on(cast.duty_officer, "2101", ["officer", "duty2"])
    aid, drone = (Skill.objects.get_or_create(code=code, name_zh=code, name_en=code)[0] for code in ("aid", "uav"))
    aid.officers.add(cast.officer)
    drone.vehicles.add(car.vehicle)
    run_cards.change_card(None, call.kind_id, count=1, crew_min=2, skills=[aid, drone])
    rows = ask(client, cast, f"incidents/{call.number}/recommendation/").json()
    assert [(row["call_sign"], row["shortfalls"]) for row in rows] == [
        ("2101", []), ("2107", ["crew", "skill:aid", "skill:uav"]),
    ]  # fmt: skip


def test_rest_and_load_are_counted(cast: Cast, unit, later, call: Incident) -> None:
    unit("2107", 100)
    units.book_on(cast.duty_officer, "2107", ["officer"])
    duty = Duty.objects.get(officer=cast.officer)
    Duty.objects.filter(pk=duty.pk).update(began_at=duty.began_at - dt.timedelta(hours=13))
    ended = duty.began_at - dt.timedelta(hours=16)
    Duty.objects.create(officer=cast.officer, station=cast.s1, began_at=ended - dt.timedelta(hours=8), ended_at=ended)
    for _ in range(4):
        units.assign(cast.duty_officer, call.number, "2107")
        units.step(cast.duty_officer, call.number, "2107", "cancelled")
    [row] = recommended(cast.duty_officer, LAT, LON).rows
    assert row.reasons == ("nearest", "long_shift", "short_rest", "many_calls")


def test_the_hole_is_what_nobody_else_reaches(cast: Cast, client: Client, unit, call: Incident) -> None:
    district(cast, 2000)
    for call_sign, north in (("2107", 0), ("2109", 0), ("2111", 900)):
        unit(call_sign, north)
    rows = {row["call_sign"]: row for row in ask(client, cast, f"incidents/{call.number}/recommendation/").json()}
    assert rows["2107"]["hole"] == rows["2109"]["hole"] == 0
    assert 0.02 < rows["2111"]["hole"] < 0.12
    assert "hole_area" not in rows["2111"]
    drawn = ask(client, cast, f"incidents/{call.number}/recommendation/?draw=S1/2111").json()
    area = next(row["hole_area"] for row in drawn if row["call_sign"] == "2111")
    lats = [lat for polygon in area["coordinates"] for lon, lat in polygon[0]]
    assert area["type"] == "MultiPolygon"
    assert min(lats) > LAT + 400 / 111_195


def test_a_busy_unit_leaves_no_hole_and_no_district_has_none(cast: Cast, unit) -> None:
    unit("2107", 0)
    assert [row.candidate.hole for row in recommended(cast.duty_officer, LAT, LON).rows] == [None]
    district(cast, 2000)
    again = people.Officer.objects.get(pk=cast.duty_officer.pk)
    assert recommended(again, LAT, LON).rows[0].candidate.hole > 0.05
    units.set_status(cast.duty_officer, "2107", "busy")
    assert recommended(again, LAT, LON).rows[0].candidate.hole == 0


def test_the_list_that_was_shown_is_frozen_with_the_incident(cast: Cast, client: Client, unit, call: Incident) -> None:
    unit("2107", 300)
    unit("2109", 500)
    answer = ask(client, cast, f"recommendation/?lat={LAT}&lon={LON}")
    headers = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
    path = f"/api/v1/incidents/{call.number}/assignments/"
    said = {"unit": "2109", "shown": answer.headers["Advice-Shown"]}
    sent = client.post(path, said, "application/json", headers=headers)
    assert sent.status_code == 201
    kept = Advice.objects.get(incident=call)
    assert [row["unit"] for row in kept.shown] == ["S1/2107", "S1/2109"]
    assert kept.shown[0]["seconds"] == answer.json()[0]["seconds"]
    assert kept.by == cast.duty_officer
    assert kept.assignment.unit.call_sign == "2109"
    assert client.post(path, said, "application/json", headers=headers).status_code == 201
    assert Advice.objects.count() == 1
    forged = client.post(
        path, {"unit": "2107", "shown": said["shown"][:-4] + "AAAA"}, "application/json", headers=headers
    )
    assert (forged.status_code, list(forged.json()["fields"])) == (400, ["shown"])
    assert call.assignments.count() == 1


def test_travel_times_learn_from_the_stations_own_trips(cast: Cast, client: Client, unit, later) -> None:
    unit("2107", 300)
    before = recommended(cast.duty_officer, LAT, LON).rows[0].eta_s
    for _ in range(30):
        made = incidents.open_incident(cast.duty_officer, cast.s1, kind="fight", priority=1, **PLACE)
        shown = ask(client, cast, f"incidents/{made.number}/recommendation/").headers["Advice-Shown"]
        headers = {"Authorization": f"Bearer {cast.token('duty_officer')}"}
        path = f"/api/v1/incidents/{made.number}/assignments/"
        client.post(path, {"unit": "2107", "shown": shown}, "application/json", headers=headers)
        sent = made.assignments.get()
        sent.en_route_at = sent.dispatched_at
        sent.on_scene_at = sent.dispatched_at + dt.timedelta(seconds=3 * before)
        sent.save()
        incidents.close(cast.duty_officer, made.number, "18")
    recommend_trips.forget()
    after = recommended(cast.duty_officer, LAT, LON).rows[0].eta_s
    assert 2 * before < after < 3 * before
    foreign = recommend_trips.learned(cast.s2)
    assert foreign.trips == 0, "what one station drove teaches no other"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("lat=90&lon=180", 200), ("lat=-90&lon=-180&draw=S1/nobody", 200), ("lat=0&lon=0&kind=%00", 400),
        ("lat=nan&lon=0", 400), ("lat=1", 400), ("lat=1&lon=1&limit=0", 400), ("lat=1&lon=1&limit=30", 200),
        ("lat=1&lon=1&station=S2", 404), ("lat=1&lon=1&station=S1", 200), ("lat=1&lon=1&whom=2107", 400),
    ],
)  # fmt: skip
def test_odd_questions_are_answered_or_refused(cast: Cast, client: Client, unit, asked: str, status: int) -> None:
    district(cast, 2000)
    unit("2107", 300)
    assert ask(client, cast, f"recommendation/?{asked}").status_code == status
