"""REST doors between a picture and the ground: what a point shows, what is to be named in it, and where places lie in it."""

from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import NumbersField, StationAPIView, StrictSerializer, is_place
from command.errors import Conflict, Invalid, NotThere
from command.permissions import Principal
from command.places.near import name_at
from devices import labelling, sight
from devices.camera_words import no_ground
from devices.models import Camera
from devices.sight import NoGround

MOST = 200  # places asked for at once


def _watched(principal: Principal, camera: int) -> Camera:
    """A camera whose pictures one may see, of which it is known where it looks. Raises NotThere, Conflict (`astray`)."""
    seen = Camera.watched.visible_to(principal).select_related("calibration", "control")
    one: Camera | None = seen.filter(pk=camera, retired_at=None).first()
    if one is None:
        raise NotThere("not_there", _("There is no such camera."))
    if one.is_astray:
        raise Conflict("astray", _("This camera was turned to a preset: nobody knows where it looks."))
    return one


class GroundAnswer(TypedDict):
    """A place on the ground, how many metres it may lie off, and the address nearest to it ("" where none is near)."""

    lon: float
    lat: float
    error_m: float
    address: str


class _Point(StrictSerializer):
    """`?x=&y=`: shares of the picture's width and height, from its upper left corner."""

    x = serializers.FloatField(min_value=0, max_value=1)
    y = serializers.FloatField(min_value=0, max_value=1)


class GroundOf(StationAPIView):
    """What a point of a camera's picture shows of the ground. The picture itself is not opened by this."""

    @extend_schema(operation_id="camera_ground", parameters=[_Point], responses={200: openapi.of(GroundAnswer)})
    def get(self, request: Request, camera: int) -> Response:
        one, asked = _watched(self.principal, camera), _Point.asked(request)
        try:
            found = sight.ground(one.pose, asked["x"], asked["y"])
        except NoGround as none:
            raise Invalid(none.code, no_ground(none.code)) from none
        address = name_at(found.lat, found.lon)
        return Response(GroundAnswer(lon=found.lon, lat=found.lat, error_m=round(found.error_m, 2), address=address))


class LabelAnswer(TypedDict):
    """A street or landmark in a camera's picture: its name, where it stands (shares of width and height) and how far away."""

    kind: str
    name: str
    x: float
    y: float
    distance_m: float


class LabelsOf(StationAPIView):
    """The streets and landmarks that a camera's picture shows, each once, nearest first. The picture is not opened by this."""

    @extend_schema(operation_id="camera_labels", responses={200: openapi.page_of(LabelAnswer)})
    def get(self, request: Request, camera: int) -> Response:
        found = labelling.labels(_watched(self.principal, camera))
        rows = [LabelAnswer(kind=one.kind, name=one.name, x=one.x, y=one.y, distance_m=one.distance_m) for one in found]
        return Response({"next": None, "results": rows})


class PointAnswer(TypedDict):
    """Where a place lies in a camera's picture, shares of its width and height; null both where it is not in it.

    `hidden`: a building stands between.
    """

    lon: float
    lat: float
    x: float | None
    y: float | None
    hidden: bool


class PlacesField(NumbersField):
    """`longitude,latitude` of 1 to 200 places."""

    least, most, form = 2, 2 * MOST, gettext_noop("longitude,latitude of 1 to 200 places")

    def is_right(self, found: tuple[float, ...]) -> bool:
        return len(found) % 2 == 0 and all(is_place(*one) for one in zip(found[::2], found[1::2], strict=True))


class _Places(StrictSerializer):
    """`?places=lon,lat,lon,lat,…`"""

    places = PlacesField()


class PointsOf(StationAPIView):
    """Where in a camera's picture places on the ground lie, in their order. The picture itself is not opened by this."""

    @extend_schema(operation_id="camera_points", parameters=[_Places], responses={200: openapi.page_of(PointAnswer)})
    def get(self, request: Request, camera: int) -> Response:
        one, asked = _watched(self.principal, camera), _Places.asked(request)["places"]
        places = list(zip(asked[1::2], asked[::2], strict=True))
        rows = [_said(*given) for given in zip(places, labelling.points(one, places), strict=True)]
        return Response({"next": None, "results": rows})


def _said(place: tuple[float, float], found: labelling.Point | None) -> PointAnswer:
    x, y, is_hidden = (found.x, found.y, found.is_hidden) if found else (None, None, False)
    return {"lat": place[0], "lon": place[1], "x": x, "y": y, "hidden": is_hidden}
