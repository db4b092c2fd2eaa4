"""Who else is on duty nearby: what OwnTracks shows its user besides their own place.

Rooms above know who is on duty; they pin a function here. It is asked off the hot path and its answer kept for seconds.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import close_old_connections

from command import geo
from devices.ticks import Place

log = logging.getLogger(__name__)
Colleague = tuple[str, str, int]  # the two letters shown on the map, name, device
NEARBY_M = 2_000.0
KEPT_S = 5.0  # an answer this old is asked for anew, in the background
FORGOTTEN_S = 120.0
FIRST_ANSWER_S = 1.0
FRESH_MS = 30 * 60 * 1000  # an older place is no place

_on_duty_with: Callable[[int], Sequence[Colleague]] | None = None


def pin(on_duty_with: Callable[[int], Sequence[Colleague]]) -> None:
    """Say who is on duty together with a device's bearer; called from a room's AppConfig.ready()."""
    global _on_duty_with
    _on_duty_with = on_duty_with


class Colleagues:
    """The colleagues of each device that asked lately."""

    def __init__(self, places: Mapping[int, Place]) -> None:
        self.places = places
        self._known: dict[int, tuple[float, Sequence[Colleague]]] = {}
        self._asking: dict[int, asyncio.Task[None]] = {}

    async def nearby(self, device_id: int) -> list[dict[str, Any]]:
        """A location and a card for each colleague within 2 km of the device's last place."""
        asked_at, colleagues = self._known.get(device_id, (0.0, ()))
        if time.monotonic() - asked_at > KEPT_S:
            task = self._ask(device_id)
            if not asked_at:
                await asyncio.wait([task], timeout=FIRST_ANSWER_S)
                _, colleagues = self._known.get(device_id, (0.0, ()))
        here = self.places.get(device_id)
        if here is None:
            return []
        seen = [(one, self.places.get(one[2])) for one in colleagues if one[2] != device_id]
        return [said for one, place in seen if place and _is_near(here, place) for said in _shown(one, place)]

    def _ask(self, device_id: int) -> asyncio.Task[None]:
        task = self._asking.get(device_id)
        if task is None:
            task = self._asking[device_id] = asyncio.ensure_future(self._answer(device_id))
            task.add_done_callback(lambda _: self._asking.pop(device_id, None))
        return task

    async def _answer(self, device_id: int) -> None:
        now = time.monotonic()
        self._known = {one: kept for one, kept in self._known.items() if now - kept[0] < FORGOTTEN_S}
        try:
            self._known[device_id] = now, await asyncio.to_thread(_asked, device_id)
        except Exception:
            log.exception("nobody could say who is on duty with device %s", device_id)


def _asked(device_id: int) -> Sequence[Colleague]:
    if _on_duty_with is None:
        return ()
    close_old_connections()
    try:
        return _on_duty_with(device_id)
    finally:
        close_old_connections()


def _is_near(here: Place, there: Place) -> bool:
    is_fresh = abs(here[1] - there[1]) < FRESH_MS
    return is_fresh and geo.distance_m(here[2], here[3], there[2], there[3]) <= NEARBY_M


def _shown(colleague: Colleague, place: Place) -> list[dict[str, Any]]:
    tid, name, _ = colleague
    return [
        {"_type": "location", "tid": tid, "lat": place[2], "lon": place[3], "tst": place[1] // 1000},
        {"_type": "card", "tid": tid, "name": name},
    ]
