"""The station's own trips, as far as they tell how long a way really takes: those whose unit was sent from a list."""

import datetime as dt
import threading
import time
from collections.abc import Iterator

from command import clock
from command.models import Station
from dispatch.models import Advice
from dispatch.recommend_learning import Learned, Trip, learn

SINCE = dt.timedelta(days=90)
MOST = 5000
ANEW_S = 600.0
_known: dict[int, tuple[float, Learned]] = {}
_lock = threading.Lock()


def learned(station: Station) -> Learned:
    """What the station's trips of the last 90 days teach; read anew every ten minutes."""
    with _lock:
        read, found = _known.get(station.pk, (0.0, None))
    if found is None or read + ANEW_S < time.monotonic():
        found = learn(trips(station))
        with _lock:
            _known[station.pk] = time.monotonic(), found
    return found


def forget() -> None:
    """Read anew what is asked for next."""
    with _lock:
        _known.clear()


def trips(station: Station) -> Iterator[Trip]:
    """Trips of units that set out and arrived, newest first: computed when they were sent, from confirmed times."""
    rows = Advice.objects.filter(
        incident__station=station, at__gte=clock.now() - SINCE, assignment__en_route_at__isnull=False,
        assignment__on_scene_at__isnull=False,
    ).select_related("assignment__unit__station").order_by("-pk")[:MOST]  # fmt: skip
    for one in rows:
        sent = one.assignment
        row = next((row for row in one.shown if row["unit"] == sent.unit.key and row["plain"] is not None), None)
        if row is None or sent.en_route_at is None or sent.on_scene_at is None:
            continue
        took, hour = (sent.on_scene_at - sent.en_route_at).total_seconds(), station.local(sent.en_route_at).hour
        if took > 0:
            yield Trip(row["source"], row["mode"], hour, row["plain"], row["disc"], took)
