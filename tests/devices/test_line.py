"""A position's whole line: from a phone's request to the frame that a wall hears."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from devices import devices
from tests.command.test_sockets import Wall, joined
from tests.conftest import PLACE, Cast, Web
from tests.devices.conftest import Ingest


@pytest.mark.django_db(transaction=True)
async def test_a_position(web: Web, ingest_process: Ingest, transactional_cast: Cast) -> None:
    cast = transactional_cast
    device, key = await sync_to_async(devices.add_device)(None, "phone", "phone", "osmand", cast.s1)
    async with joined(web, await sync_to_async(cast.token)("commander")) as link:
        wall = Wall(link)
        await wall.hello()
        assert await asyncio.to_thread(ingest_process.query, id=key, **PLACE) == 200
        while not (told := (await wall.next("fixes"))["fixes"]):
            pass
        assert (told[0][0], told[0][2], told[0][3]) == (device.pk, PLACE["lat"], PLACE["lon"])
