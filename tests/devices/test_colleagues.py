"""Colleagues on duty nearby appear in OwnTracks."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from devices import colleagues
from devices.colleagues import Colleague, Colleagues
from devices.models import Device
from devices.ticks import Place
from tests.devices.conftest import Ingest

NOW_MS = int(time.time() * 1000)


def place(device_id: int, lat: float, lon: float, age_s: int = 0) -> Place:
    return device_id, NOW_MS - age_s * 1000, lat, lon, None, None, None, None


@pytest.fixture
def asked() -> Iterator[list[int]]:
    """Three colleagues; which devices were asked for."""
    found: list[int] = []

    def on_duty_with(device_id: int) -> Sequence[Colleague]:
        found.append(device_id)
        return [("07", "2107", 2), ("08", "2108", 3), ("09", "2109", 4), ("01", "2101", 1)]

    before = colleagues._on_duty_with
    colleagues.pin(on_duty_with)
    yield found
    colleagues.pin(before)  # type: ignore[arg-type]


def test_those_nearby_and_lately_seen(asked: list[int]) -> None:
    places = {
        1: place(1, 29.6, 106.5), 2: place(2, 29.601, 106.501), 3: place(3, 29.7, 106.5),
        4: place(4, 29.6, 106.501, 3600),
    }  # fmt: skip

    async def twice() -> None:
        known = Colleagues(places)
        said = await known.nearby(1)
        assert said == [
            {"_type": "location", "tid": "07", "lat": 29.601, "lon": 106.501, "tst": NOW_MS // 1000},
            {"_type": "card", "tid": "07", "name": "2107"},
        ]
        places[2] = place(2, 29.602, 106.501)
        assert (await known.nearby(1))[0]["lat"] == 29.602  # the place is of now, who is on duty is kept
        assert await known.nearby(99) == []

    asyncio.run(twice())
    assert asked == [1, 99]


def asked_until_told(ingest: Ingest, secret: str, said: dict[str, Any]) -> tuple[int, Any]:
    """A busy station answers a phone's first question with nothing and has the answer ready for the next one."""
    until = time.monotonic() + 10
    while True:
        status, answer = ingest.owntracks(secret, said)
        if answer or status != 200 or time.monotonic() > until:
            return status, answer
        time.sleep(0.5)


def test_over_the_door(ingest: Ingest, key: Callable[..., tuple[Device, str]]) -> None:
    """Two units on duty: each phone is shown the other."""
    from dispatch.models import Unit
    from dispatch.states import UnitStatus

    mine, secret = key("owntracks")
    other, others = key("osmand")
    for call_sign, device in (("2107", mine), ("2108", other)):
        unit = Unit.objects.create(
            station=mine.station, call_sign=call_sign, status=UnitStatus.PATROL, status_at=mine.approved_at
        )
        unit.devices.add(device)
    assert ingest.query(id=others, lat=29.6, lon=106.5) == 200
    said = {"_type": "location", "lat": 29.6001, "lon": 106.5, "tst": int(time.time())}
    status, answer = asked_until_told(ingest, secret, said)
    assert (status, [one["_type"] for one in answer]) == (200, ["location", "card"])
    assert (answer[1]["name"], answer[0]["lat"]) == ("2108", 29.6)
