"""In and out: name and password, the second factor and its enrolling, the lock of an idle session."""

import threading
import time
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth import authenticate, login, logout
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from command import audit, changes, error_pages, people, second_factor, sessions, stepup
from command.errors import Invalid
from command.models import Officer
from command.routes import onward

NAME_LIMIT = 60  # characters; no account has a longer one
# A password is slow to check, on purpose, and a database connection waits meanwhile: a crowd of guesses must not have all
SIGNING_IN, SIGN_IN_WAIT_S = threading.BoundedSemaphore(3), 15.0
BACKEND = "django.contrib.auth.backends.ModelBackend"
_HALF = "half_signed_in"  # who has given the password and not yet the second factor
HALF_HOLDS_S = 600


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password. Five failures lock the account for ten minutes. A locked session wants its password only."""
    back = _locked_person(request)
    if request.method == "GET":
        return _form(request, back, request.GET.get("next", ""))
    name = back.username if back else request.POST.get("username", "")
    password = request.POST.get("password", "")
    if "\0" in name + password or len(name) > NAME_LIMIT:
        return _refused(request, back)
    if not connection.in_atomic_block:
        connection.close()  # who waits here keeps none of the pool from others
    if not SIGNING_IN.acquire(timeout=SIGN_IN_WAIT_S):
        return error_pages.unavailable(request)
    try:
        officer = authenticate(request, username=name, password=password)
    finally:
        SIGNING_IN.release()
    if not isinstance(officer, Officer):
        return locked_out(request) if getattr(request, "axes_locked_out", False) else _refused(request, back)
    if back:
        sessions.unlock(request.session)
        return onward(request, request.POST.get("next", ""))
    if second_factor.is_asked_of(officer) or officer.must_change_password:
        request.session.flush()
        wish = request.POST.get("next", "")
        request.session[_HALF] = {"officer": officer.pk, "at": time.time(), "next": wish}
        return redirect(_next_step(officer))
    return _enter(request, officer, request.POST.get("next", ""))


def _next_step(officer: Officer) -> str:
    if second_factor.of(officer):
        return "sign_in_code"
    return "sign_in_enrol" if second_factor.is_asked_of(officer) else "sign_in_password"


def _locked_person(request: HttpRequest) -> Officer | None:
    user = request.user
    return user if isinstance(user, Officer) and sessions.is_locked(request.session) else None


def _form(request: HttpRequest, back: Officer | None, wish: str, status: int = 200, **more: Any) -> HttpResponse:
    context = {"next": wish, "locked": back, "username": request.POST.get("username", ""), **more}
    return render(request, "command/sign_in.html", context, status=status)


def _refused(request: HttpRequest, back: Officer | None) -> HttpResponse:
    said = _("The password is wrong.") if back else _("Name or password is wrong.")
    return _form(request, back, request.POST.get("next", ""), 401, error=said)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page of a locked account."""
    return render(request, "command/locked.html", {"minutes": 10}, status=429)


def _enter(request: HttpRequest, officer: Officer, wish: str, *, by_factor: bool = False) -> HttpResponse:
    login(request, officer, backend=BACKEND)
    if by_factor:
        stepup.given(request)
    sessions.began(request)
    with changes.change():
        audit.record(officer, "sign_in", "officer", officer.pk, officer.station_id, second_factor=by_factor)
    return onward(request, wish)


def _half(request: HttpRequest) -> Officer | None:
    """Who has given the password within the last ten minutes."""
    held = request.session.get(_HALF)
    if not held or not 0 <= time.time() - held["at"] < HALF_HOLDS_S:
        return None
    return Officer.objects.filter(pk=held["officer"], is_active=True).select_related("station").first()


def _through(request: HttpRequest, officer: Officer, *, by_factor: bool) -> HttpResponse:
    """The factor is right: a password made by somebody else is changed first, then one is in."""
    held = request.session[_HALF]
    if officer.must_change_password:
        request.session[_HALF] = {**held, "factor": by_factor}
        return redirect("sign_in_password")
    return _enter(request, officer, held["next"], by_factor=by_factor)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("The six digits that your app shows"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("New password, 12 characters or more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
    again = forms.CharField(
        label=gettext_lazy("The same again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("password") and said.get("again") and said["password"] != said["again"]:
            self.add_error("again", _("The two differ."))
        return said


def is_barred(request: HttpRequest, officer: Officer) -> bool:
    """Whether too many failures have locked this account."""
    return not AxesProxyHandler.is_allowed(request, {"username": officer.username})


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second factor."""
    officer = _half(request)
    if officer is None or second_factor.of(officer) is None:
        return redirect("sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        if is_barred(request, officer):
            return locked_out(request)
        if form.is_valid():
            if second_factor.is_right(request, officer, form.cleaned_data["code"]):
                return _through(request, officer, by_factor=True)
            if is_barred(request, officer):
                return locked_out(request)
            form.add_error("code", _("This is not the code of now, or it has been used. Wait for the next one."))
    status = 401 if form.errors else 200
    return render(request, "command/sign_in_code.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol the second factor at the first sign-in."""
    officer = _half(request)
    if officer is None or second_factor.of(officer) is not None:
        return redirect("sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.enrol(officer, officer, form.cleaned_data["code"])
            return _through(request, officer, by_factor=True)
        except Invalid as wrong:
            form.add_error("code", wrong.message)
    device = second_factor.begin(officer)
    context = {"form": form, "secret": second_factor.secret_of(device), "picture": second_factor.picture_of(device)}
    return render(request, "command/enrol.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Replace a password that somebody else made, before one is in."""
    officer = _half(request)
    held = request.session.get(_HALF, {})
    if officer is None or not officer.must_change_password:
        return redirect("sign_in")
    if second_factor.is_asked_of(officer) and not held.get("factor"):
        return redirect(_next_step(officer))
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.change_password(officer, form.cleaned_data["password"])
            return _enter(request, officer, held["next"], by_factor=bool(held.get("factor")))
        except Invalid as wrong:
            form.add_error("password", wrong.message)
    return render(request, "command/new_password.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    return redirect("sign_in")
