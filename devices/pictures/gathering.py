"""The last step of packets to pages: what comes for a page within a moment goes out in one message; who get the same share it.

A message is packets one after another, each framed as on a pipe (`devices/pictures/pipe.py`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from devices.pictures.pipe import row

GATHER_S = 0.008  # between two messages: one costs as much as several packets, and a screen draws every 16 ms at most

Send = Callable[[bytes], Awaitable[None]]
log = logging.getLogger(__name__)


class Gathering:
    """What waits for the pages of this process; how much that may be is the relay's to say."""

    def __init__(self) -> None:
        self.waiting: dict[Send, list[bytes]] = {}  # packets by the way into a connection
        self.task: asyncio.Task[None] | None = None

    def put(self, send: Send, packet: bytes) -> None:
        """Send a packet after those that were put before it: at once, but GATHER_S after the last message at the soonest."""
        self.waiting.setdefault(send, []).append(packet)
        if self.task is None:
            self.task = asyncio.ensure_future(self._run())

    def drop(self, send: Send) -> None:
        """The connection is gone."""
        self.waiting.pop(send, None)

    async def _run(self) -> None:
        try:
            await self._send_all()
        finally:
            self.task = None

    async def _send_all(self) -> None:
        await asyncio.sleep(0)  # what else is being put just now goes with it
        while self.waiting:
            waiting, self.waiting = self.waiting, {}
            made: dict[tuple[int, ...], bytes] = {}
            for send, packets in waiting.items():
                which = tuple(map(id, packets))
                message = made.get(which)
                if message is None:
                    message = made[which] = row(packets)
                try:
                    await send(message)
                except Exception as gone:  # not that it has ended, which Daphne bears: the others get theirs
                    log.warning("packets can't be sent", extra={"why": f"{type(gone).__name__} {gone}"[:200]})
            await asyncio.sleep(GATHER_S)


GATHERING = Gathering()
