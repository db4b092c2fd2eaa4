"""REST doors of turning cameras."""

from typing import TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView, StrictSerializer
from command.pace import Pace
from devices import steering

TURNS = Pace(2)  # a camera that hangs keeps a thread of this process for eight seconds


class LookAnswer(TypedDict):
    """Where a camera was told to look: pan and tilt as ONVIF counts them (−1 to 1), and its bearing in degrees."""

    pan: float
    tilt: float
    bearing: float


class PresetAnswer(TypedDict):
    """A place that a camera knows by itself."""

    token: str
    name: str


class _Reason(StrictSerializer):
    """An open incident's number, or a few words."""

    incident = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class _Look(_Reason):
    lon = serializers.FloatField(min_value=-180, max_value=180)
    lat = serializers.FloatField(min_value=-90, max_value=90)


class _Preset(_Reason):
    token = serializers.CharField(max_length=64)


class Look(StationAPIView):
    """Turn a camera to a place; entered with its reason before it moves. What is refused by the camera is a 409 `camera_…`."""

    keeps_replies = False  # its entry must be written before the camera is asked, not together with the answer

    @extend_schema(operation_id="camera_look", request=_Look, responses={200: openapi.of(LookAnswer)})
    def post(self, request: Request, camera: int) -> Response:
        steering.steered(self.principal, camera)
        with TURNS.taking(self.principal):
            turned = steering.look(self.principal, camera, **_Look.of(request))
        said = {"pan": turned.pan, "tilt": turned.tilt, "bearing": turned.bearing_deg}
        return Response({name: round(value, 4) for name, value in said.items()})


class Presets(StationAPIView):
    """The places that a camera knows by itself, and turning to one."""

    keeps_replies = False

    @extend_schema(operation_id="camera_presets", responses={200: openapi.of(list[PresetAnswer])})
    def get(self, request: Request, camera: int) -> Response:
        with TURNS.taking(self.principal):
            found = steering.presets(self.principal, camera)
        return Response([PresetAnswer(token=one.token, name=one.name) for one in found])

    @extend_schema(operation_id="camera_go_to_preset", request=_Preset, responses={204: None})
    def post(self, request: Request, camera: int) -> Response:
        steering.steered(self.principal, camera)
        with TURNS.taking(self.principal):
            steering.go_to_preset(self.principal, camera, **_Preset.of(request))
        return Response(status=204)
