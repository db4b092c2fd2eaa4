"""Ways and times by road. The only file that speaks to the routing engine.

Places are (longitude, latitude) in degrees, WGS-84; times seconds, distances metres. An engine that is away, that has no map or
that knows no way answers None: nobody is kept from being sent by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Point = tuple[float, float]  # longitude, latitude
Mode = Literal["car", "foot"]


@dataclass(frozen=True, slots=True)
class Travel:
    """How long and how far one way is."""

    seconds: float
    metres: float
    source: str = "roads"


@dataclass(frozen=True, slots=True)
class RoadStep:
    """One line of a turn list: what to do `at` a place, and how far it is from there to the next."""

    text: str
    street: str
    metres: float
    seconds: float
    type: int  # the engine's number of the manoeuvre
    at: Point


@dataclass(frozen=True, slots=True)
class Route:
    """A way with its line and its turns."""

    seconds: float
    metres: float
    shape: list[Point]
    steps: list[RoadStep]


def is_up() -> bool:
    """Whether the engine answers and has a map."""
    return False


def times(origins: Sequence[Point], to: Point, mode: Mode = "car") -> list[Travel | None]:
    """The way of each origin to one place, in the order of the origins."""
    return [None] * len(origins)


def route(start: Point, to: Point, lang: str, mode: Mode = "car") -> Route | None:
    """The way from one place to another, its turns in the words of `lang` ("zh-hans" or "en")."""
    return None


def reach(place: Point, seconds: Sequence[int], mode: Mode = "car") -> list[dict[str, Any]] | None:
    """What can be reached from a place within each of `seconds`: one GeoJSON polygon each, in their order."""
    return None
