"""The empty station's first page: what it is called, its clock, and its first administrator."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from command import claims, stations
from command.entrance import PasswordForm
from command.pages import FormPage
from command.station_pages import CODE_WORDS, ZONE_WORDS, zones


class ClaimForm(PasswordForm):
    """The station, and who administers it first."""

    token = forms.CharField(
        label=gettext_lazy("Token from the console"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    station = forms.CharField(
        label=gettext_lazy("Name of the station"),
        max_length=stations.NAME_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code of the station"),
        max_length=12,
        help_text=CODE_WORDS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, help_text=ZONE_WORDS)
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    username = forms.CharField(
        label=gettext_lazy("Name to sign in with"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ("token", "station", "code", "zone", "name", "username", "password", "again")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password, 12 characters or more")
        del self.fields["password"].widget.attrs["autofocus"]

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()


@method_decorator(never_cache, name="dispatch")
class Claim(FormPage):
    """Claims the empty station for whoever has the token."""

    template = "command/claim.html"
    form_class = ClaimForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not claims.is_open():
            return render(request, self.template, {"is_claimed": True}, status=200 if request.method == "GET" else 404)
        return super().dispatch(request, *args, **kwargs)

    def initial(self) -> dict[str, Any]:
        return {"token": self.request.GET.get("token", ""), "code": "S1", "zone": "Asia/Shanghai"}

    def context(self, **more: Any) -> dict[str, Any]:
        """The token that came with the link is not shown unless it is wrong."""
        form = more["form"]
        if form["token"].value() and not form.has_error("token"):
            form.fields["token"].widget = forms.HiddenInput()
        return super().context(**more)

    def act(self, said: dict[str, Any]) -> HttpResponse:
        station = stations.Named(said["code"], said["station"], said["zone"])
        officer = claims.claim(said["token"], station, said["username"], said["name"], said["password"])
        facts = {"station": officer.station.name, "name": officer.username}
        words = _("%(station)s is claimed. Sign in as “%(name)s”: then its page leads you on.") % facts
        messages.success(self.request, words)
        return redirect("sign_in")
