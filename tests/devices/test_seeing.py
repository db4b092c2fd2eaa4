"""Which cameras see a place: range, view and buildings; circles and areas; what a point of a picture shows; and who may ask."""

import math
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client
from django.utils import translation

from command import clock, geo
from command.places import between
from command.places.models import Building, Map
from devices import cameras, seeing, sight
from devices.models import Camera
from tests.conftest import PLACE, Cast, make_screen

LAT, LON = PLACE["lat"], PLACE["lon"]
CAMERAS = "/api/v1/cameras/"
SOUTH = {"bearing_deg": 180.0, "fov_deg": 60.0, "range_m": 80.0, "height_m": 5.0}


def away(bearing: float, metres: float) -> dict[str, float]:
    """A place so far from where it happens."""
    lat, lon = geo.place_at(LAT, LON, bearing, metres)
    return {"lat": lat, "lon": lon}


def stand(cast: Cast, name: str, *, station: Any = None, **where: float) -> Camera:
    return cameras.add_camera(None, station or cast.s1, name, "visible", **{**PLACE, **SOUTH, **where})


def house(north_m: float, high: float, deep: float = 10, wide: float = 20) -> Building:
    """A house across the way north of the place, its nearer wall so many metres from it."""
    base, _ = Map.objects.get_or_create(
        name="main",
        defaults={"version": 1, "imported_at": clock.now(), "bounds": Polygon.from_bbox((106, 29, 107, 30))},
    )
    south, north = (geo.place_at(LAT, LON, 0, one)[0] for one in (north_m, north_m + deep))
    east = geo.place_at(LAT, LON, 90, wide / 2)[1] - LON
    ring = Polygon.from_bbox((LON - east, south, LON + east, north))
    return Building.objects.create(
        map=base, osm_id=Building.objects.count() + 1, size=1, height_m=high, outline=MultiPolygon(ring, srid=4326)
    )


def names() -> list[str]:
    return [one.camera.name for one in seeing.seeing(**PLACE)]


def test_the_best_comes_first_and_says_why(cast: Cast) -> None:
    stand(cast, "far", **away(0, 70))
    stand(cast, "near", **away(0, 40))
    stand(cast, "aside", **{**away(0, 40), "bearing_deg": 205.0})  # 25° aside, within its 30
    stand(cast, "too far", **away(0, 81))
    stand(cast, "looks aside", **{**away(0, 40), "bearing_deg": 215.0})
    stand(cast, "looks away", **{**away(0, 40), "bearing_deg": 0.0})
    stand(cast, "looks up", **{**away(0, 40), "tilt_deg": -40.0})
    stand(cast, "all around", **away(180, 20), fov_deg=360.0, range_m=30.0)
    found = seeing.seeing(**PLACE)
    assert [one.camera.name for one in found] == ["near", "aside", "far", "all around"]
    assert [one.look.where for one in found] == ["middle", "edge", "middle", "middle"]
    with translation.override("en"):
        assert found[0].why == "in the middle of its view, 40 m"
    assert [round(one.bearing_deg) % 360 for one in found] == [0, 0, 0, 180], "from the place to the camera"
    assert [one.camera.name for one in seeing.seeing(**PLACE, limit=1)] == ["near"]


def test_right_below_only_who_looks_down_sees(cast: Cast) -> None:
    stand(cast, "ahead")
    stand(cast, "down", tilt_deg=80.0)
    assert names() == ["down"]


@pytest.mark.parametrize(
    ("at", "high", "sees"),
    [
        (20, 6, False),  # the line of sight falls from 5 m at 40 to 0: 2.5 m over the nearer wall
        (20, 2.4, True),
        (20, 2.6, False),
        (1, 0.2, False),
        (1, 0.1, True),
        (35, 50, True),  # the house that the camera itself hangs on
        (-5, 50, True),  # the place lies in it: its outside is seen
        (50, 50, True),  # behind the camera
    ],
)
def test_a_house_between_takes_the_sight(cast: Cast, at: float, high: float, sees: bool) -> None:
    stand(cast, "north", **away(0, 40))
    house(at, high)
    assert names() == (["north"] if sees else [])


def test_each_camera_has_its_own_line_of_sight(cast: Cast) -> None:
    house(20, 12, wide=8)
    for at, bearing in enumerate((0, 10, 40, 90)):
        stand(cast, f"c{at}", **{**away(bearing, 45), "bearing_deg": (bearing + 180) % 360})
    stand(cast, "mast", **{**away(0, 60), "height_m": 60.0, "tilt_deg": 45.0, "range_m": 200.0})
    assert set(names()) == {"c2", "c3", "mast"}
    assert between.hidden([]) == set()


def test_only_cameras_in_use_and_of_the_stations_asked_for(cast: Cast) -> None:
    around = {**away(0, 5), "fov_deg": 360.0}
    stand(cast, "ours", **around)
    cameras.retire_camera(None, stand(cast, "gone", **around).pk)
    stand(cast, "theirs", station=cast.s2, **around)
    assert set(names()) == {"ours", "theirs"}
    assert [one.camera.name for one in seeing.seeing(**PLACE, station_ids={cast.s1.pk})] == ["ours"]


# ---- the doors


@pytest.fixture
def wall(cast: Cast, client: Client) -> Client:
    client.cookies["screen"] = make_screen(cast.s1)
    return client


def asked(client: Client, **said: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(CAMERAS, said).json()["results"]
    return found


def test_who_sees_the_map_asks_which_cameras_see_a_place(cast: Cast, wall: Client) -> None:
    stand(cast, "东门", **away(0, 40))
    stand(cast, "theirs", station=cast.s2, **away(0, 5))
    (found,) = asked(wall, seeing=f"{LON},{LAT}")
    assert (found["name"], found["distance"], found["bearing"], found["where"]) == ("东门", 40.0, 0.0, "middle")
    assert found["angle"] < 1
    assert asked(wall, seeing=f"{LON},{LAT}", limit="1") == [found]
    wall.cookies.clear()
    wall.force_login(cast.technician, backend="django.contrib.auth.backends.ModelBackend")
    assert wall.get(CAMERAS, {"seeing": f"{LON},{LAT}"}).status_code == 403


def test_cameras_of_a_circle_and_of_an_area(cast: Cast, wall: Client) -> None:
    stand(cast, "b", **away(90, 40))
    stand(cast, "a", **away(0, 90))
    stand(cast, "theirs", station=cast.s2)
    assert [one["name"] for one in asked(wall, within=f"{LON},{LAT},95")] == ["b", "a"], "nearest first"
    assert [one["name"] for one in asked(wall, within=f"{LON},{LAT},50")] == ["b"]
    ring = ",".join(f"{LON + x:.6f},{LAT + y:.6f}" for x, y in ((-0.001, -0.0001), (0.001, -0.0001), (0, 0.002)))
    assert [one["name"] for one in asked(wall, polygon=ring)] == ["a", "b"], "by name"
    assert {one["name"] for one in asked(wall)} == {"a", "b"}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"seeing": "106.5"}, "seeing"), ({"seeing": "106.5,91"}, "seeing"), ({"seeing": "nan,1"}, "seeing"),
        ({"within": "106,29"}, "within"), ({"within": "106,29,-5"}, "within"), ({"within": "106,29,20001"}, "within"),
        ({"polygon": "1,2,3,4"}, "polygon"), ({"polygon": "1,2,3,4,5,6,7"}, "polygon"), ({"polygon": "1,2,3,4,5,95"}, "polygon"),
        ({"seeing": "1,2", "within": "1,2,3"}, "seeing"), ({"near": "1,2"}, "near"), ({"limit": "0"}, "limit"),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_is_refused_at_its_field(wall: Client, said: dict[str, str], field: str) -> None:
    answer = wall.get(CAMERAS, said)
    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {field}


def test_a_point_of_a_picture_says_its_place(cast: Cast, client: Client) -> None:
    camera = stand(cast, "东门", tilt_deg=15.0)
    ground = f"{CAMERAS}{camera.pk}/ground/"
    client.force_login(cast.duty_officer, backend="django.contrib.auth.backends.ModelBackend")
    found = client.get(ground, {"x": 0.5, "y": 0.5}).json()
    metres = geo.distance_m(LAT, LON, found["lat"], found["lon"])
    assert metres == pytest.approx(5 / math.tan(math.radians(15)), rel=1e-5)
    assert (found["address"], round(found["error_m"], 1)) == ("", 1.8)
    sky = client.get(ground, {"x": 0.5, "y": 0.0})
    assert (sky.status_code, sky.json()["code"]) == (400, "sky")
    assert client.get(ground, {"x": 1.1, "y": "nan"}).json()["fields"].keys() == {"x", "y"}
    client.force_login(cast.foreign_commander, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(ground, {"x": 0.5, "y": 0.5}).status_code == 404
    assert sight.ground(camera.pose, 0.5, 0.5).lat == found["lat"]
