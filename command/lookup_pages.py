"""The page on which a supervisor looks at flagged look-ups of people."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from command import audit, lists, lookups
from command.errors import Forbidden, Problem
from command.models import Officer
from command.pages import Page


class Lookups(Page):
    """What was looked up and flagged; opening this is itself entered."""

    template = "command/audit/lookups.html"

    @property
    def officer(self) -> Officer:
        person = self.principal
        if not isinstance(person, Officer):
            raise Forbidden("person_only", _("This is for a person who has signed in."))
        return person

    def get(self, request: HttpRequest) -> HttpResponse:
        found = lookups.supervised_by(self.officer)
        state = "all" if request.GET.get("state") == "all" else "open"
        rows = found if state == "all" else found.filter(looked_at=None)
        audit.look_up(self.officer, "read_lookups", "station", self.officer.station.code, self.officer.station_id)
        return self.show(
            rows=lists.slice_of(request, rows), state=state, query=f"state={state}", flags=lookups.FLAGS,
            purposes=lookups.PURPOSES, verdicts=lookups.VERDICTS,
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        said = request.POST
        number = said.get("lookup", "")
        try:
            known = number.isascii() and number.isdigit() and len(number) < 19
            lookups.judge(self.officer, int(number) if known else 0, said.get("verdict", ""))
            messages.success(request, _("Noted."))
        except Forbidden:
            raise
        except Problem as problem:
            messages.error(request, problem.message)
        return redirect("lookups")
