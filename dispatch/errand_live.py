"""Errands on the live picture: those that are not done."""

from collections.abc import Collection
from typing import Any, TypedDict

from command import live
from command.permissions import Capability, Principal
from dispatch.models import Errand


class ErrandPayload(TypedDict):
    """A task that an auxiliary unit was given. Degrees, times in ISO 8601."""

    id: int
    station: str
    unit: str
    incident: str | None
    text: str
    lat: float | None
    lon: float | None
    address: str
    given_by: str
    given_at: str
    accepted_at: str | None
    accepted_by: str | None


def payload(row: Errand) -> ErrandPayload:
    """What a browser receives of an errand."""
    return {
        "id": row.pk,
        "station": row.station.code,
        "unit": row.unit.call_sign,
        "incident": row.incident.number if row.incident else None,
        "text": row.text,
        "lat": row.place.y if row.place else None,
        "lon": row.place.x if row.place else None,
        "address": row.address,
        "given_by": row.given_by.label,
        "given_at": row.given_at.isoformat(),
        "accepted_at": row.accepted_at.isoformat() if row.accepted_at else None,
        "accepted_by": row.accepted_by.label if row.accepted_by else None,
    }


def _open(**which: Any) -> live.Payloads:
    rows = Errand.objects.filter(done_at=None, recalled_at=None, **which)
    whole = rows.select_related("station", "unit", "incident", "given_by", "accepted_by").order_by("pk")
    return {str(row.pk): payload(row) for row in whole}


def _own(principal: Principal, ids: Collection[str]) -> set[str]:
    mine = Errand.objects.visible_to(principal).filter(pk__in=[int(pk) for pk in ids])
    return {str(pk) for pk in mine.values_list("pk", flat=True)}


TOPIC = live.Topic(
    "errand",
    ErrandPayload,
    Capability.SEE_MAP,
    load=lambda ids: _open(pk__in=[int(pk) for pk in ids]),
    snapshot=lambda stations: _open(station_id__in=stations),
    own=_own,
)
