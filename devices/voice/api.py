"""REST doors of what was said: which turns there are, and the sound of one. Each look is entered, with its reason."""

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView
from devices.voice import turns

_WHY: list[Any] = [
    OpenApiParameter("incident", description="an incident's number: its turns; while it is open it is the reason too"),
    OpenApiParameter("reason", description="in words, where no open incident is the reason"),
]


def _why(request: Request) -> tuple[str, str]:
    return request.query_params.get("incident", ""), request.query_params.get("reason", "")


class Turns(StationAPIView):
    """Who spoke where and when, newest first."""

    @extend_schema(operation_id="turns_list", parameters=_WHY, responses={200: openapi.page_of(turns.TurnAnswer)})
    def get(self, request: Request) -> Response:
        return self.paged(turns.heard_by(self.principal, *_why(request)), turns.answer)


class OneTurn(StationAPIView):
    """The sound of a turn, as Ogg Opus."""

    @extend_schema(operation_id="turn", parameters=_WHY, responses={(200, "audio/ogg"): OpenApiTypes.BINARY})
    def get(self, request: Request, turn: uuid.UUID) -> HttpResponse:
        found, content = turns.play(self.principal, turn, *_why(request))
        headers = {
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f'inline; filename="turn-{found.pk}.ogg"',
        }
        return HttpResponse(content, content_type="audio/ogg", headers=headers)
