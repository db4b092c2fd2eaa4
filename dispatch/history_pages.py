"""The pages of the desk's memory: past incidents, callers, the shift's log and the hand-over."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from command import audit, lists, lookups
from command.errors import Forbidden, NotThere, Problem
from command.models import Alarm, Officer, Station
from command.pages import FormPage, Page, tell
from command.permissions import Capability, Level
from dispatch import answers, history, shifts
from dispatch.models import Handover, Kind, ShiftNote
from dispatch.states import IncidentState

METRES = ("100", "300", "1000", "3000")
DAY = {"type": "date"}


def stations_of(page: Page, capability: Capability, level: Level = Level.OWN) -> list[Station]:
    """Where the person has the capability, their own station first. Raises Forbidden where there is none."""
    person = page.principal
    if not isinstance(person, Officer):
        raise Forbidden("person_only", _("This is for a person who has signed in."))
    ids = person.rights().stations(capability, level)
    return sorted(Station.objects.filter(pk__in=ids), key=lambda one: (one.pk != person.station_id, one.code))


class WithStation(forms.Form):
    """A form about one of one's stations."""

    station = forms.ChoiceField(label=gettext_lazy("Station"))

    def __init__(self, *args: Any, stations: list[Station], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {one.code: one for one in stations}
        field = self.fields["station"]
        field.choices = [(one.code, f"{one.code} {one.name}") for one in stations]  # type: ignore[attr-defined]
        field.initial = next(iter(self.by_code), None)

    @property
    def chosen(self) -> Station:
        return self.by_code[self.cleaned_data["station"]]


class SearchForm(WithStation):
    number = forms.CharField(label=gettext_lazy("Number"), required=False, max_length=24)
    words = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=80)
    near = forms.CharField(label=gettext_lazy("Near (place)"), required=False, max_length=80)
    metres = forms.TypedChoiceField(
        label=gettext_lazy("Within, m"), choices=[(m, m) for m in METRES], coerce=int, required=False, empty_value="300"
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs=DAY))
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs=DAY))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = "name_zh" if get_language() == "zh-hans" else "name_en"
        kinds = list(Kind.objects.values_list("slug", name))
        self.fields["kind"].choices = [("", _("all")), *kinds]  # type: ignore[attr-defined]
        states = [(state.value, _(state.value)) for state in IncidentState]
        self.fields["state"].choices = [("", _("all")), *states]  # type: ignore[attr-defined]


class History(Page):
    """Past incidents by number, place and time."""

    template = "dispatch/history.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        stations = stations_of(self, Capability.SEARCH_PEOPLE)
        form = SearchForm(request.GET or {"station": stations[0].code}, stations=stations)
        if not form.is_valid():
            return self.show(status=400, form=form)
        try:
            rows = history.found(self.principal, form.chosen, form.cleaned_data)
        except Problem as problem:
            tell(form, problem)
            return self.show(status=problem.status, form=form)
        self.enter(form)
        query = urlencode({name: value for name, value in request.GET.items() if value and name != "page"})
        return self.show(form=form, rows=lists.slice_of(request, rows), query=query, station=form.chosen)

    def enter(self, form: SearchForm) -> None:
        """Enter the search: which fields, never what was typed, which may be a name."""
        asked = sorted(name for name, value in form.cleaned_data.items() if value and name not in ("station", "metres"))
        audit.look_up(self.principal, "search_incidents", "station", form.chosen.code, form.chosen.pk, by=asked)


class CallerForm(WithStation):
    caller = forms.CharField(
        label=gettext_lazy("Number or name of a caller, or of somebody in the facts"), max_length=60
    )
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), choices=list(lookups.PURPOSES.items()))
    reference = forms.CharField(
        label=gettext_lazy("Incident or case"), required=False, max_length=80,
        help_text=gettext_lazy("A duty officer names the number of an incident under way."),
    )  # fmt: skip
    words = forms.CharField(label=gettext_lazy("In a few words, what it is for"), required=False, max_length=200)


@method_decorator(never_cache, name="dispatch")
class Callers(FormPage):
    """Past incidents of a caller: only with a reason, entered before anything is shown. By POST, so that no log and no
    history holds who was looked for."""

    template = "dispatch/callers.html"
    form_class = CallerForm

    def form(self, **kwargs: Any) -> forms.Form:
        stations = stations_of(self, Capability.SEARCH_PEOPLE)
        return CallerForm(initial={"reference": self.request.GET.get("incident", "")}, stations=stations, **kwargs)

    def act(self, said: dict[str, Any]) -> HttpResponse:
        person = self.principal
        assert isinstance(person, Officer)  # stations_of has seen to it  # nosec B101
        station = Station.objects.get(code=said["station"])
        found = history.by_person(person, station, said["caller"], said["purpose"], said["reference"], said["words"])
        shown = [(row, answers.may_see_caller(person, row)) for row in found[: lists.ROWS]]
        return render(self.request, "dispatch/callers_found.html", {"rows": shown, "caller": said["caller"]})


class Shift(Page):
    """The shift's log and the hand-over of a station."""

    template = "dispatch/shift.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        station = self.station(request.GET.get("station"))
        notes = ShiftNote.objects.filter(station=station).select_related("officer").order_by("-pk")
        offered = Handover.objects.filter(station=station, taken_at=None).select_related("given_by").first()
        taken = Handover.objects.filter(station=station).exclude(taken_at=None).select_related("given_by", "taken_by")
        return self.show(
            station=station, stations=stations_of(self, Capability.DISPATCH), rows=lists.slice_of(request, notes),
            state=shifts.state_of(station), offered=offered, taken=taken.order_by("-pk")[:10],
            alarms=Alarm.objects.filter(station=station, cleared_at=None).count(), query=f"station={station.code}",
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        station, officer = self.station(request.POST.get("station")), self.principal
        assert isinstance(officer, Officer)  # stations_of has seen to it  # nosec B101
        try:
            messages.success(request, self.act(officer, station, request))
        except Problem as problem:
            messages.error(request, problem.message)
        return redirect(f"{request.path}?station={station.code}")

    def act(self, officer: Officer, station: Station, request: HttpRequest) -> str:
        """Run the verb whose button was pressed."""
        said = request.POST
        if "hand_over" in said:
            shifts.hand_over(officer, station, _plain(said.get("text", "")))
            return _("Offered. Somebody else signs for it.")
        if "take_over" in said:
            shifts.take_over(officer, _number(said.get("handover", "")))
            return _("You have taken over.")
        if "withdraw" in said:
            shifts.withdraw(officer, _number(said.get("handover", "")))
            return _("Withdrawn.")
        shifts.note(officer, station, _plain(said.get("text", "")))
        return _("Noted.")

    def station(self, code: str | None) -> Station:
        """The station of that code where one dispatches; one's own unless one is named."""
        mine = stations_of(self, Capability.DISPATCH, Level.FULL)
        found = next((one for one in mine if one.code == code), None) if code else mine[0]
        if found is None:
            raise NotThere("not_there", _("There is no station %(code)s.") % {"code": (code or "")[:12]})
        return found


def _plain(text: str) -> str:
    return text.replace("\0", "")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotThere("not_there", _("This hand-over has been taken or withdrawn."))
    return int(text)
