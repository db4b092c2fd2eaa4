"""The town's panoramas: where they hang, that what is drawn is what the station says is there, and the names in them."""

import datetime as dt
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command.models import Station
from command.places.importer import import_map
from devices import cameras, labelling, sight
from devices.models import Camera
from tests.conftest import Cast
from town.build import build
from town.eyes import light, scene, stage
from town.eyes.light import ZONE
from town.eyes.panorama import HIGH, WIDE, Panorama, directions
from town.plane import degrees, distance, metres
from town.sights import Town

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=ZONE)
SHARES = st.floats(0.001, 0.999)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("panoramas")
    build(made, 1)
    return made


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict[str, Any]]:
    said = json.loads((folder / "roster.json").read_text(encoding="utf-8"))["cameras"]
    return [one for one in said if one["kind"] == "panorama"]


@pytest.fixture(scope="module")
def made(folder: Path, rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Panorama:
    return Panorama(rows[0], scene.read(folder / "town.osm.pbf"), tmp_path_factory.mktemp("nothing burns"))


def pose(row: dict[str, Any]) -> sight.Pose:
    """As the station has it."""
    numbers = ("lat", "lon", "height_m", "bearing_deg", "tilt_deg", "fov_deg", "aspect")
    return sight.Pose(*(row[name] for name in numbers))


def test_three_hang_high_and_far_from_one_another_at_a_corner_of_their_own_roof(folder: Path, rows: list[dict]) -> None:
    town = Town(folder / "town.osm.pbf", scene.SEED)
    assert len({row["name"] for row in rows}) == len(rows) == 3
    at = [metres(row["lat"], row["lon"]) for row in rows]
    assert min(distance(one, other) for one in at for other in at if one != other) > 600
    for row, place in zip(rows, at, strict=True):
        [own] = town._over(place)
        assert 2 < row["height_m"] - town.houses[own][1] < 4
        assert row["height_m"] > 35
        for turn in range(-80, 81, 20):
            way = math.radians(row["bearing_deg"] + turn)
            ahead = place[0] + 3 * math.sin(way), place[1] + 3 * math.cos(way)
            assert own not in town._over(ahead), "its roof lies behind it"


@given(SHARES, SHARES)
def test_a_pixel_looks_at_the_ground_that_the_station_says(rows: list[dict], x: float, y: float) -> None:
    """There and back: from the pixel to the ground by the station's geometry, and by the ray that is drawn."""
    for row in rows:
        column, line = int(x * WIDE), int(y * HIGH)
        share = (column + 0.5) / WIDE, (line + 0.5) / HIGH
        ray = directions(row)[line, column]
        try:
            found = sight.ground(pose(row), *share)
        except sight.NoGround:
            assert ray[2] > -row["height_m"] / 9_000, "the sky, or ground too far away"
            continue
        back = sight.point(pose(row), found.lat, found.lon)
        assert back and math.dist((back[0] * WIDE, back[1] * HIGH), (column + 0.5, line + 0.5)) < 0.05
        place, eye = metres(found.lat, found.lon), metres(row["lat"], row["lon"])
        away = distance(eye, place)
        if away < row["range_m"]:
            drawn = eye[0] - ray[0] / ray[2] * row["height_m"], eye[1] - ray[1] / ray[2] * row["height_m"]
            assert distance(place, drawn) < 0.004 * away + 0.05, (
                "the plane of the town is not quite the station's sphere"
            )


def test_each_pixel_is_taken_from_the_lens_that_looks_there(made: Panorama, rows: list[dict]) -> None:
    rays = directions(rows[0])
    for number, camera in enumerate(made.cameras):
        own = made.strip == number
        columns, lines = made.columns[:, own], made.rows[:, own]
        taken = camera.view.whole()[lines, columns]
        taken /= np.linalg.norm(taken, axis=2)[..., None]
        off = np.degrees(np.arccos(np.clip((taken * rays[:, own]).sum(axis=2), -1, 1)))
        assert off.max() < 1.0 * 180 / WIDE, "a pixel"


def test_houses_stand_where_the_town_has_them(folder: Path, made: Panorama, rows: list[dict]) -> None:
    """Ground that a house hides is hidden in the picture, and open ground is the ground that the station names there."""
    town, dice, asked, wrong, off = Town(folder / "town.osm.pbf", scene.SEED), random.Random(3), 0, 0, []
    row, around = rows[0], made.cameras[0].scene
    hung = pose(row)
    stood = [stage.stand(camera.view, around)[0] for camera in made.cameras]
    for _ in range(160):
        column, line = dice.randrange(WIDE), dice.randrange(HIGH // 3, HIGH)
        at = stood[made.strip[column]], made.rows[line, column], made.columns[line, column]
        canvas, shown = at[0], at[0].pieces[at[0].shown[at[1], at[2]]]
        ray = canvas.view.rays(at[2], at[1], at[2] + 1, at[1] + 1)[0, 0]
        if ray[2] >= -0.04 or shown.kind in ("leaf", "post", "bulb"):
            continue
        ground = sight.ground(hung, (column + 0.5) / WIDE, (line + 0.5) / HIGH)
        place = metres(ground.lat, ground.lon)
        depth = -canvas.view.lens.height_m / ray[2]
        is_open = abs(canvas.nearness[at[1], at[2]] * depth - 1) < 0.02
        asked, wrong = asked + 1, wrong + (is_open == town._is_hidden(canvas.view.lens, place))
        if is_open:
            drawn = canvas.view.eye[:2] + ray[:2] * depth
            off.append(distance(place, (float(drawn[0]), float(drawn[1]))) / distance(place, canvas.view.lens.at))
    assert asked > 80
    assert wrong <= asked * 0.05, "only where a pixel lies on the edge of a house"
    assert len(off) > 15
    assert max(off) < 0.06, "two pixels, where one looks along the ground"


def test_it_is_wide_it_moves_and_tells_the_time(made: Panorama) -> None:
    for camera in made.cameras:
        camera.draw_still(light.at(NOON))
    one, other = made.picture(NOON), made.picture(NOON + dt.timedelta(seconds=1))
    assert one.shape == (HIGH, WIDE, 3)
    assert (one[:40, :260] != other[:40, :260]).any(), "the clock in the corner goes on"
    assert (np.abs(one[60:].astype(int) - other[60:]).max(axis=2) > 30).sum() > 5, "cars have moved"
    joints = [int(at) for at in np.flatnonzero(np.diff(made.strip))]
    steps = np.abs(np.diff(one[60:].astype(int), axis=1)).mean(axis=(0, 2))
    assert max(steps[joints]) < 3 * np.median(steps), "where two lenses meet nobody sees it"


def test_its_names_lie_where_they_are(folder: Path, rows: list[dict], cast: Cast) -> None:
    import_map(folder / "town.osm.pbf", "town")
    made = [cameras.add_camera(None, Station.objects.get(code="S1"), **row) for row in rows]
    for camera in Camera.objects.select_related("calibration", "control").filter(pk__in=[one.pk for one in made]):
        found = labelling.labels(camera)
        assert {one.kind for one in found} == {"street", "landmark"}
        assert len(found) >= 8
        for one in (one for one in found if one.kind == "street"):  # whose names stand on the ground
            place = sight.ground(camera.pose, one.x, one.y)
            away = distance(metres(place.lat, place.lon), metres(camera.place.y, camera.place.x))
            assert abs(away - one.distance_m) < 0.05 * one.distance_m + 1
        spots = [degrees((200.0, 100.0)), degrees((-300.0, -200.0))]
        for spot, point in zip(spots, labelling.points(camera, spots), strict=True):
            if point:
                back = sight.ground(camera.pose, point.x, point.y)
                assert distance(metres(back.lat, back.lon), metres(*spot)) < 30
