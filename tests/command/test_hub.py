"""The hub itself, with a connection whose far end is this test."""

import asyncio
import datetime as dt

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.contrib.gis.geos import Point

from command import clock
from command.hub import Hub
from command.permissions import Principal
from devices import devices
from devices.models import LastFix
from tests.conftest import Cast

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """Somebody whose first message is under way for so long that a unit moves meanwhile."""

    session_key = None
    shown = 0

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.through: dict[str, int] | None = None
        self.streams: frozenset[str] = frozenset()
        self.serving = asyncio.Lock()
        self.said: list[dict] = []

    async def send_numbered(self, kind: str, rest: bytes) -> None:
        self.said.append({"type": kind, **orjson.loads(b"{" + rest)})
        if len(self.said) == 1:
            await sync_to_async(_move)()


def _move() -> None:
    LastFix.objects.update(place=Point(106.56, 29.61, srid=4326), time=clock.now(), corrected=clock.now())


async def test_who_joins_while_a_unit_moves_sees_it_where_it_is(transactional_cast: Cast) -> None:
    await sync_to_async(_stand)(transactional_cast)
    hub, wall = Hub(), Slow(transactional_cast.commander)
    for task in hub.tasks:
        task.cancel()
    await asyncio.gather(*hub.tasks, return_exceptions=True)
    await hub.join(wall, None)
    first, then = wall.said
    assert first["fixes"][0][1] < then["fixes"][0][1]
    assert then["items"] == []
    await hub.catch_up(wall)
    assert len(wall.said) == 2, "who is level is told nothing"


def _stand(cast: Cast) -> None:
    phone, _ = devices.add_device(None, "phone", "phone", "fixes", cast.s1)
    at = clock.now() - dt.timedelta(seconds=9)
    LastFix.objects.create(device=phone, time=at, corrected=at, received=at, place=Point(106.55, 29.6, srid=4326))
