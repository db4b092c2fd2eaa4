"""Errors outside of any view: JSON under /api/, a page elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

MESSAGES = {
    "not_there": _("There is nothing here under that name."),
    "failed": _("Something went wrong on our side; it is in the log."),
    "forbidden": _("This is not for you."),
    "out_of_date": _("This page is out of date: go back, load it anew and try again."),
    "malformed": _("The request can't be read."),
    "unavailable": _("The database does not answer; try again."),
}


def _answer(request: HttpRequest, code: str, status: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"code": code, "message": gettext(MESSAGES[code])}, status=status)
    return render(request, f"{status}.html" if status != 400 else "404.html", status=status)


def malformed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """400."""
    return _answer(request, "malformed", 400)


def forbidden(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """403."""
    return _answer(request, "forbidden", 403)


def out_of_date(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """403: a form without the token that its page should have carried."""
    if request.path.startswith("/api/"):
        return _answer(request, "out_of_date", 403)
    return render(request, "out_of_date.html", {"said": gettext(MESSAGES["out_of_date"])}, status=403)


def not_there(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """404."""
    return _answer(request, "not_there", 404)


def failed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """500; the traceback is in the log."""
    return _answer(request, "failed", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: what was asked may be asked again."""
    response = _answer(request, "unavailable", 503)
    response.headers["Retry-After"] = "2"
    return response
