"""The pages of maps: which are loaded, loading another in pieces, replacing one, taking one away."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache

from command import geo, lists, topmost
from command.errors import Forbidden, Invalid, NotThere, Problem
from command.models import Officer
from command.pages import Page
from command.places import map_words, maps, uploads
from command.places.models import Map, Upload

FIRST_NAME = "main"


def one_of(name: str) -> Map:
    """The map of this name. Raises NotThere."""
    found = Map.objects.filter(name=name).first()
    if found is None:
        raise NotThere("not_there", _("There is no such map."))
    return found


class LoadForm(forms.Form):
    """A file that is to be a map; scripts send it in pieces."""

    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"), max_length=40,
        help_text=gettext_lazy("Small letters, digits, - and _; it stands nowhere but here."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Extract (.osm.pbf)"),
        help_text=gettext_lazy("Up to 256 MB: a city or a county. It goes on where it was when it broke off."),
        widget=forms.FileInput(attrs={"accept": ".pbf"}),
    )


class Maps(Page):
    """What is loaded, what is on its way, and a place to load another."""

    template = "places/maps.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = [(one, _extent(one)) for one in Map.objects.order_by("name")]
        name = FIRST_NAME if not rows else ""
        under_way = Upload.objects.select_related("officer").order_by("began_at")
        loaded = request.GET.get("loaded", "")
        return self.show(
            rows=rows, under_way=[(one, map_words.told(one)) for one in under_way],
            form=LoadForm(initial={"name": name}), may=topmost.may(self.principal, uploads.MAP),
            station=getattr(self.principal, "station", None),
            loaded=loaded if any(one.name == loaded for one, _size in rows) else "",
        )  # fmt: skip


def _extent(base_map: Map) -> tuple[float, float]:
    """How many kilometres a map reaches from west to east and from south to north."""
    west, south, east, north = base_map.bounds.extent
    middle = (south + north) / 2
    return (
        geo.distance_m(middle, west, middle, east) / 1000,
        geo.distance_m(south, west, north, west) / 1000,
    )


class Replace(Page):
    """Says what replacing a map does, and takes the file."""

    template = "places/replace.html"

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        form = LoadForm(initial={"name": name})
        form.fields["name"].widget = forms.HiddenInput()
        return self.show(base_map=one_of(name), form=form, station=getattr(self.principal, "station", None))


class Remove(lists.AskPage):
    """Take a map away."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        one_of(kwargs["name"])
        said = [
            _("Walls and desks show no streets there any more, and no address there is found."),
            _("Incidents keep their places. The extract can be loaded again."),
        ]
        return _("Remove the map “%(name)s”?") % {"name": kwargs["name"]}, said, _("Remove")

    def act(self, **kwargs: Any) -> str:
        maps.remove_map(self.principal, kwargs["name"])
        return _("“%(name)s” is removed.") % {"name": kwargs["name"]}

    def onward(self, **kwargs: Any) -> str:
        return reverse("maps")


class Discard(lists.AskPage):
    """Forget an upload."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        found = _upload(kwargs["upload"])
        said = [_("What has arrived of “%(file)s” is deleted. Maps stay as they are.") % {"file": found.filename}]
        return _("Discard this upload?"), said, _("Discard")

    def act(self, **kwargs: Any) -> str:
        uploads.discard(self.principal, kwargs["upload"])
        return _("Discarded.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("maps")


def _upload(ident: int) -> Upload:
    found = Upload.objects.filter(pk=ident).first()
    if found is None:
        raise NotThere("not_there", _("There is no such upload."))
    return found


def _said(upload: Upload) -> JsonResponse:
    return JsonResponse(
        {
            "id": upload.pk, "name": upload.name, "state": upload.state, "received": upload.received,
            "size": upload.size, "words": map_words.told(upload),
        }
    )  # fmt: skip


class _Script(Page):
    """A door for our own script on these pages: its refusals are JSON."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Problem as problem:
            return JsonResponse(problem.as_json(), status=problem.status)


class AnnounceForm(forms.Form):
    """What a script says of a file before it sends it."""

    name = forms.CharField(max_length=60)
    filename = forms.CharField(max_length=1000)
    size = forms.IntegerField(min_value=0, max_value=2**50)
    changed = forms.IntegerField(min_value=-(2**60), max_value=2**60)
    replaces = forms.BooleanField(required=False)


@method_decorator(never_cache, name="dispatch")
class Announce(_Script):
    """A file is about to be sent."""

    def post(self, request: HttpRequest) -> HttpResponse:
        actor, form = self.principal, AnnounceForm(request.POST)
        if not isinstance(actor, Officer):
            raise Forbidden("forbidden", _("People load maps."))
        if not form.is_valid():
            said = " ".join(str(word) for words in form.errors.values() for word in words)
            raise Invalid("invalid", said, fields={"file": said})
        told = form.cleaned_data
        upload = uploads.begin(
            actor, told["name"], told["filename"], told["size"], told["changed"], replaces=told["replaces"]
        )
        return _said(upload)


@method_decorator(never_cache, name="dispatch")
class Piece(_Script):
    """How an upload stands; the next piece of it."""

    def get(self, request: HttpRequest, upload: int) -> HttpResponse:
        found = Upload.objects.filter(pk=upload).first()
        return _said(found) if found else JsonResponse({"state": "gone"})  # it is the map by now, or was discarded

    def post(self, request: HttpRequest, upload: int) -> HttpResponse:
        offset = request.GET.get("offset", "")
        if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
            raise Invalid("invalid", _("expected ?offset= in bytes"))
        return _said(uploads.append(self.principal, upload, int(offset), request.read(uploads.PIECE_LIMIT + 1)))
