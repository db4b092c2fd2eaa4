"""The incident's log: what happened, told once, on the live picture too."""

from typing import Any, TypedDict

from command import clock, live
from command.permissions import Principal
from dispatch.models import Incident, LogEntry


class LogPayload(TypedDict):
    id: int
    station: str
    incident: str
    at: str
    actor: str
    code: str
    params: dict[str, Any]
    text: str


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
    }
