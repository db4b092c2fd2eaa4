"""The pages of screens: the code that an unpaired one shows, the list of the paired ones, and a person's PIN."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from command import account, clock, entrance, lists, pairing, principals, screens
from command.clients import client_ip
from command.errors import Invalid, Problem
from command.models import Officer, Pairing, Screen
from command.permissions import Capability
from command.views import set_screen

SCREENS = Capability.MANAGE_SCREENS
TICKET = "pairing"
ON_S = 90  # a screen that was seen within so many seconds is on


@never_cache
@require_GET
def screen(request: HttpRequest) -> HttpResponse:
    """A code for whoever stands before a screen to read; to the wall once it is paired."""
    if principals.of_screen(request.COOKIES.get(principals.SCREEN_COOKIE, "")) is not None:
        return redirect("wall")
    shown, ticket = pairing.waiting(request.COOKIES.get(TICKET, "")), ""
    try:
        if shown is None:
            shown, ticket = pairing.begin(client_ip(request)[:45])
    except Problem as problem:
        return render(request, "command/screens/pair.html", {"problem": problem}, status=problem.status)
    answer = render(request, "command/screens/pair.html", _told(request, shown))
    answer.delete_cookie(principals.SCREEN_COOKIE, samesite="Strict")
    if ticket:
        age = pairing.HOLDS.total_seconds() * 2
        answer.set_cookie(
            TICKET, ticket, max_age=int(age), path=reverse("screen"), httponly=True, samesite="Strict",
            secure=request.is_secure(),
        )  # fmt: skip
    return answer


def _told(request: HttpRequest, shown: Pairing) -> dict[str, Any]:
    seconds = int((shown.expires_at - clock.now()).total_seconds())
    halves = (shown.code[:4], shown.code[4:])
    return {"halves": halves, "seconds": seconds, "address": request.build_absolute_uri(reverse("screens"))}


@never_cache
@require_POST
def waiting(request: HttpRequest) -> HttpResponse:
    """How it stands with this browser's code: waiting, over, or paired; then its key comes along in a cookie."""
    ticket = request.COOKIES.get(TICKET, "")
    found = pairing.collect(ticket)
    if found is None:
        return JsonResponse({"state": "waiting" if pairing.waiting(ticket) else "over"})
    logout(request)  # from now on nobody is signed in here: the screen itself sees
    answer = JsonResponse({"state": "paired"})
    set_screen(request, answer, found.key)
    answer.delete_cookie(TICKET, path=reverse("screen"), samesite="Strict")
    if found.language in dict(settings.LANGUAGES):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, found.language, max_age=365 * 86400, samesite="Lax")
    return answer


class PairForm(lists.ActorForm):
    """The screen that shows this code becomes a wall."""

    capability = SCREENS
    code = forms.CharField(
        label=gettext_lazy("The code that the screen shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"), max_length=60, help_text=gettext_lazy("Where it hangs, for instance.")
    )
    station = lists.StationChoice(
        label=gettext_lazy("Station"),
        help_text=gettext_lazy(
            "It shows this station and those below it; a room's screen what is shared with the room."
        ),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)


@method_decorator(never_cache, name="dispatch")
class Screens(lists.ActorFormPage):
    """The paired screens, and pairing another."""

    template = "command/screens/list.html"
    form_class = PairForm

    def heading(self) -> tuple[str, str, str]:
        return _("Screens"), _("Pair"), reverse("screens")

    def context(self, **more: Any) -> dict[str, Any]:
        mine = self.principal.rights().stations(SCREENS)
        paired = Screen.objects.filter(station__in=mine, revoked_at=None).select_related("station", "paired_by")
        found = list(paired.order_by("station__code", "name"))
        held = screens.held_now(found)
        rows = [(one, held.get(one.pk), _is_on(one)) for one in found]
        address = self.request.build_absolute_uri(reverse("screen"))
        return super().context(rows=rows, address=address, is_here=not settings.LAN, **more)

    def initial(self) -> dict[str, Any]:
        return {**super().initial(), "language": get_language()}

    def act(self, said: dict[str, Any]) -> str:
        made = screens.approve(self.principal, **said)
        return _("“%(name)s” is paired; it shows the wall within seconds.") % {"name": made.name}


def _is_on(one: Screen) -> bool:
    return one.seen_at is not None and (clock.now() - one.seen_at).total_seconds() < ON_S


class Revoke(lists.AskPage):
    """End a screen."""

    def question(self, **kwargs: Any) -> tuple[str, list[str], str]:
        found = screens.seen(self.principal, kwargs["screen"])
        said = [
            _("It goes dark within 5 seconds and shows a pairing code again."),
            _("To use it again, pair it anew."),
        ]
        return _("Revoke the screen “%(name)s”?") % {"name": found.name}, said, _("Revoke")

    def act(self, **kwargs: Any) -> str:
        return _("“%(name)s” is revoked.") % {"name": screens.revoke(self.principal, kwargs["screen"]).name}

    def onward(self, **kwargs: Any) -> str:
        return reverse("screens")


def _digits(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete, "inputmode": "numeric", "maxlength": "6"})


class PinForm(forms.Form):
    current = forms.CharField(
        label=gettext_lazy("Your password now"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    pin = forms.CharField(label=gettext_lazy("New PIN, six digits"), max_length=20, widget=_digits("off"))
    again = forms.CharField(label=gettext_lazy("The same again"), max_length=20, widget=_digits("off"))

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("pin") and said.get("again") and said["pin"] != said["again"]:
            self.add_error("again", _("The two differ."))
        return said


@method_decorator(never_cache, name="dispatch")
class Pin(account.PersonalPage):
    """Set the PIN with which one takes over a wall."""

    template = "command/screens/pin.html"
    form_class = PinForm
    onward = "account"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if entrance.is_barred(request, account.person(request)):
            return entrance.locked_out(request)
        return super().post(request, *args, **kwargs)

    def act(self, said: dict[str, Any]) -> str:
        officer: Officer = account.person(self.request)
        if authenticate(self.request, username=officer.username, password=said["current"]) is None:
            wrong = _("This is not your password.")
            raise Invalid("wrong_password", wrong, fields={"current": wrong})
        screens.set_pin(officer, said["pin"])
        return _("Your PIN is set. With it you take over a wall for five minutes.")
