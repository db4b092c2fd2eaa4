"""Ways and times by road. The only file that speaks to the routing engine.

Places are (longitude, latitude) in degrees, WGS-84; times seconds, distances metres. An engine that is away, that has no map or
that knows no way answers None: nobody is kept from being sent by it. Roads that the desk has closed are left out; where there is
no other way, the answer leads through them and says so (`blocked`), since somebody has to get there.
"""

import contextlib
import http.client
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

from command import clock
from command.geo import distance_m
from command.places import extracts
from command.places.models import Map
from dispatch import road_blocks, road_lines, road_words
from dispatch.road_lines import Passed, Point
from dispatch.road_words import RoadStep

Mode = Literal["car", "foot"]

log = logging.getLogger(__name__)
PATIENCE_S = 0.5  # for a whole answer
COSTING = {"car": "auto", "foot": "pedestrian"}
TOO_FAR_M = 150_000.0  # the engine refuses a whole question for one place that is farther
OFF_ROAD_M = 2000  # who is farther from any road is not on the map
AT_ONCE = 400  # origins in one question
OK, UNFIT = 200, 400


@dataclass(frozen=True, slots=True)
class Travel:
    """How long and how far one way is; `blocked`: there is none but through a road that the desk has closed."""

    seconds: float
    metres: float
    source: str = "roads"
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A way with its line and its turns."""

    seconds: float
    metres: float
    shape: list[Point]
    steps: list[RoadStep]
    blocked: bool = False


class Unfit(Exception):
    """The engine understood and has no answer to this."""

    code = "no_road"


class Away(Exception):
    """The engine does not answer, or not in time."""

    code = "engine_away"


def state() -> dict[str, Any] | None:
    """What the engine's process says of itself (`state`, `build`, `host`, `port`); None where there is none."""
    try:
        return dict(json.loads((Path(settings.ROADS) / "state.json").read_text()))
    except (OSError, ValueError):
        return None


def is_up() -> bool:
    """Whether the engine answers and has a map."""
    with contextlib.suppress(Away, Unfit):
        return "version" in _ask("status", {}, _deadline())
    return False


def health() -> str | None:
    """What is wrong with the engine, "ok", or None where none is meant to run."""
    found = state()
    if found is None:
        return None
    unkept = extracts.missing(Map.objects.values_list("name", flat=True))
    if unkept:
        return f"no roads of the map {', '.join(unkept)}: load its extract again"
    match found["state"]:
        case "empty" | "building":
            return "ok"
        case "missing":
            return "the engine is not installed: ./station upgrade tries again"
        case "failed":
            return "the engine could not take the maps: log/roads-build.log says why"
    return "ok" if is_up() else "no answer"


def times(origins: Sequence[Point], to: Point, mode: Mode = "car") -> list[Travel | None]:
    """The way of each origin to one place, in the order of the origins."""
    until, found = _deadline(), dict[int, Travel]()
    near = [i for i, one in enumerate(origins) if distance_m(one[1], one[0], to[1], to[0]) < TOO_FAR_M]
    closed = road_blocks.closed()
    with contextlib.suppress(Away):
        found = _matrix(origins, near, to, mode, closed, until)
        left = [i for i in near if i not in found]
        if closed and left:
            through = _matrix(origins, left, to, mode, [], until)
            found |= {i: replace(one, blocked=True) for i, one in through.items()}
    return [found.get(i) for i in range(len(origins))]


def route(start: Point, to: Point, lang: str, mode: Mode = "car") -> Route | None:
    """The way from one place to another, its turns in the words of `lang` ("zh-hans" or "en")."""
    asked = {"locations": [_place(start), _place(to)], "costing": COSTING[mode], **_now()}
    answer, blocked = _around_closed("route", {**asked, "units": "kilometers"})
    if answer is None:
        return None
    summary, leg = answer["trip"]["summary"], answer["trip"]["legs"][0]
    shape = road_lines.decoded(leg["shape"])
    steps = road_words.steps(leg["maneuvers"], shape, lang)
    # who stands between two junctions is led along that piece even where it is closed farther on
    blocked = blocked or road_blocks.is_crossed_by(shape)
    return Route(summary["time"], summary["length"] * 1000, shape, steps, blocked)


def reach(place: Point, seconds: Sequence[int], mode: Mode = "car") -> list[dict[str, Any]] | None:
    """What can be reached from a place within each of `seconds` (at most 4): one GeoJSON polygon each, in their order."""
    contours = [{"time": each / 60} for each in sorted(set(seconds))]
    # `type` 0 is "now": only by that does the engine heed live speeds here
    asked = {"locations": [_place(place)], "costing": COSTING[mode], "date_time": {"type": 0}, "contours": contours}
    answer, _blocked = _around_closed("isochrone", {**asked, "polygons": True, "denoise": 1.0, "generalize": 15})
    if answer is None:
        return None
    areas = {round(one["properties"]["contour"] * 60): one["geometry"] for one in answer["features"]}
    found = [areas.get(each) for each in seconds]
    return None if None in found else [area for area in found if area is not None]


def match(track: Sequence[tuple[Point, float]], since: float = 0.0) -> list[Passed]:
    """The pieces of road that a car passed after `since`, from its fixes with their unix times; none where that can't be told."""
    shape = [{**_place(point), "time": round(at, 3)} for point, at in track]
    wanted = [
        "edge.id",
        "edge.length",
        "edge.speed",
        "matched.type",
        "matched.edge_index",
        "matched.distance_along_edge",
    ]
    asked = {
        "shape": shape,
        "costing": "auto",
        "shape_match": "map_snap",
        "filters": {"action": "include", "attributes": wanted},
    }
    try:
        answer = _ask("trace_attributes", asked, _deadline())
    except (Away, Unfit):
        return []
    return road_lines.passed(answer["edges"], answer["matched_points"], [at for _, at in track], since)


def _matrix(
    origins: Sequence[Point], which: list[int], to: Point, mode: Mode, closed: list[Any], until: float
) -> dict[int, Travel]:
    """Answers by the number of the origin. One place that the engine can't take spoils its whole question, so that is halved."""
    if not which:
        return {}
    if len(which) <= AT_ONCE:
        asked = {
            "sources": [_place(origins[i]) for i in which],
            "targets": [_place(to)],
            "costing": COSTING[mode],
            **_now(),
        }
        with contextlib.suppress(Unfit):
            rows = _ask("sources_to_targets", {**asked, "exclude_polygons": closed, "verbose": True}, until)
            cells = [row[0] for row in rows["sources_to_targets"]]
            return {
                i: Travel(cell["time"], cell["distance"] * 1000)
                for i, cell in zip(which, cells, strict=True)
                if cell["time"] is not None
            }
        if len(which) == 1:
            return {}
    half = len(which) // 2
    return _matrix(origins, which[:half], to, mode, closed, until) | _matrix(
        origins, which[half:], to, mode, closed, until
    )


def _around_closed(action: str, asked: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    """The answer around what is closed, or else through it, and which of the two it is."""
    until, closed = _deadline(), road_blocks.closed()
    for around in [closed, []] if closed else [[]]:
        try:
            return _ask(action, {**asked, "exclude_polygons": around}, until), around != closed
        except Unfit:
            continue
        except Away:
            break
    return None, False


def _place(point: Point) -> dict[str, Any]:
    return {"lon": round(point[0], 6), "lat": round(point[1], 6), "search_cutoff": OFF_ROAD_M}


def _now() -> dict[str, Any]:
    """Live speeds count only where a time is named; `type` 3 means that one for the whole way."""
    return {"date_time": {"type": 3, "value": f"{clock.now():%Y-%m-%dT%H:%M}"}}


def _deadline() -> float:
    return time.monotonic() + PATIENCE_S


def _ask(action: str, asked: dict[str, Any], until: float) -> dict[str, Any]:
    """The engine's answer. Raises Away, Unfit."""
    found, left = state() or {}, until - time.monotonic()
    if not found.get("port") or left <= 0:
        raise Away(action)
    line = http.client.HTTPConnection(found["host"], found["port"], timeout=left)
    try:
        line.request("POST", f"/{action}", json.dumps(asked), {"Content-Type": "application/json"})
        answer = line.getresponse()
        said = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as lost:
        raise Away(action) from lost
    finally:
        line.close()
    if answer.status == OK:
        return dict(said)
    if answer.status != UNFIT:
        log.warning("roads: %s answered %s (%s)", action, answer.status, said.get("error_code"))
    raise Unfit(action)
