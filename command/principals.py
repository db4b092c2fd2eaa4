"""Who asks: the officer of a session or token, or the screen of a cookie; and who acts at a screen taken over."""

import datetime as dt

from django.http import HttpRequest

from command import clock, screens, sessions
from command.models import Officer, Screen, Token, digest
from command.permissions import Principal

SCREEN_COOKIE = "screen"
NOTED_EVERY = dt.timedelta(seconds=30)  # how exactly it is known when a screen was last on


def of(request: HttpRequest) -> Principal | None:
    """The principal of a request, read once: a bearer token before a session before a screen's cookie. None: nobody."""
    if not hasattr(request, "_principal"):
        request._principal = _find(request)  # type: ignore[attr-defined]
    return request._principal  # type: ignore[attr-defined]


def step_in(request: HttpRequest) -> None:
    """Let the person who has taken over the screen of this request act in its place, narrowed to what a wall may do."""
    found = of(request)
    acting = acting_at(found) if isinstance(found, Screen) else None
    if acting is not None:
        request._principal = acting  # type: ignore[attr-defined]


def acting_at(screen: Screen) -> Officer | None:
    """The person who has taken over the screen, narrowed to what a wall may do; None while nobody has."""
    held = screens.under_way(screen)
    if held is None:
        return None
    held.officer.wall = frozenset(held.screen.station.reach())
    return held.officer


def _find(request: HttpRequest) -> Principal | None:
    header = request.headers.get("Authorization", "")
    if header:
        return of_bearer(header)
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return None if sessions.is_locked(request.session) else user
    return of_screen(request.COOKIES.get(SCREEN_COOKIE, ""))


def of_bearer(header: str) -> Officer | None:
    """The officer whose token stands in an Authorization header, with their rights narrowed to its scopes."""
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key:
        return None
    live_tokens = Token.objects.filter(key_hash=digest(key.strip()), expires_at__gt=clock.now())
    token = live_tokens.select_related("officer__station").first()
    if token is None or not token.officer.is_active:
        return None
    token.officer.token = token
    return token.officer


def of_screen(key: str) -> Screen | None:
    """The screen whose key stands in its cookie, unless revoked."""
    if not key:
        return None
    return _on(Screen.objects.filter(key_hash=digest(key), revoked_at=None).select_related("station").first())


def _on(screen: Screen | None) -> Screen | None:
    """Note that the screen is on."""
    if screen is not None and (screen.seen_at is None or clock.now() - screen.seen_at > NOTED_EVERY):
        screen.seen_at = clock.now()
        Screen.objects.filter(pk=screen.pk).update(seen_at=screen.seen_at)
    return screen


def again(principal: Principal, session_key: str | None = None) -> Principal | None:
    """The same principal read anew, or None when it may no longer be: revoked, expired, signed out, deactivated."""
    if isinstance(principal, Screen):
        same = Screen.objects.filter(pk=principal.pk, key_hash=principal.key_hash, revoked_at=None)
        return _on(same.select_related("station").first())
    if not isinstance(principal, Officer):
        return None
    found = Officer.objects.filter(pk=principal.pk, is_active=True).select_related("station").first()
    if found is None:
        return None
    if principal.token is not None:
        found.token = Token.objects.filter(pk=principal.token.pk, expires_at__gt=clock.now()).first()
        return found if found.token else None
    return found if session_key and _session_holds(session_key, found) else None


def _session_holds(session_key: str, officer: Officer) -> bool:
    store = sessions.SessionStore(session_key)
    held = store.get("_auth_user_id") == str(officer.pk)
    return held and not sessions.is_locked(store) and store.get("_auth_user_hash") == officer.get_session_auth_hash()
