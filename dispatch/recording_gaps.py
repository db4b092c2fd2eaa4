"""When nothing was recorded of a source that belongs to an incident. Pure: the rows of its chain in, gaps out."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, TypedDict

SHORT_US = 2_000_000  # a phone on a narrow way sends a picture a second; where a file was cut off, less is a gap too


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
    own = [row for row in rows if row["own"]]
    first, last = own[0]["began_us"], own[-1]["began_us"]
    reached = rows[0]
    for row in rows[1:]:
        length = row["began_us"] - reached["ended_us"]
        if (
            length > (0 if reached["cut_off"] else SHORT_US)
            and first <= reached["began_us"]
            and row["began_us"] <= last
        ):
            yield {
                "source": row["source"], "name": row["name"], "from_us": reached["ended_us"], "to_us": row["began_us"],
            }  # fmt: skip
        reached = max(reached, row, key=lambda one: one["ended_us"])
