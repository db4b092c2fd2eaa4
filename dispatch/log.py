"""The incident's log: what happened, told once, on the live picture too."""

from typing import Any, TypedDict

from django.db.models import QuerySet

from command import clock, live
from command.permissions import Principal
from dispatch.models import Incident, LogEntry


class PhotoPayload(TypedDict):
    """A photo of a note; `state`: awaited (the phone has not sent it yet), here, erased."""

    key: str
    state: str


class LogPayload(TypedDict):
    id: int
    station: str
    incident: str
    at: str
    actor: str
    code: str
    params: dict[str, Any]
    text: str
    photos: list[PhotoPayload]


def whole(entries: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
    """With all that a payload needs, in two queries however many there are."""
    return entries.select_related("incident", "station").prefetch_related("photos")


def tell(principal: Principal | None, incident: Incident, code: str, text: str = "", **params: Any) -> LogEntry:
    """Add an entry to the log, inside the verb under way."""
    name = principal.label if principal else ""
    entry = LogEntry.objects.create(
        station_id=incident.station_id, incident=incident, at=clock.now(), actor_name=name, code=code, params=params,
        text=text,
    )  # fmt: skip
    live.publish(incident.station_id, "log", entry.pk, code=code)
    return entry


def payload(entry: LogEntry) -> LogPayload:
    """What a browser receives of an entry."""
    return {
        "id": entry.pk,
        "station": entry.station.code,
        "incident": entry.incident.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor_name,
        "code": entry.code,
        "params": entry.params,
        "text": entry.text,
        "photos": [{"key": str(one.key), "state": one.state} for one in entry.photos.all()],
    }
