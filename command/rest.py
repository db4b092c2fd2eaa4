"""The floor's REST doors: who am I, stations, alarms, and the live picture for a client without a socket."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import alarms, live, openapi, stations
from command.api import StationAPIView
from command.errors import Invalid
from command.models import Alarm, Station
from command.views import MePayload, me


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


class Live(StationAPIView):
    """The live picture without a socket: `?since=S1:130,S2:4` gives what is newer, else a snapshot."""

    @extend_schema(responses={200: openapi.of(dict[str, Any])}, parameters=[OpenApiParameter("since")])
    def get(self, request: Request) -> Response:
        cursor = _cursor(request.query_params.get("since", ""))
        told = live.news(self.principal, cursor) if cursor else None
        return Response(told or live.snapshot(self.principal))


def _cursor(text: str) -> dict[str, int]:
    cursor: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        code, _, number = part.rpartition(":")
        if not code or not number.isascii() or not number.isdigit() or len(number) > 18:
            raise Invalid("bad_cursor", f"since: expected STATION:NUMBER, found {part[:40]!r}.")
        cursor[code] = int(number)
    return cursor
