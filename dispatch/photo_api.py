"""The REST door of photos: bytes in, bytes out, and nobody's cache in between."""

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView
from dispatch import photos


class Jpeg(BaseParser):
    """The body as it is."""

    media_type = "image/jpeg"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Bytes, where most parsers give what a form or JSON says."""
        return bytes(stream.read())


class OnePhoto(StationAPIView):
    """A photo of a note: sent once by whoever announced it, shown to those who see the incident."""

    parser_classes = (Jpeg,)

    @extend_schema(
        operation_id="photo",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("size")],
    )
    def get(self, request: Request, photo: uuid.UUID) -> HttpResponse:
        found, content = photos.show(self.principal, photo, request.query_params.get("size", "large"))
        headers = {
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f'inline; filename="photo-{found.pk}.jpg"',
        }
        return HttpResponse(content, content_type="image/jpeg", headers=headers)

    @extend_schema(request={"image/jpeg": OpenApiTypes.BINARY}, responses={201: openapi.of(photos.PhotoAnswer)})
    def post(self, request: Request, photo: uuid.UUID) -> Response:
        photos.own(self.principal, photo)
        taken = photos.take(self.principal, photo, request.data if isinstance(request.data, bytes) else b"")
        return Response(photos.answer(taken), status=201)
