"""The pages of what the station knows of places. The list names no person; who opens a note with one is entered."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import audit, clock, lists
from command.errors import Invalid, NotThere
from command.pages import Page
from command.permissions import Principal
from command.places import search
from dispatch import place_notes
from dispatch.models import PlaceNote
from dispatch.place_note_words import KIND_WORDS

SEARCHED = ("address", "words", "station__code")
DAY = {"type": "date"}


def note_of(actor: Principal, note_id: int) -> PlaceNote:
    """The note, if one keeps it and it is still told. Raises NotThere."""
    found: PlaceNote | None = (
        PlaceNote.objects.visible_to(actor).select_related("station").filter(pk=note_id, retired_at=None).first()
    )
    if found is None:
        raise NotThere("not_there", _("There is no such note."))
    return found


class PlaceNotes(Page):
    """All notes that are told."""

    template = "dispatch/place_notes.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        q = lists.words_of(request)
        rows = PlaceNote.objects.visible_to(self.principal).filter(retired_at=None).select_related("station")
        rows = rows.filter(lists.matching(SEARCHED, q)) if q else rows
        return self.show(
            rows=lists.slice_of(request, rows.order_by("address", "pk")), q=q, query=f"q={q}" if q else "",
            kinds=KIND_WORDS, today=clock.now().date(),
        )  # fmt: skip


class PlaceNoteForm(lists.ActorForm):
    """What is known of a place."""

    capability = place_notes.KEEPS
    station = lists.StationChoice(label=gettext_lazy("Station"))
    address = forms.CharField(
        label=gettext_lazy("Place"),
        max_length=200,
        help_text=gettext_lazy(
            "As the desk's search finds it: an address, a crossing, a landmark; or lat, lon in degrees."
        ),
    )
    radius_m = forms.IntegerField(
        label=gettext_lazy("Told to calls within, m"), initial=50, min_value=place_notes.RADII_M[0],
        max_value=place_notes.RADII_M[1],
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: list(KIND_WORDS.items()))
    words = forms.CharField(
        label=gettext_lazy("What there is to know"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Of the place, not of people who live there."),
    )
    contact_name = forms.CharField(
        label=gettext_lazy("Key-holder"), required=False, max_length=60,
        help_text=gettext_lazy("Only who has agreed to be called."),
    )  # fmt: skip
    contact_phone = forms.CharField(label=gettext_lazy("Key-holder's phone"), required=False, max_length=30)
    until = forms.DateField(
        label=gettext_lazy("Told until"),
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text=gettext_lazy("A year at most; then it is checked and renewed, or gone."),
    )

    def __init__(self, *args: Any, note: PlaceNote | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.note = note
        if note:
            del self.fields["station"]

    def clean(self) -> dict[str, Any]:
        """With lat and lon of the address: those of before where it was not changed."""
        said = super().clean() or {}
        address = said.get("address", "")
        if self.note and address == self.note.address:
            return {**said, "lat": self.note.place.y, "lon": self.note.place.x}
        try:
            return {**said, **_place(address)} if address else said
        except Invalid as wrong:
            self.add_error("address", wrong.message)
            return said


def _place(words: str) -> dict[str, float]:
    """Degrees of a place that somebody named. Raises Invalid."""
    parts = words.replace("，", ",").split(",")
    try:
        lat, lon = (float(part) for part in parts)
        return {"lat": lat, "lon": lon}
    except ValueError:
        hits = search.find(words, None, 1)
    if not hits:
        raise Invalid("unknown_place", _("No place of the map has this name: take one that the desk's search finds."))
    return {"lat": hits[0].lat, "lon": hits[0].lon}


class AddPlaceNote(lists.ActorFormPage):
    form_class = PlaceNoteForm
    onward = "place_notes"

    def heading(self) -> tuple[str, str, str]:
        return _("Note something of a place"), _("Note it"), reverse("place_notes")

    def initial(self) -> dict[str, Any]:
        return {
            "until": clock.now().date() + dt.timedelta(days=365),
            "address": self.request.GET.get("place", "")[:200],
        }

    def act(self, said: dict[str, Any]) -> str:
        place_notes.add_note(self.principal, **said)
        return _("Noted. Whoever is sent there is told.")


class ChangePlaceNote(lists.ActorFormPage):
    template = "dispatch/place_note.html"
    form_class = PlaceNoteForm
    onward = "place_notes"

    @property
    def note(self) -> PlaceNote:
        return note_of(self.principal, self.kwargs["note"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        note = self.note
        audit.look_up(self.principal, "read_place_note", "place_note", note.pk, note.station_id)
        return super().get(request, *args, **kwargs)

    def form(self, **kwargs: Any) -> PlaceNoteForm:
        return PlaceNoteForm(initial=self.initial(), actor=self.principal, note=self.note, **kwargs)

    def initial(self) -> dict[str, Any]:
        names = ("address", "radius_m", "kind", "words", "contact_name", "contact_phone", "until")
        return {name: getattr(self.note, name) for name in names}

    def heading(self) -> tuple[str, str, str]:
        return self.note.address, _("Save"), reverse("place_notes")

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(note=self.note, **more)

    def act(self, said: dict[str, Any]) -> str:
        place_notes.change_note(self.principal, self.kwargs["note"], **said)
        return _("Saved.")


class RetirePlaceNote(lists.AskPage):
    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        note = note_of(self.principal, kwargs["note"])
        said = [_("It is told to nobody any more, and the key-holder's name and number are forgotten at once.")]
        return _("Retire the note on %(place)s?") % {"place": note.address}, said, _("Retire")

    def act(self, **kwargs: Any) -> str:
        place_notes.retire_note(self.principal, kwargs["note"])
        return _("Retired.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("place_notes")
