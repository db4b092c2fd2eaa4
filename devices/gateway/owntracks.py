"""OwnTracks over HTTP: km/h in whole numbers, unix seconds, and zeros left out, which therefore mean nothing."""

from typing import Any

from devices.gateway.fix import (
    KMH,
    PERCENT,
    Fix,
    Refused,
    Unreadable,
    accuracy,
    battery,
    course,
    number,
    reading,
    seconds,
    speed,
    spelled,
)


def decode(document: Any, now_us: int) -> list[Fix | Refused]:
    """A location; every other `_type` is harmless and brings no place."""
    if not isinstance(document, dict) or document.get("_type") != "location":
        return []
    try:
        if document.get("tst") is None:
            raise Unreadable("no_time")
        return [
            Fix(
                seconds(document["tst"]),
                number(document.get("lat")),
                number(document.get("lon")),
                speed(document.get("vel"), KMH),
                course(document.get("cog")),
                reading(document.get("alt")),
                accuracy(document.get("acc")),
                battery(document.get("batt"), PERCENT),
            )
        ]
    except Unreadable as refusal:
        return [Refused(str(refusal), spelled(document))]
