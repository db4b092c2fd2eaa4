"""The index of administration: what is still to be set up, and the pages one may open with how much stands there."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from command import clock, first_run, navigation
from command.errors import Forbidden
from command.models import Officer
from command.pages import Page
from command.permissions import Capability


class Manage(Page):
    """What one may administer."""

    template = "command/manage.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        principal = self.principal
        entries = navigation.entries(principal, "manage") if isinstance(principal, Officer) else []
        if not isinstance(principal, Officer) or not entries:
            raise Forbidden("forbidden", _("There is nothing here that you may administer."))
        pages = [
            {
                "url": reverse(entry.route), "title": entry.title, "about": entry.about,
                "count": entry.count(principal) if entry.count else None,
            }
            for entry in entries
        ]  # fmt: skip
        station = principal.station
        may_set = principal.rights().may(Capability.MANAGE_STATIONS, station.pk)
        return self.show(
            pages=pages, run=first_run.led(request), station=station, may_set_zone=may_set,
            clock=f"{station.local(clock.now()):%H:%M}",
            may_dispatch=principal.rights().anywhere(Capability.DISPATCH),
            terminal=request.build_absolute_uri("/terminal/"),
        )  # fmt: skip
