"""The page of errands: an auxiliary signs and reports, whoever may hands them out and reads the reports."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import clock
from command.errors import NotThere, Problem
from command.pages import FormPage
from command.permissions import Capability, Principal
from dispatch import errands
from dispatch.models import Errand, Incident, Unit, crew_of
from dispatch.states import IncidentState, UnitStatus

SHOWN = 100
LATELY = dt.timedelta(hours=24)


class GiveForm(forms.Form):
    """Who is to do what, for which incident."""

    unit = forms.ChoiceField(label=gettext_lazy("Auxiliary unit"))
    incident = forms.ChoiceField(label=gettext_lazy("For the incident"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Task"), max_length=errands.TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": 3})
    )
    address = forms.CharField(
        label=gettext_lazy("Place"), max_length=200, required=False,
        help_text=gettext_lazy("Empty: at the incident."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(one.key, one.call_sign) for one in auxiliaries(actor)]  # type: ignore[attr-defined]
        may = actor.rights().stations(Capability.NOTE)
        seen = Incident.objects.visible_to(actor).filter(state=IncidentState.OPEN, station__in=may).order_by("-pk")
        numbers = [(one.number, f"{one.number} {one.address}".strip()) for one in seen[:SHOWN]]
        self.fields["incident"].choices = [("", _("none")), *numbers]  # type: ignore[attr-defined]


def auxiliaries(actor: Principal) -> list[Unit]:
    """The auxiliary units on duty to which somebody may give tasks."""
    may = actor.rights().stations(Capability.NOTE)
    there = Unit.objects.filter(station__in=may, kind="auxiliary", retired_at=None).exclude(status=UnitStatus.OFF_DUTY)
    return list(there.select_related("station").order_by("station__code", "call_sign"))


class Errands(FormPage):
    """What is to be done, what was reported in the last day, and the form for another."""

    template = "dispatch/errands.html"
    form_class = GiveForm

    def form(self, **kwargs: Any) -> forms.Form:
        return GiveForm(actor=self.principal, **kwargs)

    def context(self, **more: Any) -> dict[str, Any]:
        mine = errands.whole(Errand.objects.visible_to(self.principal)).order_by("-pk")
        open_ones = list(mine.filter(done_at=None, recalled_at=None)[:SHOWN])
        on = set(Unit.objects.filter(crew_of(self.principal)).values_list("pk", flat=True))
        dispatches = self.principal.rights().stations(Capability.DISPATCH)
        return super().context(
            rows=[
                (one, one.unit_id in on or one.station_id in dispatches,
                 one.given_by_id == self.principal.pk or one.station_id in dispatches)
                for one in open_ones
            ],
            ended=mine.filter(given_at__gt=clock.now() - LATELY).exclude(pk__in=[one.pk for one in open_ones])[:SHOWN],
            may_give=bool(self.principal.rights().stations(Capability.NOTE)), units=auxiliaries(self.principal), **more,
        )  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        act = request.POST.get("act", "")
        if not act:
            return super().post(request, *args, **kwargs)
        try:
            messages.success(request, self._take(act, request.POST.get("errand", ""), request.POST.get("report", "")))
        except Problem as problem:
            messages.error(request, problem.message)
        return redirect(request.path)

    def _take(self, act: str, ident: str, words: str) -> str:
        """Run the verb that a row's button names; returns the words of success. Raises as the verbs do."""
        if not ident.isascii() or not ident.isdigit() or len(ident) > 18 or act not in ("accept", "done", "recall"):
            raise NotThere("not_there", _("There is no such task."))
        if act == "accept":
            errands.accept(self.principal, int(ident))
            return _("Signed for.")
        if act == "done":
            errands.report(self.principal, int(ident), words)
            return _("Reported.")
        errands.recall(self.principal, int(ident))
        return _("Taken back.")

    def act(self, said: dict[str, Any]) -> str:
        station, _slash, call_sign = said["unit"].partition("/")
        errands.give(
            self.principal, call_sign, said["text"], incident=said["incident"], address=said["address"], station=station
        )
        return _("%(unit)s has the task.") % {"unit": call_sign}
