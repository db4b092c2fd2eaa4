"""Ends of the sockets of pictures and talk, for tests: a phone that sends, a page that watches, and what they say."""

import asyncio
import json
import time
from typing import Any

from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from devices.pictures.packet import Head, packed
from devices.pictures.pipe import Frames
from tests.conftest import Cast, Web


class End:
    """One end of a connection: keeps packets apart from words."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link
        self.packets: list[bytes] = []
        self.said: list[dict[str, Any]] = []

    def packets_of(self, message: bytes) -> list[bytes]:
        """Those that a page gets in one message."""
        return list(Frames().feed(message))

    async def say(self, **said: Any) -> None:
        await self.link.send(json.dumps(said))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next words of a kind; packets and other words that come meanwhile are kept."""
        async with asyncio.timeout(15):
            while True:
                came = await self.link.recv()
                if isinstance(came, bytes):
                    self.packets += self.packets_of(came)
                    continue
                self.said.append(json.loads(came))
                if self.said[-1]["type"] == kind:
                    return self.said[-1]

    async def packet(self) -> bytes:
        async with asyncio.timeout(15):
            while not self.packets:
                came = await self.link.recv()
                if isinstance(came, bytes):
                    self.packets += self.packets_of(came)
                else:
                    self.said.append(json.loads(came))
        return self.packets.pop(0)

    async def code(self) -> int:
        """The code with which the station closes it."""
        async with asyncio.timeout(15):
            try:
                while True:
                    await self.link.recv()
            except ConnectionClosed as closed:
                assert closed.rcvd
                return closed.rcvd.code


def reach(web: Web, path: str, token: str = "", **headers: str) -> Any:
    known = {"Authorization": f"Bearer {token}"} if token else {}
    address = web.socket.replace("/live/", f"/pictures/{path}")
    return connect(address, additional_headers={**known, **headers}, proxy=None, max_size=None)


async def token_of(cast: Cast, name: str) -> str:
    return await sync_to_async(cast.token)(name)


def piece(sequence: int, *, key: bool = False, source: int = 0, size: int = 500) -> bytes:
    return packed(Head("h264", key, source, sequence, 1, 66, int(time.time() * 1e6)), bytes([sequence % 256]) * size)


def sound(sequence: int) -> bytes:
    return packed(Head("opus", True, 0, sequence, 1, 20, int(time.time() * 1e6)), bytes(60))


async def eventually(holds: Any, within_s: float = 15) -> bool:
    until = time.monotonic() + within_s
    while not await sync_to_async(holds)():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.05)
    return True
