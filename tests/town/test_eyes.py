"""What the town's cameras see: where things fall in the picture, that it lives, and that night is darker than day."""

import datetime as dt
import io
import json
import math
import random
from pathlib import Path

import av
import numpy as np
import pytest

from devices import sight
from town.build import build
from town.eyes import bodies, camera, film, fire, light, scene, stage
from town.eyes.camera import Camera
from town.eyes.light import ZONE
from town.eyes.traffic import Traffic
from town.eyes.view import HEIGHT, WIDTH, View, lens_of
from town.plane import degrees, metres
from town.sights import Town

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=ZONE)
NIGHT = dt.datetime(2026, 11, 22, 21, 0, tzinfo=ZONE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("eyes")
    build(made, 1)
    return made


@pytest.fixture(scope="module")
def found(folder: Path) -> scene.Scene:
    return scene.read(folder / "town.osm.pbf")


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict]:
    said = json.loads((folder / "roster.json").read_text(encoding="utf-8"))["cameras"]
    return [one for one in said if one["kind"] == "visible"]


def pose(row: dict) -> sight.Pose:
    """The camera as the station has it, which was told no tilt."""
    tilt = sight.usual_tilt_deg(row["height_m"], row["range_m"])
    return sight.Pose(row["lat"], row["lon"], row["height_m"], row["bearing_deg"], tilt, row["fov_deg"])


def test_a_place_of_the_ground_is_where_the_station_says(rows: list[dict]) -> None:
    """Within 2 pixels, there and back, for every camera and places all over its picture."""
    dice = random.Random(1)
    for row in rows:
        view, hung = View(lens_of(row)), pose(row)
        for _ in range(4):
            x, y = dice.uniform(0.02, 0.98), dice.uniform(0.6, 0.98)
            ground = sight.ground(hung, x, y)
            spot = np.array([[*metres(ground.lat, ground.lon), 0.0]])
            assert math.dist(view.pixels(view.seen(spot))[0], (x * WIDTH, y * HEIGHT)) < 2, row["name"]
            assert math.dist(view.lens.pixel((spot[0, 0], spot[0, 1])) or (9, 9), (x, y)) < 2 / WIDTH
            back = sight.point(hung, *degrees((spot[0, 0], spot[0, 1])))
            assert back and math.dist((back[0] * WIDTH, back[1] * HEIGHT), (x * WIDTH, y * HEIGHT)) < 2


def test_houses_stand_where_the_town_has_them(folder: Path, found: scene.Scene, rows: list[dict]) -> None:
    """Ground that the oracle says a house hides is hidden in the picture, and open ground is ground."""
    town, dice, wrong, asked = Town(folder / "town.osm.pbf", scene.SEED), random.Random(2), 0, 0
    assert [house.height_m for house in found.houses] == [high for _, high in town.houses]
    for row in rows[::20]:
        view = View(lens_of(row))
        canvas, _ = stage.stand(view, found)
        for _ in range(60):
            x, y = dice.randrange(WIDTH), dice.randrange(HEIGHT * 45 // 100, HEIGHT)
            ray = view.rays(x, y, x + 1, y + 1)[0, 0]
            if ray[2] >= -0.02 or canvas.pieces[canvas.shown[y, x]].kind in ("leaf", "post", "bulb"):
                continue
            depth = -view.lens.height_m / ray[2]
            place = view.lens.at[0] + ray[0] * depth, view.lens.at[1] + ray[1] * depth
            if math.dist(place, view.lens.at) < view.lens.range_m:
                asked += 1
                is_open = abs(canvas.nearness[y, x] * depth - 1) < 0.02
                wrong += is_open != town.sees(view.lens, (float(place[0]), float(place[1])))
    assert asked > 150
    assert wrong <= asked * 0.02, "only where a pixel lies on the edge of a house"


def test_it_moves_it_tells_the_time_and_night_is_darker(folder: Path, found: scene.Scene, rows: list[dict]) -> None:
    row = rows[75]
    made = Camera(row["name"], lens_of(row), found, folder)
    made.draw_still(light.at(NOON))
    one, other = made.picture(NOON), made.picture(NOON + dt.timedelta(seconds=1))
    assert (one[:40, :260] != other[:40, :260]).any(), "the clock in the corner goes on"
    street = one[150:320].astype(int), other[150:320].astype(int)
    assert (np.abs(street[0] - street[1]).max(axis=2) > 30).sum() > 30, "cars and people have moved"
    made.draw_still(light.at(NIGHT))
    dark = made.picture(NIGHT)
    assert dark.mean() < one.mean() * 0.6
    assert (dark[30:160].max(axis=2) > 200).sum() > 100, "windows are lit"


def test_the_same_moment_is_the_same_town(found: scene.Scene, rows: list[dict]) -> None:
    """Two cameras that look at one street see the same cars; more drive at noon than at four in the night."""
    near = lens_of(rows[75]).at
    one, other = Traffic(found.roads, near, 150.0), Traffic(found.roads, (near[0] + 20, near[1]), 150.0)
    assert set(one.at(NOON)) & set(other.at(NOON))
    early = dt.datetime(2026, 11, 22, 4, 0, tzinfo=ZONE)
    assert len(one.at(NOON)) > 2 * len(one.at(early))


def test_what_was_drawn_is_kept_for_its_light_alone(
    folder: Path, found: scene.Scene, rows: list[dict], tmp_path: Path
) -> None:
    made = Camera(rows[5]["name"], lens_of(rows[5]), found, folder, tmp_path / "5.npz")
    still = made.draw_still(light.at(NOON))
    again = camera.kept(tmp_path / "5.npz", still.key)
    assert again is not None
    assert (again.colours == still.colours).all()
    assert camera.kept(tmp_path / "5.npz", f"{light.at(NIGHT).key}") is None
    (tmp_path / "5.npz").write_bytes(b"half")
    assert camera.kept(tmp_path / "5.npz", still.key) is None


def test_a_place_that_burns_is_seen(folder: Path, found: scene.Scene, rows: list[dict], tmp_path: Path) -> None:
    row = rows[75]
    hung = lens_of(row)
    made = Camera(row["name"], hung, found, tmp_path)
    made.draw_still(light.at(NIGHT))
    before = made.picture(NIGHT)
    turn = math.radians(hung.bearing)
    fire.light_up(tmp_path, *degrees((hung.at[0] + 30 * math.sin(turn), hung.at[1] + 30 * math.cos(turn))), 2.0)
    burning = made.picture(NIGHT)
    assert (burning[..., 0].astype(int) - before[..., 0] > 80).sum() > 200, "flames"
    fire.put_out(tmp_path)
    assert (made.picture(NIGHT) == before).all()


@pytest.mark.parametrize(("place", "size"), [((29.6, 106.55), 0.0), ((29.6, 106.55), 99.0), ((31.0, 121.0), 2.0)])
def test_nothing_burns_elsewhere_or_without_a_size(tmp_path: Path, place: tuple[float, float], size: float) -> None:
    with pytest.raises(fire.Wrong, match="expected"):
        fire.light_up(tmp_path, *place, size)
    assert fire.fires(tmp_path) == []


def test_units_are_h264_with_key_pictures() -> None:
    encoder = film.Encoder()
    units = [encoder.unit(np.full((HEIGHT, WIDTH, 3), 6 * at, np.uint8)) for at in range(30)]
    assert all(unit.startswith(b"\x00\x00\x00\x01\x09") for unit in units)
    with av.open(io.BytesIO(b"".join(units)), format="h264") as clip:
        keys = [at for at, frame in enumerate(clip.decode(video=0)) if frame.key_frame]
    assert keys[:3] == [0, encoder.soon, 2 * encoder.soon]
    for at in keys[:3]:
        kinds = {part[0] & 31 for part in units[at].split(b"\x00\x00\x01")[1:]}
        assert kinds >= {7, 8, 5}, "parameter sets and a picture from which a browser can begin"


def test_the_sun_stands_where_it_does() -> None:
    """Chongqing, by published tables: high at the summer's noon, which is late by the clock of the coast."""
    high, bearing = light.sun(dt.datetime(2026, 6, 21, 12, 56, tzinfo=ZONE))
    assert high == pytest.approx(83.8, abs=0.7)
    assert 150 < bearing < 210
    assert light.sun(dt.datetime(2026, 12, 21, 7, 45, tzinfo=ZONE))[0] == pytest.approx(-0.8, abs=1.5), "sunrise"


def test_a_body_camera_stands_on_the_pavement_and_its_clip_can_be_played(
    folder: Path, found: scene.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "CLIP_S", 1)
    lens = bodies.standing(found, bodies.before_cameras(folder)[0])
    near = min(
        (stage._far(lens.at, a, b), road.half_m)
        for road in found.roads
        if road.driven
        for a, b in zip(road.line, road.line[1:], strict=False)
    )
    assert near[0] > near[1] + 1, "beside the road"
    bodies.draw(Camera("", lens, found, folder), tmp_path / "clip.y4m")
    with av.open(str(tmp_path / "clip.y4m")) as clip:
        pictures = [frame.to_ndarray(format="gray") for frame in clip.decode(video=0)]
    assert len(pictures) == film.FPS
    assert pictures[0].shape == (HEIGHT, WIDTH)
    assert (pictures[0] != pictures[2]).any(), "whoever wears it moves: half a clip later they are where they were"


class Nearest:
    """A station that has two free units on foot, near everything, and says who was booked on."""

    def __init__(self) -> None:
        self.booked: list[tuple[str, list[str]]] = []

    async def api(self, _token: str, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        if method == "POST":
            self.booked.append((path, (body or {})["crew"]))
            return 200, {}
        kinds = ("24车", "car"), ("2101", "foot"), ("2103", "foot")
        return 200, {"results": [{"call_sign": name, "kind": kind} for name, kind in kinds]}


async def test_each_with_a_body_camera_has_a_unit_of_their_own(folder: Path) -> None:
    station, people = Nearest(), {"officer": "a", "auxiliary": "b"}
    found = await bodies._booked(station, "key", people, bodies.before_cameras(folder))  # type: ignore[arg-type]
    assert [one.unit for one in found] == ["2101", "2103"]
    assert station.booked == [("units/2101/book_on/", ["officer"]), ("units/2103/book_on/", ["auxiliary"])]
    with pytest.raises(bodies.Missing, match="free unit on foot"):
        await bodies._booked(station, "key", {**people, "third": "c"}, bodies.before_cameras(folder))  # type: ignore[arg-type]


def test_what_a_body_camera_lacks_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = "http://127.0.0.1:9", folder, tmp_path / "demo.json", ["officer"]
    with pytest.raises(bodies.Missing, match="Chromium at /nowhere"):
        bodies.run(*asked, "/nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bodies.Missing, match="espeak-ng"):
        bodies.run(*asked, "/bin/sh")
