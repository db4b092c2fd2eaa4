"""The socket on which a page watches: what it may, for a reason, and no longer than it may. Packets pass unopened."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from asgiref.sync import sync_to_async

from command.errors import Problem
from command.permissions import Principal
from command.sockets import MALFORMED, TOO_MANY, parsed
from devices.limits import Allowance
from devices.models import Watch
from devices.pictures import watching
from devices.pictures.gathering import GATHERING
from devices.pictures.hearing import Hearing
from devices.pictures.process import PULLS, RELAY, SAMPLING
from devices.pictures.relay import Source, Viewer
from devices.pictures.sockets import RIGHTS_S, SAYINGS_BURST, SAYINGS_RATE, PictureSocket, surely

ACKS_RATE, ACKS_BURST = 500, 2_000  # of a page: five a second, and one each 128 KB
SOURCES_LIMIT = 64  # of one page
WORDS = ("type", "incident", "reason")  # of a message; what is no text is no reason
TELL_S = 1.0  # a page is told no more often how many pictures were left out


@dataclass(slots=True)
class Held:
    """A source that a page watches: it, or its stills; the page as its viewer, the entry's key, in whose name one looks, the
    incident that is the reason ("" for words), and in whose name one listens.
    """

    source: Source
    viewer: Viewer
    entry: int
    looker: Principal
    incident: str
    listener: Principal | None = None


class Watcher(PictureSocket):
    """A page that watches up to SOURCES_LIMIT sources at a time."""

    async def connect(self) -> None:
        self.watched: dict[int, Held] = {}  # by source
        self.sayings, self.acks = Allowance(SAYINGS_RATE, SAYINGS_BURST), Allowance(ACKS_RATE, ACKS_BURST)
        found = await self.admit()
        if found is not None:
            self.hearing = Hearing(self._put)
            self.checking = asyncio.ensure_future(self.guarded(self._check()))
            self.telling = asyncio.ensure_future(self.guarded(self._tell()))

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "telling"):
            for task in (self.checking, self.telling):
                task.cancel()
            self.hearing.leave_all()
        left, self.watched = self.watched, {}
        for held in left.values():  # first what needs no database: nobody is watched by who is gone
            _let_go(held)
        GATHERING.drop(self._send)
        for held in left.values():
            await surely(partial(watching.end, held.entry))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "telling"):
            return
        said = parsed(text_data)
        if said is not None and said.get("type") == "ack" and isinstance(said.get("bytes"), dict) and self.acks.take(1):
            self._acknowledged(said["bytes"])
            self.hearing.acknowledge(said.get("sound"))
            return
        numbers = _sources(said)
        if said is None or numbers is None or not all(isinstance(said.get(word, ""), str) for word in WORDS):
            await self.close(MALFORMED)
        elif not self.sayings.take(1):
            await self.close(TOO_MANY)
        elif said.get("type") in self.acts:
            await self.acts[said["type"]](self, numbers, said)

    def _acknowledged(self, taken: dict[str, Any]) -> None:
        """What the page has taken of each source since it last said so: once for many packets, since each saying costs us more
        than a packet.
        """
        for number, held in self.watched.items():
            count = taken.get(str(number))
            held.viewer.acknowledge(count if type(count) is int else 0)

    async def _watch(self, numbers: list[int], said: dict[str, Any]) -> None:
        new = [number for number in numbers if number not in self.watched]
        if len(self.watched) + len(new) > SOURCES_LIMIT:
            await self._refuse(new, "too_many", f"at most {SOURCES_LIMIT} at a time")
        elif new:
            await self._begin(new, said)
        if said.get("stills") is True:
            for number in numbers:
                await self._show_stills(number)

    async def _begin(self, numbers: list[int], said: dict[str, Any]) -> None:
        """Look at some sources at once: one transaction and one wait for the audit's chain, since a scene is to open soon."""
        try:
            looker, entries = await sync_to_async(watching.begin_from)(self.principal, numbers, said)
        except Problem as refused:
            await self._refuse(numbers, refused.code, refused.message)
            return
        for number, entry in entries.items():
            await self._join(number, looker, entry)
        none = watching.no_such()
        await self._refuse([number for number in numbers if number not in entries], none.code, none.message)

    async def _join(self, number: int, looker: Principal, entry: Watch) -> None:
        source, viewer = RELAY.source(number), Viewer(self._put, looker.label)
        self.watched[number] = Held(source, viewer, entry.pk, looker, entry.incident)
        await self.say("watching", source=number, live=source.is_live())
        source.join(viewer)
        if entry.source.camera_id is not None:
            PULLS.want(number, viewer)

    async def _refuse(self, numbers: Iterable[int], code: str, message: str) -> None:
        for number in numbers:
            await self.say("refused", source=number, code=code, message=message)

    async def _show_stills(self, number: int) -> None:
        """Go on with stills of a source that is watched: the page can't draw its stream. It is the same watch, entered once."""
        held = self.watched.get(number)
        if held is None:
            return
        if not SAMPLING.has_room(number):
            await self._end(number)
            await self.say("refused", source=number, code="too_many_stills", message="")
            return
        stills = SAMPLING.stills.source(number)
        if held.source is not stills:
            held.source.leave(held.viewer)
            held.source = stills
            await self.say("stills", source=number)
            SAMPLING.want(number, held.viewer)

    async def _listen(self, numbers: list[int], _said: dict[str, Any]) -> None:
        """Hear phones that are watched, where one may: the look's end ends this too."""
        held = {number: self.watched[number] for number in numbers if number in self.watched}
        new = {
            number: (one.entry, one.incident) for number, one in held.items() if number not in self.hearing.listeners
        }
        try:
            listeners = await sync_to_async(watching.listen)(self.principal, new) if new else {}
        except Problem as refused:
            await self._unheard(dict.fromkeys(new, refused.code))
            return
        for number, listener in listeners.items():
            if number in self.watched:  # it may have ended meanwhile
                self.watched[number].listener = listener
                self.hearing.listen(number, listener.label)
        await self._unheard(dict.fromkeys(new.keys() - listeners.keys(), "forbidden"))

    async def _unheard(self, numbers: Mapping[int, str]) -> None:
        """Say that a source is not, or no more, to be heard, and why."""
        for number, code in numbers.items():
            self._let_be(number)
            await self.say("unheard", source=number, code=code)

    async def _mute(self, numbers: list[int], _said: dict[str, Any]) -> None:
        for number in numbers:
            self._let_be(number)

    def _let_be(self, number: int) -> None:
        """Listen to a source no more."""
        self.hearing.leave(number)
        if number in self.watched:
            self.watched[number].listener = None

    async def _leave(self, numbers: list[int], _said: dict[str, Any]) -> None:
        for number in numbers:
            await self._end(number)

    acts: ClassVar[dict[str, Callable[["Watcher", list[int], dict[str, Any]], Awaitable[None]]]] = {
        "watch": _watch, "listen": _listen, "mute": _mute, "leave": _leave,
    }  # fmt: skip

    async def _tell(self) -> None:
        """What was left out, so that the page can show it."""
        told: dict[int, int] = {}
        while True:
            await asyncio.sleep(TELL_S)
            for number, held in tuple(self.watched.items()):
                if held.viewer.dropped != told.get(number, 0):
                    told[number] = held.viewer.dropped
                    await self.say("dropped", source=number, count=held.viewer.dropped)

    async def _end(self, number: int) -> None:
        held = self.watched.pop(number, None)
        self.hearing.leave(number)
        if held is not None:
            _let_go(held)
            await surely(partial(watching.end, held.entry))

    def _put(self, packet: bytes) -> None:
        GATHERING.put(self._send, packet)

    async def _send(self, message: bytes) -> None:
        await self.base_send({"type": "websocket.send", "bytes": message})

    async def _check(self) -> None:
        """What one may no longer see or hear ends within RIGHTS_S."""
        while True:
            async with asyncio.timeout(2 * RIGHTS_S):  # what can't be asked is not allowed any more
                if not await self.is_still_allowed():
                    return
                asked = {number: (held.looker, held.incident) for number, held in self.watched.items()}
                listening = {one: held.listener for one, held in self.watched.items() if held.listener}
                over = await sync_to_async(watching.over)(self.principal, asked)
                unheard = await sync_to_async(watching.unheard)(self.principal, listening)
            for number in over.keys() & self.watched.keys():
                await self._end(number)
                await self.say("refused", source=number, code=over[number], message="")
            await self._unheard(unheard)
            await asyncio.sleep(RIGHTS_S * 0.8)


def _let_go(held: Held) -> None:
    """Somebody watches a source, or its stills, no more."""
    number = held.source.number
    SAMPLING.release(number, held.viewer)  # which asks whether they had any, so it comes first
    held.source.leave(held.viewer)
    PULLS.release(number, held.viewer)


def _sources(said: dict[str, Any] | None) -> list[int] | None:
    """What a message is about, each once: one `source` or some `sources`; None where that is none."""
    given = said.get("sources", [said.get("source")]) if said else None
    if not isinstance(given, list) or len(given) > SOURCES_LIMIT or not all(type(one) is int for one in given):
        return None
    return list(dict.fromkeys(given))
