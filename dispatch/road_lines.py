"""Lines of roads and of cars upon them. Pure."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from command.geo import EARTH_RADIUS_M

Point = tuple[float, float]  # longitude, latitude
PRECISION = 1e6  # of the engine's lines
STANDS_M_S = 0.7  # who is slower than this stands, and says nothing of the road


@dataclass(frozen=True, slots=True)
class Passed:
    """A piece of road (the engine's number of it, in one direction) that a car passed: metres and seconds of it."""

    edge: int
    metres: float
    seconds: float
    free_m_s: float  # how fast one goes there otherwise


def decoded(line: str) -> list[Point]:
    """The points of an encoded line (Google's polyline algorithm with six digits, latitude first)."""
    values, here = _values(line), [0, 0]
    points = []
    for i, step in enumerate(values):
        here[i % 2] += step
        if i % 2:
            points.append((here[1] / PRECISION, here[0] / PRECISION))
    return points


def _values(line: str) -> list[int]:
    """Each value comes in groups of five bits, lowest first; its lowest bit is its sign."""
    values, value, shift = [], 0, 0
    for letter in line:
        bits = ord(letter) - 63
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return values


def off_m(line: Sequence[Point], place: Point) -> float:
    """How far a place lies from a line, in metres; infinite where there is none. The earth counts as flat around the place."""
    narrow = math.cos(math.radians(place[1]))
    flat = [complex((lon - place[0]) * narrow, lat - place[1]) for lon, lat in line]
    pieces = itertools.pairwise(flat) if len(flat) > 1 else ((one, one) for one in flat)
    return math.radians(min((abs(_nearest(*piece)) for piece in pieces), default=math.inf)) * EARTH_RADIUS_M


def _nearest(one: complex, other: complex) -> complex:
    """The point of a straight piece that lies next to 0."""
    along = other - one
    if not along:
        return one
    share = -(one.real * along.real + one.imag * along.imag) / abs(along) ** 2
    return one + along * min(1.0, max(0.0, share))


def passed(
    edges: Sequence[dict[str, Any]], points: Sequence[dict[str, Any]], at: Sequence[float], since: float = 0.0
) -> list[Passed]:
    """What a car passed between each two of its fixes, as the engine matched them; the later of them after `since`.

    `edges` are the pieces in their order (`id`, `length` in km of what the track covers, `speed` in km/h), `points` say on
    which of them and how far along each fix lies, `at` when it was, in seconds. Between two fixes the car goes evenly.
    """
    placed = [
        (point["edge_index"], point["distance_along_edge"], moment)
        for point, moment in zip(points, at, strict=False)
        if point.get("type") != "unmatched" and point.get("edge_index", len(edges)) < len(edges)
    ]
    sums: dict[int, list[float]] = {}
    for before, after in itertools.pairwise(placed):
        pieces, seconds = _between(edges, before, after), after[2] - before[2]
        whole = sum(metres for _, metres in pieces)
        counts = after[2] > since and seconds > 0 and whole / seconds >= STANDS_M_S
        for index, metres in pieces if counts else ():
            total = sums.setdefault(index, [0.0, 0.0])
            total[0] += metres
            total[1] += seconds * metres / whole
    return [Passed(edges[i]["id"], m, s, edges[i]["speed"] / 3.6) for i, (m, s) in sorted(sums.items())]


def _between(
    edges: Sequence[dict[str, Any]], before: tuple[int, float, float], after: tuple[int, float, float]
) -> list[tuple[int, float]]:
    """(number of the edge, metres of it) from one matched fix to the next; none where the match leads backwards."""
    (first, begun, _), (last, ended, _) = before, after
    if last < first or (last == first and ended < begun):
        return []
    shares = dict.fromkeys(range(first, last + 1), 1.0)
    shares[first] -= begun
    shares[last] -= 1.0 - ended
    return [(i, max(0.0, share) * _whole_m(edges[i])) for i, share in shares.items()]


def _whole_m(edge: dict[str, Any]) -> float:
    """The whole length of a piece of which the track covers only a part."""
    covered = edge.get("target_percent_along", 1.0) - edge.get("source_percent_along", 0.0)
    return float(edge["length"]) * 1000 / covered if covered > 0 else 0.0
