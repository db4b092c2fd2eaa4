"""What phones really send, and what they must never do to us."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.gateway import DECODERS, fixes, owntracks, traccar
from devices.gateway.fix import Fix, Refused
from devices.gateway.osmand import decode_osmand, decode_traccar8, parameters

NOW = 1_795_000_000_000_000
SECOND = 1_000_000
KNOTS_10 = pytest.approx(10.0, abs=0.01)  # 19.438 knots


def one(items: list[Fix | Refused]) -> Fix:
    [item] = items
    assert isinstance(item, Fix), item
    return item


def code(items: list[Fix | Refused]) -> str:
    [item] = items
    assert isinstance(item, Refused), item
    return item.code


# ---- OsmAnd and Traccar Client ≤ 8


def test_traccar8_query() -> None:
    text = (
        "id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=19.438&bearing=0.0&altitude=0&accuracy=12.0&batt=87.0"
    )
    fix = one(decode_traccar8(parameters(text), NOW))
    assert (fix.time_us, fix.lat, fix.lon) == (1377177267 * SECOND, 60.0, 30.0)
    assert (fix.speed, fix.course, fix.altitude, fix.accuracy, fix.battery) == (KNOTS_10, 0.0, 0.0, 12.0, 0.87)


def test_iso_time_hdop_and_speed_0() -> None:
    text = "id=902064&lat=42.06288&lon=-88.23412&timestamp=2016-01-27T18%3A55%3A47Z&hdop=6.0&altitude=224.0&speed=0.0"
    fix = one(decode_traccar8(parameters(text), NOW))
    assert fix.time_us == 1453920947 * SECOND
    assert (fix.speed, fix.accuracy, fix.battery, fix.course) == (0.0, None, None, None)
    assert one(decode_osmand(parameters(text), NOW)).accuracy == 6.0  # OsmAnd's hdop is metres


def test_location_alarm_and_mock() -> None:
    fix = one(
        decode_traccar8(parameters("id=1&timestamp=1504763810&location=60.0,30.0&alarm=sos&charge=true&mock=true"), NOW)
    )
    assert (fix.lat, fix.lon, fix.speed, fix.mock) == (60.0, 30.0, None, True)


def test_osmand_speaks_milliseconds_and_metres_a_second() -> None:
    text = "id=K&lat=29.60784&lon=106.55154&timestamp=1795000000250&accuracy=7.5&altitude=240.5&speed=3.5&bearing=10.5"
    fix = one(decode_osmand(parameters(text), NOW))
    assert (fix.time_us, fix.speed, fix.accuracy, fix.course) == (1795000000250_000, 3.5, 7.5, 10.5)


@pytest.mark.parametrize(
    "said",
    [
        "1453920947", "1453920947000", "2016-01-27T18:55:47Z", "2016-01-27 18:55:47", "2016-01-27T19:55:47+01:00",
        "2016-01-27T19:55:47 01:00", "2016-01-27T18:55:47.000Z", "1453920947.0",
    ],
)  # fmt: skip
def test_times(said: str) -> None:
    assert one(decode_osmand({"lat": "1", "lon": "2", "timestamp": said}, NOW)).time_us == 1453920947 * SECOND


def test_a_missing_time_is_now_and_a_missing_place_a_heartbeat() -> None:
    assert one(decode_osmand({"lat": "1", "lon": "2"}, NOW)).time_us == NOW
    assert decode_osmand({"id": "K", "batt": "50"}, NOW) == []


def test_accuracy_0_says_nothing() -> None:
    fields = {"lat": "1", "lon": "2", "accuracy": "0.0"}
    assert one(decode_traccar8(fields, NOW)).accuracy is None
    assert one(decode_osmand(fields, NOW)).accuracy is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"lat": "x", "lon": "2"}, "not_a_number"),
        ({"lat": "1"}, "not_a_number"),
        ({"location": "1"}, "not_a_number"),
        ({"lat": "1", "lon": "2", "timestamp": "soon"}, "not_a_number"),
        ({"lat": "1", "lon": "2", "timestamp": "nan"}, "not_a_number"),
        ({"lat": "1", "lon": "2", "timestamp": "2016-13-27T18:55:47Z"}, "malformed_time"),
        ({"lat": "1", "lon": "2", "timestamp": "2016-13-27 18:55:47"}, "malformed_time"),
        ({"lat": "1", "lon": "2", "timestamp": "9999999999999999"}, "time_out_of_range"),
        ({"lat": "1", "lon": "2", "valid": "false"}, "not_valid"),
    ],
)
def test_refused_queries(fields: dict[str, str], expected: str) -> None:
    assert code(decode_osmand(fields, NOW)) == expected


def test_a_refused_query_is_kept_without_its_key() -> None:
    [item] = decode_osmand({"id": "SECRET", "deviceid": "SECRET", "lat": "x", "lon": "2"}, NOW)
    assert isinstance(item, Refused)
    assert "SECRET" not in item.raw
    assert '"lat": "x"' in item.raw


# ---- Traccar Client ≥ 9

CLIENT: dict[str, Any] = {
    "location": {
        "event": "motionchange", "is_moving": False, "uuid": "0e9a2473-a9a7-4c00-997b-fb97d2154e75",
        "timestamp": "2021-07-21T08:06:34.444Z", "odometer": 0,
        "coords": {
            "latitude": -6.1148096, "longitude": 106.6837015, "accuracy": 3.8, "speed": 18.67, "speed_accuracy": 0.26,
            "heading": 63, "heading_accuracy": 0.28, "altitude": 35.7, "altitude_accuracy": 3.8,
        },
        "activity": {"type": "still", "confidence": 100}, "battery": {"is_charging": False, "level": 0.79}, "extras": {},
    },
    "device_id": "8737767034",
}  # fmt: skip


def test_traccar9() -> None:
    fix = one(traccar.decode_client(CLIENT, NOW))
    assert traccar.client_key(CLIENT) == "8737767034"
    assert (fix.time_us, fix.lat, fix.lon) == (1626854794_444_000, -6.1148096, 106.6837015)
    assert (fix.speed, fix.course, fix.altitude, fix.accuracy, fix.battery) == (18.67, 63.0, 35.7, 3.8, 0.79)


def test_traccar9_minus_1_is_unknown() -> None:
    coords = {"latitude": 1, "longitude": 2, "speed": -1, "heading": -1, "accuracy": -1}
    said = {"location": {"timestamp": "2021-07-21T08:06:34Z", "coords": coords, "battery": {"level": -1}, "mock": True}}
    fix = one(traccar.decode_client(said, NOW))
    assert (fix.speed, fix.course, fix.accuracy, fix.battery, fix.mock) == (None, None, None, None, True)


def test_traccar9_without_a_place() -> None:
    assert traccar.decode_client({"location": {"timestamp": "2021-07-21T08:06:34Z"}, "device_id": "1"}, NOW) == []
    assert code(traccar.decode_client({"device_id": "1"}, NOW)) == "malformed"
    assert code(traccar.decode_client({"location": {"coords": {"latitude": 1, "longitude": 2}}}, NOW)) == "no_time"


# ---- forwarding

FORWARDED: dict[str, Any] = {
    "position": {
        "id": 12345, "attributes": {"batteryLevel": 85.0, "motion": True, "alarm": "sos"}, "deviceId": 10,
        "protocol": "osmand", "serverTime": "2026-05-20T14:30:00.000+00:00", "deviceTime": "2026-05-20T14:29:56.000+00:00",
        "fixTime": "2026-05-20T14:29:55.000+00:00", "valid": True, "latitude": 29.6075, "longitude": 106.5612,
        "altitude": 240.0, "speed": 19.438, "course": 180.0, "address": None, "accuracy": 0, "network": None,
    },
    "device": {"id": 10, "attributes": {}, "name": "Patrol car 01", "uniqueId": "123456789012345", "status": "online"},
}  # fmt: skip


def test_forwarded() -> None:
    fix = one(traccar.decode_forward(FORWARDED, NOW))
    assert (fix.tracker, fix.time_us) == ("123456789012345", 1779287395 * SECOND)
    assert (fix.speed, fix.course, fix.altitude, fix.accuracy, fix.battery) == (KNOTS_10, 180.0, 240.0, None, 0.85)


def test_forwarded_events_bring_no_place() -> None:
    assert traccar.decode_forward({"event": {"type": "deviceOnline"}, "position": FORWARDED["position"]}, NOW) == []


@pytest.mark.parametrize(
    "said",
    [{}, [], None, {"position": {}}, {**FORWARDED, "device": {"uniqueId": "a\0b"}}, {**FORWARDED, "device": None}],
)
def test_forwarding_of_rubbish(said: Any) -> None:
    assert code(traccar.decode_forward(said, NOW)) == "malformed"


# ---- OwnTracks

PHONE: dict[str, Any] = {
    "_type": "location", "lat": 48.85833, "lon": 2.29513, "tst": 1497349316, "acc": 5, "alt": 167, "vac": 21, "vel": 61,
    "cog": 271, "batt": 67, "bs": 1, "conn": "m", "t": "u", "tid": "JJ", "topic": "owntracks/jane/phone",
    "created_at": 1497349320, "_id": "a1b2",
}  # fmt: skip


def test_owntracks() -> None:
    fix = one(owntracks.decode(PHONE, NOW))
    assert (fix.time_us, fix.lat, fix.lon) == (1497349316 * SECOND, 48.85833, 2.29513)
    assert (fix.speed, fix.course, fix.altitude) == (pytest.approx(61 / 3.6), 271.0, 167.0)
    assert (fix.accuracy, fix.battery) == (5.0, 0.67)


def test_owntracks_leaves_zeros_out_which_says_nothing() -> None:
    fix = one(owntracks.decode({"_type": "location", "lat": 1, "lon": 2, "tst": 1497349316}, NOW))
    assert (fix.speed, fix.course, fix.altitude, fix.accuracy, fix.battery) == (None,) * 5


@pytest.mark.parametrize(
    "kind", ["transition", "waypoint", "waypoints", "status", "lwt", "steps", "cmd", "card", "encrypted"]
)
def test_other_types_of_owntracks(kind: str) -> None:
    assert owntracks.decode({**PHONE, "_type": kind}, NOW) == []


# ---- our own array


def test_fixes_answers_each_by_its_place() -> None:
    good = {"time": "2026-05-20T14:29:55+00:00", "lat": 29.6, "lon": 106.5, "speed": 10.0, "battery": 0.5}
    items = fixes.decode([good, 7, {**good, "lat": "x"}, {**good, "time": None}, {**good, "lat": True}], NOW)
    assert [item.index for item in items] == [0, 1, 2, 3, 4]
    assert one(items[:1]).speed == 10.0
    codes = [item.code for item in items[1:] if isinstance(item, Refused)]
    assert codes == ["malformed", "not_a_number", "no_time", "not_a_number"]


# ---- never anything else

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first drawing of a text is slow
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ODD = JSON | st.sampled_from(["nan", "-1", "1e999", "2016-01-27T18:55:47Z", "9" * 5000, 10**400, 1e308, "\ud800", "\0"])


def checked(items: list[Fix | Refused]) -> None:
    for item in items:
        if isinstance(item, Refused):
            item.raw.encode()
            continue
        optional = (item.speed, item.course, item.altitude, item.accuracy, item.battery)
        assert all(value is None or math.isfinite(value) for value in optional)
        assert isinstance(item.time_us, int)


@calm
@given(st.binary(max_size=300))
def test_any_query(text: bytes) -> None:
    try:
        fields = parameters(text.decode("latin-1"))
    except ValueError:
        return  # absurdly many fields; the door says so
    checked(decode_osmand(fields, NOW) + decode_traccar8(fields, NOW))


NAMES = st.sampled_from(
    ["id", "lat", "lon", "location", "timestamp", "speed", "bearing", "altitude", "accuracy", "batt", "hdop", "valid"]
)
VALUES = st.text(max_size=20) | st.sampled_from(
    ["nan", "inf", "-inf", "1e400", "-1e308", "²", "2016-01-27T", "9" * 30, "-1", "1"]
)


@calm
@given(st.dictionaries(NAMES, VALUES))
def test_any_fields(fields: dict[str, str]) -> None:
    checked(decode_osmand(fields, NOW))


@calm
@given(JSON)
def test_any_json(document: Any) -> None:
    for profile in ("traccar9", "forward", "owntracks"):
        checked(DECODERS[profile](document, NOW))
    checked(DECODERS["fixes"]([document], NOW))


@calm
@given(st.sampled_from([CLIENT, FORWARDED, PHONE]), st.data())
def test_any_value_anywhere(document: dict[str, Any], data: st.DataObject) -> None:
    spoiled = json.loads(json.dumps(document))
    at = spoiled
    while True:
        name = data.draw(st.sampled_from(sorted(at)))
        if not isinstance(at[name], dict) or not at[name] or data.draw(st.booleans()):
            at[name] = data.draw(ODD)
            break
        at = at[name]
    for profile in ("traccar9", "forward", "owntracks"):
        checked(DECODERS[profile](spoiled, NOW))
    checked(DECODERS["fixes"]([spoiled], NOW))
