"""The query that OsmAnd and Traccar Client up to 8 send: one position, in the URL or in a form body.

The word `speed` is m/s from the one and knots from the other: the device's profile says which.
"""

import datetime as dt
from collections.abc import Mapping
from urllib.parse import parse_qsl

from devices.gateway.fix import (
    KNOT,
    PERCENT,
    Fix,
    Refused,
    Unreadable,
    accuracy,
    battery,
    course,
    in_range,
    iso,
    number,
    reading,
    seconds,
    speed,
    spelled,
)

KEYS = ("id", "deviceid")
_SECONDS_BELOW = 2_147_483_647  # a larger number is milliseconds
_FIELDS_LIMIT = 100


def parameters(text: str) -> dict[str, str]:
    """The fields of a query or form body. Raises ValueError when there are absurdly many."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS_LIMIT, errors="replace"))
    try:
        return dict([pair.split("=", 1) for pair in text.split("&", _FIELDS_LIMIT)])
    except ValueError:  # a name without a value
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS_LIMIT))


def decode_osmand(fields: Mapping[str, str], now_us: int) -> list[Fix | Refused]:
    """OsmAnd: speed in m/s; the field it calls hdop holds the accuracy in metres."""
    return _decode(fields, now_us, 1.0, fields.get("accuracy") or fields.get("hdop"))


def decode_traccar8(fields: Mapping[str, str], now_us: int) -> list[Fix | Refused]:
    """Traccar Client up to 8: speed in knots; accuracy 0.0 whenever the fix is from GPS, which says nothing."""
    return _decode(fields, now_us, KNOT, fields.get("accuracy"))


def _decode(fields: Mapping[str, str], now_us: int, speed_unit: float, near: str | None) -> list[Fix | Refused]:
    try:
        place = _place(fields)
        if place is None:
            return []  # a heartbeat: the last place holds
        if fields.get("valid", "true").lower() not in ("true", "1"):
            raise Unreadable("not_valid")
        return [
            Fix(
                _time(fields.get("timestamp"), now_us),
                *place,
                speed(fields.get("speed"), speed_unit),
                course(fields.get("bearing", fields.get("heading"))),
                reading(fields.get("altitude")),
                accuracy(near),
                battery(fields.get("batt"), PERCENT),
                fields.get("mock") in ("true", "1"),
            )
        ]
    except Unreadable as refusal:
        return [Refused(str(refusal), spelled(fields, KEYS))]


def _place(fields: Mapping[str, str]) -> tuple[float, float] | None:
    lat, lon = fields.get("lat"), fields.get("lon")
    if lat is None and lon is None:
        location = fields.get("location")
        if location is None:
            return None
        lat, _, lon = location.partition(",")
    return number(lat), number(lon)


def _time(value: str | None, now_us: int) -> int:
    if not value:
        return now_us
    if value.isdecimal() and len(value) < 17:
        count = int(value)
        return in_range(count * 1_000_000 if count < _SECONDS_BELOW else count * 1000)
    if "T" in value:
        return iso(value.replace(" ", "+"))  # a plus sign that nobody escaped arrives as a blank
    if "-" in value[1:]:
        return _plain(value)
    return seconds(value)


def _plain(value: str) -> int:
    """`yyyy-MM-dd HH:mm:ss`, in UTC."""
    try:
        moment = dt.datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=dt.UTC)
    except ValueError:
        raise Unreadable("malformed_time") from None
    return iso(moment.isoformat())
