"""The REST doors of the recommendation."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView
from dispatch import forms, recommend_answers, recommend_shown
from dispatch.api import IncidentView, station_of
from dispatch.nearest import recommended


def _answer(kind: str, said: dict[str, Any], **where: Any) -> Response:
    """The ranked list; its header hands on what is frozen when somebody is sent from it."""
    draw = said.pop("draw", "")
    found = recommended(kind=kind, **where, **said)
    response = Response(recommend_answers.rows(found, kind, draw))
    response["Advice-Shown"] = recommend_shown.sign(found.rows)
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
        where = {"lat": incident.place.y, "lon": incident.place.x, "station_id": incident.station_id}
        return _answer(incident.kind.slug, said, principal=self.principal, **where)


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
        return _answer(said.pop("kind", ""), said, principal=self.principal, station_id=station_id)
