"""REST doors of this room."""

import datetime as dt
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import audit
from command.api import StationAPIView
from command.errors import Invalid, NotThere
from devices import tracks
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
