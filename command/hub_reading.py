"""What a hub reads from the database: in threads, so that its loop goes on serving."""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from command import live
from command.models import Station
from command.permissions import Principal

log = logging.getLogger(__name__)


async def read(reading: Callable[..., Any], *args: Any) -> Any:
    """Run a database read in a thread, with a connection that is given back afterwards."""

    def alone() -> Any:
        close_old_connections()
        try:
            return reading(*args)
        finally:
            close_old_connections()

    return await sync_to_async(alone, thread_sensitive=False)()


def news_of(station_id: int, after: int) -> tuple[str, dict[str, Any]]:
    """The station's code, and its events after a number with what they name as it is now."""
    rows = live.events_after(station_id, after)
    items = [
        {"topic": topic, "id": subject, "payload": payload}
        for (topic, subject), payload in live.payloads_of(rows).items()
    ]
    code = Station.objects.values_list("code", flat=True).get(pk=station_id)
    return code, {"numbers": [(number, topic) for number, topic, _ in rows], "items": items}


def framed(code: str, last: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Items as a client is told them."""
    return {"now": live.now_ms(), "through": {code: last}, "items": items}


async def note(principal: Principal, told: dict[str, Any]) -> None:
    """Let the topics that want to know what has left for somebody know it; the others cost nothing.

    What was sent stays sent: a note that fails is logged, and the next reading makes it.
    """
    if not live.is_noted(told):
        return
    try:
        await read(live.handed, principal, told)
    except Exception:
        log.exception("what has left for somebody could not be noted")


def polled(since: Any) -> dict[str, list[Any]]:
    """Positions by station that the database received since a moment."""
    stations = list(Station.objects.values_list("pk", flat=True))
    found: dict[str, list[Any]] = {}
    for stream in live.STREAMS.values():
        for code, rows in stream.poll(stations, since).items():
            found.setdefault(code, []).extend(rows)
    return found
