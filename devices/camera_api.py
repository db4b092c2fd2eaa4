"""REST doors of cameras: which see a place or stand in an area, and what pairs of points make of one."""

from typing import Any, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import NumbersField, PlaceField, StationAPIView, StrictSerializer, is_place
from command.permissions import Capability
from devices import calibrating, homography, seeing
from devices.models import Camera

WIDEST_M = 20_000.0


class CameraAnswer(TypedDict):
    """A camera. Asked with `seeing`: metres from the place, degrees between the middle of its view and the place, the direction
    in which it stands from there (degrees), where in its view that lies (middle, inside, edge; turn where
    it would have to be turned there first), the same in words, and whether who asks can turn it there.
    """

    id: int
    station: str
    name: str
    kind: str
    lat: float
    lon: float
    distance: float | None
    angle: float | None
    bearing: float | None
    where: str
    why: str
    turns: bool


class CircleField(NumbersField):
    """`longitude,latitude,metres`"""

    least, most, form = 3, 3, gettext_noop("longitude,latitude,metres up to 20000")

    def is_right(self, found: tuple[float, ...]) -> bool:
        return is_place(found[0], found[1]) and 0 < found[2] <= WIDEST_M


class RingField(NumbersField):
    """`longitude,latitude` of three to a hundred corners; closed by itself."""

    least, most, form = 6, 200, gettext_noop("longitude,latitude of 3 to 100 corners")

    def is_right(self, found: tuple[float, ...]) -> bool:
        return len(found) % 2 == 0 and all(is_place(*one) for one in _corners(found))


def _corners(found: tuple[float, ...]) -> list[tuple[float, float]]:
    return list(zip(found[::2], found[1::2], strict=True))


class _Asked(StrictSerializer):
    """`?seeing=lon,lat&limit=&turned=`, `?within=lon,lat,metres` or `?polygon=lon,lat,lon,lat,…`; without any, all cameras."""

    seeing = PlaceField(required=False)
    within = CircleField(required=False)
    polygon = RingField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    turned = serializers.BooleanField(required=False)  # also those that would see it if they were turned there

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if len(said.keys() - {"limit", "turned"}) > 1:
            raise serializers.ValidationError({"seeing": _("expected one of: seeing, within, polygon.")})
        return said


class Cameras(StationAPIView):
    """The cameras one sees on the map: those that see a place, best first; those in a circle, nearest first, or in an area."""

    @extend_schema(operation_id="cameras_list", parameters=[_Asked], responses={200: openapi.page_of(CameraAnswer)})
    def get(self, request: Request) -> Response:
        asked = _Asked.asked(request)
        mine, most = self.principal.rights().stations(Capability.SEE_MAP), asked.get("limit", 1000)
        if "seeing" in asked:
            lon, lat = asked["seeing"]
            sights = seeing.seeing(lat, lon, mine, asked.get("limit", 12), turned=asked.get("turned", False))
            steered = self.principal.rights().stations(Capability.STEER_CAMERAS)
            return _page([_seen(one, steered) for one in sights])
        if "within" in asked:
            lon, lat, metres = asked["within"]
            return _page([_said(one) for one in seeing.within(lat, lon, metres, mine)[:most]])
        if "polygon" in asked:
            ring = _corners(asked["polygon"])
            return _page([_said(one) for one in seeing.inside([*ring, ring[0]], mine)[:most]])
        return self.paged(Camera.objects.filter(retired_at=None, station__in=mine).select_related("station"), _said)


def _page(rows: list[CameraAnswer]) -> Response:
    return Response({"next": None, "results": rows})


def _said(camera: Camera) -> CameraAnswer:
    return {
        "id": camera.pk, "station": camera.station.code, "name": camera.name, "kind": camera.kind,
        "lat": camera.place.y, "lon": camera.place.x,
        "distance": None, "angle": None, "bearing": None, "where": "", "why": "", "turns": False,
    }  # fmt: skip


def _seen(one: seeing.Sight, steered: frozenset[int]) -> CameraAnswer:
    return {
        **_said(one.camera), "distance": round(one.look.distance_m, 1), "angle": round(one.look.angle_deg, 1),
        "bearing": round(one.bearing_deg, 1), "where": one.where, "why": one.why,
        "turns": one.can_turn and one.camera.station_id in steered,
    }  # fmt: skip


class FitAnswer(TypedDict):
    """What pairs of points make of a camera: the plane (nine numbers, row by row, from x, y and 1 to metres east and north of its
    foot), how far off each pair is, and the residual; of four pairs none can be told.
    """

    plane: list[float]
    off_m: list[float]
    residual_m: float | None


class _Pairs(StrictSerializer):
    """Pairs of x, y (shares of the picture), latitude, longitude."""

    pairs = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4), max_length=100
    )

    def validate_pairs(self, said: list[list[float]]) -> list[list[float]]:
        if not homography.is_pairs(said):
            raise serializers.ValidationError(_("expected pairs of x, y, latitude and longitude"))
        return said


class Fit(StationAPIView):
    """What pairs of points would make of a camera, while somebody sets them. Nothing is kept."""

    keeps_replies = False

    @extend_schema(operation_id="camera_fit", request=_Pairs, responses={200: openapi.of(FitAnswer)})
    def post(self, request: Request, camera: int) -> Response:
        one = calibrating.managed(self.principal, camera)
        found = calibrating.fitted(one, _Pairs.of(request)["pairs"])
        return Response(FitAnswer(plane=list(found.plane), off_m=list(found.off_m), residual_m=found.residual_m))
