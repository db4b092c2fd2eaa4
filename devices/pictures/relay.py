"""The relay: packets come in by source and go out to whoever watches it. It forwards and never decodes.

What is late is worth nothing: a viewer who does not keep up loses packets, which are counted and told, and goes on with the next
key picture. Who comes later begins with the newest key picture and what followed it. Everything happens in one process's loop, so
nothing here waits and nothing is locked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.pictures.packet import Head

WINDOW = 512 * 1024  # bytes that may be on the way to a viewer, unacknowledged
GROUP_LIMIT = 2 * 1024 * 1024  # bytes kept of a source for who comes later
STALE_S = 2.0  # a source that has been silent for so long is not live

Send = Callable[[bytes], None]
Tap = Callable[[Head, bytes], None]


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

    def offer(self, head: Head, packet: bytes) -> None:
        """Send the packet, unless the viewer is behind or could not show it."""
        if self.waits_for_key and not head.is_key:
            self.dropped += 1
        elif self.under_way + len(packet) > self.window and self.under_way:
            self.dropped += 1
            self.waits_for_key = True
        else:
            self.waits_for_key = False
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
    heard_at: float = 0.0  # monotonic s
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

    def is_live(self) -> bool:
        """Whether it was heard of within STALE_S: what is older must never be shown as live."""
        return self.newest is not None and time.monotonic() - self.heard_at <= STALE_S

    def _is_old(self, head: Head) -> bool:
        """Within an epoch numbers rise; another epoch is another run of the encoder, known by its later capture."""
        newest = self.newest
        if newest is None:
            return False
        if head.epoch == newest.epoch:
            return head.sequence <= newest.sequence
        return head.captured_us <= newest.captured_us

    def _count(self, head: Head) -> None:
        newest = self.newest
        gap = newest is not None and newest.epoch == head.epoch and head.sequence > newest.sequence + 1
        if newest is not None and gap:
            self.lost += head.sequence - newest.sequence - 1
        if newest is None or newest.epoch != head.epoch or gap:
            self._forget()
            if not head.is_key:
                for viewer in self.viewers:
                    viewer.waits_for_key = True
        self.newest, self.heard_at = head, time.monotonic()
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
            found.group, found.group_bytes, found.newest = [], 0, None
            for viewer in found.viewers:
                viewer.waits_for_key = True
        else:
            del self.sources[number]
