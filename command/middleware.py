"""What every request passes: it is counted, its language, and what is said when the database goes away under it."""

import logging
import time
from collections.abc import Callable, Mapping

from django.conf import settings
from django.contrib.gis.geos.prototypes import io as geometry_io
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from command import error_pages, metrics

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class MetricsMiddleware:
    """Counts every request and how long it took; it stands outermost."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        metrics.answered(request, response.status_code, time.perf_counter() - began)
        return response


def language_of(cookies: Mapping[str, str], *, is_script: bool) -> str:
    """The language in which somebody with these cookies is spoken to."""
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES):
        return chosen
    return "en" if is_script else str(settings.LANGUAGE_CODE)


class LanguageMiddleware:
    """The language of the cookie, else Chinese: the browser's own preference is not asked. Scripts get English."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = language_of(request.COOKIES, is_script="Authorization" in request.headers)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        return response


class GeometryMiddleware:
    """Lets go of the thread's geometry readers and writers with each answer; it stands innermost.

    Each request has a thread of its own. Were they left to the end of that, their destructors would make it a new GEOS
    context which nothing frees any more: about 2 kB a request, for ever.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            vars(geometry_io.thread_context).clear()


class DatabaseLostMiddleware:
    """503, whichever part of a request found out: the rights, the verb, or the commit, after which nobody knows."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, lost: Exception) -> HttpResponse | None:
        if not isinstance(lost, OperationalError | InterfaceError):
            return None
        log.warning("%s %s: the database is lost (%s)", request.method, request.path, type(lost).__name__)
        return error_pages.unavailable(request)
