"""The REST doors of who needs others: SOS, requests for help, and sending more."""

import math
from typing import Any, TypedDict

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import DegreesField, StationAPIView, StrictSerializer
from command.errors import NotThere
from dispatch import answers, help_live, reinforce
from dispatch import help as helping
from dispatch.api import IncidentView
from dispatch.models import CallForHelp


class SosForm(serializers.Serializer[Any]):
    """What an SOS may say. Whatever of it can't be read is left out: an SOS is never refused for its words."""

    lat = serializers.FloatField(required=False)
    lon = serializers.FloatField(required=False)
    accuracy = serializers.FloatField(required=False)


class HelpForm(StrictSerializer):
    text = serializers.CharField(max_length=helping.WORD_LIMIT, required=False, allow_blank=True)
    units = serializers.IntegerField(min_value=0, max_value=reinforce.MOST, required=False)
    lat = DegreesField(90, required=False)
    lon = DegreesField(180, required=False)
    accuracy = serializers.FloatField(min_value=0, max_value=1_000_000, required=False)


class Word(StrictSerializer):
    word = serializers.CharField(max_length=helping.WORD_LIMIT)


class PerhapsAWord(StrictSerializer):
    word = serializers.CharField(max_length=helping.WORD_LIMIT, required=False, allow_blank=True)


class Count(StrictSerializer):
    count = serializers.IntegerField(min_value=1, max_value=reinforce.MOST, default=2)


class CallAnswer(help_live.CallForHelpPayload):
    """A call for help, and how it ended; null while it stands."""

    ended_at: str | None
    ended_by: str | None
    word: str


class SentAnswer(TypedDict):
    """Who was sent; fewer than were wanted where no more were free."""

    incident: str
    wanted: int
    sent: list[answers.AssignmentAnswer]


def _answer(row: CallForHelp) -> dict[str, Any]:
    by = row.ended_by.label if row.ended_by else None
    return {**help_live.payload(row), "ended_at": answers.iso(row.ended_at), "ended_by": by, "word": row.word}


def _body(request: Request) -> dict[str, Any]:
    """What came, as far as it can be read."""
    try:
        return request.data if isinstance(request.data, dict) else {}
    except (APIException, RecursionError):
        return {}


def _number(said: Any) -> float | None:
    try:
        found = float(said)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


class CallsView(StationAPIView):
    """Base of the calls of one kind."""

    kind: str

    def standing(self) -> Response:
        mine = CallForHelp.objects.visible_to(self.principal).filter(kind=self.kind, ended_at=None)
        return self.paged(mine.select_related("station", "officer", "unit", "incident", "ended_by"), _answer)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "call" in kwargs and not self._is_there(kwargs["call"]):
            raise NotThere("not_there", _("There is no such call for help."))

    def _is_there(self, call: int) -> bool:
        kinds = [self.kind] if self.kind else [CallForHelp.SOS, CallForHelp.HELP]
        return CallForHelp.objects.visible_to(self.principal).filter(pk=call, kind__in=kinds).exists()


class Sos(CallsView):
    """An SOS of one's own; those that stand."""

    kind = CallForHelp.SOS

    @extend_schema(operation_id="sos_list", responses={200: openapi.page_of(CallAnswer)})
    def get(self, request: Request) -> Response:
        return self.standing()

    @extend_schema(request=SosForm, responses={201: openapi.of(CallAnswer)})
    def post(self, request: Request) -> Response:
        said = {name: _number(_body(request).get(name)) for name in ("lat", "lon", "accuracy")}
        return Response(_answer(helping.call(self.principal, self.kind, **said)), status=201)  # type: ignore[arg-type]


class EndSos(CallsView):
    """It is over: by name, and with a word."""

    kind = CallForHelp.SOS

    @extend_schema(request=Word, responses={200: openapi.of(CallAnswer)})
    def post(self, request: Request, call: int) -> Response:
        return Response(_answer(helping.end(self.principal, call, self.kind, **Word.of(request))))


class Help(CallsView):
    """A request for help of one's own; those that stand."""

    kind = CallForHelp.HELP

    @extend_schema(operation_id="help_list", responses={200: openapi.page_of(CallAnswer)})
    def get(self, request: Request) -> Response:
        return self.standing()

    @extend_schema(request=HelpForm, responses={201: openapi.of(CallAnswer)})
    def post(self, request: Request) -> Response:
        said = HelpForm.of(request)
        said["wanted"] = said.pop("units", 0)
        return Response(_answer(helping.call(self.principal, self.kind, **said)), status=201)


class EndHelp(CallsView):
    """It has come, or is not wanted any more."""

    kind = CallForHelp.HELP

    @extend_schema(request=PerhapsAWord, responses={200: openapi.of(CallAnswer)})
    def post(self, request: Request, call: int) -> Response:
        return Response(_answer(helping.end(self.principal, call, self.kind, **PerhapsAWord.of(request))))


class SendTo(CallsView):
    """Send units to somebody who called, by SOS or for help."""

    kind = ""

    @extend_schema(request=Count, responses={201: openapi.of(SentAnswer)})
    def post(self, request: Request, call: int) -> Response:
        count = Count.of(request)["count"]
        return _sent(count, reinforce.send_to(self.principal, call, count))


class Reinforce(IncidentView):
    """Send the next best units, in one action."""

    @extend_schema(request=Count, responses={201: openapi.of(SentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        count = Count.of(request)["count"]
        return _sent(count, reinforce.reinforce(self.principal, number, count))


def _sent(count: int, sent: list[Any]) -> Response:
    number = sent[0].incident.number
    return Response(
        {"incident": number, "wanted": count, "sent": [answers.assignment(one) for one in sent]}, status=201
    )
