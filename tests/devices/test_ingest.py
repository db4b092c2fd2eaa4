"""Every door, over a real server with a real database: who is let in, what is answered, what is kept."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from devices.devices import approve_device, revoke_device
from devices.models import Device, Fix, LastFix, Quarantine
from devices.tracks import track
from tests.devices.conftest import JSON, Ingest, basic, eventually, iso
from tests.devices.test_decoders import CLIENT, FORWARDED

Key = Callable[..., tuple[Device, str]]
HERE = {"lat": 29.6075, "lon": 106.5512}
TEN_MB = b"[" + b" " * 10_000_000 + b"]"


def client(key: str, **coords: Any) -> dict[str, Any]:
    location = {
        **CLIENT["location"],
        "timestamp": iso(time.time()),
        "coords": {"latitude": 29.6, "longitude": 106.5, **coords},
    }
    return {"location": location, "device_id": key}


def forwarded(unique_id: str, **position: Any) -> dict[str, Any]:
    said = {**FORWARDED["position"], "fixTime": iso(time.time()), **position}
    return {"position": said, "device": {**FORWARDED["device"], "uniqueId": unique_id}}


def place(**more: Any) -> dict[str, Any]:
    return {"_type": "location", **HERE, "tst": int(time.time()), "tid": "JJ", "topic": "owntracks/jane/phone", **more}


def codes(device: Device) -> list[str]:
    return list(Quarantine.objects.filter(device=device).order_by("pk").values_list("code", flat=True))


# ---- who is let in


def test_unknown_keys(ingest: Ingest) -> None:
    assert ingest.query(id="nobody", **HERE) == 400
    assert ingest.query(**HERE) == 400
    assert ingest.post("/osmand/", client("nobody"))[0] == 404
    assert ingest.owntracks("nobody", place())[0] == 401
    assert ingest.post("/owntracks/", place())[0] == 401
    assert ingest.forward("nobody", forwarded("1")) == 401
    assert ingest.fixes("nobody", [])[0] == 401
    assert ingest.post("/fixes/", [], Authorization="Basic !!!")[0] == 401
    assert not Quarantine.objects.exists()


@pytest.mark.parametrize("profile", ["owntracks", "fixes", "forward", "traccar9"])
def test_a_key_is_known_only_at_its_own_door(ingest: Ingest, key: Key, profile: str) -> None:
    _, secret = key(profile)
    assert ingest.query(id=secret, **HERE) == 400
    if profile != "traccar9":
        assert ingest.post("/osmand/", client(secret))[0] == 404
    if profile != "owntracks":
        assert ingest.owntracks(secret, place())[0] == 401
    if profile != "fixes":
        assert ingest.fixes(secret, [])[0] == 401
    if profile != "forward":
        assert ingest.forward(secret, forwarded("1")) == 401


def test_a_revoked_key_ends_within_5_seconds(ingest: Ingest, key: Key) -> None:
    device, secret = key("osmand")
    assert ingest.query(id=secret, **HERE) == 200
    revoke_device(None, device.pk)
    assert eventually(lambda: ingest.query(id=secret, **HERE) == 400, 5)


def test_other_methods_and_paths(ingest: Ingest) -> None:
    assert ingest.call("GET", "/health") == (200, b"")
    assert ingest.call("GET", "/fixes/")[0] == 405
    assert ingest.call("DELETE", "/osmand/")[0] == 405
    assert ingest.call("GET", "/elsewhere/")[0] == 404


# ---- what is kept


def test_each_door_keeps_place_speed_time_and_accuracy(ingest: Ingest, key: Key) -> None:
    now = int(time.time()) - 30
    phone, secret = key("traccar8")
    assert ingest.query(id=secret, timestamp=now, **HERE, speed=19.438, bearing=90, accuracy=12.0, batt=87) == 200
    [kept] = track(phone.pk)
    assert kept["time"] == iso(now).replace(".000", "")
    assert (kept["speed"], kept["accuracy"], kept["battery"]) == (pytest.approx(10.0, abs=0.01), 12.0, 0.87)
    form = f"id={secret}&timestamp={now + 1}&location=29.60762,106.55132&speed=0".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ingest.call("POST", "/osmand/", form, headers) == (200, b"")
    assert (track(phone.pk)[1]["lat"], track(phone.pk)[1]["speed"]) == (29.60762, 0.0)

    phone, secret = key("traccar9")
    assert ingest.post("/osmand/", client(secret, speed=18.67, accuracy=3.8)) == (200, None)
    assert (track(phone.pk)[0]["speed"], track(phone.pk)[0]["accuracy"]) == (18.67, 3.8)

    phone, secret = key("owntracks")
    assert ingest.owntracks(secret, place(vel=36, acc=5)) == (200, [])
    assert (track(phone.pk)[0]["speed"], track(phone.pk)[0]["accuracy"]) == (pytest.approx(10.0), 5.0)

    phone, secret = key("fixes")
    assert ingest.fixes(secret, [{"time": iso(now), **HERE, "speed": 3.25}])[0] == 200
    assert track(phone.pk)[0]["speed"] == 3.25


def test_good_bad_double_and_late_in_one_array(ingest: Ingest, key: Key) -> None:
    phone, secret = key("fixes")
    now = int(time.time()) - 100
    bad = [{"time": iso(now), "lat": 999, "lon": 0}, {"time": iso(now), "lat": float("nan"), "lon": 1}, "x", {}]
    first = {"time": iso(now + 8), **HERE}
    status, said = ingest.fixes(secret, [first, *bad, first, {"time": iso(now + 7), **HERE}])
    assert (status, said["accepted"], said["doubled"]) == (200, 2, 1)
    expected = [(1, "out_of_range"), (2, "not_a_number"), (3, "malformed"), (4, "no_time")]
    assert [(one["index"], one["code"]) for one in said["quarantined"]] == expected
    assert codes(phone) == [code for _, code in expected]
    status, said = ingest.fixes(secret, [first, {"time": iso(now + 6), **HERE}])
    assert said == {"accepted": 1, "doubled": 1, "quarantined": []}
    assert [kept["late"] for kept in track(phone.pk)] == [True, False, False]  # the 7th came with the 8th
    assert LastFix.objects.get(device=phone).time.timestamp() == now + 8


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"lat": "nan", "lon": 106}, "not_a_number"),
        ({"lat": 106.5, "lon": 29.6}, "out_of_range"),
        ({"lat": 0, "lon": 0}, "null_island"),
        ({"lat": 29.6, "lon": "inf"}, "not_a_number"),
        ({**HERE, "timestamp": 2_061_000_000}, "future"),
        ({**HERE, "timestamp": "x"}, "not_a_number"),
        ({"lat": "'; drop table devices_fix; --\0", "lon": "<script>"}, "not_a_number"),
    ],
)
def test_a_bad_fix_goes_to_quarantine_and_is_answered_200(
    ingest: Ingest, key: Key, fields: dict[str, Any], code: str
) -> None:
    phone, secret = key("osmand")
    assert ingest.query(id=secret, **fields) == 200
    assert codes(phone) == [code]
    kept = Quarantine.objects.get()
    assert (kept.station_id, kept.profile) == (phone.station_id, "osmand")
    assert secret not in kept.raw
    assert not Fix.objects.exists()


def test_bodies_that_cannot_be_read(ingest: Ingest, key: Key) -> None:
    _, secret = key("fixes")
    for body in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b"{}", b"null"):
        assert ingest.fixes(secret, body)[0] == 400
    _, secret = key("forward", "gateway")
    assert ingest.post("/traccar/", b"{", Authorization=f"Bearer {secret}")[0] == 400
    assert ingest.post("/osmand/", b"{")[0] == 400


def test_owntracks_is_never_refused_once_known(ingest: Ingest, key: Key) -> None:
    phone, secret = key("owntracks")
    for body in (
        b"",
        b"{",
        b"[]",
        b'{"_type":"lwt","tst":1}',
        b'{"_type":"waypoints","waypoints":[]}',
        b"\xff",
        TEN_MB,
    ):
        assert ingest.owntracks(secret, body)[0] == 200
    assert ingest.owntracks(secret, place(lat="x"))[0] == 200
    assert codes(phone) == ["not_a_number"]


def test_ten_megabytes_are_turned_away_at_once(ingest: Ingest, key: Key) -> None:
    _, secret = key("fixes")
    assert ingest.fixes(secret, TEN_MB)[0] == 413
    assert ingest.call("POST", "/osmand/", TEN_MB, JSON)[0] == 413


def test_ten_megabytes_of_unknown_length(ingest: Ingest, key: Key) -> None:
    """A chunked body says nothing of its size beforehand."""
    import http.client

    _, secret = key("fixes")
    line = http.client.HTTPConnection("127.0.0.1", ingest.port, timeout=20)
    pieces = (TEN_MB[at : at + 65_536] for at in range(0, len(TEN_MB), 65_536))
    line.request("POST", "/fixes/", pieces, {"Authorization": f"Bearer {secret}"}, encode_chunked=True)
    assert line.getresponse().status == 413
    line.close()


def test_too_many(ingest: Ingest, key: Key) -> None:
    phone, secret = key("osmand")
    now = int(time.time()) - 1000
    statuses = [ingest.query(id=secret, timestamp=now + n, **HERE) for n in range(140)]
    if 429 in statuses:  # a slow machine may not reach 50/s one by one
        assert statuses.count(200) == len(track(phone.pk))
    _, secret = key("fixes")
    fixes = [{"time": iso(now + n), **HERE} for n in range(2000)]
    assert ingest.fixes(secret, fixes)[0] == 200  # an offline queue comes in whole
    assert ingest.fixes(secret, fixes)[0] == 429


def test_gcj02_is_put_right(ingest: Ingest, key: Key) -> None:
    phone, secret = key("osmand", datum="gcj02")
    assert ingest.query(id=secret, lat=39.91640428, lon=116.41024449) == 200
    [kept] = track(phone.pk)
    assert (kept["lat"], kept["lon"]) == (pytest.approx(39.915, abs=1e-5), pytest.approx(116.404, abs=1e-5))


def test_a_heartbeat_keeps_the_last_place(ingest: Ingest, key: Key) -> None:
    phone, secret = key("osmand")
    assert ingest.query(id=secret, **HERE) == 200
    assert ingest.query(id=secret, batt=50) == 200
    assert len(track(phone.pk)) == 1


# ---- gateways


def test_an_unknown_tracker_waits_for_an_administrator(ingest: Ingest, key: Key) -> None:
    gateway, secret = key("forward", "gateway")
    assert ingest.forward(secret, forwarded("862000000000001")) == 200
    tracker = Device.objects.get(gateway=gateway)
    assert (tracker.unique_id, tracker.kind, tracker.approved_at) == ("862000000000001", "tracker", None)
    assert codes(tracker) == ["unapproved"]
    approve_device(None, tracker.pk)

    def is_in() -> bool:
        assert ingest.forward(secret, forwarded("862000000000001", speed=19.438)) == 200
        return bool(track(tracker.pk))

    assert eventually(is_in)
    kept = track(tracker.pk)[0]
    assert (kept["speed"], kept["accuracy"], kept["battery"]) == (pytest.approx(10.0, abs=0.01), None, 0.85)
    revoke_device(None, tracker.pk)
    assert eventually(
        lambda: ingest.forward(secret, forwarded("862000000000001")) == 200 and "revoked" in codes(tracker)
    )
    revoke_device(None, gateway.pk)
    assert eventually(lambda: ingest.forward(secret, forwarded("862000000000001")) == 401)


def test_forwarded_rubbish_is_quarantined_at_the_gateway(ingest: Ingest, key: Key) -> None:
    gateway, secret = key("forward", "gateway")
    for document in ({}, [], {"position": {}}, forwarded("a\0b")):
        assert ingest.forward(secret, document) == 200
    assert codes(gateway) == ["malformed"] * 4
    assert ingest.forward(secret, {"event": {"type": "deviceOnline"}}) == 200
    assert Device.objects.filter(gateway=gateway).count() == 0


# ---- OwnTracks' answer


def test_basic_needs_a_password(ingest: Ingest, key: Key) -> None:
    _, secret = key("owntracks")
    for header in (basic(""), "Basic ///", "Basic " + "é", f"Bearer {secret}"):
        assert ingest.post("/owntracks/", place(), Authorization=header)[0] == 401


def test_an_answer_is_json(ingest: Ingest, key: Key) -> None:
    status, body = ingest.call("POST", "/fixes/", b"[]", JSON)
    assert status == 401
    assert json.loads(body)["code"] == "unknown_key"


# ---- anything at all

ANYTHING = [
    b"", b"[]", b"{}", b"null", b"NaN", b'"x"', b"\xff\x00", b"[[]]", b"[null]", b'[{"time":1e999}]', b"&&&=", b"id",
    b'{"device_id":"\\ud800"}', b'{"device_id":["x"]}', b'{"_type":"location","tst":1e400,"lat":"\\u0000","lon":[]}',
    b'[{"time":"2026-11-20T00:00:00Z","lat":1,"lon":1,"speed":1e999,"battery":"\\ud800"}]', b"[1" + b"0" * 9000 + b"]",
    b'{"location":[{"coords":[]},null,{"timestamp":"9999-12-31T23:59:59-23:59","coords":{"latitude":1,"longitude":1}}]}',
    b'{"position":{"fixTime":"0001-01-01T00:00:00+23:59","latitude":1,"longitude":1},"device":{"uniqueId":"\\ud800"}}',
]  # fmt: skip


def test_no_door_ever_fails(ingest: Ingest, key: Key) -> None:
    bearers = [{"Authorization": f"Bearer {key(profile, kind)[1]}"} for profile, kind in GUARDED]
    doors = [
        ("/fixes/", bearers[0]),
        ("/traccar/", bearers[1]),
        ("/owntracks/", {"Authorization": basic(key("owntracks")[1])}),
    ]
    for body in ANYTHING:
        for path, headers in [*doors, ("/osmand/", {})]:
            for kind in (JSON, {"Content-Type": "application/x-www-form-urlencoded"}):
                status, answer = ingest.call("POST", path, body, {**kind, **headers})
                assert status < 500, (path, body[:80], answer)
    for text in ("id=%FF%00&lat=1", "%", "id=" + "x" * 8000, "&" * 5000, "id=%ED%A0%80", "lat=1&lat=2&id"):
        assert ingest.call("GET", f"/osmand/?{text}")[0] in (400, 413, 414, 431)


GUARDED = [("fixes", "phone"), ("forward", "gateway")]


def test_hostile_query_values(ingest: Ingest, key: Key) -> None:
    _, secret = key("osmand")
    odd = ["%00", "1e400", "-", "９", "1_000", "0x1f", "²", "true", "'", "%F0%9F%9A%93", "9" * 400, "-0", "%ED%A0%80"]
    for name in (
        "lat",
        "lon",
        "timestamp",
        "speed",
        "bearing",
        "altitude",
        "accuracy",
        "hdop",
        "batt",
        "location",
        "valid",
    ):
        for value in odd:
            fields = {"lat": "29.6", "lon": "106.5", name: value}
            text = "&".join(f"{field}={said}" for field, said in fields.items() if said.isascii() or "%" in said)
            assert ingest.call("GET", f"/osmand/?id={secret}&{text}")[0] in (200, 429)


def test_it_counts_what_it_took_by_door_and_outcome(ingest: Ingest, key: Key) -> None:
    def counted(line: str) -> float:
        text = ingest.call("GET", "/metrics")[1].decode()
        return float(next((one.rpartition(" ")[2] for one in text.splitlines() if one.startswith(line)), 0))

    lines = (
        'station_ingest_fixes_total{outcome="taken"}', 'station_ingest_fixes_total{outcome="doubled"}',
        'station_ingest_fixes_total{outcome="quarantined"}', 'station_ingest_requests_total{door="/fixes",status="401"}',
    )  # fmt: skip
    before = [counted(line) for line in lines]
    _, secret = key("fixes")
    now = time.time()
    one = {"time": iso(now), **HERE}
    ingest.fixes(secret, [one, one, {**one, "lat": 99}])
    assert ingest.fixes("nobody's", [])[0] == 401
    assert [counted(line) for line in lines] == [count + 1 for count in before]
    assert secret not in ingest.call("GET", "/metrics")[1].decode()
