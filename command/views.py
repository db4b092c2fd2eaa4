"""The floor's pages: the way home, the claim, the language, help, the wall and the desk, whether all is well, figures."""

from typing import Any, TypedDict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from command import clock, first_run, health, metrics, navigation, principals, screens, topmost
from command.models import Officer, Screen, Station, TakeOver
from command.permissions import Capability
from command.routes import onward


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the page one works at; an administrator of a station that is not set up yet, to what is left to do."""
    principal = principals.of(request)
    if principal is None:
        return redirect("sign_in")
    rights = principal.rights()
    manages = isinstance(principal, Officer) and bool(navigation.entries(principal, "manage"))
    if isinstance(principal, Officer) and first_run.leads(principal):
        return redirect("manage")
    if rights.stations(Capability.DISPATCH):
        return redirect("desk")
    if rights.anywhere(Capability.OWN_ORDERS):
        return redirect("terminal")
    if rights.anywhere(Capability.SEE_MAP):
        return redirect("wall")
    return redirect("manage" if manages else "help")


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
    principal = principals.of(request)
    if not isinstance(principal, Screen):
        return render(request, "command/wall.html", {"config": config(request, "wall")})
    held = screens.under_way(principal)
    told = {**config(request, "wall"), "taken_over": taken_over(held) if held else None}
    answer = render(request, "command/wall.html", {"config": told, "screen": principal})
    set_screen(request, answer, request.COOKIES[principals.SCREEN_COOKIE])
    return answer


def set_screen(request: HttpRequest, answer: HttpResponse, key: str) -> None:
    """Give a screen's browser its key, for as long as browsers keep anything: with each opening it begins anew."""
    answer.set_cookie(
        principals.SCREEN_COOKIE, key, max_age=400 * 86400, httponly=True, samesite="Strict",
        secure=request.is_secure(),
    )  # fmt: skip


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    return render(
        request, "command/desk.html", {"config": {**config(request, "desk"), "records": bool(settings.RECORDS)}}
    )


def config(request: HttpRequest, page: str) -> dict[str, Any]:
    """What a page's scripts are told at the start."""
    principal = principals.of(request)
    assert principal is not None  # the route lets nobody else in  # nosec B101
    return {"page": page, "language": get_language(), "me": me(principal)}


class TakenOver(TypedDict):
    """Who acts at a screen, until when, and at which of its stations."""

    name: str
    ends_at: str
    seconds: int
    stations: list[str]


def taken_over(held: TakeOver) -> TakenOver:
    """What a wall is told of the person who has taken it over, and at which stations they may act there."""
    rest = round((held.ends_at - clock.now()).total_seconds())
    there = Station.objects.filter(pk__in=screens.acts_at(held.screen, held.officer)).order_by("code")
    return {
        "name": held.officer.label,
        "ends_at": held.ends_at.isoformat(),
        "seconds": max(0, rest),
        "stations": list(there.values_list("code", flat=True)),
    }


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
    """200 when everything that serves does, else 503. Names for everybody; words for who keeps the station running."""
    said = health.recent()
    may_see = said["parts"]["database"] == "ok" and _keeps_running(request)
    return JsonResponse(said if may_see else health.brief(said), status=200 if said["ok"] else 503)


@require_GET
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus. How busy a station is, is for who keeps it running, wherever they ask from."""
    return HttpResponse(metrics.text(), content_type=metrics.TYPE)


def _keeps_running(request: HttpRequest) -> bool:
    principal = principals.of(request)
    return principal is not None and topmost.may(principal, Capability.MANAGE_REPAIRS)
