"""What the REST doors answer of a recommendation."""

from typing import Any, NotRequired, TypedDict

from dispatch import recommend_hole, recommend_shown, run_cards
from dispatch.nearest import Recommendation
from dispatch.recommend import Advice
from dispatch.recommend_words import skill_names, words


class HoleArea(TypedDict):
    """GeoJSON: the squares of the district that nobody would reach in five minutes."""

    type: str
    coordinates: list[list[list[list[float]]]]


class RecommendationAnswer(TypedDict):
    """A unit that might go: seconds with their 80 % interval (null for unknown), codes of reasons and shortfalls and the
    same in words; `hole`: the share of the district, 0 to 1, no longer reachable in five minutes; `source`: roads or estimate."""

    unit: str
    call_sign: str
    kind: str
    status_class: str
    seconds: float | None
    low: float | None
    high: float | None
    reasons: list[str]
    shortfalls: list[str]
    words: list[str]
    hole: float | None
    source: str
    doubt: str
    age_s: float | None
    distance_m: float | None
    hole_area: NotRequired[HoleArea | None]


def rows(found: Recommendation, kind: str, draw: str = "") -> list[dict[str, Any]]:
    """The ranked list; the unit `draw` with the area it leaves open."""
    needs = run_cards.needs_of(kind)
    skills = skill_names(needs.skills)
    answers = [_row(one, words(one, needs.crew, skills)) for one in found.rows]
    for answer in answers:
        if answer["unit"] == draw:
            answer["hole_area"] = _area(found, draw)
    return answers


def _row(one: Advice, said: list[str]) -> dict[str, Any]:
    who = one.candidate
    kept = recommend_shown.row(one)
    for name in ("mode", "plain", "disc"):
        del kept[name]
    return {
        **kept, "call_sign": who.key.partition("/")[2], "kind": who.kind, "status_class": who.status_class,
        "words": said, "age_s": _round(who.age_s), "distance_m": _round(who.distance_m),
    }  # fmt: skip


def _area(found: Recommendation, unit: str) -> dict[str, Any] | None:
    if found.grid is None:
        return None
    boxes = recommend_hole.boxes(found.grid, found.alone.get(unit, 0))
    rings = [[[[w, s], [e, s], [e, n], [w, n], [w, s]]] for w, s, e, n in _rounded(boxes)]
    return {"type": "MultiPolygon", "coordinates": rings}


def _rounded(boxes: list[recommend_hole.Box]) -> list[list[float]]:
    return [[round(degrees, 6) for degrees in box] for box in boxes]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
