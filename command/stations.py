"""What the live picture says of a station."""

import datetime as dt
from typing import Any, TypedDict

import orjson

from command import clock, live
from command.models import Station
from command.permissions import Capability


class StationPayload(TypedDict):
    code: str
    name: str
    zone: str
    bounds: list[float] | None
    boundary: dict[str, Any] | None


def payload(station: Station) -> StationPayload:
    """Name, zone, and the boundary as GeoJSON with its west, south, east, north in degrees."""
    area = station.boundary
    return {
        "code": station.code,
        "name": station.name,
        "zone": station.zone,
        "bounds": list(area.extent) if area else None,
        "boundary": orjson.loads(area.geojson) if area else None,
    }


def day_began(station: Station) -> dt.datetime:
    """The last midnight on the station's clock."""
    return station.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)


def _those(**which: Any) -> live.Payloads:
    return {station.code: payload(station) for station in Station.objects.filter(**which)}


TOPIC = live.Topic(
    "station",
    StationPayload,
    Capability.SEE_MAP,
    load=lambda codes: _those(code__in=codes),
    snapshot=lambda ids: _those(pk__in=ids),
    own=lambda principal, codes: set(codes),
)
