"""Our own array, of our terminal and of gateways: SI units, ISO times, battery 0..1."""

from typing import Any

from devices.gateway.fix import (
    Fix,
    Refused,
    Unreadable,
    accuracy,
    battery,
    course,
    iso,
    number,
    reading,
    speed,
    spelled,
)


def decode(document: Any, now_us: int) -> list[Fix | Refused]:
    """`[{"time", "lat", "lon", "speed"?, "course"?, "altitude"?, "accuracy"?, "battery"?}]`, one answer for each."""
    return [_fix(item, index) for index, item in enumerate(document)]


def _fix(item: Any, index: int) -> Fix | Refused:
    if not isinstance(item, dict):
        return Refused("malformed", spelled(item), index)
    get = item.get
    try:
        return Fix(
            iso(get("time")),
            number(get("lat")),
            number(get("lon")),
            speed(get("speed"), 1.0),
            course(get("course")),
            reading(get("altitude")),
            accuracy(get("accuracy")),
            battery(get("battery"), 1.0),
            get("mock") is True,
            index=index,
        )
    except Unreadable as refusal:
        return Refused(str(refusal), spelled(item), index)
