"""One side of `bench pictures` as a server: `python -m operation.bench.picture_server ours|tutorial SOCKET FEED`.

Both are Daphne with an application, as their people would run it (ours on the loop of the process `pictures`), and are fed with
the same packets over one Unix socket, framed as a camera's child frames them. Nothing is recorded on either side.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from devices.pictures import loop
from devices.pictures.packet import head_of
from devices.pictures.pipe import Frames

SETTINGS = {"ours": "command.settings", "tutorial": "operation.bench.tutorial.settings"}
PIECE = 256 * 1024  # bytes read at once

Take = Callable[[bytes], Awaitable[None]]
kept: set["asyncio.Task[None]"] = set()


def ours() -> tuple[Any, Take]:
    """Our relay behind our sockets."""
    from devices.pictures.asgi import application
    from devices.pictures.process import RECORDING, RELAY

    RECORDING.is_recorded = lambda _: False

    async def take(packet: bytes) -> None:
        head = head_of(packet)
        RELAY.source(head.source).take(head, packet)

    return application, take


def tutorial() -> tuple[Any, Take]:
    """A group a camera."""
    from operation.bench.tutorial.asgi import application

    from channels.layers import get_channel_layer  # isort: skip - Django must be set up first

    async def take(packet: bytes) -> None:
        source = int.from_bytes(packet[4:8], "big")
        await get_channel_layer().group_send(f"camera_{source}", {"type": "picture", "packet": packet})

    return application, take


async def _fed(take: Take, reader: asyncio.StreamReader) -> None:
    frames = Frames()
    while piece := await reader.read(PIECE):
        for packet in frames.feed(piece):
            await take(packet)


async def _listen(take: Take, path: str) -> None:
    server = await asyncio.start_unix_server(lambda reader, _: _fed(take, reader), path, limit=PIECE)
    await server.serve_forever()


def serve(side: str, path: str, feed: str) -> None:
    """Serve until the process is ended."""
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[side]
    if side == "ours":
        loop.install()
    from daphne.server import Server

    application, take = {"ours": ours, "tutorial": tutorial}[side]()

    def ready() -> None:
        kept.add(asyncio.ensure_future(_listen(take, feed)))

    Server(application, endpoints=[f"unix:{path}"], verbosity=0, ready_callable=ready).run()


if __name__ == "__main__":
    serve(*sys.argv[1:])
