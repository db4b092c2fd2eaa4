"""Who hears whom now: each talk group's floor, its listeners, and the turn that is on the air. In one process's loop, so nothing
here waits and nothing is locked. Packets pass as those of pictures do (devices/pictures/relay.py): who is behind loses some.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from devices.pictures.packet import Head, of_source, payload_of
from devices.pictures.relay import Source, Viewer
from devices.voice.files import TurnFile
from devices.voice.floor import Floor

WINDOW = 5_000  # bytes that may be on the way to a listener, unacknowledged: about a second of sound

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Listener:
    """A page that hears groups. Both put something into its connection, in one order, and don't wait."""

    send: Callable[[bytes], None]
    tell: Callable[[dict[str, Any]], None]
    viewers: dict[int, Viewer] = field(default_factory=dict)  # by the turn's number

    def acknowledge(self, turn: int, count: int) -> None:
        """It has taken so many bytes of a turn."""
        viewer = self.viewers.get(turn)
        if viewer is not None:
            viewer.acknowledge(count)


@dataclass(slots=True, eq=False)
class OnAir:
    """A turn under way. `number` is its row's key and the source in its packets; `file` None where nothing can be kept."""

    number: int
    listener: Listener  # the speaker's own page, which does not hear itself
    name: str
    file: TurnFile | None
    began: float = field(default_factory=time.monotonic)
    packets: int = 0
    source: Source = field(init=False)

    def __post_init__(self) -> None:
        self.source = Source(self.number)


class Channel:
    """One talk group, as far as somebody hears it or speaks in it."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.floor = Floor()
        self.listeners: set[Listener] = set()
        self.on_air: OnAir | None = None
        self.opened_by: object = None  # the page of who speaks with one person in private, and their name
        self.opened_as = ""

    def join(self, listener: Listener) -> None:
        """Let a page hear the group; a turn under way it hears from now on."""
        if listener not in self.listeners:
            self.listeners.add(listener)
            if self.on_air is not None:
                self._connect(self.on_air, listener)

    def leave(self, listener: Listener) -> None:
        """It hears the group no more."""
        self.listeners.discard(listener)
        if self.on_air is not None:
            self._cut(self.on_air, listener)

    def start(self, turn: OnAir) -> None:
        """A turn goes on the air; one that was there is over."""
        self.stop()
        self.on_air = turn
        for listener in self.listeners:
            self._connect(turn, listener)

    def take(self, head: Head, packet: bytes) -> None:
        """A packet of the turn on the air: pass it on, and keep it."""
        turn = self.on_air
        if turn is None:
            return
        turn.packets += 1
        turn.source.take(head, of_source(packet, turn.number))
        if turn.file is not None:
            try:
                turn.file.add(bytes(payload_of(packet)), head.duration_ms)
            except OSError as full:
                log.warning("turn %s is not kept further: %s", turn.number, full.strerror)
                turn.file = None

    def stop(self, turn: OnAir | None = None) -> None:
        """The turn is over: this one, if it still is on the air, or whichever is."""
        over = self.on_air
        if over is None or turn not in (None, over):
            return
        self.on_air = None
        for listener in self.listeners | {over.listener}:
            self._cut(over, listener)

    def is_empty(self) -> bool:
        return not self.listeners and self.on_air is None and self.floor.holder is None

    def _connect(self, turn: OnAir, listener: Listener) -> None:
        own = listener is turn.listener
        seconds = round(time.monotonic() - turn.began, 1)
        listener.tell(
            {"type": "speaking", "group": self.key, "source": turn.number, "name": turn.name, "seconds": seconds, "own": own}
        )  # fmt: skip
        if not own:
            viewer = listener.viewers[turn.number] = Viewer(listener.send, window=WINDOW)
            turn.source.join(viewer)

    def _cut(self, turn: OnAir, listener: Listener) -> None:
        viewer = listener.viewers.pop(turn.number, None)
        if viewer is not None:
            turn.source.leave(viewer)
        dropped = viewer.dropped if viewer else 0
        listener.tell({"type": "quiet", "group": self.key, "source": turn.number, "dropped": dropped})


class Switchboard:
    """All groups of this process, as long as somebody hears them."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}

    def channel(self, key: str) -> Channel:
        """The group of that key, new where nobody heard it."""
        return self.channels.setdefault(key, Channel(key))

    def clear(self, channel: Channel) -> None:
        """Forget a group that nobody hears and nobody speaks in."""
        if channel.is_empty() and self.channels.get(channel.key) is channel:
            del self.channels[channel.key]
