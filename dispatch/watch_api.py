"""The REST doors of what is watched over: units that say that they are well."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from dispatch import answers, forms, safety
from dispatch.api import IncidentView


class CheckIn(IncidentView):
    """A unit at the incident says that it is well."""

    @extend_schema(request=forms.Nothing, responses={200: openapi.of(answers.AssignmentAnswer)})
    def post(self, request: Request, number: str, unit: str) -> Response:
        forms.Nothing.of(request)
        return Response(answers.assignment(safety.check_in(self.principal, number, unit)))
