"""REST doors of this room."""

import datetime as dt
from typing import Any, TypedDict

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import audit, openapi
from command.api import DegreesField, StationAPIView, StrictSerializer
from command.errors import Invalid, NotThere
from command.permissions import Capability
from devices import cameras, tracks
from devices.models import Device


class TrackFix(serializers.Serializer[Any]):
    """One fix of a track: m/s, degrees, metres, battery 0..1; null for unknown."""

    time = serializers.DateTimeField()
    lat = serializers.FloatField()
    lon = serializers.FloatField()
    speed = serializers.FloatField(allow_null=True)
    course = serializers.FloatField(allow_null=True)
    altitude = serializers.FloatField(allow_null=True)
    accuracy = serializers.FloatField(allow_null=True)
    battery = serializers.FloatField(allow_null=True)
    late = serializers.BooleanField()


_MOMENTS = [OpenApiParameter(name, dt.datetime, description="ISO 8601") for name in ("since", "until")]


class Track(StationAPIView):
    """Where a device has been. Every look-up is on record."""

    @extend_schema(parameters=_MOMENTS, responses=TrackFix(many=True))
    def get(self, request: Request, pk: int) -> Response:
        since, until = _moment(request, "since"), _moment(request, "until")
        device = Device.tracked.visible_to(self.principal).filter(pk=pk).first()
        if device is None:
            raise NotThere("not_there", _("There is no such device."))
        said = {name: moment.isoformat() for name, moment in (("since", since), ("until", until)) if moment}
        audit.look_up(self.principal, "read_track", "device", device.pk, device.station_id, **said)
        return Response(tracks.track(device.pk, since, until))


YEARS = (1970, 2999)  # beyond them the database and a program's calendar are not of one mind


def _moment(request: Request, name: str) -> dt.datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        moment = None
    if moment is None:
        said = _("%(name)s: expected a time as in ISO 8601.") % {"name": name}
        raise Invalid("invalid", said, fields={name: said})
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if not YEARS[0] <= moment.year <= YEARS[1]:
        said = _("%(name)s: expected a time of the years %(first)s to %(last)s.")
        said %= {"name": name, "first": YEARS[0], "last": YEARS[1]}
        raise Invalid("invalid", said, fields={name: said})
    return moment


class SightAnswer(TypedDict):
    """A camera that has a place in view: metres from the place, and the direction in which it stands from there (degrees)."""

    id: int
    station: str
    name: str
    kind: str
    lat: float
    lon: float
    distance_m: float
    bearing_deg: float


class _Looked(StrictSerializer):
    """`?lat=&lon=&limit=`"""

    lat = DegreesField(90)
    lon = DegreesField(180)
    limit = serializers.IntegerField(min_value=1, max_value=50, required=False)


class Seeing(StationAPIView):
    """Which cameras have a place in view. Where cameras stand is part of the map: no picture is opened by this."""

    @extend_schema(
        operation_id="cameras_seeing", parameters=[_Looked], responses={200: openapi.page_of(SightAnswer)}
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        mine = self.principal.rights().stations(Capability.SEE_MAP)
        found = cameras.seeing(**_Looked.asked(request), station_ids=mine)
        return Response({"next": None, "results": [_sight(one) for one in found]})


def _sight(one: cameras.Sight) -> SightAnswer:
    camera = one.camera
    return {
        "id": camera.pk, "station": camera.station.code, "name": camera.name, "kind": camera.kind,
        "lat": camera.place.y, "lon": camera.place.x,
        "distance_m": round(one.distance_m, 1), "bearing_deg": round(one.bearing_deg, 1),
    }  # fmt: skip
