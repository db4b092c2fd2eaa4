"""The REST doors of the base map: search, and which maps there are."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command.api import DegreesField, StationAPIView
from command.errors import Invalid
from command.places import search
from command.places.models import Map

LONGEST_QUESTION = 200


class Question(serializers.Serializer[Any]):
    """`?q=&lat=&lon=&limit=`; the place is where of two equal answers the nearer one wins."""

    q = serializers.CharField(max_length=LONGEST_QUESTION, allow_blank=True, default="", trim_whitespace=True)
    lat = DegreesField(90, required=False)
    lon = DegreesField(180, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=50, default=8)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("lat" in attrs) != ("lon" in attrs):
            raise Invalid("invalid", _("lat and lon come together or not at all."))
        return attrs


class Places(StationAPIView):
    """Addresses, crossings, landmarks and streets, best first."""

    @extend_schema(
        parameters=[Question, OpenApiParameter("q", description="name, part of it, initials or pinyin")],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        asked = Question(data=request.query_params)
        asked.is_valid(raise_exception=True)
        words = asked.validated_data
        near = (words["lat"], words["lon"]) if "lat" in words else None
        hits = search.find(words["q"], near, words["limit"])
        return Response({"next": None, "results": [hit.as_json() for hit in hits]})


class Maps(StationAPIView):
    """The imported maps; `version` belongs into the address of their tiles."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        return Response({"next": None, "results": [_map(row) for row in Map.objects.order_by("name")]})


def _map(row: Map) -> dict[str, Any]:
    return {
        "name": row.name,
        "version": row.version,
        "bounds": list(row.bounds.extent),
        "imported_at": row.imported_at.isoformat(),
    }
