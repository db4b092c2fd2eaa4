"""The pages of what was recorded: what is to be played and why, and the player."""

import datetime as dt
from typing import Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import clock, lists
from command.errors import Forbidden
from command.pages import Page
from command.permissions import Capability
from devices import recordings
from devices.models import Playback, Turn
from devices.voice import turns

SAID = 200  # turns of talk that the player's page lists
GROUPS = {
    "station": gettext_lazy("Station"), "incident": gettext_lazy("Incident"), "all": gettext_lazy("All stations"),
    "officer": gettext_lazy("in private"), "aloud": gettext_lazy("aloud from the phone"),
}  # fmt: skip
BEFORE = dt.timedelta(minutes=10)  # what is offered where nothing is said: the last ten minutes


class _Moment(forms.DateTimeField):
    """A time of the station's own clock."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")


class PlaybackForm(lists.ActorForm):
    """What is to be played, from when to when, and why."""

    capability = Capability.PLAY_RECORDINGS
    sources = forms.MultipleChoiceField(label=gettext_lazy("Cameras and phones"), widget=forms.CheckboxSelectMultiple)
    since = _Moment(label=gettext_lazy("From"))
    until = _Moment(label=gettext_lazy("Until"), help_text=gettext_lazy("By the station's clock; at most 24 hours."))
    incident = forms.CharField(
        label=gettext_lazy("Incident"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("The number of an open one is the reason. Without one, or when it is over, say why in words."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = recordings.sources_of(self.actor).order_by("station__code", "camera__name", "pk")
        choices = self.fields["sources"]
        assert isinstance(choices, forms.MultipleChoiceField)  # nosec B101
        chosen = self.initial.get("sources", ())  # first: of some hundred the list shows a few at a time
        ordered = sorted(found, key=lambda one: str(one.pk) not in chosen)
        choices.choices = [(one.pk, f"{one.label} · {one.station.code}") for one in ordered]


class Playbacks(lists.ActorFormPage):
    """Asks what is to be played, and why."""

    form_class: ClassVar[type[lists.ActorForm]] = PlaybackForm
    template = "devices/playback_form.html"

    def heading(self) -> tuple[str, str, str]:
        return _("Play recordings"), _("Play"), ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with timezone.override(self._zone()):
            return super().dispatch(request, *args, **kwargs)

    def _zone(self) -> ZoneInfo:
        station = getattr(self.principal, "station", None)
        return ZoneInfo(station.zone) if station else ZoneInfo("UTC")

    def initial(self) -> dict[str, Any]:
        asked, now = self.request.GET, clock.now()
        until = _time(asked.get("until")) or now
        return {
            "sources": asked.get("sources", "").split(","), "incident": asked.get("incident", ""),
            "since": timezone.localtime(_time(asked.get("since")) or until - BEFORE), "until": timezone.localtime(until),
        }  # fmt: skip

    def act(self, said: dict[str, Any]) -> HttpResponse:
        opened = recordings.begin(
            self.principal, [int(one) for one in said["sources"]], said["since"], said["until"], said["incident"],
            said["reason"],
        )  # fmt: skip
        return HttpResponseRedirect(reverse("playback", args=[opened.pk]))


def _time(text: str | None) -> dt.datetime | None:
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


class OnePlayback(Page):
    """The player of a playback that was opened."""

    template = "devices/playback.html"

    def get(self, request: HttpRequest, playback: int) -> HttpResponse:
        opened = recordings.of_playback(self.principal, playback)
        sources = {str(one.pk): one.label for one in opened.sources.select_related("camera", "officer").order_by("pk")}
        station = getattr(self.principal, "station", None)
        facts = {"id": opened.pk, "sources": sources, "zone": station.zone if station else "UTC"}
        said = self._said(opened)
        why = urlencode({"incident": opened.incident, "reason": opened.reason})
        return self.show(opened=opened, facts=facts, said=said, why=why, groups=GROUPS)

    def _said(self, opened: Playback) -> list[Turn]:
        """What was said in that time, of the incident or in all groups: a look of its own, with the playback's reason.

        Nothing where that is none any more: the incident has been closed since.
        """
        try:
            found = turns.heard_by(self.principal, opened.incident, opened.reason)
        except Forbidden:
            return []
        kept = found.filter(began_at__lt=opened.until, ended_at__gt=opened.since, erased_at=None).exclude(sha256="")
        return list(kept.order_by("began_at", "pk")[:SAID])
