"""When nothing was recorded of a source that belongs to an incident. Pure: the rows of its chain in, gaps out."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, TypedDict

KEPT_US = 2_000_000  # a phone that keeps films ends one and begins another


class Gap(TypedDict):
    """Nothing was recorded of a source from one moment to another, in µs since 1970."""

    source: int
    name: str
    from_us: int
    to_us: int


def gaps(rows: Iterable[dict[str, Any]]) -> list[Gap]:
    """The gaps between the recordings of each source, as `incident_media` tells of them: those between the incident's own.

    A film that a phone kept, and what is recorded but not the incident's, fills one.
    """
    ordered = sorted(rows, key=lambda row: (row["source"], row["began_us"], row["number"]))
    return [gap for _, of_source in groupby(ordered, key=lambda row: row["source"]) for gap in _of_one(list(of_source))]


def _of_one(rows: list[dict[str, Any]]) -> Iterator[Gap]:
    """Of one source, its rows as they began."""
    own = [row["began_us"] for row in rows if row["own"]]
    reached = rows[0]
    for row in rows[1:]:
        begins, ends = reached["ended_us"], row["began_us"]
        if ends - begins > _short_us(reached) and own[0] <= reached["began_us"] and ends <= own[-1]:
            yield {"source": row["source"], "name": row["name"], "from_us": begins, "to_us": ends}
        reached = max(reached, row, key=lambda one: one["ended_us"])


def _short_us(row: dict[str, Any]) -> int:
    """How long may pass after a file until the next begins: the time of some of its pictures, but none where it was cut off."""
    if row["cut_off"]:
        return 0
    return 250_000 + 3 * (row["ended_us"] - row["began_us"]) // row["packets"] if row["packets"] else KEPT_US
