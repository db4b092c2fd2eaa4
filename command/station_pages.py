"""The pages of stations: their tree, what each is called, and its boundary drawn on the map or pasted as GeoJSON."""

import functools
import zoneinfo
from dataclasses import dataclass
from typing import Any

import orjson
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from command import boundaries, lists, stations
from command.errors import Invalid, NotThere
from command.models import Station
from command.pages import Page
from command.permissions import Principal
from command.station_words import STATION_KIND_WORDS, SURROUNDINGS_WORDS

FIRST_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "UTC")
FILE_LIMIT = 900_000  # bytes
NEIGHBOURS = 100
CODE_WORDS = gettext_lazy("Capital letters and digits, for example S2. It begins every incident's number and stays.")
ZONE_WORDS = gettext_lazy("Times are shown, and days counted, on this clock.")


@dataclass(frozen=True)
class Branch:
    """A station in the tree, `depth` steps below the topmost that one manages."""

    station: Station
    depth: int
    area_km2: float | None


def tree(actor: Principal) -> list[Branch]:
    """The stations one manages, each followed by those below it."""
    mine = list(lists.managed_stations(actor, stations.STATIONS))
    ids = {one.pk for one in mine}
    below: dict[int | None, list[Station]] = {}
    for one in mine:
        below.setdefault(one.parent_id if one.parent_id in ids else None, []).append(one)
    found: list[Branch] = []
    waiting = [(one, 0) for one in reversed(below.get(None, []))]
    while waiting:
        station, depth = waiting.pop()
        found.append(Branch(station, depth, boundaries.area_km2(station.boundary) if station.boundary else None))
        waiting += [(one, depth + 1) for one in reversed(below.get(station.pk, []))]
    return found


def one_of(actor: Principal, station_id: int) -> Station:
    """The station, if one manages it. Raises NotThere."""
    found: Station | None = lists.managed_stations(actor, stations.STATIONS).filter(pk=station_id).first()
    if found is None:
        raise NotThere("not_there", _("There is no such station."))
    return found


@functools.cache
def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """The time zones that there are, those of China first."""
    rest = sorted(zoneinfo.available_timezones() - set(FIRST_ZONES))
    return [("", [(one, one) for one in FIRST_ZONES]), ("—", [(one, one) for one in rest])]


class Stations(Page):
    """The tree of stations."""

    template = "command/stations/list.html"

    def get(self, request: Any) -> Any:
        return self.show(
            rows=tree(self.principal), kinds=STATION_KIND_WORDS, surroundings=SURROUNDINGS_WORDS
        )  # fmt: skip


class StationForm(lists.ActorForm):
    """What is known of a station."""

    capability = stations.STATIONS
    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=stations.NAME_LIMIT)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: list(STATION_KIND_WORDS.items()))
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zones,
        help_text=ZONE_WORDS,
    )
    surroundings = forms.ChoiceField(
        label=gettext_lazy("Surroundings"),
        choices=lambda: list(SURROUNDINGS_WORDS.items()),
        help_text=gettext_lazy("They say which targets of response hold."),
    )


class NewStationForm(StationForm):
    """A station below another."""

    parent = lists.StationChoice(label=gettext_lazy("Belongs to"))
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=12,
        help_text=CODE_WORDS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    field_order = ("code", "name", "parent", "kind", "zone", "surroundings")

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()


class AddStation(lists.ActorFormPage):
    """A station below one's own."""

    form_class = NewStationForm
    onward = "stations"

    def initial(self) -> dict[str, Any]:
        return {"kind": "station", "zone": "Asia/Shanghai", "surroundings": "city"}

    def heading(self) -> tuple[str, str, str]:
        return _("Add a station"), _("Add"), reverse("stations")

    def act(self, said: dict[str, Any]) -> str:
        station = stations.add_station(self.principal, **said)
        return _("%(name)s is added: draw its boundary next.") % {"name": f"{station.code} {station.name}"}


class ChangeStation(lists.ActorFormPage):
    """Name, kind, time zone and surroundings."""

    form_class = StationForm
    onward = "stations"

    def heading(self) -> tuple[str, str, str]:
        station = one_of(self.principal, self.kwargs["station"])
        return f"{station.code} {station.name}", _("Save"), reverse("stations")

    def initial(self) -> dict[str, Any]:
        station = one_of(self.principal, self.kwargs["station"])
        return {name: getattr(station, name) for name in ("name", "kind", "zone", "surroundings")}

    def act(self, said: dict[str, Any]) -> str:
        stations.change_station(self.principal, self.kwargs["station"], **said)
        return _("Saved.")


class BoundaryForm(lists.ActorForm):
    """A boundary as text, which the map keeps up to date, or as a file."""

    capability = stations.STATIONS
    boundary = forms.CharField(
        label=gettext_lazy("Corners, or GeoJSON"),
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "WGS-84. What stands here is what is saved; the map shows it. A corner a line, for example “29.6075, 106.5512”;"
            " an empty line begins another area."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy("GeoJSON up to 900 kB; it goes before the text."),
        widget=forms.ClearableFileInput(attrs={"accept": ".geojson,.json,application/geo+json"}),
    )

    def said(self) -> str:
        """The GeoJSON that was sent. Raises Invalid where the file holds no text."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return str(self.cleaned_data["boundary"])
        raw = file.read(FILE_LIMIT + 1) if file.size is None or file.size <= FILE_LIMIT else b"\xff"
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            said = _("expected GeoJSON in UTF-8 of at most 900 kB")
            raise Invalid("bad_boundary", said, fields={"file": said}) from wrong


class Boundary(lists.ActorFormPage):
    """A station's boundary, drawn on the map or pasted."""

    form_class = BoundaryForm
    template = "command/stations/boundary.html"
    onward = "stations"

    def station(self) -> Station:
        return one_of(self.principal, self.kwargs["station"])

    def heading(self) -> tuple[str, str, str]:
        station = self.station()
        return _("Boundary of %(name)s") % {"name": f"{station.code} {station.name}"}, _("Save"), reverse("stations")

    def initial(self) -> dict[str, Any]:
        area = self.station().boundary
        return {"boundary": area.geojson if area else ""}

    def context(self, **more: Any) -> dict[str, Any]:
        station = self.station()
        seen = Station.objects.filter(pk__in=self.principal.rights().all_stations()).exclude(pk=station.pk)
        others = seen.exclude(boundary=None).order_by("code")[:NEIGHBOURS]
        drawn = [orjson.loads(one.boundary.geojson) for one in others if one.boundary]
        return super().context(station=station, others=drawn, **more)

    def act(self, said: dict[str, Any]) -> str:
        try:
            station = stations.draw_boundary(self.principal, self.kwargs["station"], self.sent.said())
        except Invalid as wrong:
            place = "file" if said["file"] else "boundary"
            raise Invalid(wrong.code, wrong.message, fields={place: wrong.message}) from wrong
        size = boundaries.area_km2(station.boundary) if station.boundary else 0.0
        return _("Saved: %(size)s km². Walls and desks show it already.") % {"size": f"{size:,.2f}"}

    def form(self, **kwargs: Any) -> BoundaryForm:
        self.sent = BoundaryForm(initial=self.initial(), actor=self.principal, **kwargs)
        return self.sent


class RemoveBoundary(lists.AskPage):
    """Leave a station without a boundary."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        station = one_of(self.principal, kwargs["station"])
        said = [
            _(
                "Walls and desks show the whole map instead. The drawing is gone: save the GeoJSON first if it may be needed."
            )
        ]
        return _("Remove the boundary of %(name)s?") % {"name": f"{station.code} {station.name}"}, said, _("Remove")

    def act(self, **kwargs: Any) -> str:
        stations.remove_boundary(self.principal, kwargs["station"])
        return _("Removed.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("boundary", args=[kwargs["station"]])
