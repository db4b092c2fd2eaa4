"""Whom a route is for. Every route says so by one of these wrappers; a route that says nothing fails the suite.

The wrapper lets in or turns away by right alone; which rows one may touch is the view's question (`visible_to`, `require`).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from command import principals, sessions, topmost
from command.errors import Forbidden, NotSignedIn, Problem
from command.models import Screen
from command.permissions import Capability

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Audience:
    """`kind` is public, signed_in or station; for the last, the capability that each method needs.

    `at_top`: the methods for which it must hold at a topmost station, because all stations share what they change.
    """

    kind: str
    needs: dict[str, Capability] = field(default_factory=dict)
    at_top: frozenset[str] = frozenset()
    from_wall: bool = False  # who has taken over a screen may do this there


def public(view: View) -> View:
    """For anybody."""
    return _declared(view, Audience("public"))


def signed_in(view: View) -> View:
    """For officers and screens, whatever they may do."""
    return _declared(view, Audience("signed_in"))


def of_station(view: View, **needs: Capability) -> View:
    """For those who have, at some station, the capability that the method needs: `of_station(view, GET=SEE_MAP)`."""
    return _declared(view, Audience("station", needs))


def from_wall(view: View, **needs: Capability) -> View:
    """As `of_station`, and for whoever has taken over a screen as well: what a wall may do."""
    return _declared(view, Audience("station", needs, from_wall=True))


def of_all_stations(view: View, **needs: Capability) -> View:
    """For what all stations share: looking at it needs the right somewhere, changing it at a topmost station."""
    return _declared(view, Audience("station", needs, frozenset(needs) - {"GET"}))


def of_topmost(view: View, **needs: Capability) -> View:
    """For what concerns the whole machine: even looking at it needs the right at a topmost station."""
    return _declared(view, Audience("station", needs, frozenset(needs)))


def _declared(view: View, audience: Audience) -> View:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if audience.from_wall:
            principals.step_in(request)
        problem = refusal(request, audience)
        if problem:
            return turned_away(request, problem)
        if audience.kind != "public":
            _note_use(request)
        try:
            return view(request, *args, **kwargs)
        except Problem as refused:
            return turned_away(request, refused)

    guarded.audience = audience  # type: ignore[attr-defined]
    guarded.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return guarded


def _note_use(request: HttpRequest) -> None:
    """A person uses their session by opening a page or changing something. What scripts fetch does not count."""
    by_hand = request.method not in ("GET", "HEAD") or "text/html" in request.headers.get("Accept", "")
    if by_hand and request.user.is_authenticated:
        sessions.used(request.session)


def refusal(request: HttpRequest, audience: Audience) -> Problem | None:
    """Why this request is not for its sender, or None."""
    if audience.kind == "public":
        return None
    principal = principals.of(request)
    if principal is None:
        if request.user.is_authenticated and not request.headers.get("Authorization"):
            return NotSignedIn("locked", _("Nobody used this session for 15 minutes: its password opens it again."))
        return NotSignedIn("not_signed_in", _("Sign in first, or send a valid bearer token."))
    method = "GET" if request.method == "HEAD" else request.method or "GET"  # HEAD tells of what GET would show
    needed = audience.needs.get(method)
    if needed and not principal.rights().anywhere(needed):
        if audience.from_wall and isinstance(principal, Screen):
            return Forbidden("not_taken_over", _("Nobody has taken this screen over: take it over first."))
        return Forbidden("forbidden", _("This needs the right “%(right)s”.") % {"right": needed.value})
    if needed and method in audience.at_top and not topmost.may(principal, needed):
        return topmost.refusal(needed)
    return None


def turned_away(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A refusal as an answer: JSON for scripts, a page for people; who has not signed in is led there."""
    if request.path.startswith("/api/") or "Authorization" in request.headers:
        return JsonResponse(problem.as_json(), status=problem.status)
    if problem.status == 401:
        if principals.SCREEN_COOKIE in request.COOKIES and not request.user.is_authenticated:
            return redirect("screen")  # a wall that has been revoked
        return redirect(f"{reverse('sign_in')}?next={quote(request.get_full_path())}")
    page = {403: "403.html", 404: "404.html"}.get(problem.status, "command/refused.html")
    return render(request, page, {"problem": problem}, status=problem.status)


def onward(request: HttpRequest, address: str, otherwise: str = "home") -> HttpResponse:
    """To an address that somebody named, if it is one of ours, else to the route `otherwise`."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(address) if is_ours else redirect(otherwise)
