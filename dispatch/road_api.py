"""The REST doors of roads: the way from one place to another, what is in reach, and closed roads."""

from typing import Any, TypedDict

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import PlaceField, StationAPIView, StrictSerializer
from command.errors import NotThere
from command.geo import distance_m
from command.pace import Pace
from dispatch import forms, recommend, road_blocks, road_live, roads
from dispatch.api import station_of
from dispatch.road_live import RoadBlockPayload
from dispatch.roads import Point

LANGUAGES = ("zh-hans", "en")
LONGEST_MIN, AREAS = 60, 4
PACE = Pace(3)  # the engine has two threads, and those who send need it too


class StepAnswer(TypedDict):
    """One line of a turn list; `type` is the routing engine's number of the manoeuvre."""

    text: str
    street: str
    metres: float
    seconds: float
    type: int
    lat: float
    lon: float


class RouteAnswer(TypedDict):
    """A way. `source` is `roads`, or `estimate` where no road is known: then the shape is a straight line without turns.

    `blocked`: there is no way but through a road that the desk has closed.
    """

    source: str
    mode: str
    seconds: float
    metres: float
    blocked: bool
    shape: list[list[float]]
    steps: list[StepAnswer]


class AreaAnswer(TypedDict):
    """What is reached within so many minutes, a GeoJSON polygon."""

    minutes: int
    area: dict[str, Any]


class _Way(serializers.Serializer[Any]):
    """`?from=lon,lat&to=lon,lat&lang=&mode=`"""

    to = PlaceField()
    lang = serializers.ChoiceField(LANGUAGES, required=False)
    mode = serializers.ChoiceField(tuple(roads.COSTING), default="car")

    def get_fields(self) -> dict[str, Any]:
        return {"from": PlaceField(), **super().get_fields()}


class _Within(serializers.Serializer[Any]):
    """`?at=lon,lat&minutes=5,10&mode=`"""

    at = PlaceField()
    minutes = serializers.CharField(max_length=20, default="5")
    mode = serializers.ChoiceField(tuple(roads.COSTING), default="car")

    def validate_minutes(self, said: str) -> list[int]:
        found = [int(one) for one in said.split(",") if one.isascii() and one.isdigit()]
        if len(found) != said.count(",") + 1 or len(found) > AREAS or not all(1 <= one <= LONGEST_MIN for one in found):
            facts = {"count": AREAS, "limit": LONGEST_MIN}
            raise serializers.ValidationError(_("expected 1 to %(count)s whole minutes up to %(limit)s") % facts)
        return found


class Block(StrictSerializer):
    """A GeoJSON point, line or polygon that is closed."""

    geometry = serializers.JSONField()
    words = serializers.CharField(max_length=road_blocks.WORDS, required=False, allow_blank=True)
    until = serializers.DateTimeField(required=False, allow_null=True)
    station = serializers.CharField(max_length=12, required=False)


class Route(StationAPIView):
    """The way from one place to another."""

    @extend_schema(responses={200: openapi.of(RouteAnswer)}, parameters=[_Way])
    def get(self, request: Request) -> Response:
        asked = _read(_Way, request)
        lang = asked.get("lang") or ("en" if (get_language() or "").startswith("en") else "zh-hans")
        with PACE.taking(self.principal):
            found = roads.route(asked["from"], asked["to"], lang, asked["mode"])
        return Response(_way(found, asked["mode"]) if found else _straight(asked["from"], asked["to"], asked["mode"]))


class Reach(StationAPIView):
    """What is reached from a place by road."""

    @extend_schema(responses={200: openapi.page_of(AreaAnswer)}, parameters=[_Within])
    def get(self, request: Request) -> Response:
        asked = _read(_Within, request)
        with PACE.taking(self.principal):
            areas = roads.reach(asked["at"], [one * 60 for one in asked["minutes"]], asked["mode"])
        if areas is None:
            raise NotThere("no_roads", _("No road is known there."))
        found = [{"minutes": one, "area": area} for one, area in zip(asked["minutes"], areas, strict=True)]
        return Response({"next": None, "results": found})


class RoadBlocks(StationAPIView):
    """Closed roads; closing one."""

    @extend_schema(responses={200: openapi.page_of(RoadBlockPayload)})
    def get(self, request: Request) -> Response:
        mine = road_blocks.standing().visible_to(self.principal)  # type: ignore[attr-defined]
        return self.paged(mine.select_related("station", "by"), road_live.payload)

    @extend_schema(request=Block, responses={201: openapi.of(RoadBlockPayload)})
    def post(self, request: Request) -> Response:
        said = Block.of(request)
        station = station_of(self.principal, said.pop("station", None))
        return Response(road_live.payload(road_blocks.block(self.principal, station, **said)), status=201)


class LiftBlock(StationAPIView):
    @extend_schema(request=forms.Nothing, responses={200: openapi.of(RoadBlockPayload)})
    def post(self, request: Request, block: int) -> Response:
        lifted = road_blocks.unblock(self.principal, block)
        forms.Nothing.of(request)
        return Response(road_live.payload(lifted))


def _read(form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = form(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _way(found: roads.Route, mode: str) -> RouteAnswer:
    return {
        "source": "roads", "mode": mode, "seconds": round(found.seconds, 1), "metres": round(found.metres),
        "blocked": found.blocked, "shape": [list(point) for point in found.shape],
        "steps": [
            {
                "text": one.text, "street": one.street, "metres": round(one.metres), "seconds": round(one.seconds, 1),
                "type": one.type, "lat": one.at[1], "lon": one.at[0],
            }
            for one in found.steps
        ],
    }  # fmt: skip


def _straight(start: Point, to: Point, mode: str) -> RouteAnswer:
    """An estimate, as `recommend` makes it where no road is known."""
    away = distance_m(start[1], start[0], to[1], to[0])
    return {
        "source": "estimate", "mode": mode, "seconds": round(away * recommend.seconds_a_metre(mode), 1),
        "metres": round(away * recommend.DETOUR), "blocked": False, "shape": [list(start), list(to)], "steps": [],
    }  # fmt: skip
