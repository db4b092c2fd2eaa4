"""The pages of what a station shares with enterprises' rooms."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import lists, shares
from command.models import Station
from command.pages import Page
from command.permissions import Capability

STATIONS = Capability.MANAGE_STATIONS
WORDS = {
    "map": gettext_lazy("the station's name and boundary"),
    "incidents": gettext_lazy("open incidents: kind, urgency, place, how far they are"),
    "facts": gettext_lazy("the facts of these incidents, as they were written down"),
    "units": gettext_lazy("units on duty there or sent there: call sign, status, place; nobody's name"),
    "alarms": gettext_lazy("alarms about what is there"),
}
WHERE = (
    ("area", gettext_lazy("within the room's boundary, as it is now")),
    ("everywhere", gettext_lazy("everywhere at this station")),
)


class Shares(Page):
    """Who is shown what."""

    template = "command/screens/shares.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = [(one, [WORDS[topic] for topic in one.topics], _is_old(one)) for one in shares.given_by(self.principal)]
        return self.show(rows=rows, has_rooms=shares.rooms().exists())


def _is_old(one: Any) -> bool:
    """Whether the room's boundary was drawn anew after it was shared within."""
    return one.area is not None and one.area != one.room.boundary


class TopicsForm(lists.ActorForm):
    """What is shared, and where."""

    capability = STATIONS
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("What it is shown"),
        choices=lambda: list(WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Never callers, nobody's name and nothing of the log."),
    )
    where = forms.ChoiceField(label=gettext_lazy("Where"), choices=WHERE, widget=forms.RadioSelect, initial="area")


class ShareForm(TopicsForm):
    """A room, a station, and what."""

    room = lists.StationChoice(label=gettext_lazy("Enterprise's room"))
    station = lists.StationChoice(label=gettext_lazy("What is shared is this station's"))
    field_order = ("room", "station", "topics", "where")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].queryset = shares.rooms()  # type: ignore[attr-defined]
        stations: Any = self.fields["station"]
        stations.queryset = stations.queryset.exclude(kind="room")


class ShareWith(lists.ActorFormPage):
    """Share with a room."""

    form_class: ClassVar[type[lists.ActorForm]] = ShareForm
    onward = "shares"

    def heading(self) -> tuple[str, str, str]:
        return _("Share with an enterprise's room"), _("Share"), reverse("shares")

    def act(self, said: dict[str, Any]) -> str:
        return self.share(said["station"], said["room"], said)

    def share(self, station: Station, room: Station, said: dict[str, Any]) -> str:
        """Run the verb."""
        everywhere = said["where"] == "everywhere"
        shares.share(self.principal, station, room, said["topics"], everywhere=everywhere)
        return _("Shared: %(room)s sees it within 5 seconds.") % {"room": room.name}


class ChangeShare(ShareWith):
    """Share more, less, or elsewhere."""

    form_class = TopicsForm

    def heading(self) -> tuple[str, str, str]:
        found = shares.seen(self.principal, self.kwargs["share"])
        names = {"station": found.station.code, "room": found.room.name}
        return _("What %(station)s shares with %(room)s") % names, _("Save"), reverse("shares")

    def initial(self) -> dict[str, Any]:
        found = shares.seen(self.principal, self.kwargs["share"])
        return {"topics": found.topics, "where": "area" if found.area else "everywhere"}

    def act(self, said: dict[str, Any]) -> str:
        found = shares.seen(self.principal, self.kwargs["share"])
        return self.share(found.station, found.room, said)


class Withdraw(lists.AskPage):
    """Share nothing any more."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        found = shares.seen(self.principal, kwargs["share"])
        names = {"station": found.station.code, "room": found.room.name}
        said = [_("Its open walls lose it within 5 seconds; what was seen can't be unseen.")]
        return _("Withdraw what %(station)s shares with %(room)s?") % names, said, _("Withdraw")

    def act(self, **kwargs: Any) -> str:
        shares.withdraw(self.principal, kwargs["share"])
        return _("Withdrawn.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("shares")
