"""On the live picture: whose phones show the scene now. No picture, and nothing of who watches."""

from collections.abc import Collection
from typing import Any, TypedDict

from command import live
from command.permissions import Capability
from devices.models import PictureSource


class PicturePayload(TypedDict):
    id: int
    station: str
    name: str
    since: str


def payload(source: PictureSource) -> PicturePayload:
    """A phone that sends: `name` as in its unit's crew, `since` ISO 8601."""
    assert source.sending_since is not None  # nosec B101
    return {
        "id": source.pk, "station": source.station.code, "name": source.label, "since": source.sending_since.isoformat(),
    }  # fmt: skip


def _those(**which: Any) -> live.Payloads:
    found = PictureSource.objects.filter(officer__isnull=False, sending_since__isnull=False, **which)
    return {str(one.pk): payload(one) for one in found.select_related("station", "officer", "camera").order_by("pk")}


def _by_id(ids: Collection[str]) -> live.Payloads:
    return _those(pk__in=[int(pk) for pk in ids])


# That somebody shows the scene is part of the map; opening the picture needs `watch_cameras` and a reason.
TOPIC = live.Topic(
    "picture",
    PicturePayload,
    Capability.SEE_MAP,
    load=_by_id,
    snapshot=lambda stations: _those(station_id__in=stations),
)
