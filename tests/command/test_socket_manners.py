"""The live socket against those who would abuse it: other pages, floods, nonsense, people with no right to the map."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.command.test_hostile import NUL_COOKIE
from tests.command.test_sockets import Wall, closes_with, joined
from tests.conftest import Cast, Web

pytestmark = pytest.mark.django_db(transaction=True)


async def test_only_our_own_pages_get_in(web: Web, transactional_cast: Cast) -> None:
    token = await sync_to_async(transactional_cast.token)("commander")
    for origin in (f"http://127.0.0.1:{web.port + 1}", "http://127.0.0.1", "null", "http://testserver", "file://x"):
        with pytest.raises(InvalidStatus, match="403"):
            async with joined(web, token, Origin=origin) as link:
                await link.recv()
    async with joined(web, token, Origin=web.base) as link:
        assert (await Wall(link).hello())["type"] == "snapshot"


async def test_who_may_not_see_the_map_is_told_so(web: Web, transactional_cast: Cast) -> None:
    for name in ("technician", "reviewer"):
        async with joined(web, await sync_to_async(transactional_cast.token)(name)) as link:
            assert await closes_with(link) == 4403


async def test_a_cookie_that_no_session_can_have(web: Web, transactional_cast: Cast) -> None:
    async with joined(web, Cookie=f"sessionid={NUL_COOKIE}") as link:
        assert await closes_with(link) == 4401


@pytest.mark.parametrize("words", [{"type": "hello", "cursor": None}, {"type": "ack", "seq": 99}, {"type": "x"}])
async def test_a_flood_is_cut_off(web: Web, transactional_cast: Cast, words: dict) -> None:
    async with joined(web, await sync_to_async(transactional_cast.token)("commander")) as link:

        async def flood() -> None:
            try:
                for _ in range(2_000):
                    await link.send(json.dumps(words))
            except ConnectionClosed:
                pass

        flooding = asyncio.ensure_future(flood())
        assert await closes_with(link) == 4429
        await flooding


@pytest.mark.parametrize("seq", [[], {}, "1", None, True, 1e300, 7])
async def test_odd_acknowledgements_are_borne(web: Web, transactional_cast: Cast, seq: object) -> None:
    async with joined(web, await sync_to_async(transactional_cast.token)("commander")) as link:
        wall = Wall(link)
        await wall.hello()
        await link.send(json.dumps({"type": "ack", "seq": seq, "tick": seq}))
        assert (await wall.next("beat"))["type"] == "beat"


async def test_who_never_says_hello_may_not_stay(web: Web, transactional_cast: Cast) -> None:
    async with joined(web, await sync_to_async(transactional_cast.token)("commander")) as link:
        assert await closes_with(link) == 4408
