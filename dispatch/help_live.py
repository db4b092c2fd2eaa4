"""Calls for help on the live picture."""

from collections.abc import Collection
from typing import Any, TypedDict

from command import live
from command.permissions import Capability, Principal
from dispatch.models import CallForHelp


class CallForHelpPayload(TypedDict):
    """An SOS (`kind` sos) or a request for help (help) that stands. Degrees, metres, times in ISO 8601."""

    id: int
    kind: str
    station: str
    officer: str
    unit: str | None
    incident: str | None
    text: str
    wanted: int
    lat: float | None
    lon: float | None
    accuracy: float | None
    placed_at: str | None
    address: str
    raised_at: str


def payload(row: CallForHelp) -> CallForHelpPayload:
    """What a browser receives of a call for help."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "station": row.station.code,
        "officer": row.officer.label,
        "unit": row.unit.call_sign if row.unit else None,
        "incident": row.incident.number if row.incident else None,
        "text": row.text,
        "wanted": row.wanted,
        "lat": row.place.y if row.place else None,
        "lon": row.place.x if row.place else None,
        "accuracy": row.accuracy,
        "placed_at": row.placed_at.isoformat() if row.placed_at else None,
        "address": row.address,
        "raised_at": row.raised_at.isoformat(),
    }


def _standing(**which: Any) -> live.Payloads:
    rows = CallForHelp.objects.filter(ended_at=None, **which).select_related("station", "officer", "unit", "incident")
    return {str(row.pk): payload(row) for row in rows.order_by("pk")}


def _own(principal: Principal, ids: Collection[str]) -> set[str]:
    mine = CallForHelp.objects.visible_to(principal).filter(pk__in=[int(pk) for pk in ids])
    return {str(pk) for pk in mine.values_list("pk", flat=True)}


def names(ids: Collection[str]) -> dict[str, str]:
    """Who called, for the alarms: call sign and name."""
    rows = CallForHelp.objects.filter(pk__in=[int(pk) for pk in ids]).select_related("unit", "officer")
    return {str(row.pk): f"{row.unit.call_sign if row.unit else ''} {row.officer.label}".strip() for row in rows}


TOPIC = live.Topic(
    "call_for_help",
    CallForHelpPayload,
    Capability.SEE_MAP,
    load=lambda ids: _standing(pk__in=[int(pk) for pk in ids]),
    snapshot=lambda stations: _standing(station_id__in=stations),
    own=_own,
)
