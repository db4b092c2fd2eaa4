"""The socket of talk: a page hears its groups, is told who speaks, asks for the floor, and speaks.

A page says: `talk` (group), `release`, `join` (a group that it hears besides its own ones, one at a time), `groups` (read them
now), `ack` (source, bytes), `ping`. It is told: `groups`, `speaking`, `quiet`, `granted`, `refused`, `ended`, `pong`.
"""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings

from command import principals
from command.errors import Problem
from command.models import Officer, Screen
from command.permissions import Principal
from command.sockets import FORBIDDEN, MALFORMED, SILENT, TOO_MANY, parsed
from devices.limits import Allowance
from devices.models import Turn
from devices.pictures.packet import HEAD_BYTES, Head, Malformed, head_of
from devices.pictures.sockets import RIGHTS_S, SAYINGS_BURST, SAYINGS_RATE, PictureSocket, surely
from devices.voice import files, groups, turns
from devices.voice.floor import TURN_S, Held
from devices.voice.groups import Group
from devices.voice.switchboard import Channel, Listener, OnAir, Switchboard

LOOK_S = 0.25  # how often a turn under way is looked at: whether its minute is over, or nobody speaks
SILENCE_S = 40.0  # a page that not even pings is gone
PACKET_LIMIT = HEAD_BYTES + 1275  # the largest frame of Opus (RFC 6716)
RATE, BURST = 12_000, 48_000  # bytes/s of one who speaks: three times what a voice takes

log = logging.getLogger(__name__)
BOARD = Switchboard()


class Talker(PictureSocket):
    """A desk, a terminal or a wall that takes part in talk."""

    async def connect(self) -> None:
        self.offered: dict[str, Group] = {}
        self.hears: dict[str, Channel] = {}
        self.joined = ""  # the group it hears besides those it hears anyway
        self.opened: set[str] = set()  # channels to one person that were entered as opened
        self.speaking: tuple[Channel, OnAir] | None = None
        self.outgoing: asyncio.Queue[bytes | str] = asyncio.Queue()  # sound as far as windows allow, and few words
        self.listener = Listener(self.outgoing.put_nowait, self.tell)
        self.sayings, self.allowance = Allowance(SAYINGS_RATE, SAYINGS_BURST), Allowance(RATE, BURST)
        self.heard_at = time.monotonic()
        if await self.admit() is None:
            return
        await self._regroup()
        if not self.offered:
            await self.close(FORBIDDEN)
            return
        self.tasks = [asyncio.ensure_future(self.guarded(self._check())), asyncio.ensure_future(self._write())]

    async def disconnect(self, code: int) -> None:
        for task in getattr(self, "tasks", []):
            task.cancel()
        if hasattr(self, "looking"):
            self.looking.cancel()
        await self._end("released")
        for key in list(self.hears):
            self._leave(key)
        for channel in BOARD.channels.values():
            self._shut(channel)

    def tell(self, said: dict[str, Any]) -> None:
        """Put words behind what is on its way already."""
        self.outgoing.put_nowait(orjson.dumps(said).decode())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "tasks"):
            return
        self.heard_at = time.monotonic()
        if bytes_data is not None:
            await self._hear(bytes_data)
            return
        said = parsed(text_data)
        if said is None:
            await self.close(MALFORMED)
        elif said.get("type") == "ack":
            source, count = said.get("source"), said.get("bytes")
            if type(source) is int and type(count) is int:
                self.listener.acknowledge(source, count)
        elif not self.sayings.take(1):
            await self.close(TOO_MANY)
        elif str(said.get("type")) in self.acts:
            await self.acts[said["type"]](self, str(said.get("group") or ""))

    async def _release(self, _group: str) -> None:
        await self._end("released")

    async def _pong(self, _group: str) -> None:
        self.tell({"type": "pong"})

    async def _hear_group(self, group: str) -> None:
        """Hear a group one chose. Hearing what is between two people is opening their channel, and entered before."""
        self.opened &= {group}
        known = (await sync_to_async(_groups)(self.principal)).get(group)
        actor = await self._actor()
        is_others = known is not None and actor is not None and known.is_private and known.ident != str(actor.pk)
        if known is not None and actor is not None and is_others and group not in self.opened:
            if not await self._may_open(known, actor):
                return
            self.opened.add(group)
            await sync_to_async(turns.open_channel)(actor, known)
        self.joined = group
        await self._regroup()

    async def _may_open(self, group: Group, actor: Officer) -> bool:
        """What is private two people hear: while a leader speaks with somebody, no other does. They are told who it is."""
        channel = BOARD.channel(group.key)
        if group.kind != "officer" or channel.opened_by in (None, self):
            channel.opened_by = self
            channel.opened_as = await sync_to_async(groups.name_of)(actor)
            return True
        self.tell({"type": "refused", "group": group.key, "code": "held", "message": "", "by": channel.opened_as})
        return False

    def _shut(self, channel: Channel) -> None:
        if channel.opened_by is self:
            channel.opened_by = None

    async def _hear(self, packet: bytes) -> None:
        """A packet of who has the floor; what comes after a turn is over, or before it began, is nothing."""
        if not self.allowance.take(len(packet)):
            await self.close(TOO_MANY)
            return
        head = _sound(packet)
        if head is None:
            await self.close(MALFORMED)
        elif self.speaking is not None:
            channel, turn = self.speaking
            if channel.floor.hear(self, time.monotonic()):
                channel.take(dataclasses.replace(head, source=turn.number), packet)

    async def _talk(self, key: str) -> None:
        """Ask for the floor of a group, and begin a turn."""
        if self.speaking is not None:
            return
        actor = await self._actor()
        if actor is None:
            self.tell({"type": "refused", "group": key, "code": "not_taken_over", "message": ""})
            return
        try:
            group, rank = await sync_to_async(groups.speaking)(actor, key)
        except Problem as refused:
            self.tell({"type": "refused", "group": key, "code": refused.code, "message": refused.message})
            return
        channel = BOARD.channel(key)
        if group.kind == "officer" and group.ident != str(actor.pk) and not await self._may_open(group, actor):
            return
        if group.kind == "officer" and group.ident == str(actor.pk) and channel.listeners <= {self.listener}:
            self.tell({"type": "refused", "group": key, "code": "nobody_there", "message": ""})
            return
        try:
            before = channel.floor.ask(self, rank, time.monotonic())
        except Held:
            by = channel.on_air.name if channel.on_air else ""
            if key not in self.hears:
                self._shut(channel)
            self.tell({"type": "refused", "group": key, "code": "held", "message": "", "by": by})
            return
        name = await sync_to_async(groups.name_of)(actor)
        if before is not None and isinstance(before.who, Talker):
            before.who.lose(name)
        await self._begin(channel, group, actor, name)

    async def _begin(self, channel: Channel, group: Group, actor: Officer, name: str) -> None:
        try:
            if group.is_private and group.ident != str(actor.pk) and group.key not in self.opened:
                await sync_to_async(turns.open_channel)(actor, group)
                self.opened.add(group.key)
                self.joined = group.key if group.kind == "officer" else self.joined
            row, file = await sync_to_async(_begun)(actor, group)
        except Exception:
            log.exception("a turn could not begin")
            channel.floor.release(self)
            self._shut(channel)
            self.tell({"type": "refused", "group": group.key, "code": "failed", "message": ""})
            return
        turn = OnAir(row.pk, self.listener, name, file)
        self.speaking = channel, turn
        if not channel.floor.hear(self, time.monotonic()):  # somebody took it meanwhile, or the connection is gone
            await self._end("taken")
            return
        channel.start(turn)
        if self.joined == group.key:
            self._join(group.key)
        self.tell(
            {"type": "granted", "group": group.key, "source": row.pk, "epoch": row.pk & 0xFFFF, "limit_s": TURN_S}
        )
        self.looking = asyncio.ensure_future(self.guarded(self._look_at(turn)))

    async def _look_at(self, turn: OnAir) -> None:
        """End the turn when its time is over, or nobody speaks."""
        while self.speaking is not None and self.speaking[1] is turn:
            over = self.speaking[0].floor.is_over(time.monotonic())
            if over:
                await self._end(over)
            await asyncio.sleep(LOOK_S)

    async def _end(self, ending: str) -> None:
        """End the turn of this page; nothing where there is none."""
        turn = self._fall_silent(ending)
        if turn is not None:
            await surely(partial(_ended, turn, ending))

    def lose(self, by: str) -> None:
        """Somebody took the floor from this page: they need not wait until that is entered."""
        turn = self._fall_silent("taken", by)
        if turn is not None:
            self.ending = asyncio.ensure_future(self.guarded(surely(partial(_ended, turn, "taken"))))

    def _fall_silent(self, ending: str, by: str = "") -> OnAir | None:
        """Take the turn of this page off the air, and tell so; returns it."""
        spoken, self.speaking = self.speaking, None
        if spoken is None:
            return None
        channel, turn = spoken
        channel.floor.release(self)
        channel.stop(turn)
        BOARD.clear(channel)
        if ending != "released":
            self.tell({"type": "ended", "group": channel.key, "code": ending, "by": by})
        return turn

    async def _actor(self) -> Officer | None:
        """Who acts here: the person signed in, or who has taken over the screen, with their rights as they are now."""
        if not await self.is_still_allowed():
            return None
        return await sync_to_async(_acting)(self.principal)

    async def _check(self) -> None:
        """What one may no longer hear or say ends within RIGHTS_S."""
        while True:
            async with asyncio.timeout(2 * RIGHTS_S):  # what can't be asked is not allowed any more
                if not await self.is_still_allowed():
                    return
                await self._regroup()
            if time.monotonic() - self.heard_at > SILENCE_S:
                await self.close(SILENT)
            await asyncio.sleep(RIGHTS_S * 0.8)

    async def _regroup(self, _group: str = "") -> None:
        """Read anew which groups there are for this page, hear those that it should, and tell what is new."""
        found = await sync_to_async(_groups)(self.principal)
        if self.joined and self.joined not in found:
            self.joined = ""
        wanted = {key for key, group in found.items() if group.is_heard or key == self.joined}
        for key in set(self.hears) - wanted:
            self._leave(key)
        for key in wanted:
            self._join(key)
        if self.speaking is not None and not _may_speak(found.get(self.speaking[0].key)):
            await self._end("forbidden")
        if found != self.offered:
            self.offered = found
            self.tell({"type": "groups", "groups": [_payload(one) for one in found.values()]})

    def _join(self, key: str) -> None:
        if key not in self.hears:
            self.hears[key] = BOARD.channel(key)
            self.hears[key].join(self.listener)

    def _leave(self, key: str) -> None:
        channel = self.hears.pop(key)
        channel.leave(self.listener)
        self._shut(channel)
        BOARD.clear(channel)

    async def _write(self) -> None:
        """Sound and words in their order. Daphne takes each at once: how much may be under way is the windows' to say."""
        while True:
            said = await self.outgoing.get()
            kind = "text" if isinstance(said, str) else "bytes"
            await self.base_send({"type": "websocket.send", kind: said})

    acts: ClassVar[dict[str, Callable[["Talker", str], Awaitable[None]]]] = {
        "talk": _talk, "release": _release, "join": _hear_group, "groups": _regroup, "ping": _pong,
    }  # fmt: skip


def _sound(packet: bytes) -> Head | None:
    """The head of a packet of sound; None for anything else."""
    try:
        head = head_of(packet)
    except Malformed:
        return None
    fits = head.codec == "opus" and head.is_key and len(packet) <= PACKET_LIMIT and 1 <= head.duration_ms <= 120
    return head if fits else None


def _acting(principal: Principal) -> Officer | None:
    if isinstance(principal, Screen):
        return principals.acting_at(principal)
    return principal if isinstance(principal, Officer) else None


def _groups(principal: Principal) -> dict[str, Group]:
    """A page's groups. A screen hears its own; who has taken it over may speak in theirs."""
    found = groups.of(principal)
    acting = _acting(principal) if isinstance(principal, Screen) else None
    if acting is not None:
        theirs = groups.of(acting)
        found |= {
            key: dataclasses.replace(one, is_heard=key in found and found[key].is_heard) for key, one in theirs.items()
        }
    return found


def _may_speak(group: Group | None) -> bool:
    return group is not None and group.may_speak


def _begun(actor: Officer, group: Group) -> tuple[Turn, files.TurnFile | None]:
    """The turn's row and its file; a disk that is full or away keeps nobody from speaking."""
    row = turns.begin(actor, group)
    try:
        return row, files.TurnFile(files.path_of(settings.TURNS, row.key), row.pk)
    except OSError as lost:
        log.warning("turn %s is not kept: %s", row.pk, lost.strerror)
        return row, None


def _ended(turn: OnAir, ending: str) -> None:
    try:
        if turn.file is not None:
            turn.file.end()
    except OSError as lost:
        log.warning("the end of turn %s is not kept: %s", turn.number, lost.strerror)
    turns.end(turn.number, ending, turn.packets)


def _payload(group: Group) -> dict[str, Any]:
    return {
        "key": group.key, "kind": group.kind, "id": group.ident, "label": group.label, "may_speak": group.may_speak,
    }  # fmt: skip
