"""What pages of administration share: lists with search, forms that offer one's own stations, a question before an act."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.paginator import Page as Slice
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from command.models import Station
from command.pages import FormPage, Page
from command.permissions import Capability, Principal

ROWS = 50  # on a page


def words_of(request: HttpRequest, name: str = "q") -> str:
    """What somebody searches for, as far as a database can take it."""
    return request.GET.get(name, "").replace("\0", "").strip()[:80]


def matching(fields: tuple[str, ...], words: str) -> Q:
    """Rows of which each word stands in some field."""
    found = Q()
    for word in words.split():
        one = Q()
        for field in fields:
            one |= Q(**{f"{field}__icontains": word})
        found &= one
    return found


def slice_of(request: HttpRequest, rows: QuerySet[Any]) -> Slice[Any]:
    """The page of rows that the address asks for; the nearest there is."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def managed_stations(principal: Principal, capability: Capability) -> QuerySet[Station]:
    """The stations where somebody has this right, by code."""
    return Station.objects.filter(pk__in=principal.rights().stations(capability)).order_by("code")


def counting(rows: QuerySet[Any], capability: Capability, station: str = "station") -> Callable[[Principal], int]:
    """How many of `rows` belong to the stations where somebody has this right; `station` leads to the station."""
    return lambda principal: rows.filter(**{f"{station}__in": principal.rights().stations(capability)}).count()


class StationChoice(forms.ModelChoiceField):
    """One of the stations that an `ActorForm` offers, shown by code and name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Station.objects.none(), empty_label=None, **kwargs)

    def label_from_instance(self, obj: Station) -> str:
        return f"{obj.code} {obj.name}"


class ActorForm(forms.Form):
    """A form that knows who fills it in: its fields of stations offer those where they have the capability."""

    capability: ClassVar[Capability]

    def __init__(self, *args: Any, actor: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        for field in self.fields.values():
            if isinstance(field, StationChoice):
                field.queryset = managed_stations(actor, self.capability)
                field.initial = getattr(actor, "station_id", None)


def readable(form: ActorForm, *, only: bool) -> ActorForm:
    """The form, with all its fields to be read and not written where `only` is said."""
    for field in form.fields.values():
        field.disabled = field.disabled or only
    return form


class ActorFormPage(FormPage):
    """A page with such a form; `heading()` says title, the button's word, and where “back” leads."""

    template = "command/form_page.html"
    form_class: ClassVar[type[ActorForm]]

    def form(self, **kwargs: Any) -> ActorForm:
        return self.form_class(initial=self.initial(), actor=self.principal, **kwargs)

    def context(self, **more: Any) -> dict[str, Any]:
        title, verb, back = self.heading()
        return super().context(title=title, verb=verb, back=back, **more)

    def heading(self) -> tuple[str, str, str]:
        raise NotImplementedError


class AskPage(Page):
    """Asks once, saying what will happen; a POST does it. Subclasses say `question()`, `act()` and `onward()`.

    `question` returns title, the sentences of what will happen, and the button's word.
    """

    template = "command/ask.html"
    is_grave: ClassVar[bool] = True

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        title, sentences, verb = self.question(**kwargs)
        return self.show(
            title=title, sentences=sentences, verb=verb, back=self.onward(**kwargs), is_grave=self.is_grave
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        said = self.act(**kwargs)
        if isinstance(said, HttpResponseBase):
            return said
        messages.success(request, said)
        return redirect(self.onward(**kwargs))

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        raise NotImplementedError

    def act(self, **kwargs: Any) -> str | HttpResponseBase:
        raise NotImplementedError

    def onward(self, **kwargs: Any) -> str:
        raise NotImplementedError
