"""The REST doors of errands."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import DegreesField, StationAPIView, StrictSerializer
from command.errors import Invalid, NotThere
from dispatch import answers, errands, forms
from dispatch.errand_live import ErrandPayload, payload
from dispatch.models import Errand


class GiveForm(StrictSerializer):
    unit = serializers.CharField(max_length=20)
    text = serializers.CharField(max_length=errands.TEXT_LIMIT)
    incident = serializers.CharField(max_length=24, required=False)
    lat = DegreesField(90, required=False)
    lon = DegreesField(180, required=False)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)
    station = serializers.CharField(max_length=12, required=False)


class ReportForm(StrictSerializer):
    report = serializers.CharField(max_length=errands.REPORT_LIMIT)


class ErrandAnswer(ErrandPayload):
    """An errand whole; null for what has not happened."""

    done_at: str | None
    done_by: str | None
    report: str
    recalled_at: str | None


def _answer(row: Errand) -> dict[str, Any]:
    by = row.done_by.label if row.done_by else None
    ended = {"done_at": answers.iso(row.done_at), "recalled_at": answers.iso(row.recalled_at)}
    return {**payload(row), **ended, "done_by": by, "report": row.report}


class ErrandView(StationAPIView):
    """Base of what concerns one errand, which must be visible before anything else is looked at."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "errand" in kwargs and not Errand.objects.visible_to(self.principal).filter(pk=kwargs["errand"]).exists():
            raise NotThere("not_there", _("There is no such task."))

    def answer(self, errand: Errand, status: int = 200) -> Response:
        return Response(_answer(errands.whole(Errand.objects.all()).get(pk=errand.pk)), status=status)


class Errands(ErrandView):
    """The tasks of auxiliaries that one sees; handing one over."""

    @extend_schema(
        operation_id="errands_list",
        responses={200: openapi.page_of(ErrandAnswer)},
        parameters=[OpenApiParameter("state")],
    )
    def get(self, request: Request) -> Response:
        state = request.query_params.get("state", "open")
        if state not in ("open", "all"):
            raise Invalid("bad_state", _("state: expected open or all."))
        rows = errands.whole(Errand.objects.visible_to(self.principal))
        return self.paged(rows if state == "all" else rows.filter(done_at=None, recalled_at=None), _answer)

    @extend_schema(request=GiveForm, responses={201: openapi.of(ErrandAnswer)})
    def post(self, request: Request) -> Response:
        said = GiveForm.of(request)
        return self.answer(errands.give(self.principal, said.pop("unit"), said.pop("text"), **said), 201)


class Accept(ErrandView):
    @extend_schema(request=forms.Nothing, responses={200: openapi.of(ErrandAnswer)})
    def post(self, request: Request, errand: int) -> Response:
        forms.Nothing.of(request)
        return self.answer(errands.accept(self.principal, errand))


class Done(ErrandView):
    @extend_schema(request=ReportForm, responses={200: openapi.of(ErrandAnswer)})
    def post(self, request: Request, errand: int) -> Response:
        return self.answer(errands.report(self.principal, errand, ReportForm.of(request)["report"]))


class Recall(ErrandView):
    @extend_schema(request=forms.Nothing, responses={200: openapi.of(ErrandAnswer)})
    def post(self, request: Request, errand: int) -> Response:
        forms.Nothing.of(request)
        return self.answer(errands.recall(self.principal, errand))
