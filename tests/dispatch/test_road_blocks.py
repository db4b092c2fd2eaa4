"""Closing roads: what can be drawn, who may, how long it holds, who sees it; and the doors of roads without an engine."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from command import clock, live
from dispatch import road_blocks, road_traffic
from dispatch.models import RoadBlock
from dispatch.road_lines import decoded, passed
from tests.conftest import PLACE, Cast

POINT = {"type": "Point", "coordinates": [PLACE["lon"], PLACE["lat"]]}


def ask(cast: Cast, client: Client, who: str, method: str, path: str, body: Any = None) -> Any:
    more = {"data": body, "content_type": "application/json"} if body is not None else {}
    headers = {"Authorization": f"Bearer {cast.token(who)}"}
    return getattr(client, method)(f"/api/v1/{path}", headers=headers, **more)


@pytest.mark.parametrize(
    "drawn",
    [
        None, "Point", {"type": "Circle", "coordinates": [0, 0]}, {"type": "Point"}, {"type": "Point", "coordinates": [1]},
        {"type": "Point", "coordinates": [200, 0]}, {"type": "Point", "coordinates": ["106", 29]},
        {"type": "Point", "coordinates": [True, 29]}, {"type": "LineString", "coordinates": [[1, 1]]},
        {"type": "LineString", "coordinates": [[1, 1], [3, 1]]}, {"type": "LineString", "coordinates": [[1, 1], 2]},
        {"type": "LineString", "coordinates": [[i / 1e4, 1] for i in range(101)]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0.1]]]},
    ],
)  # fmt: skip
def test_what_is_no_road_block_is_refused_in_words(cast: Cast, client: Client, drawn: Any) -> None:
    answer = ask(cast, client, "duty_officer", "post", "road-blocks/", {"geometry": drawn})
    assert answer.status_code == 400, answer.content
    assert "geometry" in answer.json()["fields"]
    assert not RoadBlock.objects.exists()


def test_a_block_is_on_the_live_picture_until_it_is_lifted(cast: Cast, client: Client) -> None:
    made = ask(cast, client, "duty_officer", "post", "road-blocks/", {"geometry": POINT, "words": "积水"}).json()
    seen = live.snapshot(cast.officer)["topics"]["road_block"]
    assert seen == [made]
    assert seen[0]["geometry"] == POINT
    assert live.snapshot(cast.foreign_duty)["topics"]["road_block"] == []
    lift = f"road-blocks/{made['id']}/lift/"
    assert ask(cast, client, "officer", "post", lift, {}).status_code == 403
    assert ask(cast, client, "foreign_duty", "post", lift, {}).status_code == 404
    for _ in range(2):
        assert ask(cast, client, "duty_officer", "post", lift, {}).status_code == 200
    assert live.snapshot(cast.officer)["topics"]["road_block"] == []
    assert road_blocks.closed() == []


def test_a_block_ends_by_itself_even_where_no_clock_runs(cast: Cast, later) -> None:
    road_blocks.block(cast.duty_officer, cast.s1, POINT, until=clock.now() + dt.timedelta(minutes=1))
    assert len(road_blocks.closed()) == 1
    later(minutes=2)
    assert road_blocks.closed() == []
    assert (road_blocks.end_due(), road_blocks.end_due()) == (1, 0)


def test_where_no_road_is_known_a_way_is_an_estimate(cast: Cast, client: Client, settings, tmp_path) -> None:
    settings.ROADS = tmp_path
    answer = ask(cast, client, "officer", "get", "route/?from=106.55,29.60&to=106.56,29.60").json()
    assert (answer["source"], answer["steps"]) == ("estimate", [])
    assert answer["metres"] == pytest.approx(1.4 * 967, rel=0.01)
    assert ask(cast, client, "officer", "get", "reach/?at=106.55,29.60").status_code == 404
    for wrong in ("from=1,2", "from=1,2&to=x", "from=1,2&to=3,nan", "from=1,2&to=3,4&mode=boat", "from=1,2&to=3,95"):
        assert ask(cast, client, "officer", "get", f"route/?{wrong}").status_code == 400, wrong


def test_a_line_is_decoded_as_its_algorithm_says() -> None:
    assert decoded("_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI") == [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]


def test_a_car_that_stands_says_nothing_of_the_road() -> None:
    edges = [{"id": 7, "length": 0.1, "speed": 36}, {"id": 8, "length": 0.2, "speed": 36}]
    points = [{"edge_index": 0, "distance_along_edge": 0.5}, {"edge_index": 1, "distance_along_edge": 0.25}]
    found = passed(edges, points, [100.0, 110.0])
    assert [(one.edge, one.metres, one.seconds) for one in found] == [(7, 50, 5), (8, 50, 5)]
    assert passed(edges, points, [100.0, 400.0]) == []
    assert passed(edges, points, [100.0, 110.0], since=110.0) == []


def test_a_speed_never_closes_a_road() -> None:
    assert road_traffic.packed(0.01, 10) & 0x7F == 1
    assert road_traffic.packed(500, 10) & 0x7F == 126
    assert road_traffic.packed(10, 10) & 0x7F == 18
