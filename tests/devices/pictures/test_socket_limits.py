"""What a phone or a page may send on the sockets of pictures before it is cut off."""

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from devices.pictures.watch_sockets import SOURCES_LIMIT
from tests.conftest import Cast, Web
from tests.devices.pictures.ends import End, piece, reach, token_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_rubbish_and_floods_are_cut_off(web: Web, transactional_cast: Cast) -> None:
    token = await token_of(transactional_cast, "officer")
    async with reach(web, "send/", token) as link:
        await End(link).next("started")
        await link.send(b"rubbish")
        assert await End(link).code() == 4400
    async with reach(web, "send/", token) as link:
        await End(link).next("started")
        flood = [piece(sequence, key=True, size=400_000) for sequence in range(30)]
        with pytest.raises(ConnectionClosed):
            for packet in flood:
                await link.send(packet)
            await asyncio.wait_for(_drained(link), 15)
    async with reach(web, "", await token_of(transactional_cast, "commander")) as link:
        await link.send("no json")
        assert await End(link).code() == 4400
    for sources in ("7", [7, "8"], [True], list(range(SOURCES_LIMIT + 1))):
        async with reach(web, "", await token_of(transactional_cast, "commander")) as link:
            await End(link).say(type="watch", sources=sources, reason="roll-call by video")
            assert await End(link).code() == 4400
    for wrong in ({"reason": ["roll-call by video"]}, {"incident": 7}, {"incident": None}):
        async with reach(web, "", await token_of(transactional_cast, "commander")) as link:
            await End(link).say(type="watch", sources=[1], **wrong)
            assert await End(link).code() == 4400


async def _drained(link: ClientConnection) -> None:
    while True:
        await link.recv()


async def test_a_phone_may_send_so_many_packets_however_small(web: Web, transactional_cast: Cast) -> None:
    """Each costs the relay and the recorder as much as a large one."""
    async with reach(web, "send/", await token_of(transactional_cast, "officer")) as link:
        await End(link).next("started")
        with pytest.raises(ConnectionClosed) as closed:
            for sequence in range(4_000):
                await link.send(piece(2 * sequence, key=True, size=10))
            await asyncio.wait_for(_drained(link), 15)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4429
