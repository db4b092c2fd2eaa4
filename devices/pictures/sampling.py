"""Stills of streams for browsers that can't draw these: one child process a source, shared by all who want them, while any do."""

import asyncio
import time

from devices.pictures.children import Children
from devices.pictures.pipe import framed
from devices.pictures.relay import Relay, Viewer

MOST = 16  # sources of which stills are made at a time: each costs up to a tenth of a core and 60 MB


class Sampled(Children):
    """One source of which stills are made. A child is to the source a viewer like any other: behind, it loses pictures."""

    module = "devices.pictures.sampler"

    def __init__(self, number: int, relay: Relay, stills: Relay) -> None:
        self.relay, self.viewer = relay, Viewer(lambda _: None)
        super().__init__(number, stills)

    def began(self, entrance: asyncio.StreamWriter) -> None:
        """It is to answer whatever it is given."""
        self.viewer = Viewer(lambda packet: self._give(entrance, packet), serves=self.into.source(self.number))
        self.relay.source(self.number).join(self.viewer)

    def heard(self, entrance: asyncio.StreamWriter) -> None:
        """It is as far behind as its pipe is full."""
        self.heard_at = None
        self.viewer.under_way = entrance.transport.get_write_buffer_size()

    def ended(self) -> None:
        self.relay.source(self.number).leave(self.viewer)

    def _give(self, entrance: asyncio.StreamWriter, packet: bytes) -> None:
        if self.heard_at is None:
            self.heard_at = time.monotonic()
        if not entrance.is_closing():
            entrance.write(framed(packet))


class Sampling:
    """All sources of which somebody wants stills now."""

    def __init__(self, relay: Relay) -> None:
        self.relay, self.stills = relay, Relay()
        self.running: dict[int, Sampled] = {}

    def has_room(self, number: int) -> bool:
        """Whether stills of this source are made, or may be."""
        return number in self.running or len(self.running) < MOST

    def want(self, number: int, viewer: Viewer) -> None:
        """Send somebody stills of a source from now on."""
        stills = self.stills.source(number)
        viewer.waits_for_key, viewer.newest = True, None
        stills.join(viewer)
        if number not in self.running:
            self.running[number] = Sampled(number, self.relay, self.stills)

    def release(self, number: int, viewer: Viewer) -> None:
        """They want them no more; with the last one it ends. Who wanted none changes nothing."""
        stills = self.stills.sources.get(number)
        if stills is None or viewer not in stills.viewers:
            return
        stills.leave(viewer)
        if not stills.viewers:
            self.running.pop(number).task.cancel()
            self.stills.end(number)
