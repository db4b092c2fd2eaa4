"""The socket on which a phone sends what it sees, and what it shares with the one on which a page watches (watch_sockets.py)."""

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error
from django.utils import translation

from command import principals
from command.errors import Problem
from command.middleware import language_of
from command.models import Officer
from command.permissions import Capability, Principal
from command.sockets import FORBIDDEN, MALFORMED, NOT_SIGNED_IN, SILENT, TOO_MANY, principal_of
from devices.limits import Allowance
from devices.pictures import hearing, sending
from devices.pictures.hearing import SOUNDS
from devices.pictures.jpeg import NoPicture, Row
from devices.pictures.packet import Malformed, head_of, of_source, payload_of
from devices.pictures.process import RELAY, start
from devices.pictures.relay import Source

TRY_AGAIN = 4503  # come again later; of the codes below 3000 a server may send 1000 alone
ELSEWHERE = 4409  # the same person's pictures come from another page by now
RIGHTS_S = 5.0  # rights are read anew so often
TURN_S = 0.15  # acknowledgements, wishes and names of watchers go to a phone so often at least
KEY_EVERY_S = 1.0  # a sender is asked for a key picture no more often
SILENCE_S = 15.0  # a phone that sends nothing for so long is gone
RATE, BURST = 1_000_000, 4_000_000  # bytes/s of a phone: full quality is kept on it and comes later
PIECES_RATE, PIECES_BURST = 200, 1_000  # packets/s: 30 of pictures and 50 of sound are many
PICTURES = ("h264", "h265", "vp8", "jpeg")  # what a phone may send here
END_AGAIN_S = 2.0  # without the database, ends wait to be entered
SAYINGS_RATE, SAYINGS_BURST = 10, 200  # messages of a page that are no acknowledgements

log = logging.getLogger(__name__)
LATER: set["asyncio.Task[None]"] = set()  # what is still to be entered
SENDERS: dict[int, "Sender"] = {}  # the phone from which each source's pictures come


async def surely(verb: Callable[[], object]) -> None:
    """Enter that something is over; without the database, as soon as it is back. Who waits for it may be ended meanwhile: Daphne
    gives a page that is gone ten seconds.
    """
    await asyncio.shield(_kept(_enter(verb)))


async def _enter(verb: Callable[[], object]) -> None:
    try:
        await sync_to_async(verb)()
    except Error:
        log.exception("the end of something is not entered yet")
        _kept(_later(verb))


async def _later(verb: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(END_AGAIN_S)
        with contextlib.suppress(Error):
            await sync_to_async(verb)()
            return


def _kept(entering: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """A task that somebody holds until it is done."""
    task = asyncio.ensure_future(entering)
    LATER.add(task)
    task.add_done_callback(LATER.discard)
    return task


class PictureSocket(AsyncWebsocketConsumer):
    """What both have in common: who it is, and that they are let go when they may no longer be."""

    principal: Principal

    async def admit(self) -> Principal | None:
        """Accept the connection; who it is, or None where it was closed again."""
        start()
        is_script = any(name.lower() == b"authorization" for name, _ in self.scope["headers"])
        translation.activate(
            language_of(self.scope.get("cookies", {}), is_script=is_script)
        )  # of this connection's task alone
        found = await sync_to_async(principal_of)(self.scope)
        await self.accept()
        if found is None:
            await self.close(NOT_SIGNED_IN)
            return None
        self.principal = found
        return found

    async def is_still_allowed(self) -> bool:
        """Whether the principal still is who it was, and may still do this; read from the database."""
        session = self.scope.get("session")
        found = await sync_to_async(principals.again)(self.principal, session.session_key if session else None)
        if found is None:
            await self.close(NOT_SIGNED_IN)
            return False
        self.principal = found
        return True

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As ever, but what fails ends the connection in order: nobody goes on to be watched by a page that is gone."""
        try:
            await super().dispatch(message)
        except StopConsumer:
            raise
        except Exception:
            log.exception("a connection of pictures is closed")
            await self.disconnect(TRY_AGAIN)
            await self.close(TRY_AGAIN)
            raise StopConsumer from None

    async def guarded(self, loop: Awaitable[None]) -> None:
        """Run what looks after the connection. Where it fails nobody reads rights anew or tells who watches: it is closed."""
        try:
            await loop
        except Exception:
            log.exception("a connection of pictures is closed")
            await self.close(TRY_AGAIN)

    async def say(self, kind: str, **facts: Any) -> None:
        await self.send(text_data=orjson.dumps({"type": kind, **facts}).decode())


class Sender(PictureSocket):
    """A phone that shows the scene."""

    async def connect(self) -> None:
        self.source: Source | None = None
        found = await self.admit()
        if found is None:
            return
        if not isinstance(found, Officer):
            await self.close(FORBIDDEN)
            return
        try:
            row = await sync_to_async(sending.begin)(found)
        except Problem:
            await self.close(FORBIDDEN)
            return
        before = SENDERS.get(row.pk)
        if before is not None:
            before.source = None
            await before.close(ELSEWHERE)
        for relay in (RELAY, SOUNDS):
            relay.end(row.pk)
        SENDERS[row.pk], self.source = self, RELAY.source(row.pk)
        self.allowance, self.pieces, self.row = Allowance(RATE, BURST), Allowance(PIECES_RATE, PIECES_BURST), Row()
        self.told = self.newest = -1  # numbers of packets: acknowledged, and come
        self.heard_at, self.asked_at, self.names, self.listeners = time.monotonic(), 0.0, ["?"], list[str]()
        await self.say("started", source=row.pk, epoch=int(time.time()) & 0xFFFF)
        self.turning = asyncio.ensure_future(self.guarded(self._turn()))

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "turning"):
            self.turning.cancel()
        source, self.source = self.source, None
        if source is not None and SENDERS.get(source.number) is self:
            del SENDERS[source.number]
            for relay in (RELAY, SOUNDS):
                relay.end(source.number)
            await surely(lambda: None if source.number in SENDERS else sending.end(source.number))
            newer = SENDERS.get(source.number)
            if newer is not None and isinstance(newer.principal, Officer):  # it began while this one ended
                await sync_to_async(sending.begin)(newer.principal)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.source is None:
            return
        self.heard_at = time.monotonic()
        if not self.pieces.take(1) or not self.allowance.take(len(bytes_data or b"")):
            await self.close(TOO_MANY)
            return
        if bytes_data is None:
            return
        try:
            head = head_of(bytes_data)
        except Malformed:
            await self.close(MALFORMED)
            return
        if head.codec == hearing.CODEC:
            number = self.source.number
            SOUNDS.source(number).take(dataclasses.replace(head, source=number), of_source(bytes_data, number))
            return
        if head.codec not in PICTURES:
            await self.close(MALFORMED)
            return
        number = self.source.number
        if head.codec != "jpeg" or self._is_new(bytes_data):
            self.source.take(dataclasses.replace(head, source=number), of_source(bytes_data, number))
        self.newest = head.sequence
        if self.newest - self.told >= 2 or self.newest < self.told:
            await self._acknowledge()

    def _is_new(self, packet: bytes) -> bool:
        """Whether a JPEG shows something new. One that is broken, or of too many pixels for anybody, goes no further."""
        try:
            return self.row.is_new(bytes(payload_of(packet)))
        except NoPicture:
            return False

    async def _acknowledge(self) -> None:
        """The sender goes by these: what comes late tells it to send less."""
        self.told = self.newest
        await self.say("ack", sequence=self.told)

    async def _tell_listeners(self, number: int) -> None:
        """Who hears the phone: it sends sound only while somebody does, and its bearer is told."""
        listeners = sorted(SOUNDS.source(number).names())
        if listeners != self.listeners:
            self.listeners = listeners
            await self.say("listeners", names=listeners)

    async def _turn(self) -> None:
        """Again and again: what was not acknowledged yet, who watches, whether a key picture is wanted, whether one may stay."""
        checked_at = time.monotonic()
        while self.source is not None:
            await asyncio.sleep(TURN_S)
            source, now = self.source, time.monotonic()
            if source is None:
                return
            if self.newest != self.told:
                await self._acknowledge()
            if source.wants_key() and now - self.asked_at >= KEY_EVERY_S:
                self.asked_at = now
                await self.say("key")
            names = sorted(source.names())
            if names != self.names:
                self.names = names
                await self.say("watchers", names=names)
            await self._tell_listeners(source.number)
            if now - self.heard_at > SILENCE_S:
                await self.close(SILENT)
            if now - checked_at > RIGHTS_S * 0.8:
                checked_at = now
                async with asyncio.timeout(2 * RIGHTS_S):
                    if await self.is_still_allowed() and not await sync_to_async(_may_send)(self.principal):
                        await self.close(FORBIDDEN)


def _may_send(principal: Principal) -> bool:
    return isinstance(principal, Officer) and principal.rights().may(Capability.OWN_ORDERS, principal.station_id)
