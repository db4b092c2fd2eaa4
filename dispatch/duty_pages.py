"""The page on which somebody books themselves on and off duty."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command.errors import Forbidden, Problem
from command.models import Officer
from command.pages import FormPage
from devices.models import LastFix
from dispatch import units
from dispatch.fleet_words import STATUS_WORDS
from dispatch.models import Unit
from dispatch.states import UnitStatus

FIRST = (UnitStatus.PATROL, UnitStatus.AT_STATION)


class BookOnForm(forms.Form):
    """Which unit, with whom, and what one does first."""

    unit = forms.ChoiceField(label=gettext_lazy("Unit"))
    crew = forms.MultipleChoiceField(
        label=gettext_lazy("Together with"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Who is on the unit already stays on it."),
    )  # fmt: skip
    status = forms.ChoiceField(
        label=gettext_lazy("I begin"), choices=lambda: [(one.value, STATUS_WORDS[one.value]) for one in FIRST]
    )

    def __init__(self, *args: Any, officer: Officer, units_there: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(one.call_sign, _words(one)) for one in units_there]  # type: ignore[attr-defined]
        mates = Officer.objects.filter(station=officer.station_id, is_active=True).exclude(pk=officer.pk)
        self.fields["crew"].choices = [  # type: ignore[attr-defined]
            (one.username, " · ".join(part for part in (one.badge, one.label) if part))
            for one in mates.order_by("badge", "name")
        ]


def _words(unit: Unit) -> str:
    on = " ".join(one.label for one in units.crew_on(unit))
    return " · ".join(part for part in (unit.call_sign, str(STATUS_WORDS[unit.status]), on) if part)


class OnDuty(FormPage):
    """On duty with a unit, or off."""

    template = "dispatch/duty.html"
    form_class = BookOnForm

    @property
    def officer(self) -> Officer:
        person = self.principal
        if not isinstance(person, Officer):
            raise Forbidden("person_only", _("This is for a person who has signed in."))
        return person

    def context(self, **more: Any) -> dict[str, Any]:
        mine = units.unit_with(self.officer)
        if mine is None:
            return super().context(has_units=bool(self.units_there()), **more)
        heard = LastFix.objects.filter(device__in=mine.devices.all()).order_by("-corrected").first()
        return super().context(
            mine=mine, crew=units.crew_on(mine), status=STATUS_WORDS[mine.status], heard=heard,
            has_phone=mine.devices.exists(), **more,
        )  # fmt: skip

    def units_there(self) -> list[Unit]:
        """The units of one's station that one may join, one's usual ones first."""
        seen = Unit.objects.visible_to(self.officer).filter(station=self.officer.station_id)
        usual = set(seen.filter(usual_crew=self.officer).values_list("pk", flat=True))
        return sorted(seen.select_related("station"), key=lambda one: (one.pk not in usual, one.call_sign))

    def form(self, **kwargs: Any) -> forms.Form:
        return BookOnForm(officer=self.officer, units_there=self.units_there(), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "off" not in request.POST:
            return super().post(request, *args, **kwargs)
        try:
            units.leave(self.officer)
            messages.success(request, _("You are off duty."))
        except Problem as problem:
            messages.error(request, problem.message)
        return redirect(request.path)

    def act(self, said: dict[str, Any]) -> str:
        me = self.officer
        unit = units.join(me, said["unit"], said["crew"], said["status"], me.station.code)
        return _("You are on duty with %(unit)s.") % {"unit": unit.call_sign}
