"""The floor's pages: in and out, the language, help, the wall and the desk, and whether all is well."""

import threading
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from command import error_pages, health, people, principals
from command.errors import Problem
from command.models import Officer
from command.permissions import Capability

NAME_LIMIT = 60  # characters; no account has a longer one
# A password is slow to check, on purpose, and a database connection waits meanwhile: a crowd of guesses must not have all
SIGNING_IN, SIGN_IN_WAIT_S = threading.BoundedSemaphore(3), 15.0


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the page one works at."""
    principal = principals.of(request)
    if principal is None:
        return redirect("sign_in")
    rights = principal.rights()
    if rights.stations(Capability.DISPATCH):
        return redirect("desk")
    return redirect("wall" if rights.anywhere(Capability.SEE_MAP) else "help")


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password. Five failures lock the account for ten minutes."""
    if request.method == "GET":
        return render(request, "command/sign_in.html", {"next": request.GET.get("next", "")})
    name, password = request.POST.get("username", ""), request.POST.get("password", "")
    if "\0" in name + password or len(name) > NAME_LIMIT:
        return _refused(request)
    if not SIGNING_IN.acquire(timeout=SIGN_IN_WAIT_S):
        return error_pages.unavailable(request)
    try:
        officer = authenticate(request, username=name, password=password)
    finally:
        SIGNING_IN.release()
    if officer is None:
        return locked_out(request) if getattr(request, "axes_locked_out", False) else _refused(request)
    login(request, officer)
    onward = request.POST.get("next", "")
    return _onward(request, onward)


def _onward(request: HttpRequest, address: str) -> HttpResponse:
    """To an address that somebody named, if it is one of ours."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(address) if is_ours else redirect("home")


def _refused(request: HttpRequest) -> HttpResponse:
    context = {
        "error": _("Name or password is wrong."),
        "username": request.POST.get("username", ""),
        "next": request.POST.get("next", ""),
    }
    return render(request, "command/sign_in.html", context, status=401)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page of a locked account."""
    return render(request, "command/locked.html", {"minutes": 10}, status=429)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """The empty station's first page: its name and its first administrator."""
    said = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {key: said.get(key, "") for key in ("token", "station", "username", "name")}
    if request.method == "GET":
        return render(request, "command/claim.html", context)
    try:
        if any("\0" in value for value in request.POST.values() if isinstance(value, str)):
            raise Problem("invalid", _("A field holds a character that can't be stored."))
        people.claim_station(
            context["token"], context["station"], context["username"], context["name"], request.POST.get("password", "")
        )
    except Problem as problem:
        context |= {"error": problem.message, "errors": problem.fields or {}}
        return render(request, "command/claim.html", context, status=problem.status)
    return redirect("sign_in")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Set the language of this browser and go back to where one was."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next") or request.headers.get("Referer", "")
    answer = _onward(request, back)
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 86400, samesite="Lax")
    return answer


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "command/help.html")


@require_GET
def wall(request: HttpRequest) -> HttpResponse:
    return render(request, "command/wall.html", {"config": config(request, "wall")})


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    return render(request, "command/desk.html", {"config": config(request, "desk")})


def config(request: HttpRequest, page: str) -> dict[str, Any]:
    """What a page's scripts are told at the start."""
    principal = principals.of(request)
    assert principal is not None  # the route lets nobody else in
    return {"page": page, "language": get_language(), "me": me(principal)}


def me(principal: Any) -> dict[str, Any]:
    """Who one is and what one may do."""
    rights = principal.rights()
    home = principal.station
    return {
        "kind": principal.kind,
        "username": principal.username if isinstance(principal, Officer) else None,
        "name": principal.label,
        "station": home.code,
        "zone": home.zone,
        "capabilities": rights.capabilities(),
    }


@require_GET
def health_page(request: HttpRequest) -> HttpResponse:
    """200 and JSON when all parts work, 503 and what is late when not."""
    said = health.report()
    return JsonResponse(said, status=200 if said["ok"] else 503)
