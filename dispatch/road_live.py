"""Closed roads on the live picture."""

from typing import Any, TypedDict

import orjson

from command import live
from command.permissions import Capability
from dispatch import road_blocks
from dispatch.models import RoadBlock


class RoadBlockPayload(TypedDict):
    id: int
    station: str
    geometry: dict[str, Any]
    words: str
    by: str
    at: str
    until: str | None


def payload(block: RoadBlock) -> RoadBlockPayload:
    """A block as drawn: a GeoJSON point, line or polygon in degrees."""
    return {
        "id": block.pk,
        "station": block.station.code,
        "geometry": orjson.loads(block.geometry.geojson),
        "words": block.words,
        "by": block.by.label if block.by else "",
        "at": block.at.isoformat(),
        "until": block.until.isoformat() if block.until else None,
    }


def _blocks(**which: Any) -> live.Payloads:
    found = road_blocks.standing().filter(**which).select_related("station", "by").order_by("pk")
    return {str(block.pk): payload(block) for block in found}


TOPIC = live.Topic(
    "road_block",
    RoadBlockPayload,
    Capability.SEE_MAP,
    load=lambda ids: _blocks(pk__in=[int(pk) for pk in ids]),
    snapshot=lambda stations: _blocks(station_id__in=stations),
)
