"""JSON of the Traccar family: Traccar Client from 9 on (m/s, -1 for unknown), and a server that forwards (knots)."""

from typing import Any

from devices.gateway.fix import (
    KNOT,
    PERCENT,
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

_NAME_LIMIT = 64


def client_key(document: Any) -> str | None:
    """Where Traccar Client puts its identity."""
    key = document.get("device_id") if isinstance(document, dict) else None
    return key if isinstance(key, str) else None


def decode_client(document: Any, now_us: int) -> list[Fix | Refused]:
    """Traccar Client ≥ 9: `{"location": {"timestamp", "coords": {…}, "battery": {…}}, "device_id"}`."""
    location = document.get("location") if isinstance(document, dict) else None
    places = location if isinstance(location, list) else [location]
    found = (_client_fix(place) for place in places)
    return [item for item in found if item is not None]


def _client_fix(location: Any) -> Fix | Refused | None:
    if not isinstance(location, dict):
        return Refused("malformed", spelled(location))
    coords = location.get("coords")
    if coords is None:
        return None  # a heartbeat
    try:
        if not isinstance(coords, dict):
            raise Unreadable("malformed")
        level = location.get("battery")
        return Fix(
            iso(location.get("timestamp")),
            number(coords.get("latitude")),
            number(coords.get("longitude")),
            speed(coords.get("speed"), 1.0),
            course(coords.get("heading")),
            reading(coords.get("altitude")),
            accuracy(coords.get("accuracy")),
            battery(level.get("level"), 1.0) if isinstance(level, dict) else None,
            location.get("mock") is True or coords.get("mock") is True,
        )
    except Unreadable as refusal:
        return Refused(str(refusal), spelled(location))


def decode_forward(document: Any, now_us: int) -> list[Fix | Refused]:
    """A Traccar server's `{"position", "device"}`; what it forwards as an event carries no new place."""
    if not isinstance(document, dict):
        return [Refused("malformed", spelled(document))]
    if "event" in document:
        return []
    position, device = document.get("position"), document.get("device")
    try:
        return [_forwarded(position, _unique_id(device))]
    except Unreadable as refusal:
        return [Refused(str(refusal), spelled(document))]


def _forwarded(position: Any, tracker: str) -> Fix:
    if not isinstance(position, dict):
        raise Unreadable("malformed")
    if position.get("valid") is False:
        raise Unreadable("not_valid")
    attributes = position.get("attributes")
    level = attributes.get("batteryLevel") if isinstance(attributes, dict) else None
    return Fix(
        iso(position.get("fixTime")),
        number(position.get("latitude")),
        number(position.get("longitude")),
        speed(position.get("speed"), KNOT),
        course(position.get("course")),
        reading(position.get("altitude")),
        accuracy(position.get("accuracy")),
        battery(level, PERCENT),
        tracker=tracker,
    )


def _unique_id(device: Any) -> str:
    name = device.get("uniqueId") if isinstance(device, dict) else None
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= _NAME_LIMIT:
        raise Unreadable("malformed")
    return name
