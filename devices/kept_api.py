"""The REST doors of films that phones kept: announcing one, and its bytes piece by piece."""

import uuid
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView, StrictSerializer
from devices import kept


class _Film(StrictSerializer):
    """A film that will come. `key` is the sender's own; times are by its clock, and `sending_at`, what that shows now, puts
    them right.
    """

    key = serializers.UUIDField()
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    sending_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    size = serializers.IntegerField(min_value=1, max_value=kept.SIZE_LIMIT)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}\Z")
    type = serializers.CharField(max_length=100)
    incident = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class Films(StationAPIView):
    """Announce a film that this phone kept. Told again, it says how much of it is here: go on from there."""

    keeps_replies = False  # the key in it makes a second one harmless, and how much is here is another number each time

    @extend_schema(operation_id="announce_kept", request=_Film, responses={200: openapi.of(kept.KeptAnswer)})
    def post(self, request: Request) -> Response:
        told = _Film.of(request)
        said = kept.Said(
            told["key"], told["began_at"], told["ended_at"], told["sending_at"], told["size"], told["sha256"], told["type"],
            told["incident"],
        )  # fmt: skip
        return Response(kept.answer(kept.announce(self.principal, said)))


class Piece(BaseParser):
    """The body as it is."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Bytes, where most parsers give what a form or JSON says."""
        return bytes(stream.read())


class _Place(StrictSerializer):
    """`?offset=`: where in the film the piece begins, in bytes."""

    offset = serializers.IntegerField(min_value=0, max_value=kept.SIZE_LIMIT)


class OneFilm(StationAPIView):
    """The next piece of a film, at most 900,000 bytes. With the last one `state` is “kept”: only then forget it on the phone.

    409 names how much is `received`; 422 (`other_hash`): what arrived is not what was announced, and it begins anew.
    """

    parser_classes = (Piece,)

    @extend_schema(
        operation_id="kept_piece",
        parameters=[_Place],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={200: openapi.of(kept.KeptAnswer)},
    )
    def patch(self, request: Request, film: uuid.UUID) -> Response:
        kept.own(self.principal, film)
        piece = request.data if isinstance(request.data, bytes) else b""
        return Response(kept.answer(kept.append(self.principal, film, _Place.asked(request)["offset"], piece)))
