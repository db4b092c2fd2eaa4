"""Following somebody along a line of cameras, by road time."""

import datetime as dt
import itertools

import pytest
from django.test import Client

from command import clock, geo
from devices import cameras
from dispatch import following
from tests.conftest import Cast
from tests.dispatch.engine import EAST, WEST, Engine, at

pytestmark = pytest.mark.django_db
FROM, TO = "{},{}".format(*WEST), "{},{}".format(*EAST)
VIEW = {"height_m": 5.0, "fov_deg": 90.0, "range_m": 60.0, "tilt_deg": 15.0}


def over(cast: Cast, name: str, place: tuple[float, float]) -> None:
    """A camera 20 m north of a place of the grid that looks at it."""
    lat, lon = geo.place_at(place[1], place[0], 0, 20)
    cameras.add_camera(None, cast.s1, name, "visible", lat=lat, lon=lon, bearing_deg=180.0, **VIEW)


def test_places_stand_evenly_along_a_line() -> None:
    line = [at(0, 0), at(5, 0), at(5, 3)]
    found = following.spaced(line)
    assert (found[0], found[-1]) == (line[0], pytest.approx(line[-1]))
    gaps = [geo.distance_m(a[1], a[0], b[1], b[0]) for a, b in itertools.pairwise(found)]
    assert max(gaps) < 1.5 * following.STEP_M
    assert len(following.spaced([at(0, 0), at(1000, 0)])) == following.PLACES
    assert following.spaced([at(0, 0), at(0, 0)]) == [at(0, 0), at(0, 0)]


def test_moments_go_by_the_pieces_of_a_way() -> None:
    places = [at(x, 0) for x in range(5)]
    assert following.moments(places, [], 40) == pytest.approx([0, 10, 20, 30, 40], abs=0.1)
    half = geo.distance_m(places[0][1], places[0][0], places[2][1], places[2][0])
    slow_then_quick = following.moments(places, [(half, 60), (half, 20)], 80)
    assert slow_then_quick == pytest.approx([0, 30, 60, 70, 80], abs=0.5)


def test_cameras_come_in_the_order_of_the_road_with_their_time(engine: Engine, cast: Cast, client: Client) -> None:
    over(cast, "东", at(7, -1))
    over(cast, "西", at(3, -1))
    over(cast, "绕", at(5, 2))
    left = clock.now() - dt.timedelta(minutes=5)
    client.force_login(cast.duty_officer)
    said = client.get("/api/v1/cameras/along/", {"from": FROM, "to": TO, "at": left.isoformat()})
    found = said.json()
    assert said.status_code == 200, found
    assert found["source"] == "roads"
    assert [one["name"] for one in found["cameras"]] == ["西", "东"], "the way goes south"
    times = [
        [dt.datetime.fromisoformat(one[name]) for name in ("earliest", "at", "latest")] for one in found["cameras"]
    ]
    assert all(earliest < at < latest for earliest, at, latest in times)
    assert left < times[0][1] < times[1][1] < left + dt.timedelta(seconds=found["seconds"])
    assert client.get(f"/api/v1/cameras/along/?from={FROM}&to={TO}&at=yesterday").status_code == 400
    assert client.get("/api/v1/cameras/along/?to=1,2").status_code == 400


def test_without_roads_it_is_an_estimate_and_says_so(away: None, cast: Cast, client: Client) -> None:
    over(cast, "中", at(5, 0))
    client.force_login(cast.duty_officer)
    found = client.get("/api/v1/cameras/along/", {"from": FROM, "to": TO}).json()
    assert found["source"] == "estimate"
    assert [one["name"] for one in found["cameras"]] == ["中"]
    client.force_login(cast.foreign_duty)
    assert client.get("/api/v1/cameras/along/", {"from": FROM, "to": TO}).json()["cameras"] == []
