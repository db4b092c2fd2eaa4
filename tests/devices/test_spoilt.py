"""One bad fix never takes the good ones beside it along, nor keeps a phone busy with itself for ever."""

from collections.abc import Callable
from typing import Any

import pytest

from devices import ingest as door
from devices.gateway.fix import Refused
from devices.models import Device, Fix
from tests.devices.conftest import Ingest

Key = Callable[..., tuple[Device, str]]
SPOILT = [
    ("not_a_number", b'{"time":"2026-01-01T00:00:00Z","lat":NaN,"lon":1}'),
    ("not_a_number", b'{"time":"2026-01-01T00:00:00Z","lat":1,"lon":' + b"9" * 5000 + b"}"),
    ("malformed_time", b'{"time":"2026-01-01\xff\x01","lat":1,"lon":1}'),
    ("null_island", b'{"time":"2026-01-01T00:00:00Z","lat":0,"lon":0}'),
    ("no_time", b'{"time":1e308,"lat":1,"lon":1}'),
    ("malformed", b'["\\ud800"]'),
]


@pytest.mark.parametrize(("code", "spoilt"), SPOILT)
def test_the_good_ones_are_stored_and_the_bad_one_is_named(ingest: Ingest, key: Key, code: str, spoilt: bytes) -> None:
    device, secret = key("fixes")
    good = [b'{"time":"2026-01-01T00:%02d:%02dZ","lat":29.6,"lon":106.5}' % divmod(n, 60) for n in range(1, 100)]
    body = b"[" + b",".join([*good[:50], spoilt, *good[50:]]) + b"]"
    answer = {"accepted": 99, "doubled": 0, "quarantined": [{"index": 50, "code": code}]}
    assert ingest.fixes(secret, body) == (200, answer)
    assert Fix.objects.filter(device=device).count() == 99


@pytest.mark.parametrize("when", ["1e308", "-1e308", "1e25", "1e999"])
def test_a_time_beyond_all_clocks_is_answered_200(ingest: Ingest, key: Key, when: str) -> None:
    assert ingest.query(id=key("osmand")[1], lat=29.6, lon=106.5, timestamp=when) == 200
    body = b'{"_type":"location","lat":29.6,"lon":106.5,"tst":%s}' % when.encode()
    assert ingest.owntracks(key("owntracks")[1], body)[0] == 200


def test_a_decoder_that_stumbles_refuses_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(said: Any, now_us: int) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(door.DECODERS, "fixes", stumbling)
    assert door._decoded("fixes", [1, 2]) == [Refused("undecodable", "list of 2")]
