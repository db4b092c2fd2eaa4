"""`bench looking`: which cameras see a place, and what a point of their pictures shows, judged by rays walked through the town.

The demo town with its own cameras, each looking four ways. The station is told how each hangs, once exactly and once as somebody
surveys it (a metre, a degree, a foot off), and knows the storeys of nine houses in ten. Precision and recall of its list stand
beside those of the four nearest cameras. Then points of pictures: there and back again, and how far off the ground is that a
surveyed pose and a calibration by six pairs tell, against what they say of their own error.
"""

import json
import math
import os
import random
import statistics
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from operation import say
from operation.bench.private import Stage
from operation.home import PROJECT
from town.plane import Point, degrees, metres
from town.sights import Lens, Town

PLACES, MOST, NEAREST = 1500, 50, 4
WAYS = (0, 90, 180, 270)
OFF_M, OFF_DEG, OFF_HEIGHT_M, CLICK = 1.0, 1.0, 0.3, 0.003
PAIRS, POINTS = 6, 2000
ASPECT = 16 / 9
GOAL, BACK_PX = 0.9, 0.01  # precision and recall of what is surveyed exactly; px of a picture 1920 wide
Found = dict[str, float]


@dataclass
class Score:
    """How a list of cameras compares with those that truly see a place."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, said: set[int], true: set[int]) -> None:
        self.right += len(said & true)
        self.wrong += len(said - true)
        self.missed += len(true - said)

    def said(self) -> Found:
        return {
            "precision": round(self.right / max(1, self.right + self.wrong), 3),
            "recall": round(self.right / max(1, self.right + self.missed), 3),
        }


def lenses(folder: Path) -> list[Lens]:
    """The town's cameras, each looking four ways."""
    rows = json.loads((folder / "roster.json").read_text(encoding="utf-8"))["cameras"]
    made = []
    for row in rows:
        if row["kind"] != "visible":
            continue  # a panorama is no lens
        tilt = math.degrees(math.atan2(row["height_m"], row["range_m"] / 2))
        at = metres(row["lat"], row["lon"])
        made += [
            Lens(at, row["height_m"], (row["bearing_deg"] + way) % 360, tilt, row["fov_deg"], ASPECT, row["range_m"])
            for way in WAYS
        ]
    return made


def surveyed(lens: Lens, dice: random.Random) -> Lens:
    """As somebody measures it who has a map, a compass and a level."""
    return replace(
        lens, at=(lens.at[0] + dice.gauss(0, OFF_M), lens.at[1] + dice.gauss(0, OFF_M)),
        height_m=max(2.0, lens.height_m + dice.gauss(0, OFF_HEIGHT_M)), bearing=(lens.bearing + dice.gauss(0, OFF_DEG)) % 360,
        tilt=lens.tilt + dice.gauss(0, OFF_DEG),
    )  # fmt: skip


def told(lens: Lens) -> dict[str, float]:
    """As the station is told of it."""
    lat, lon = degrees(lens.at)
    return {
        "lat": lat, "lon": lon, "height_m": lens.height_m, "bearing_deg": lens.bearing, "tilt_deg": lens.tilt,
        "fov_deg": lens.fov, "range_m": lens.range_m, "aspect": lens.aspect,
    }  # fmt: skip


def stand(hung: list[Lens]) -> list[int]:
    """Put cameras on the station's map, instead of any before; their ids in the same order."""
    from command.models import Station
    from devices import cameras
    from devices.models import Camera

    Camera.objects.all().delete()
    station = Station.objects.get(code="S1")
    return [cameras.add_camera(None, station, f"c{at}", "visible", **told(one)).pk for at, one in enumerate(hung)]


def judged(town: Town, hung: list[Lens], places: list[Point], truth: list[set[int]], off: bool) -> dict[str, Any]:
    """What the station says of all places, compared with the truth; and how long one answer takes."""
    from devices import seeing

    dice = random.Random("survey")  # noqa: S311 - a load, not a secret  # nosec B311
    ids = stand([surveyed(one, dice) for one in hung] if off else hung)
    number, score, took = {pk: at for at, pk in enumerate(ids)}, Score(), []
    first = 0
    for place, true in zip(places, truth, strict=True):
        began = time.perf_counter()
        sights = seeing.seeing(*degrees(place), limit=MOST)
        took.append((time.perf_counter() - began) * 1000)
        said = [number[one.camera.pk] for one in sights]
        score.add(set(said), true)
        first += bool(said) and said[0] in true
    answered = sum(map(bool, truth))
    return {**score.said(), "first_is_right": round(first / answered, 3), "ms_p50": round(statistics.median(took), 1)}


def nearest(hung: list[Lens], places: list[Point], truth: list[set[int]]) -> Found:
    """The four nearest cameras instead, wherever they look."""
    score = Score()
    for place, true in zip(places, truth, strict=True):
        near = sorted(range(len(hung)), key=lambda at: math.dist(hung[at].at, place))
        score.add(set(near[:NEAREST]), true)
    return score.said()


def pose(lens: Lens) -> Any:
    """A camera as the station's geometry takes it."""
    from devices.sight import Pose

    lat, lon = degrees(lens.at)
    return Pose(lat, lon, lens.height_m, lens.bearing, lens.tilt, lens.fov, lens.aspect)


def pointed(town: Town, hung: list[Lens]) -> dict[str, Any]:
    """Points of pictures: there and back, and how far off the ground is by a surveyed pose and by a calibration."""
    from devices import sight

    dice = random.Random("points")  # noqa: S311 - a load, not a secret  # nosec B311
    back, tried = [], {"surveyed": [], "calibrated": []}  # type: ignore[var-annotated]
    while len(back) < POINTS:
        true = dice.choice(hung)
        place = _in_view(town, true, dice)
        if place is None:
            continue
        said = {"surveyed": pose(surveyed(true, dice)), "calibrated": _calibrated(town, true, dice)}
        pixel = true.pixel(place)
        assert pixel  # nosec B101
        there = sight.ground(pose(true), *pixel)
        again = sight.point(pose(true), there.lat, there.lon)
        back.append(math.dist((again[0] * 1920, again[1] * 1080), (pixel[0] * 1920, pixel[1] * 1080)) if again else 1e9)
        for name, one in said.items():
            tried[name].append(_off(one, pixel, place) if one else None)
    p95 = sorted(back)[int(len(back) * 0.95)]
    found: dict[str, Any] = {"back_px_max": round(max(back), 6), "back_px_p95": round(p95, 6)}
    return found | {name: _errors(some) for name, some in tried.items()}


def _in_view(town: Town, lens: Lens, dice: random.Random) -> Point | None:
    """A place that a camera truly sees, evenly over its view."""
    turn, away = math.radians(lens.bearing + dice.uniform(-35, 35)), dice.uniform(8, lens.range_m)
    spot = lens.at[0] + away * math.sin(turn), lens.at[1] + away * math.cos(turn)
    return spot if town.sees(lens, spot) else None


def _calibrated(town: Town, lens: Lens, dice: random.Random) -> Any:
    """The pose with a plane from pairs, each set as well as people click and maps are drawn; None where none fits."""
    from devices import homography

    pairs: list[tuple[float, float, float, float]] = []
    tries = 0
    while len(pairs) < PAIRS and tries < 300:
        tries += 1
        place = _in_view(town, lens, dice)
        pixel = lens.pixel(place) if place else None
        if place and pixel:
            x, y = (one + dice.gauss(0, CLICK) for one in pixel)
            east, north = (place[at] - lens.at[at] + dice.gauss(0, 0.2) for at in (0, 1))
            pairs.append((x, y, east, north))
    try:
        found = homography.fit(pairs)
    except homography.Unfit:
        return None
    return replace(pose(lens), plane=found.plane, residual_m=found.residual_m)


def _off(said: Any, pixel: Point, place: Point) -> tuple[float, float] | None:
    """How many metres off the ground is that is told, and how many it says itself; None where it tells none."""
    from devices import sight

    try:
        found = sight.ground(said, *pixel)
    except sight.NoGround:
        return None
    return math.dist(metres(found.lat, found.lon), place), found.error_m


def _errors(some: list[tuple[float, float] | None]) -> Found:
    there = [one for one in some if one]
    return {
        "off_m_p50": round(statistics.median(one[0] for one in there), 2),
        "off_m_p90": round(sorted(one[0] for one in there)[int(len(there) * 0.9)], 2),
        "within_2_of_its_error": round(statistics.mean(off <= 2 * error for off, error in there), 3),
        "none": len(some) - len(there),
    }


def measure(stage: Stage, folder: Path) -> dict[str, Any]:
    """All figures, in this process: the code that answers a desk, without the network."""
    os.environ.update({name: value for name, value in stage.env.items() if name.startswith(("PG", "STATION", "REDIS"))})
    os.environ["DJANGO_SETTINGS_MODULE"] = "command.settings"
    import django

    django.setup()
    from django.db import connection

    town, hung = Town(folder / "town.osm.pbf", "truth"), lenses(folder)
    dice = random.Random("places")  # noqa: S311 - a load, not a secret  # nosec B311
    places, truth = _places(town, hung, dice)
    found: dict[str, Any] = {
        "cameras": len(hung), "places": len(places), "seeing_a_place": round(statistics.mean(map(len, truth)), 2),
        "exact": judged(town, hung, places, truth, False), "surveyed": judged(town, hung, places, truth, True),
        "four_nearest": nearest(hung, places, truth), "points": pointed(town, hung),
    }  # fmt: skip
    connection.close()
    exact, nearest4 = found["exact"], found["four_nearest"]
    short = {
        "precision": exact["precision"],
        "recall": exact["recall"],
        "round_trip_px_p95": found["points"]["back_px_p95"],
    }
    return {**short, "nearest4_precision": nearest4["precision"], "nearest4_recall": nearest4["recall"], **found}


def _places(town: Town, hung: list[Lens], dice: random.Random) -> tuple[list[Point], list[set[int]]]:
    """Places that somebody could ask about, near which cameras stand, and which of those truly see each."""
    places: list[Point] = []
    truth: list[set[int]] = []
    is_near: Callable[[Lens, Point], bool] = lambda lens, spot: math.dist(lens.at, spot) <= lens.range_m  # noqa: E731
    while len(places) < PLACES:
        spot = town.somewhere(dice)
        near = [at for at, lens in enumerate(hung) if is_near(lens, spot)]
        if near:
            places.append(spot)
            truth.append({at for at in near if town.sees(hung[at], spot)})
    return places, truth


def is_good(found: dict[str, Any]) -> bool:
    """Whether all goals are met."""
    exact = found["exact"]
    return bool(exact["precision"] >= GOAL and exact["recall"] >= GOAL and found["points"]["back_px_max"] <= BACK_PX)


def main(as_json: bool) -> int:
    """Run the bench; print one JSON object, or lines for people."""
    with tempfile.TemporaryDirectory() as folder, Stage() as stage:
        words = [sys.executable, "-m", "town", "build", folder]
        subprocess.run(words, cwd=PROJECT, check=True, capture_output=True)  # nosec B603 # an argument list of our own, no shell
        stage.manage("migrate")
        stage.manage("init_station")
        stage.manage("import_map", str(Path(folder) / "town.osm.pbf"))
        found = measure(stage, Path(folder))
    if as_json:
        print(json.dumps(found))
        return 0 if is_good(found) else 1
    say.line(f"{found['cameras']} cameras, {found['places']} places, {found['seeing_a_place']} cameras see one")
    for name in ("exact", "surveyed", "four_nearest"):
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in found[name].items()))
    for name, value in found["points"].items():
        print(f"{name}: {value}")
    return 0 if is_good(found) else 1
