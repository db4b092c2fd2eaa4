"""The pages of the kinds of incident."""

import functools
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from command import lists, topmost
from command.errors import NotThere
from command.pages import Page
from dispatch import kinds
from dispatch.kind_live import whole_kinds
from dispatch.kind_words import COLOUR_WORDS, EXPECTED_WORDS, PRIORITY_WORDS, swatch
from dispatch.models import Incident, Kind, RunCard
from dispatch.run_card_words import card_words, cards
from dispatch.states import IncidentState
from dispatch.words import initials


def kind_of(kind_id: int) -> Kind:
    """The kind with its checklist. Raises NotThere."""
    found = whole_kinds(Kind.objects.filter(pk=kind_id)).first()
    if found is None:
        raise NotThere("not_there", _("There is no such kind of incident."))
    return found


def name_of(kind: Kind) -> str:
    """Its name in the reader's language."""
    return kind.name_en if get_language() == "en" else kind.name_zh


class Kinds(Page):
    """All kinds, those in use in the desk's order; a POST moves one up or down."""

    template = "dispatch/kinds.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = [(one, initials(one.name_zh)) for one in whole_kinds(Kind.objects.all())]
        return self.show(
            used=[row for row in rows if row[0].is_active], retired=[row for row in rows if not row[0].is_active],
            may_change=topmost.may(self.principal, kinds.KINDS), colours=COLOUR_WORDS, expected=EXPECTED_WORDS,
            cards=cards(),
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        up = "up" in request.POST
        said = request.POST.get("up" if up else "down", "")
        if not said.isascii() or not said.isdigit() or len(said) > 9:
            raise NotThere("not_there", _("There is no such kind of incident."))
        kind = kinds.move_kind(self.principal, int(said), up=up)
        messages.success(request, _("%(name)s is moved.") % {"name": name_of(kind)})
        return redirect("kinds")


class KindForm(lists.ActorForm):
    """What is known of a kind."""

    capability = kinds.KINDS
    name_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=kinds.NAME_LIMIT)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=kinds.NAME_LIMIT)
    priority = forms.TypedChoiceField(
        label=gettext_lazy("Priority at first"), choices=lambda: list(PRIORITY_WORDS.items()), coerce=int,
        help_text=gettext_lazy("The desk may change it in each call. The triangle on the map has its colour."),
    )  # fmt: skip
    colour = forms.ChoiceField(
        label=gettext_lazy("Colour"),
        choices=lambda: [(one, swatch(one)) for one in COLOUR_WORDS],
        widget=forms.RadioSelect(attrs={"class": "swatches"}),
        help_text=gettext_lazy(
            "A patch beside the name. Red, amber, green, blue and violet tell states and are not here."
        ),
    )
    expects = forms.MultipleChoiceField(
        label=gettext_lazy("The desk asks for"),
        choices=lambda: list(EXPECTED_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("They are marked in the form of the call. A call is never held up by them."),
    )
    safety_min = forms.IntegerField(
        label=gettext_lazy("Safety timer, minutes"), required=False, min_value=1, max_value=kinds.SAFETY_LIMIT,
        help_text=gettext_lazy(
            "So often each unit at such a scene says that it is well. A minute before it is reminded, after that it is an "
            "alarm. Empty: nobody asks."
        ),
    )  # fmt: skip
    checklist = forms.CharField(
        label=gettext_lazy("Checklist"),
        required=False,
        max_length=kinds.LINES_LIMIT * (2 * kinds.LINE_LIMIT + 4),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One line for each thing to do, in Chinese, then “|”, then in English. Open incidents show a change at once; "
            "what was ticked stays ticked."
        ),
    )

    def said(self) -> dict[str, Any]:
        """What the verbs are given."""
        return {**self.cleaned_data, "checklist": kinds.lines_of(self.cleaned_data["checklist"])}


class NewKindForm(KindForm):
    """A kind with its code, which stays."""

    slug = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("For interfaces: a–z, digits and _, for example lost_property. It stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
    )
    field_order = ("slug", "name_zh", "name_en", "priority", "colour", "expects", "safety_min", "checklist")

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).strip().lower()


class AddKind(lists.ActorFormPage):
    """A new kind."""

    form_class: ClassVar[type[lists.ActorForm]] = NewKindForm
    onward = "kinds"

    def heading(self) -> tuple[str, str, str]:
        return _("Add a kind of incident"), _("Add"), reverse("kinds")

    def initial(self) -> dict[str, Any]:
        return {"priority": 3, "colour": "grey"}

    def form(self, **kwargs: Any) -> lists.ActorForm:
        self.sent = super().form(**kwargs)
        return self.sent

    def act(self, said: dict[str, Any]) -> str:
        assert isinstance(self.sent, KindForm)  # nosec B101 # it narrows a type
        kind = kinds.add_kind(self.principal, **self.sent.said())
        return _("%(name)s is added; desks offer it already.") % {"name": name_of(kind)}


class ChangeKind(AddKind):
    """Change a kind."""

    form_class = KindForm
    template = "dispatch/kind.html"

    def heading(self) -> tuple[str, str, str]:
        name = name_of(self.kind())
        if not self.may_change:
            return name, "", reverse("kinds")
        return _("Change: %(name)s") % {"name": name}, _("Save"), reverse("kinds")

    def kind(self) -> Kind:
        return kind_of(self.kwargs["kind"])

    def context(self, **more: Any) -> dict[str, Any]:
        kind = self.kind()
        card = RunCard.objects.filter(kind=kind).prefetch_related("skills").first()
        return super().context(kind=kind, card=card_words(card), may_change=self.may_change, **more)

    @functools.cached_property
    def may_change(self) -> bool:
        """Whether it is to be changed, or only to be read."""
        return topmost.may(self.principal, kinds.KINDS)

    def form(self, **kwargs: Any) -> lists.ActorForm:
        return lists.readable(super().form(**kwargs), only=not self.may_change)

    def initial(self) -> dict[str, Any]:
        kind = self.kind()
        known = {
            name: getattr(kind, name) for name in ("name_zh", "name_en", "priority", "colour", "expects", "safety_min")
        }
        return {**known, "checklist": kinds.text_of(kind.present)}  # type: ignore[attr-defined]

    def act(self, said: dict[str, Any]) -> str:
        assert isinstance(self.sent, KindForm)  # nosec B101 # it narrows a type
        kinds.change_kind(self.principal, self.kwargs["kind"], **self.sent.said())
        return _("Saved. Desks show it already.")


class RetireKind(lists.AskPage):
    """Offer a kind no longer."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        kind = kind_of(kwargs["kind"])
        count = Incident.objects.filter(kind=kind, state=IncidentState.OPEN).count()
        said = [
            _("The desk offers it no longer. Incidents that have it keep it, with its name and its checklist."),
            _("%(count)s open incidents have it now.") % {"count": count},
            _("It can be offered again at any time."),
        ]
        return _("Retire the kind “%(name)s”?") % {"name": name_of(kind)}, said, _("Retire")

    def act(self, **kwargs: Any) -> str:
        kinds.retire_kind(self.principal, kwargs["kind"])
        return _("Retired.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("kinds")


class RestoreKind(RetireKind):
    """Offer a retired kind again."""

    is_grave = False

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        kind = kind_of(kwargs["kind"])
        said = [_("The desk offers it again, at the place where it was.")]
        return _("Offer the kind “%(name)s” again?") % {"name": name_of(kind)}, said, _("Offer again")

    def act(self, **kwargs: Any) -> str:
        kinds.restore_kind(self.principal, kwargs["kind"])
        return _("The desk offers it again.")
