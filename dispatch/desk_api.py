"""The REST doors of what the desk does besides sending. Each reads its input, calls one verb, and answers."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import DegreesField, StationAPIView, StrictSerializer
from dispatch import answers, briefing, forms, log, merge, records, reports, stack
from dispatch.api import IncidentView


class Place(StrictSerializer):
    lat = DegreesField(90)
    lon = DegreesField(180)


class Into(StrictSerializer):
    into = serializers.CharField(max_length=24)


class Service(StrictSerializer):
    service = serializers.CharField(max_length=20)
    step = serializers.CharField(max_length=10, required=False)
    text = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class HandOver(StrictSerializer):
    to = serializers.CharField(max_length=20)
    text = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class Mediated(StrictSerializer):
    agreed = serializers.BooleanField()
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class Asked(StrictSerializer):
    about = serializers.CharField(max_length=10)
    words = serializers.CharField(max_length=60)
    purpose = serializers.CharField(max_length=20)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class Doubles(StationAPIView):
    """Open incidents that may be the same as a call of now at `?lat=&lon=`, nearest first."""

    @extend_schema(responses={200: openapi.page_of(answers.DoubleAnswer)}, parameters=[Place])
    def get(self, request: Request) -> Response:
        form = Place(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        found = merge.doubles(self.principal, **form.validated_data)
        return Response({"next": None, "results": [answers.double(one) for one in found]})


class MergeInto(IncidentView):
    """Close this as a double of another; answers the other one."""

    @extend_schema(request=Into, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        return self.answer(merge.merge(self.principal, number, Into.of(request)["into"]))


class Unmerge(IncidentView):
    @extend_schema(request=forms.Nothing, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        forms.Nothing.of(request)
        return self.answer(merge.unmerge(self.principal, number))


class Stack(IncidentView):
    """Let this wait for a unit that is sent elsewhere."""

    @extend_schema(request=forms.Assign, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        return self.answer(stack.stack(self.principal, number, forms.Assign.of(request)["unit"]).incident)


class Unstack(IncidentView):
    @extend_schema(request=forms.Assign, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        stack.unstack(self.principal, number, forms.Assign.of(request)["unit"])
        return self.answer(self.found(number))


class _Report(IncidentView):
    """Base of what is told in the log; answers its entry."""

    form: type[StrictSerializer]

    def tell(self, number: str, said: dict[str, Any]) -> Any:
        raise NotImplementedError

    def post(self, request: Request, number: str) -> Response:
        return Response(log.payload(self.tell(number, self.form.of(request))), status=201)


@extend_schema(request=Service, responses={201: openapi.of(log.LogPayload)})
class Services(_Report):
    """Another service was called, arrived or left."""

    form = Service

    def tell(self, number: str, said: dict[str, Any]) -> Any:
        return reports.service(self.principal, number, said.pop("service"), **said)


@extend_schema(request=HandOver, responses={201: openapi.of(log.LogPayload)})
class Handovers(_Report):
    """The matter was handed over to somebody."""

    form = HandOver

    def tell(self, number: str, said: dict[str, Any]) -> Any:
        return reports.hand_over(self.principal, number, **said)


@extend_schema(request=Mediated, responses={201: openapi.of(log.LogPayload)})
class Mediation(_Report):
    """How a mediation ended, with the agreement."""

    form = Mediated

    def tell(self, number: str, said: dict[str, Any]) -> Any:
        return reports.mediate(self.principal, number, **said)


class Briefing(IncidentView):
    """What is known of the incident's place and of the number that called, for those who send and those who are sent."""

    @extend_schema(responses={200: openapi.of(briefing.BriefingPayload)})
    def get(self, request: Request, number: str) -> Response:
        return Response(briefing.brief(self.principal, number))


class Records(IncidentView):
    """Ask the agency's records, for this incident: entered first, with its purpose, each time; nothing of the answer is kept,
    not even for an Idempotency-Key."""

    keeps_replies = False

    @extend_schema(request=Asked, responses={200: openapi.of(dict[str, Any])}, extensions={"x-repeatable": False})
    def post(self, request: Request, number: str) -> Response:
        said = Asked.of(request)
        found = records.ask(self.principal, number, **said)
        connected = records.provider()
        rows = [{"title": one.title, "words": one.words, "source": one.source, "at": one.at} for one in found]
        return Response({"provider": connected.name if connected else None, "next": None, "results": rows})
