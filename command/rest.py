"""The floor's REST doors: who am I, stations, alarms, and the live picture for a client without a socket."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from command import alarms, live, openapi, screens, stations
from command.api import StationAPIView, StrictSerializer
from command.errors import Forbidden, Invalid
from command.models import Alarm, Screen, Station
from command.views import MePayload, TakenOver, me, taken_over


class Me(StationAPIView):
    """Who one is and what one may do."""

    @extend_schema(responses={200: openapi.of(MePayload)})
    def get(self, request: Request) -> Response:
        return Response(me(self.principal))


class Stations(StationAPIView):
    """The stations one sees."""

    @extend_schema(responses={200: openapi.page_of(stations.StationPayload)})
    def get(self, request: Request) -> Response:
        return self.paged(Station.objects.visible_to(self.principal), stations.payload)


class Alarms(StationAPIView):
    """What needs a person now: alarms that are not over."""

    @extend_schema(responses={200: openapi.page_of(alarms.AlarmPayload)})
    def get(self, request: Request) -> Response:
        rows = Alarm.objects.visible_to(self.principal).filter(cleared_at=None)
        return self.paged_whole(rows.select_related("station", "acknowledged_by"), alarms.payloads)


class AlarmAcknowledged(StationAPIView):
    """Say that one attends to an alarm."""

    @extend_schema(request=None, responses={200: openapi.of(alarms.AlarmPayload)})
    def post(self, request: Request, pk: int) -> Response:
        return Response(alarms.payloads([alarms.acknowledge(self.principal, pk)])[0])


class Person(StrictSerializer):
    """Who takes a screen over: badge number or user name, and the PIN."""

    who = serializers.CharField(max_length=60)
    pin = serializers.CharField(max_length=20, trim_whitespace=False)


class ScreenView(StationAPIView):
    """Base of what only a screen asks, for somebody who stands before it."""

    def screen(self) -> Screen:
        if isinstance(self.principal, Screen):
            return self.principal
        raise Forbidden("screen_only", _("This is for a paired screen."))


class TakeOver(ScreenView):
    """Take the screen over for five minutes. An Idempotency-Key changes nothing: every attempt counts, and stays counted."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return APIView.dispatch(self, request, *args, **kwargs)

    @extend_schema(request=Person, responses={200: openapi.of(TakenOver)}, extensions={"x-repeatable": False})
    def post(self, request: Request) -> Response:
        screen = self.screen()
        return Response(taken_over(screens.take_over(screen, **Person.of(request))))


class GiveBack(ScreenView):
    """End a take-over before its time."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        screens.give_back(self.screen())
        return Response(status=204)


class Live(StationAPIView):
    """The live picture without a socket: `?since=S1:130,S2:4` gives what is newer, else a snapshot."""

    @extend_schema(responses={200: openapi.of(dict[str, Any])}, parameters=[OpenApiParameter("since")])
    def get(self, request: Request) -> Response:
        cursor = _cursor(request.query_params.get("since", ""))
        told = (live.news(self.principal, cursor) if cursor else None) or live.snapshot(self.principal)
        live.handed(self.principal, told)
        return Response(told)


def _cursor(text: str) -> dict[str, int]:
    cursor: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        code, _, number = part.rpartition(":")
        if not code or not number.isascii() or not number.isdigit() or len(number) > 18:
            raise Invalid("bad_cursor", f"since: expected STATION:NUMBER, found {part[:40]!r}.")
        cursor[code] = int(number)
    return cursor
