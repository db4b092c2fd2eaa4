"""The REST doors of dispatch. Each reads its input, calls one verb, and answers."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from command import audit, openapi
from command.api import StationAPIView
from command.errors import Invalid, NotThere
from command.models import Station
from command.permissions import Capability, Level
from dispatch import answers, checklists, forms, incidents, log, photos, recommend_shown, taking_back, taps, units
from dispatch.kind_live import whole_kinds
from dispatch.live import whole_incidents, whole_units
from dispatch.models import Incident, Kind, Unit
from dispatch.nearest import nearest
from dispatch.states import IncidentState


class IncidentView(StationAPIView):
    """Base of what concerns one incident: one that the principal doesn't see is not there, whatever else was sent."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "number" in kwargs:
            self.found(kwargs["number"])

    def found(self, number: str) -> Incident:
        mine = Incident.objects.visible_to(self.principal).select_related("station", "acknowledged_by")
        incident = mine.filter(number=number).first()
        if incident is None:
            raise NotThere("not_there", _("There is no incident %(number)s.") % {"number": number[:40]})
        return incident

    def looked_up(self, number: str) -> Incident:
        """As `found`; one that is over is no longer on the live picture, and whoever reads it is entered first."""
        incident = self.found(number)
        if incident.state != IncidentState.OPEN:
            incidents.may_look_up(self.principal, incident)
            audit.look_up(self.principal, "read_incident", "incident", incident.number, incident.station_id)
        return incident

    def answer(self, incident: Incident, status: int = 200) -> Response:
        found = self.found(incident.number)
        answer = answers.incident(found, self.principal)
        return Response(answers.with_briefing(answer, found, self.principal), status=status)


class Incidents(IncidentView):
    """The incidents one sees; opening one."""

    @extend_schema(
        operation_id="incidents_list",
        responses={200: openapi.page_of(answers.BriefAnswer)},
        parameters=[OpenApiParameter("state"), OpenApiParameter("q")],
    )
    def get(self, request: Request) -> Response:
        rows = _filtered(Incident.objects.visible_to(self.principal), request.query_params)
        rows = self.enter(rows, request.query_params)
        return self.paged(whole_incidents(rows), answers.brief)

    def enter(self, rows: QuerySet[Incident], said: Any) -> QuerySet[Incident]:
        """Open incidents are on the live picture; whoever asks for others looks something up where they may, and that is
        entered. Raises Forbidden."""
        if said.get("state", "open") != "open":
            stations = self.principal.rights().stations(Capability.SEARCH_PEOPLE, Level.OWN)
            if not stations:
                raise incidents.may_not_search()
            rows = rows.filter(station__in=stations)
            at, asked = station_of(self.principal, None), sorted(name for name in ("q", "state") if said.get(name))
            audit.look_up(self.principal, "search_incidents", "station", at.code, at.pk, by=asked)
        return rows

    @extend_schema(request=forms.OpenIncident, responses={201: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request) -> Response:
        said = forms.OpenIncident.of(request)
        station = station_of(self.principal, said.pop("station", None))
        return self.answer(incidents.open_incident(self.principal, station, **said), 201)


def tap_of(request: Request, said: dict[str, Any]) -> taps.Tap:
    """When it was touched on the phone, as far as the phone says so."""
    return taps.Tap(said.get("at"), taps.clock_of(request.headers.get("X-Clock")))


def _filtered(rows: QuerySet[Incident], said: Any) -> QuerySet[Incident]:
    state, words = said.get("state", "open"), said.get("q", "")
    if state not in ("open", "closed", "cancelled", "all"):
        raise Invalid("bad_state", _("state: expected open, closed, cancelled or all."))
    if state != "all":
        rows = rows.filter(state=state)
    if words and "\0" not in words:
        rows = rows.filter(Q(number__icontains=words[:60]) | Q(address__icontains=words[:60]))
    return rows


def station_of(principal: Any, code: str | None) -> Station:
    """The station an incident is opened at: one's own unless another is named. One that is not visible is not there."""
    if code is None or code == principal.station.code:
        return principal.station
    reach = principal.rights().all_stations()
    found = Station.objects.filter(code=code, pk__in=reach).first()
    if found is None:
        raise NotThere("not_there", _("There is no station %(code)s.") % {"code": code[:12]})
    return found


class OneIncident(IncidentView):
    @extend_schema(responses={200: openapi.of(answers.IncidentAnswer)})
    def get(self, request: Request, number: str) -> Response:
        return self.answer(self.looked_up(number))

    @extend_schema(request=forms.AmendIncident, responses={200: openapi.of(answers.IncidentAnswer)})
    def patch(self, request: Request, number: str) -> Response:
        return self.answer(incidents.amend(self.principal, number, **forms.AmendIncident.of(request)))


class IncidentLog(IncidentView):
    @extend_schema(responses={200: openapi.page_of(log.LogPayload)})
    def get(self, request: Request, number: str) -> Response:
        return self.paged(log.whole(self.looked_up(number).log.all()), log.payload)

    @extend_schema(request=forms.Note, responses={201: openapi.of(log.LogPayload)})
    def post(self, request: Request, number: str) -> Response:
        said = forms.Note.of(request)
        entry = photos.note(self.principal, number, said.get("text", ""), said.get("photos", ()))
        return Response(log.payload(entry), status=201)


class IncidentLine(IncidentView):
    """A line of the incident's checklist, to be ticked or not."""

    @extend_schema(request=forms.Tick, responses={200: openapi.of(answers.IncidentAnswer)})
    def patch(self, request: Request, number: str, line: int) -> Response:
        return self.answer(checklists.tick(self.principal, number, line, done=forms.Tick.of(request)["done"]))


class IncidentNearest(IncidentView):
    @extend_schema(responses={200: openapi.page_of(answers.AdviceAnswer)})
    def get(self, request: Request, number: str) -> Response:
        incident = self.found(number)
        best = nearest(self.principal, incident.place.y, incident.place.x, incident.station_id)
        return Response({"next": None, "results": [answers.advice(one) for one in best]})


class Acknowledge(IncidentView):
    @extend_schema(request=forms.Nothing, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        forms.Nothing.of(request)
        return self.answer(incidents.acknowledge(self.principal, number))


class Close(IncidentView):
    @extend_schema(request=forms.Close, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        return self.answer(incidents.close(self.principal, number, **forms.Close.of(request)))


class Cancel(IncidentView):
    @extend_schema(request=forms.Cancel, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        return self.answer(incidents.cancel(self.principal, number, **forms.Cancel.of(request)))


class Reopen(IncidentView):
    @extend_schema(request=forms.Nothing, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        forms.Nothing.of(request)
        return self.answer(incidents.reopen(self.principal, number))


class EndTakenBack(IncidentView):
    """As reopened, and whoever was freed by the end a moment ago is sent to it as before."""

    @extend_schema(request=forms.Nothing, responses={200: openapi.of(answers.IncidentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        forms.Nothing.of(request)
        return self.answer(taking_back.end(self.principal, number))


class Assignments(IncidentView):
    @extend_schema(request=forms.Assign, responses={201: openapi.of(answers.AssignmentAnswer)})
    def post(self, request: Request, number: str) -> Response:
        said = forms.Assign.of(request)
        made = recommend_shown.send(self.principal, number, said["unit"], said.get("shown", ""))
        return Response(answers.assignment(made), status=201)


class OneAssignment(IncidentView):
    @extend_schema(request=forms.Status, responses={200: openapi.of(answers.AssignmentAnswer)})
    def patch(self, request: Request, number: str, unit: str) -> Response:
        said = forms.Status.of(request)
        done = units.step(self.principal, number, unit, said["status"], tap_of(request, said))
        return Response(answers.assignment(done))


class StepTakenBack(IncidentView):
    """The step that a unit took a moment ago did not happen."""

    @extend_schema(request=forms.TakenBack, responses={200: openapi.of(answers.AssignmentAnswer)})
    def post(self, request: Request, number: str, unit: str) -> Response:
        said = forms.TakenBack.of(request)
        return Response(answers.assignment(taking_back.step(self.principal, number, unit, said["status"])))


class UnitView(StationAPIView):
    """Base of what concerns one unit, which must be visible before anything else is looked at."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "unit" in kwargs:
            units.find(self.principal, kwargs["unit"], self.at)

    def answer(self, unit: Unit) -> Response:
        return Response(answers.unit(whole_units(Unit.objects.filter(pk=unit.pk)).get()))

    @property
    def at(self) -> str | None:
        return self.request.query_params.get("station")


class Units(UnitView):
    @extend_schema(operation_id="units_list", responses={200: openapi.page_of(answers.UnitAnswer)})
    def get(self, request: Request) -> Response:
        return self.paged(whole_units(Unit.objects.visible_to(self.principal)), answers.unit)


class UnitsNearest(UnitView):
    @extend_schema(responses={200: openapi.page_of(answers.AdviceAnswer)}, parameters=[forms.Near])
    def get(self, request: Request) -> Response:
        best = nearest(self.principal, **forms.Near.asked(request))
        return Response({"next": None, "results": [answers.advice(one) for one in best]})


class OneUnit(UnitView):
    @extend_schema(responses={200: openapi.of(answers.UnitAnswer)})
    def get(self, request: Request, unit: str) -> Response:
        return self.answer(units.find(self.principal, unit, self.at))

    @extend_schema(request=forms.Status, responses={200: openapi.of(answers.UnitAnswer)})
    def patch(self, request: Request, unit: str) -> Response:
        said = forms.Status.of(request)
        return self.answer(units.set_status(self.principal, unit, said["status"], self.at, tap_of(request, said)))


class BookOn(UnitView):
    @extend_schema(request=forms.BookOn, responses={200: openapi.of(answers.UnitAnswer)})
    def post(self, request: Request, unit: str) -> Response:
        return self.answer(units.book_on(self.principal, unit, station=self.at, **forms.BookOn.of(request)))


class BookOff(UnitView):
    @extend_schema(request=forms.Nothing, responses={200: openapi.of(answers.UnitAnswer)})
    def post(self, request: Request, unit: str) -> Response:
        forms.Nothing.of(request)
        return self.answer(units.book_off(self.principal, unit, self.at))


class Kinds(StationAPIView):
    """The kinds of incident in use, with the initials they are typed by and their checklists."""

    @extend_schema(responses={200: openapi.page_of(answers.KindAnswer)})
    def get(self, request: Request) -> Response:
        kinds = whole_kinds(Kind.objects.filter(is_active=True))
        return Response({"next": None, "results": [answers.kind(one) for one in kinds]})
