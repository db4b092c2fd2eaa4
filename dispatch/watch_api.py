"""The REST doors of what is watched over: units that say that they are well, steps that their tracks say they took."""

from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import openapi
from command.api import StationAPIView
from dispatch import answers, forms, proposals, safety
from dispatch.api import IncidentView
from dispatch.models import Proposal
from dispatch.states import is_after


class CheckIn(IncidentView):
    """A unit at the incident says that it is well."""

    @extend_schema(request=forms.Nothing, responses={200: openapi.of(answers.AssignmentAnswer)})
    def post(self, request: Request, number: str, unit: str) -> Response:
        forms.Nothing.of(request)
        return Response(answers.assignment(safety.check_in(self.principal, number, unit)))


class ProposalAnswer(TypedDict):
    """A step that a unit's track says it took at `at`; `confirmed` null until a person says so or not."""

    id: int
    station: str
    incident: str
    unit: str
    step: str
    at: str
    confirmed: bool | None
    decided_at: str | None


def _proposal(said: Proposal) -> dict[str, Any]:
    one = said.assignment
    return {
        "id": said.pk, "station": one.incident.station.code, "incident": one.incident.number,
        "unit": one.unit.call_sign, "step": said.step, "at": said.at.isoformat(), "confirmed": said.is_confirmed,
        "decided_at": answers.iso(said.decided_at),
    }  # fmt: skip


class Proposals(StationAPIView):
    """Statuses that wait for a person's word."""

    @extend_schema(operation_id="proposals_list", responses={200: openapi.page_of(ProposalAnswer)})
    def get(self, request: Request) -> Response:
        waiting = proposals.seen_by(self.principal).filter(decided_at=None, assignment__ended_at=None)
        return self.paged_whole(
            waiting, lambda page: [_proposal(one) for one in page if is_after(one.step, one.assignment.status)]
        )


class ConfirmProposal(StationAPIView):
    """It is so: the unit's status follows its track."""

    @extend_schema(request=forms.Nothing, responses={200: openapi.of(ProposalAnswer)})
    def post(self, request: Request, proposal: int) -> Response:
        found = proposals.confirm(self.principal, proposal)
        return Response(_proposal(proposals.seen_by(self.principal).get(pk=found.pk)))


class DismissProposal(StationAPIView):
    """It is not so."""

    @extend_schema(request=forms.Nothing, responses={200: openapi.of(ProposalAnswer)})
    def post(self, request: Request, proposal: int) -> Response:
        found = proposals.dismiss(self.principal, proposal)
        return Response(_proposal(proposals.seen_by(self.principal).get(pk=found.pk)))
