"""Names in a picture, where places lie in it, and which cameras see a way."""

import pytest
from django.contrib.gis.geos import LineString, Point
from django.test import Client

from command import geo
from command.places.models import Place, Road
from devices import labelling, seeing, sight
from tests.conftest import Cast
from tests.devices.test_seeing import CAMERAS, LAT, LON, away, house, stand

pytestmark = pytest.mark.django_db
NORTHWARD = {"bearing_deg": 0.0, "fov_deg": 60.0, "tilt_deg": 8.0, "range_m": 120.0, "height_m": 6.0}


def street(name: str, north_m: float, from_m: float = -100, to_m: float = 100) -> Road:
    """A street from west to east, so many metres north of the place."""
    base = house(500, 3).map
    ends = [geo.place_at(away(0, north_m)["lat"], LON, 90, metres) for metres in (from_m, to_m)]
    line = LineString(*((lon, lat) for lat, lon in ends), srid=4326)
    return Road.objects.create(map=base, osm_id=Road.objects.count() + 1, name=name, kind="street", line=line)


def landmark(name: str, north_m: float, number: int) -> Place:
    at = away(0, north_m)
    return Place.objects.create(
        id=number,
        map=house(600, 3).map,
        kind="landmark",
        name=name,
        rank=2,
        point=Point(at["lon"], at["lat"], srid=4326),
    )


def test_streets_and_landmarks_stand_where_they_are_seen_nearest(cast: Cast) -> None:
    camera = stand(cast, "north", **{**away(0, 0), **NORTHWARD})
    street("文化路", 60)
    street("背后路", -40)
    street("远路", 300)
    landmark("邮局", 80, 1)
    found = labelling.labels(camera)
    assert [(one.kind, one.name) for one in found] == [("street", "文化路"), ("landmark", "邮局")]
    road, post = found
    assert road.distance_m == pytest.approx(60, abs=1)
    assert road.x == pytest.approx(0.5, abs=0.1)
    at = sight.ground(camera.pose, road.x, road.y)
    assert geo.distance_m(at.lat, at.lon, away(0, 60)["lat"], LON) < 6, "the name lies on the street"
    assert post.y < road.y, "what is farther away stands higher in the picture"


def test_a_name_does_not_stand_where_a_house_hides_it(cast: Cast) -> None:
    camera = stand(cast, "north", **{**away(0, 0), **NORTHWARD})
    street("文化路", 60)
    landmark("邮局", 80, 1)
    house(30, 20, wide=24)
    (road,) = labelling.labels(camera)
    assert road.name == "文化路" and abs(road.x - 0.5) > 0.2, "beside the house, where it can be seen"


def test_places_are_found_in_the_picture_or_not(cast: Cast) -> None:
    camera = stand(cast, "north", **{**away(0, 0), **NORTHWARD})
    house(30, 20, wide=4)
    asked = [away(0, 20), away(0, 60), away(180, 20), away(20, 60)]
    ahead, behind_house, behind, aside = labelling.points(camera, [(one["lat"], one["lon"]) for one in asked])
    assert ahead and not ahead.is_hidden and ahead.x == pytest.approx(0.5, abs=0.001)
    assert behind_house and behind_house.is_hidden
    assert behind is None
    assert aside and not aside.is_hidden and aside.x > 0.8


def test_a_way_comes_to_its_cameras_in_order(cast: Cast) -> None:
    far = {"fov_deg": 40.0, "range_m": 30.0, "tilt_deg": 20.0}
    for name, east in (("second", 150), ("first", 50), ("hidden", 100)):
        at = geo.place_at(away(0, 20)["lat"], LON, 90, east)
        stand(cast, name, lat=at[0], lon=at[1], **far)
    at = geo.place_at(away(0, 300)["lat"], LON, 90, 50)
    stand(cast, "elsewhere", lat=at[0], lon=at[1], **far)
    base = house(500, 3)
    wall = geo.place_at(LAT, LON, 90, 100)[1]
    ring = ((wall - 0.0002, away(0, 8)["lat"]), (wall + 0.0002, away(0, 8)["lat"]), (wall + 0.0002, away(0, 12)["lat"]),
            (wall - 0.0002, away(0, 12)["lat"]))  # fmt: skip
    from_west = [(LAT, geo.place_at(LAT, LON, 90, metres)[1]) for metres in range(0, 200, 10)]
    assert [one.camera.name for one in seeing.along(from_west)] == ["first", "hidden", "second"]
    base.outline = base.outline.__class__(base.outline[0].__class__((*ring, ring[0])), srid=4326)
    base.height_m = 30
    base.save()
    found = seeing.along(from_west)
    assert [one.camera.name for one in found] == ["first", "second"]
    assert all(one.first <= one.best <= one.last for one in found)
    assert [one.camera.name for one in seeing.along(from_west[::-1])] == ["second", "first"]
    assert seeing.along(from_west, []) == []


def test_the_doors_answer_and_say_what_they_expected(cast: Cast, client: Client) -> None:
    camera = stand(cast, "north", **{**away(0, 0), **NORTHWARD})
    street("文化路", 60)
    client.force_login(cast.commander)
    found = client.get(f"{CAMERAS}{camera.pk}/labels/").json()["results"]
    assert [one["name"] for one in found] == ["文化路"]
    ahead = away(0, 20)
    (point,) = client.get(f"{CAMERAS}{camera.pk}/points/?places={ahead['lon']},{ahead['lat']}").json()["results"]
    assert point["x"] == pytest.approx(0.5, abs=0.001) and point["hidden"] is False
    for wrong in ("", "?places=1", "?places=1,2,3", "?places=1,91", "?places=a,b", "?place=1,2"):
        assert client.get(f"{CAMERAS}{camera.pk}/points/{wrong}").status_code == 400, wrong
    assert client.get(f"{CAMERAS}{camera.pk + 1}/labels/").status_code == 404
