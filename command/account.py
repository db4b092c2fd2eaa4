"""One's own account: password, second factor, sessions; and the recovery of somebody else's by two."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from command import audit, changes, entrance, people, recovery, second_factor, sessions, stepup
from command.errors import Forbidden, Invalid, NotThere
from command.models import Officer, Session, digest
from command.pages import FormPage, Page
from command.role_words import ROLE_WORDS
from command.routes import onward


@method_decorator(never_cache, name="dispatch")
class Account(Page):
    """Who one is, what one may do, and where one is signed in."""

    template = "command/account/account.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        officer = person(request)
        here = request.session.session_key
        shown = [
            {"id": public_id(one), "row": one, "here": one.session_key == here, "locked": False}
            for one in sessions.of(officer)
        ]
        grants = officer.grants.select_related("station").order_by("station__code", "role")
        return self.show(
            officer=officer, grants=grants, sessions=shown, words=ROLE_WORDS, factor=second_factor.of(officer)
        )


def person(request: HttpRequest) -> Officer:
    """The officer of a session. Raises Forbidden for screens and tokens: they have no account of their own."""
    if isinstance(request.user, Officer) and not request.headers.get("Authorization"):
        return request.user
    raise Forbidden("person_only", _("This is for a person who has signed in."))


def public_id(row: Session) -> str:
    """What names a session on a page: its key is as good as the person's password and never leaves."""
    return digest(row.session_key)[:20]


class PersonalPage(FormPage):
    """A form about one's own account: for people only."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person(request)
        return super().dispatch(request, *args, **kwargs)


class ChangeForm(entrance.PasswordForm):
    current = forms.CharField(
        label=gettext_lazy("Your password now"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password", "again")


@method_decorator(never_cache, name="dispatch")
class Password(PersonalPage):
    """Change one's password. Every other session of the account ends."""

    template = "command/account/password.html"
    form_class = ChangeForm
    onward = "account"

    def act(self, said: dict[str, Any]) -> str:
        officer = person(self.request)
        if authenticate(self.request, username=officer.username, password=said["current"]) is None:
            wrong = _("This is not your password.")
            raise Invalid("wrong_password", wrong, fields={"current": wrong})
        people.change_password(officer, said["password"])
        update_session_auth_hash(self.request, officer)
        sessions.began(self.request)
        return _("Your password is changed; your other sessions have ended.")


@method_decorator(never_cache, name="dispatch")
class SecondFactor(PersonalPage):
    """Enrol a second factor."""

    template = "command/account/second_factor.html"
    form_class = entrance.CodeForm
    onward = "account"

    def context(self, **more: Any) -> dict[str, Any]:
        device = second_factor.begin(person(self.request))
        shown = {"secret": second_factor.secret_of(device), "picture": second_factor.picture_of(device)}
        return super().context(**shown, **more)

    def act(self, said: dict[str, Any]) -> str:
        officer = person(self.request)
        second_factor.enrol(officer, officer, said["code"])
        stepup.given(self.request)
        return _("The second factor is enrolled.")


@method_decorator(never_cache, name="dispatch")
class Confirm(PersonalPage):
    """Give the second factor again for what weighs most."""

    template = "command/account/confirm.html"
    form_class = entrance.CodeForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if second_factor.of(person(request)) is None:
            messages.info(request, _("Enrol a second factor first."))
            return redirect("second_factor")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if entrance.is_barred(request, person(request)):
            return entrance.locked_out(request)
        return super().post(request, *args, **kwargs)

    def act(self, said: dict[str, Any]) -> HttpResponse:
        if not second_factor.is_right(self.request, person(self.request), said["code"]):
            wrong = _("This is not the code of now, or it has been used. Wait for the next one.")
            raise Invalid("wrong_code", wrong, fields={"code": wrong})
        stepup.given(self.request)
        return onward(self.request, self.request.GET.get("next", ""), "account")


@require_POST
def end_session(request: HttpRequest, ident: str) -> HttpResponse:
    """End one of one's own sessions, or with `others` all but this one."""
    officer = person(request)
    mine = [one for one in sessions.of(officer) if one.session_key != request.session.session_key]
    ended = [one for one in mine if ident in ("others", public_id(one))]
    with changes.change():
        Session.objects.filter(pk__in=[one.pk for one in ended]).delete()
        audit.record(officer, "end_sessions", "officer", officer.pk, officer.station_id, count=len(ended))
    messages.success(request, _("Ended: %(count)s.") % {"count": len(ended)})
    return redirect("account")


@require_POST
def active(request: HttpRequest) -> HttpResponse:
    """A page's script says that a person is at it; the route has noted it."""
    return HttpResponse(status=204)


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Lock this session: whoever comes next needs the password."""
    sessions.lock(request.session)
    return redirect("sign_in")


@method_decorator(never_cache, name="dispatch")
class Recoveries(Page):
    """Requests for a new beginning that wait for a second person."""

    template = "command/account/recoveries.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        officer = person(request)
        if not recovery.stations_of(officer):
            raise Forbidden("forbidden", _("This is for administrators and commanders."))
        return self.show(waiting=recovery.waiting_for(officer), asked=recovery.asked_by(officer))

    def post(self, request: HttpRequest) -> HttpResponse:
        officer = person(request)
        ident = request.POST.get("recovery", "")
        if not ident.isascii() or not ident.isdigit() or len(ident) > 18:
            raise NotThere("not_there", _("This request is over."))
        if "approve" in request.POST:
            whose = recovery.approve(officer, int(ident))
            said = _("%(name)s may sign in with the first password and begins anew.") % {"name": whose.label}
            messages.success(request, said)
        else:
            recovery.withdraw(officer, int(ident))
            messages.success(request, _("The request has ended."))
        return redirect("recoveries")


@method_decorator(never_cache, name="dispatch")
class AskRecovery(Page):
    """Ask for a new beginning of somebody's account."""

    template = "command/account/ask_recovery.html"

    def get(self, request: HttpRequest, officer: int) -> HttpResponse:
        return self.show(officer=people.seen(person(request), officer))

    def post(self, request: HttpRequest, officer: int) -> HttpResponse:
        asked, password = recovery.ask(person(request), officer)
        return render(request, "command/account/asked.html", {"asked": asked, "password": password})
