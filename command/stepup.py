"""Step-up: what weighs most wants the second factor again, given within the last 5 minutes."""

import functools
import time
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from command.errors import Forbidden
from command.models import Officer
from command.routes import View, turned_away

HOLDS_S = 300
_KEY = "second_factor_at"


def given(request: HttpRequest) -> None:
    """The second factor has been given now."""
    request.session[_KEY] = time.time()


def is_fresh(request: HttpRequest) -> bool:
    """Whether the second factor was given within the last 5 minutes."""
    return 0 <= time.time() - request.session.get(_KEY, 0.0) < HOLDS_S


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
        return redirect(f"{reverse('confirm')}?next={quote(request.get_full_path())}")

    guarded.steps_up = True  # type: ignore[attr-defined]
    return guarded
