"""What all REST doors share: who asks, errors as JSON, cursor paging, and replies that are given once."""

import hashlib
import json
import math
import uuid
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import DataError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from command import principals
from command.errors import Invalid, Problem
from command.models import IdempotentReply
from command.permissions import Principal


class StationAuthentication(BaseAuthentication):
    """The principal as DRF's user; a session's writes must carry the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        principal = principals.of(request._request)
        if principal is None:
            return None
        if not request.headers.get("Authorization"):
            SessionAuthentication().enforce_csrf(request)
        return principal, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class StationAPIView(APIView):
    """Base of all REST views. `self.principal` asks; an Idempotency-Key makes a repeated POST harmless."""

    authentication_classes = (StationAuthentication,)
    keeps_replies = True  # False: what is answered is kept nowhere, so it can't be told again and a key changes nothing

    @property
    def principal(self) -> Principal:
        return self.request.user  # type: ignore[return-value]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get("Idempotency-Key") if self.keeps_replies else None
        principal = principals.of(request) if key and request.method == "POST" else None
        if key is None or principal is None:
            return super().dispatch(request, *args, **kwargs)
        return self._once(principal, key, request, *args, **kwargs)

    def _once(
        self, principal: Principal, key: str, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Run the POST, or give what its first run was answered. Only what succeeded is kept."""
        body_hash = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
        with transaction.atomic():
            try:
                row, is_new = _reply_row(principal, key, body_hash)
            except Problem as problem:
                return self._plain(request, problem, *args, **kwargs)
            if not is_new:
                return self._plain(request, row, *args, **kwargs)
            response = super().dispatch(request, *args, **kwargs)
            if not isinstance(response, Response) or response.status_code >= 300:
                transaction.set_rollback(True)
                return response
            row.status, row.body = response.status_code, json.loads(response.render().content or b"null")
            row.save(update_fields=["status", "body"])
            return response

    def _plain(self, request: HttpRequest, said: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A reply without running the handler: a stored one, or a refusal."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        refused = isinstance(said, Problem)
        response = Response(said.as_json(), said.status) if refused else Response(said.body, said.status)
        response["Idempotent-Replay"] = "false" if refused else "true"
        return self.finalize_response(self.request, response, *args, **kwargs)

    def paged(self, rows: Any, serialise: Any) -> Response:
        """One page of a queryset, newest first: `{"next": url or null, "results": [...]}`."""
        return self.paged_whole(rows, lambda page: [serialise(row) for row in page])

    def paged_whole(self, rows: Any, serialise: Any) -> Response:
        """As `paged`, where `serialise` takes the page's rows together."""
        pages = Pages()
        page: list[Any] = pages.paginate_queryset(rows, self.request, view=self) or []
        return Response({"next": pages.get_next_link(), "results": serialise(page)})


class Pages(CursorPagination):
    ordering = "-pk"
    page_size = 100
    max_page_size = 500
    page_size_query_param = "limit"

    def decode_cursor(self, request: Request) -> Any:
        """The place to go on from: a row's number. Raises Invalid."""
        try:
            cursor = super().decode_cursor(request)
        except exceptions.NotFound:
            raise _bad_cursor() from None
        if cursor and cursor.position is not None and not _is_number(str(cursor.position)):
            raise _bad_cursor()
        return cursor


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _bad_cursor() -> Invalid:
    said = _("cursor: expected one from “next” of the page before.")
    return Invalid("bad_cursor", said, fields={"cursor": said})


def _reply_row(principal: Principal, key: str, body_hash: str) -> tuple[IdempotentReply, bool]:
    try:
        ident = uuid.UUID(key)
    except ValueError as bad:
        raise Invalid("bad_idempotency_key", _("Idempotency-Key: expected a UUID."), status=400) from bad
    who = f"{principal.kind}:{principal.pk}"
    # The unique key makes a second request with it wait here until the first has ended
    IdempotentReply.objects.bulk_create(
        [IdempotentReply(principal=who, key=ident, body_hash=body_hash)], ignore_conflicts=True
    )
    row = IdempotentReply.objects.select_for_update().get(principal=who, key=ident)
    if row.body_hash != body_hash:
        raise Invalid("key_reused", _("This Idempotency-Key came before with another request."), status=422)
    return row, row.status is None


def as_problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Any refusal as `{"code", "message", "fields"?}`; None (a 500) only for what nobody thought of."""
    problem = _problem_of(exc)
    if problem is None:
        return None
    response = Response(problem.as_json(), status=problem.status)
    response.exception = True
    return response


def _problem_of(exc: Exception) -> Problem | None:
    match exc:
        case Problem():
            return exc
        case exceptions.ValidationError():
            return Invalid("invalid", _("Some fields can't be taken as they are."), fields=_fields(exc.detail))
        case exceptions.APIException():
            return Problem(str(exc.default_code), str(exc.detail), status=exc.status_code)
        case Http404():
            return Problem("not_there", _("There is nothing here under that name."), status=404)
        case RecursionError():
            return Invalid("malformed", _("The request is nested too deeply to be read."))
        case (
            DataError() | SuspiciousOperation() | OverflowError()
        ):  # a whole number of 400 digits is none of our floats
            return Invalid("invalid", _("The request holds something that can't be stored."))
        case OperationalError():
            return Problem("unavailable", _("The database does not answer; try again."), status=503)
    return None


def _fields(detail: Any) -> dict[str, str]:
    if isinstance(detail, dict):
        return {str(name): _words(said) for name, said in detail.items()}
    return {"": _words(detail)}


def _words(said: Any) -> str:
    if isinstance(said, dict):
        return "; ".join(f"{key}: {_words(value)}" for key, value in said.items())
    return "; ".join(_words(one) for one in said) if isinstance(said, list) else str(said)


class DegreesField(serializers.FloatField):
    """A latitude or longitude in degrees, WGS-84: finite and within ±`limit`."""

    def __init__(self, limit: float, **kwargs: Any) -> None:
        super().__init__(min_value=-limit, max_value=limit, **kwargs)

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


NAMED = 20  # of unknown fields; an answer need not be as long as what was sent


def _shown(name: str) -> str:
    """A name that somebody made up, short and without halves of characters, which no answer can carry."""
    return name[:40].encode(errors="replace").decode()


@extend_schema_field(OpenApiTypes.STR)
class NumbersField(serializers.Field[Any, Any, Any, Any]):
    """Numbers with commas between them, finite ones: as many as its `least` to `most`; `form` says in words what is expected."""

    least, most, form = 1, 1, ""

    def to_representation(self, value: Any) -> str:
        return ",".join(str(one) for one in value)

    def to_internal_value(self, data: Any) -> Any:
        try:
            found = tuple(float(one) for one in str(data).split(",", self.most))
        except ValueError:
            found = ()
        if not self.least <= len(found) <= self.most or not all(map(math.isfinite, found)) or not self.is_right(found):
            said = _("expected %(form)s, found %(found)s") % {"form": _(self.form), "found": str(data)[:60]}
            raise serializers.ValidationError(said)
        return found

    def is_right(self, found: tuple[float, ...]) -> bool:
        """Whether the numbers are what is expected, beyond being numbers."""
        return True


def is_place(lon: float, lat: float) -> bool:
    """Whether two numbers are a longitude and a latitude, degrees."""
    return abs(lon) <= 180 and abs(lat) <= 90


class PlaceField(NumbersField):
    """`longitude,latitude` in degrees, WGS-84."""

    least, most, form = 2, 2, gettext_noop("longitude,latitude in degrees")

    def is_right(self, found: tuple[float, ...]) -> bool:
        return is_place(found[0], found[1])


class StrictSerializer(serializers.Serializer[Any]):
    """Input that refuses what it does not know, so that a misspelt field is not silently lost."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                known = ", ".join(self.fields)
                raise serializers.ValidationError(
                    {
                        _shown(name): [_("Not known here; expected one of: %(known)s.") % {"known": known}]
                        for name in unknown[:NAMED]
                    }
                )
        return super().to_internal_value(data)

    @classmethod
    def of(cls, request: Request, **kwargs: Any) -> dict[str, Any]:
        """The validated body of a request. Raises ValidationError with every field's reason."""
        form = cls(data=request.data, **kwargs)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    @classmethod
    def asked(cls, request: Request) -> dict[str, Any]:
        """The same of what stands behind the “?” of its address."""
        form = cls(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)
