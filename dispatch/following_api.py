"""The REST door of following somebody along a line of cameras."""

import datetime as dt
from typing import Any, TypedDict

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import clock, openapi
from command.api import PlaceField, StationAPIView, StrictSerializer
from command.pace import Pace
from command.permissions import Capability
from dispatch import following, roads

PACE = Pace(2)  # the engine has two threads, and those who send need it too


class SightingAnswer(TypedDict):
    """A camera on the way: its number, that of its pictures (null without any), where it shows the way best, and when to look."""

    id: int
    station: str
    name: str
    source: int | None
    lat: float
    lon: float
    at: dt.datetime
    earliest: dt.datetime
    latest: dt.datetime


class FollowedAnswer(TypedDict):
    """A way and its cameras in the order in which it comes to them; `source` is `roads`, or `estimate` on a straight line."""

    source: str
    seconds: float
    metres: float
    shape: list[list[float]]
    cameras: list[SightingAnswer]


class _Asked(StrictSerializer):
    """`?from=lon,lat&to=lon,lat&at=&mode=`; `at`: when the start was left, now unless said."""

    to = PlaceField()
    at = serializers.DateTimeField(required=False)
    mode = serializers.ChoiceField(tuple(roads.COSTING), default="car")

    def get_fields(self) -> dict[str, Any]:
        return {"from": PlaceField(), **super().get_fields()}


class Along(StationAPIView):
    """Which cameras had somebody in view who went from one place to another, and when. No picture is opened by this."""

    @extend_schema(operation_id="cameras_along", parameters=[_Asked], responses={200: openapi.of(FollowedAnswer)})
    def get(self, request: Request) -> Response:
        asked = _Asked.asked(request)
        lang = "en" if (get_language() or "").startswith("en") else "zh-hans"
        mine = self.principal.rights().stations(Capability.SEE_MAP)
        with PACE.taking(self.principal):
            found = following.follow(
                asked["from"], asked["to"], asked.get("at") or clock.now(), lang, mine, asked["mode"]
            )
        return Response(_said(found))


def _said(found: following.Followed) -> FollowedAnswer:
    return {
        "source": found.source, "seconds": round(found.seconds, 1), "metres": round(found.metres),
        "shape": [list(one) for one in found.shape], "cameras": [_sighting(one) for one in found.sightings],
    }  # fmt: skip


def _sighting(one: following.Sighting) -> SightingAnswer:
    camera = one.camera
    return {
        "id": camera.pk, "station": camera.station.code, "name": camera.name,
        "source": camera.source_number,
        "lat": one.place[1], "lon": one.place[0],
        "at": one.at, "earliest": one.earliest, "latest": one.latest,
    }  # fmt: skip
