"""The REST doors of the recommendation."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView
from command.permissions import Principal
from dispatch import forms, recommend_answers, recommend_shown
from dispatch.api import IncidentView, station_of
from dispatch.nearest import recommended


def _answer(
    principal: Principal, kind: str, said: dict[str, Any], lat: float, lon: float, station_id: int | None
) -> Response:
    """The ranked list; its header hands on what is frozen when somebody is sent from it."""
    draw = said.pop("draw", "")
    found = recommended(principal, lat, lon, kind=kind, station_id=station_id, **said)
    response = Response(recommend_answers.rows(found, kind, draw))
    response["Advice-Shown"] = recommend_shown.sign(principal, found.rows, (lon, lat))
    return response


class IncidentRecommendation(IncidentView):
    """Who should go to an incident."""

    @extend_schema(
        operation_id="incident_recommendation", parameters=[forms.Recommend],
        responses={200: openapi.of(list[recommend_answers.RecommendationAnswer])},
    )  # fmt: skip
    def get(self, request: Request, number: str) -> Response:
        said = forms.Recommend.asked(request)
        incident = self.found(number)
        place = incident.place
        return _answer(self.principal, incident.kind.slug, said, place.y, place.x, incident.station_id)


class Recommendation(StationAPIView):
    """Who should go to a place, while the call is still being typed."""

    @extend_schema(
        operation_id="recommendation", parameters=[forms.RecommendThere],
        responses={200: openapi.of(list[recommend_answers.RecommendationAnswer])},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        said = forms.RecommendThere.asked(request)
        at = said.pop("station", None)
        station_id = station_of(self.principal, at).pk if at else None
        lat, lon = said.pop("lat"), said.pop("lon")
        return _answer(self.principal, said.pop("kind", ""), said, lat, lon, station_id)
