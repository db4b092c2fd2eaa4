"""The pages of people: who is there, what each may do, and how they begin."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django_otp.plugins.otp_totp.models import TOTPDevice

from command import first_run, lists, newcomers, people, second_factor, sessions
from command.errors import NotThere
from command.models import Grant, Officer
from command.pages import Page
from command.permissions import Capability, Principal, Role
from command.role_words import ROLE_WORDS, may

PEOPLE = Capability.MANAGE_PEOPLE
SEARCHED = ("username", "name", "badge", "rank")


def administered_by(actor: Principal) -> QuerySet[Officer]:
    """The people whom one administers, by station and badge, with what a list shows of them."""
    factor = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    grants = Prefetch("grants", Grant.objects.select_related("station").order_by("station__code", "role"))
    found = Officer.objects.filter(station__in=actor.rights().stations(PEOPLE)).select_related("station")
    return found.prefetch_related(grants).annotate(has_factor=Exists(factor)).order_by("station__code", "badge", "name")


class People(Page):
    """Everybody one administers."""

    template = "command/people/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        q, state = lists.words_of(request), request.GET.get("state", "")
        rows = administered_by(self.principal).filter(lists.matching(SEARCHED, q))
        if state in ("active", "inactive"):
            rows = rows.filter(is_active=state == "active")
        query = urlencode({name: value for name, value in (("q", q), ("state", state)) if value})
        states = [("", _("all")), ("active", _("active")), ("inactive", _("shut out"))]
        shown = lists.slice_of(request, rows)
        return self.show(rows=shown, q=q, state=state, states=states, query=query, words=ROLE_WORDS)


class DetailsForm(lists.ActorForm):
    """What is known of a person."""

    capability = PEOPLE
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    badge = forms.CharField(label=gettext_lazy("Badge number"), max_length=20, required=False)
    rank = forms.CharField(label=gettext_lazy("Rank"), max_length=40, required=False)
    station = lists.StationChoice(label=gettext_lazy("Station"))


class RoleForm(lists.ActorForm):
    """A role at a station."""

    capability = PEOPLE
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=lambda: [(one, ROLE_WORDS[one]) for one in people.GIVEN]
    )
    station = lists.StationChoice(
        label=gettext_lazy("At the station"),
        help_text=gettext_lazy("The role holds there and at the stations below it."),
    )


class NewcomerForm(DetailsForm):
    """Somebody new."""

    username = forms.CharField(
        label=gettext_lazy("Name to sign in with"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=lambda: [(one, ROLE_WORDS[one]) for one in people.GIVEN],
        initial="officer",
        help_text=gettext_lazy("At the station above; more roles can be given afterwards."),
    )
    field_order = ("username", "name", "badge", "rank", "station", "role")


@method_decorator(never_cache, name="dispatch")
class AddPerson(lists.ActorFormPage):
    """Somebody new, with a password that is shown once."""

    form_class = NewcomerForm

    def initial(self) -> dict[str, Any]:
        """Where nobody takes calls yet, the first to be added is somebody who does."""
        is_served = first_run.who_dispatch(self.principal.rights().stations(Capability.MANAGE_PEOPLE)).exists()
        return {} if is_served else {"role": Role.DUTY_OFFICER.value}

    def heading(self) -> tuple[str, str, str]:
        return _("Add a person"), _("Add"), reverse("people")

    def act(self, said: dict[str, Any]) -> HttpResponse:
        officer, password = newcomers.add_newcomer(self.principal, **said)
        context = {"officer": officer, "password": password, "asks_factor": second_factor.is_asked_of(officer)}
        return render(self.request, "command/people/added.html", context)


class Person(Page):
    """One person: what is known, what they may do and why."""

    template = "command/people/person.html"

    def get(self, request: HttpRequest, officer: int) -> HttpResponse:
        found = people.seen(self.principal, officer)
        grants = found.grants.select_related("station").order_by("station__code", "role")
        mine = self.principal.rights().stations(PEOPLE)
        rows = [(one, ROLE_WORDS[one.role], may(one.role), one.station_id in mine) for one in grants]
        return self.show(
            officer=found, rows=rows, factor=second_factor.of(found), sessions=sessions.of(found).count(),
            is_oneself=self.principal.kind == "officer" and self.principal.pk == found.pk,
        )  # fmt: skip


class ChangePerson(lists.ActorFormPage):
    """Name, badge, rank and station."""

    form_class = DetailsForm

    def who(self) -> Officer:
        return people.seen(self.principal, self.kwargs["officer"])

    def heading(self) -> tuple[str, str, str]:
        who = self.who()
        return _("Change: %(name)s") % {"name": who.label}, _("Save"), _page_of(who.pk)

    def initial(self) -> dict[str, Any]:
        who = self.who()
        return {"name": who.name, "badge": who.badge, "rank": who.rank, "station": who.station_id}

    def act(self, said: dict[str, Any]) -> str:
        self.onward = _page_of(self.kwargs["officer"])
        people.change_officer(self.principal, self.kwargs["officer"], **said)
        return _("Saved.")


class GiveRole(lists.ActorFormPage):
    """One role more."""

    template = "command/people/give.html"
    form_class = RoleForm

    def heading(self) -> tuple[str, str, str]:
        who = people.seen(self.principal, self.kwargs["officer"])
        return _("Give a role: %(name)s") % {"name": who.label}, _("Give"), _page_of(who.pk)

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(roles=[(ROLE_WORDS[role], may(role)) for role in people.GIVEN], **more)

    def initial(self) -> dict[str, Any]:
        who = people.seen(self.principal, self.kwargs["officer"])
        return {"station": who.station_id, "role": "officer"}

    def act(self, said: dict[str, Any]) -> str:
        self.onward = _page_of(self.kwargs["officer"])
        people.grant(self.principal, self.kwargs["officer"], said["role"], said["station"])
        return _("Given; it holds within 5 seconds, wherever the person is signed in.")


class AskAboutPerson(lists.AskPage):
    """A question about one person; the way back leads to their page."""

    def who(self, officer: int) -> Officer:
        return people.seen(self.principal, officer)

    def onward(self, **kwargs: Any) -> str:
        return _page_of(kwargs["officer"])


class WithdrawRole(AskAboutPerson):
    """Take a role away."""

    def _grant(self, officer: int, grant: int) -> Grant:
        found = Grant.objects.filter(pk=grant, officer_id=self.who(officer).pk).select_related("station").first()
        if found is None:
            raise NotThere("not_there", _("This role has been withdrawn already."))
        return found

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        found = self._grant(**kwargs)
        facts = {
            "role": ROLE_WORDS[found.role],
            "station": found.station.code,
            "name": self.who(kwargs["officer"]).label,
        }
        title = _("Withdraw “%(role)s” at %(station)s from %(name)s?") % facts
        return title, [_("Open pages of this person lose what only this role gave within 5 seconds.")], _("Withdraw")

    def act(self, **kwargs: Any) -> str:
        people.withdraw(self.principal, self._grant(**kwargs).pk)
        return _("Withdrawn.")


class Deactivate(AskAboutPerson):
    """Shut a person out."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        said = [
            _("All their sessions end at once and their tokens are refused. Their roles stay and wait."),
            _("What they did stays as it is. They can be let in again on this page."),
        ]
        return _("Shut out %(name)s?") % {"name": self.who(**kwargs).label}, said, _("Shut out")

    def act(self, **kwargs: Any) -> str:
        people.deactivate(self.principal, kwargs["officer"])
        return _("Shut out; all sessions have ended.")


class Reactivate(AskAboutPerson):
    """Let a person in again."""

    is_grave = False

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        said = [_("They sign in with the password they had, and have the roles listed on their page.")]
        return _("Let %(name)s in again?") % {"name": self.who(**kwargs).label}, said, _("Let in again")

    def act(self, **kwargs: Any) -> str:
        people.reactivate(self.principal, kwargs["officer"])
        return _("Let in again.")


class EndSessions(AskAboutPerson):
    """Sign a person out everywhere."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        said = [_("They are signed out everywhere at once and can sign in again.")]
        return _("End all sessions of %(name)s?") % {"name": self.who(**kwargs).label}, said, _("End all")

    def act(self, **kwargs: Any) -> str:
        return _("Ended: %(count)s.") % {"count": people.end_sessions(self.principal, kwargs["officer"])}


def _page_of(officer_id: int) -> str:
    return reverse("person", args=[officer_id])
