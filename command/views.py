"""The floor's pages: the way home, the claim, the language, help, the wall and the desk, and whether all is well."""

from typing import Any, TypedDict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from command import health, people, principals
from command.errors import Problem
from command.models import Officer
from command.permissions import Capability
from command.routes import onward


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
    answer = onward(request, back)
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


class MePayload(TypedDict):
    kind: str
    username: str | None
    name: str
    station: str
    zone: str
    capabilities: list[str]


def me(principal: Any) -> MePayload:
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
