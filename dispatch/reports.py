"""Verbs on what is reported of an incident besides its units: other services, hand-overs, a mediation and its agreement."""

from collections.abc import Iterable
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from command import audit, changes, live
from command.errors import Invalid
from command.permissions import Capability, Level, Principal
from dispatch import incidents, log
from dispatch.models import LogEntry

SERVICES = ("ambulance", "fire", "traffic", "rescue", "other")  # 120, 119, 122, mountain or water rescue
STEPS = ("called", "arrived", "left")
BODIES = (*SERVICES, "criminal_police", "other_station", "court", "community", "family", "welfare")


class ServicePayload(TypedDict):
    """A service of others: times in ISO 8601; null where that was not said (yet)."""

    service: str
    called_at: str | None
    arrived_at: str | None
    left_at: str | None


class MediationPayload(TypedDict):
    """How a mediation ended; `words` are the agreement."""

    agreed: bool
    words: str
    at: str
    by: str


def service(principal: Principal, number: str, which: str, step: str = "called", text: str = "") -> LogEntry:
    """Say that another service was called, arrived or left. Raises Invalid, NotThere, Forbidden, Conflict."""
    _known("service", which, SERVICES)
    _known("step", step, STEPS)
    return _tell(principal, number, "service", text, service=which, step=step)


def hand_over(principal: Principal, number: str, to: str, text: str = "") -> LogEntry:
    """Say to whom the matter was handed over. Raises Invalid, NotThere, Forbidden, Conflict."""
    _known("to", to, BODIES)
    return _tell(principal, number, "handed_over", text, to=to)


def mediate(principal: Principal, number: str, *, agreed: bool, text: str) -> LogEntry:
    """Say how a mediation ended; where both sides agreed, `text` is the agreement. Raises Invalid without it."""
    if agreed and not text.strip():
        said = _("expected the agreement in words")
        raise Invalid("no_agreement", said, fields={"text": said})
    return _tell(principal, number, "mediated", text, agreed=agreed)


def _known(field: str, found: str, known: Iterable[str]) -> None:
    if found not in known:
        said = _("expected one of %(known)s, found %(found)s") % {"known": ", ".join(known), "found": found[:40]}
        raise Invalid("unknown", f"{field}: {said}", fields={field: said})


def _tell(principal: Principal, number: str, code: str, text: str, **params: Any) -> LogEntry:
    with changes.change():
        incident = incidents.locked(principal, number, Capability.NOTE, level=Level.OWN)
        incidents.is_open(incident)
        entry = log.tell(principal, incident, code, text.strip(), **params)
        audit.record(principal, code, "incident", incident.number, incident.station_id, **params)
        live.publish(incident.station_id, "incident", incident.number)
        return entry


def services_of(entries: Iterable[LogEntry]) -> list[ServicePayload]:
    """What was said of each service, the first time of each step, in the order in which they were called."""
    found: dict[str, ServicePayload] = {}
    for entry in entries:
        if entry.code == "service":
            which, step = entry.params["service"], entry.params["step"]
            blank: ServicePayload = {"service": which, "called_at": None, "arrived_at": None, "left_at": None}
            one: Any = found.setdefault(which, blank)
            one[f"{step}_at"] = one[f"{step}_at"] or entry.at.isoformat()
    return list(found.values())


def mediation_of(entries: Iterable[LogEntry]) -> MediationPayload | None:
    """How the last mediation ended; None where there was none."""
    last = next((one for one in reversed(list(entries)) if one.code == "mediated"), None)
    if last is None:
        return None
    return {"agreed": last.params["agreed"], "words": last.text, "at": last.at.isoformat(), "by": last.actor_name}
