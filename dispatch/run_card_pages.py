"""The pages of run cards and skills."""

import functools
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command import lists, topmost
from command.errors import NotThere
from command.models import Officer
from command.pages import Page
from command.permissions import Capability
from dispatch import run_cards
from dispatch.fleet_pages import CrewChoices
from dispatch.kind_pages import kind_of, name_of
from dispatch.kinds import KINDS
from dispatch.models import Kind, RunCard, Skill, Vehicle
from dispatch.run_card_words import skill_name

PEOPLE, DEVICES = Capability.MANAGE_PEOPLE, Capability.MANAGE_DEVICES


def skill_of(skill_id: int) -> Skill:
    """The skill. Raises NotThere."""
    found = Skill.objects.filter(pk=skill_id).first()
    if found is None:
        raise NotThere("not_there", _("There is no such skill."))
    return found


class SkillChoices(forms.ModelMultipleChoiceField):
    """Skills, by name."""

    def label_from_instance(self, obj: Skill) -> str:
        return skill_name(obj)


class VehicleChoices(forms.ModelMultipleChoiceField):
    """Vehicles, by plate and station."""

    def label_from_instance(self, obj: Vehicle) -> str:
        return " · ".join(part for part in (obj.plate, obj.station.code, obj.equipment) if part)


class CardForm(lists.ActorForm):
    """Whom a kind needs."""

    capability = KINDS
    count = forms.IntegerField(
        label=gettext_lazy("Units"), min_value=1, max_value=run_cards.MOST,
        help_text=gettext_lazy("How many are sent to such a call."),
    )  # fmt: skip
    crew_min = forms.IntegerField(
        label=gettext_lazy("People on each"), min_value=1, max_value=run_cards.MOST,
        help_text=gettext_lazy("A unit with fewer stands behind the others in the recommendation, and it is said why."),
    )  # fmt: skip
    skills = SkillChoices(
        Skill.objects.all(), label=gettext_lazy("Skills and equipment on each"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Brought by somebody of the crew or by the vehicle. The list is under Skills."),
    )  # fmt: skip


class ChangeCard(lists.ActorFormPage):
    """The run card of a kind."""

    form_class = CardForm

    def kind(self) -> Kind:
        return kind_of(self.kwargs["kind"])

    @functools.cached_property
    def may_change(self) -> bool:
        """Whether it is to be changed, or only to be read."""
        return topmost.may(self.principal, KINDS)

    def form(self, **kwargs: Any) -> lists.ActorForm:
        return lists.readable(super().form(**kwargs), only=not self.may_change)

    def initial(self) -> dict[str, Any]:
        card = RunCard.objects.filter(kind=self.kind()).first()
        if card is None:
            return {"count": 1, "crew_min": 1}
        return {"count": card.count, "crew_min": card.crew_min, "skills": [one.pk for one in card.skills.all()]}

    def heading(self) -> tuple[str, str, str]:
        title = _("Run card: %(name)s") % {"name": name_of(self.kind())}
        return title, _("Save") if self.may_change else "", reverse("kind", args=[self.kwargs["kind"]])

    def act(self, said: dict[str, Any]) -> str:
        run_cards.change_card(self.principal, self.kwargs["kind"], **said)
        return _("Saved: the next recommendation goes by it.")


class Skills(Page):
    """All skills, and how many have each."""

    template = "dispatch/skills.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        people, fleet = (self.principal.rights().stations(one) for one in (PEOPLE, DEVICES))
        rows = [
            (one, one.officers.filter(station__in=people).count(), one.vehicles.filter(station__in=fleet).count())
            for one in Skill.objects.all()
        ]
        return self.show(
            rows=rows, may_change=topmost.may(self.principal, KINDS), may_give=bool(people), sees_vehicles=bool(fleet)
        )


class SkillForm(lists.ActorForm):
    """A skill's names."""

    capability = KINDS
    name_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=run_cards.NAME_LIMIT)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=run_cards.NAME_LIMIT)


class NewSkillForm(SkillForm):
    """A skill with its code, which stays."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=40,
        help_text=gettext_lazy("For interfaces: a–z, digits and _, for example first_aid. It stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
    )  # fmt: skip
    field_order = ("code", "name_zh", "name_en")


class AddSkill(lists.ActorFormPage):
    """A new skill."""

    form_class = NewSkillForm
    onward = "skills"

    def heading(self) -> tuple[str, str, str]:
        return _("Add a skill"), _("Add"), reverse("skills")

    def act(self, said: dict[str, Any]) -> str:
        code = said.pop("code").strip().lower()
        return _("%(name)s is added.") % {"name": skill_name(run_cards.add_skill(self.principal, code, **said))}


class ChangeSkill(lists.ActorFormPage):
    """A skill's names."""

    form_class = SkillForm
    template = "dispatch/skill.html"
    onward = "skills"

    def skill(self) -> Skill:
        return skill_of(self.kwargs["skill"])

    def form(self, **kwargs: Any) -> lists.ActorForm:
        return lists.readable(super().form(**kwargs), only=not topmost.may(self.principal, KINDS))

    def initial(self) -> dict[str, Any]:
        return {"name_zh": self.skill().name_zh, "name_en": self.skill().name_en}

    def heading(self) -> tuple[str, str, str]:
        verb = _("Save") if topmost.may(self.principal, KINDS) else ""
        return _("Skill: %(name)s") % {"name": skill_name(self.skill())}, verb, reverse("skills")

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(skill=self.skill(), may_change=topmost.may(self.principal, KINDS), **more)

    def act(self, said: dict[str, Any]) -> str:
        run_cards.change_skill(self.principal, self.kwargs["skill"], **said)
        return _("Saved.")


class HoldersForm(lists.ActorForm):
    """Who has a skill: one's own people and vehicles."""

    capability = PEOPLE
    officers = CrewChoices(
        Officer.objects.none(), label=gettext_lazy("People"), required=False, widget=forms.CheckboxSelectMultiple
    )
    vehicles = VehicleChoices(
        Vehicle.objects.none(), label=gettext_lazy("Vehicles"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people, fleet = (self.actor.rights().stations(one) for one in (PEOPLE, DEVICES))
        own = Officer.objects.filter(station__in=people, is_active=True).select_related("station")
        self.fields["officers"].queryset = own.order_by("badge", "name")  # type: ignore[attr-defined]
        cars = Vehicle.objects.filter(station__in=fleet).select_related("station").order_by("station__code", "plate")
        self.fields["vehicles"].queryset = cars  # type: ignore[attr-defined]
        if not cars.exists():
            del self.fields["vehicles"]


class Holders(lists.ActorFormPage):
    """Who has a skill."""

    form_class = HoldersForm
    onward = "skills"

    def skill(self) -> Skill:
        return skill_of(self.kwargs["skill"])

    def heading(self) -> tuple[str, str, str]:
        return _("Who has it: %(name)s") % {"name": skill_name(self.skill())}, _("Save"), reverse("skills")

    def initial(self) -> dict[str, Any]:
        skill = self.skill()
        return {"officers": list(skill.officers.all()), "vehicles": list(skill.vehicles.all())}

    def act(self, said: dict[str, Any]) -> str:
        run_cards.set_holders(self.principal, self.kwargs["skill"], **said)
        return _("Saved: the next recommendation goes by it.")


class RemoveSkill(lists.AskPage):
    """Strike a skill from the list."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        said = [
            _("It leaves the list, the run cards, and everybody who has it."),
            _("Lists that were frozen with incidents keep its code."),
        ]
        return _("Strike the skill “%(name)s”?") % {"name": skill_name(skill_of(kwargs["skill"]))}, said, _("Strike")

    def act(self, **kwargs: Any) -> str:
        run_cards.remove_skill(self.principal, kwargs["skill"])
        return _("Struck.")

    def onward(self, **kwargs: Any) -> str:
        return reverse("skills")
