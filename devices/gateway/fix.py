"""What every decoder produces: fixes in SI units, or a refusal with its code. Pure."""

import datetime as dt
import json
import math
from dataclasses import dataclass
from typing import Any

KNOT = 1852 / 3600  # m/s
KMH = 1 / 3.6  # m/s
PERCENT = 0.01

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
EARLIEST_US = 0
LATEST_US = 4_102_444_800_000_000  # the year 2100: later ones are noise, and neither Python nor a track could show some
RAW_LIMIT = 2048  # characters of a refused message that are kept


@dataclass(slots=True)
class Fix:
    """One place at one time: µs since 1970 UTC, degrees, m/s, m, battery 0..1; `None` where nothing is known."""

    time_us: int
    lat: float
    lon: float
    speed: float | None = None
    course: float | None = None
    altitude: float | None = None
    accuracy: float | None = None
    battery: float | None = None
    mock: bool = False
    tracker: str | None = None  # of a gateway: which of its trackers
    corrected_us: int = 0  # by the device's steady offset; set on receipt
    index: int = 0  # place in the array that brought it


@dataclass(slots=True)
class Refused:
    """What can't be a fix: a code, what came (without any key), and its place in the array that brought it."""

    code: str
    raw: str = ""
    index: int = 0


class Unreadable(Exception):
    """Inside a decoder only: a value that makes the fix worthless. Carries the code."""


def number(value: Any) -> float:
    """`value` as a float, which may be NaN. Raises Unreadable("not_a_number")."""
    if isinstance(value, bool):
        raise Unreadable("not_a_number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable("not_a_number") from None


def reading(value: Any, unit: float = 1.0) -> float | None:
    """A reading that nobody must have, in `unit`: `None` when absent, not a number or the senders' -1 for "unknown"."""
    if value is None or isinstance(value, bool):
        return None
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return None if read == -1.0 or not math.isfinite(read) else read * unit


def speed(value: Any, unit: float) -> float | None:
    """A speed in m/s; a sent 0 stays 0, below it is unknown."""
    read = reading(value, unit)
    return None if read is None or read < 0 else read


def course(value: Any) -> float | None:
    """Degrees clockwise from north, 0 ≤ c < 360."""
    read = reading(value)
    return None if read is None or not 0 <= read <= 360 else read % 360


def accuracy(value: Any) -> float | None:
    """Metres; 0 is how senders say that they don't know."""
    read = reading(value)
    return None if read is None or read <= 0 else read


def battery(value: Any, unit: float) -> float | None:
    """A share of 1."""
    read = reading(value, unit)
    return None if read is None or not 0 <= read <= 1 else read


def seconds(value: Any) -> int:
    """Unix seconds, whole or not, as µs. Raises Unreadable."""
    moment = number(value)
    if not math.isfinite(moment):
        raise Unreadable("not_a_number")
    if abs(moment) > LATEST_US:  # whatever the unit; in µs it might be more than a float can hold
        raise Unreadable("time_out_of_range")
    return in_range(round(moment * 1e6))


def iso(value: Any) -> int:
    """ISO 8601 as µs since 1970; without a zone it is UTC. Raises Unreadable."""
    if not isinstance(value, str):
        raise Unreadable("no_time")
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable("malformed_time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return in_range((moment - _EPOCH) // _MICROSECOND)


def in_range(time_us: int) -> int:
    """The time itself, when it is one that clocks can show. Raises Unreadable."""
    if not EARLIEST_US <= time_us < LATEST_US:
        raise Unreadable("time_out_of_range")
    return time_us


def misplaced(lat: float, lon: float) -> str | None:
    """Why this can't be a place, or `None`."""
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        return "null_island" if lat == 0 and lon == 0 else None
    return "out_of_range" if math.isfinite(lat) and math.isfinite(lon) else "not_a_number"


def spelled(document: Any, without: tuple[str, ...] = ()) -> str:
    """What came, for people to look at: short, without control characters, and without the named (secret) keys."""
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if key not in without}
    try:
        text = json.dumps(document, default=str)
    except (ValueError, RecursionError):
        text = "…"
    return text[:RAW_LIMIT]
