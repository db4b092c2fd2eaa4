"""Step-up: what weighs most wants the second factor again, given within the last 5 minutes."""

import functools
import time
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from command.errors import Forbidden
from command.models import Officer
from command.routes import View, turned_away

HOLDS_S = 300
_KEY = "second_factor_at"
_PUT_OFF = "put_off"
SECRETS = ("csrfmiddlewaretoken", "password", "again", "current", "pin")
KEPT_LIMIT = 100_000  # characters


def given(request: HttpRequest) -> None:
    """The second factor has been given now."""
    request.session[_KEY] = time.time()


def is_fresh(request: HttpRequest) -> bool:
    """Whether the second factor was given within the last 5 minutes."""
    return 0 <= time.time() - request.session.get(_KEY, 0.0) < HOLDS_S


def _put_off(request: HttpRequest) -> None:
    """Keep what was typed over the question for the second factor, but for what is secret or large."""
    said = request.POST.copy()
    for name in SECRETS:
        said.pop(name, None)
    words = said.urlencode()
    if len(words) <= KEPT_LIMIT:
        request.session[_PUT_OFF] = {"path": request.get_full_path(), "said": words, "at": time.time()}


def put_off(request: HttpRequest) -> QueryDict | None:
    """What was typed on this page and not taken because the second factor was asked for first; told once."""
    kept = request.session.get(_PUT_OFF)
    if not kept or kept["path"] != request.get_full_path():
        return None
    del request.session[_PUT_OFF]
    return QueryDict(kept["said"]) if time.time() - kept["at"] < HOLDS_S else None


def required(view: View) -> View:
    """Let a view through only behind a fresh second factor; a script's token never has one."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = getattr(request, "user", None)
        if request.headers.get("Authorization") or not isinstance(user, Officer):
            said = _("This needs a person's second factor; a token or a screen has none.")
            return turned_away(request, Forbidden("step_up", said))
        if is_fresh(request):
            return view(request, *args, **kwargs)
        if request.method == "POST":
            _put_off(request)
        return redirect(f"{reverse('confirm')}?next={quote(request.get_full_path())}")

    guarded.steps_up = True  # type: ignore[attr-defined]
    return guarded
