"""The relay: packets come in by source and go out to whoever watches it. It forwards and never decodes.

What is late is worth nothing: a viewer who does not keep up loses packets, which are counted and told, and goes on with the next
key picture. Who comes later begins with the newest key picture and what followed it. Everything happens in one process's loop, so
nothing here waits and nothing is locked.

Who was behind and has taken everything goes on at once with what they missed since the newest key picture, where that is little
enough: no key picture can be asked of most cameras, and the next one may be seconds away.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from devices.pictures.packet import Head

WINDOW = 512 * 1024  # bytes that may be on the way to a viewer, unacknowledged
GROUP_LIMIT = 2 * 1024 * 1024  # bytes kept of a source for who comes later
STALE_S = 2.0  # a source of which nothing newly captured came for so long is not live

Send = Callable[[bytes], None]
Tap = Callable[[Head, bytes], None]
Group = Sequence[tuple[Head, bytes]]


@dataclass(slots=True, eq=False)
class Viewer:
    """Somebody who watches one source. `send` puts a packet into their connection and does not wait."""

    send: Send
    name: str = ""  # who it is, for whoever is watched
    window: int = WINDOW
    under_way: int = 0  # bytes sent and not acknowledged
    sent: int = 0  # packets
    dropped: int = 0
    waits_for_key: bool = True
    newest: Head | None = None  # of what was sent
    serves: "Source | None" = None  # whose viewers have what is made of this, where nobody looks at it directly

    def offer(self, head: Head, packet: bytes) -> None:
        """Send the packet, unless the viewer is behind or could not show it."""
        if self.waits_for_key and not head.is_key:
            self.dropped += 1
        elif self.under_way + len(packet) > self.window and self.under_way:
            self.dropped += 1
            self.waits_for_key = True
        else:
            self._give(head, packet)

    def catch_up(self, group: Group) -> bool:
        """Send what they missed of the newest key picture and what followed, in its order; False where it is nothing or too much.

        What was sent of it is not sent again: their decoder stands where that ended.
        """
        missed = [(head, packet) for head, packet in group if not self._has(head)]
        if not missed or self.under_way or sum(len(packet) for _, packet in missed) > self.window:
            return False
        before = len(missed) - 1  # that had been left out: the last one comes only now
        self.dropped = max(0, self.dropped - before)
        for head, packet in missed:
            self._give(head, packet)
        return True

    def _has(self, head: Head) -> bool:
        """Whether it was sent, or comes before what was: within an epoch numbers rise."""
        newest = self.newest
        return newest is not None and newest.epoch == head.epoch and head.sequence <= newest.sequence

    def _give(self, head: Head, packet: bytes) -> None:
        self.waits_for_key, self.newest = False, head
        self.under_way += len(packet)
        self.sent += 1
        self.send(packet)

    def acknowledge(self, count: int) -> None:
        """The viewer has taken so many bytes; more than were sent are none."""
        self.under_way = max(0, self.under_way - max(0, count))


@dataclass(slots=True, eq=False)
class Source:
    """One camera or phone, as far as its packets go. `tap` gets every packet, whoever watches."""

    number: int
    tap: Tap | None = None
    viewers: set[Viewer] = field(default_factory=set)
    group: list[tuple[Head, bytes]] = field(default_factory=list)  # the newest key packet and what followed
    group_bytes: int = 0
    newest: Head | None = None
    captured_us: int = 0  # the latest capture of this epoch
    heard_at: float = 0.0  # when that came, monotonic s
    received: int = 0
    lost: int = 0  # packets that its sender counted and that never came

    def take(self, head: Head, packet: bytes) -> None:
        """A packet has come: keep what later viewers need of it and forward it. What is older than the newest is nothing."""
        if self._is_old(head):
            return
        self._count(head)
        self._keep(head, packet)
        if self.tap is not None:
            self.tap(head, packet)
        for viewer in tuple(self.viewers):
            if not (viewer.waits_for_key and self.is_live() and viewer.catch_up(self.group)):
                viewer.offer(head, packet)

    def join(self, viewer: Viewer) -> None:
        """Let somebody watch: they have the newest key picture and what followed at once, unless that is old."""
        self.viewers.add(viewer)
        if self.is_live():
            for head, packet in self.group:
                viewer.offer(head, packet)

    def leave(self, viewer: Viewer) -> None:
        """They watch no more."""
        self.viewers.discard(viewer)

    def wants_key(self) -> bool:
        """Whether somebody who watches can show nothing until the next key picture."""
        return any(viewer.waits_for_key for viewer in self.viewers)

    def names(self) -> set[str]:
        """Who watches it, by name: those to whom only stills of it go as well."""
        return set().union(*(one.serves.names() if one.serves else {one.name} for one in self.viewers))

    def is_live(self) -> bool:
        """Whether something newly captured came within STALE_S: what is older must never be shown as live."""
        return self.newest is not None and time.monotonic() - self.heard_at <= STALE_S

    def _is_old(self, head: Head) -> bool:
        """Within an epoch numbers rise; another epoch is another run of the encoder, known by its later capture."""
        newest = self.newest
        if newest is None:
            return False
        if head.epoch == newest.epoch:
            return head.sequence <= newest.sequence
        return head.captured_us <= self.captured_us

    def _count(self, head: Head) -> None:
        newest = self.newest
        gap = newest is not None and newest.epoch == head.epoch and head.sequence > newest.sequence + 1
        if newest is not None and gap:
            self.lost += head.sequence - newest.sequence - 1
        is_begun = newest is None or newest.epoch != head.epoch
        if is_begun or gap:
            self._forget()
            if not head.is_key:
                for viewer in self.viewers:
                    viewer.waits_for_key = True
        if is_begun or head.captured_us > self.captured_us:  # what bears an old time again is no sign of life
            self.captured_us, self.heard_at = head.captured_us, time.monotonic()
        self.newest = head
        self.received += 1

    def _keep(self, head: Head, packet: bytes) -> None:
        if head.is_key:
            self._forget()
        elif not self.group:
            return
        if self.group_bytes + len(packet) > GROUP_LIMIT:
            self._forget()
            return
        self.group.append((head, packet))
        self.group_bytes += len(packet)

    def _forget(self) -> None:
        self.group, self.group_bytes = [], 0


class Relay:
    """All sources of this process."""

    def __init__(self) -> None:
        self.tap: Tap | None = None
        self.sources: dict[int, Source] = {}

    def source(self, number: int) -> Source:
        """The source of that number, new where it was not known."""
        found = self.sources.get(number)
        if found is None:
            found = self.sources[number] = Source(number, self.tap)
        return found

    def end(self, number: int) -> None:
        """A source has ended: nothing of it is kept. Who watches it stays, for when it comes back."""
        found = self.sources.get(number)
        if found is None:
            return
        if found.viewers:
            found.group, found.group_bytes, found.newest, found.captured_us = [], 0, None, 0
            for viewer in found.viewers:
                viewer.waits_for_key, viewer.newest = True, None
        else:
            del self.sources[number]
