"""The terminal: a page that a phone keeps, the worker that keeps it, and what a phone is told in order to install it."""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from command import views
from command.pages import Page
from dispatch import terminals

WORKER = "terminal-worker.js"
FILES = "terminal-files.json"  # what the bundler says the page is made of


def _built(name: str) -> Path:
    """A file of the front end as it is served, or as it was just built. Raises Http404 where it was not."""
    served = settings.STATIC_ROOT / name
    if served.is_file():
        return Path(served)
    found = finders.find(name)
    if not found:
        raise Http404
    return Path(found)


@functools.lru_cache(maxsize=4)
def _shell(_changed_ns: int) -> tuple[str, list[str]]:
    """A digest of all that the page is made of, and the addresses of these files."""
    names: list[str] = json.loads(_built(FILES).read_text())
    digest = hashlib.sha256(settings.VERSION.encode())
    for name in [*names, WORKER]:
        digest.update(_built(name).read_bytes())
    return digest.hexdigest()[:12], names


def shell() -> tuple[str, list[str]]:
    """The page's version and its files by name. Raises Http404 where the front end was not built."""
    return _shell(_built(FILES).stat().st_mtime_ns)


@method_decorator(never_cache, name="dispatch")
class TerminalPage(Page):
    """What an officer or auxiliary carries: the order, the map, the bar."""

    template = "dispatch/terminal/terminal.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        terminals.bearer(self.principal)
        return self.show()

    def context(self, **more: Any) -> dict[str, Any]:
        version, names = shell()
        config = {**views.config(self.request, "terminal"), "version": version}
        return super().context(config=config, version=version, parts=[one for one in names if "/" in one], **more)


@require_GET
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its first line names the version and the files, so that a browser sees when either changed."""
    version, names = shell()
    entries = [f"{static(name)}?v={version}" if "/" not in name else static(name) for name in names]
    told = json.dumps({"version": version, "page": reverse("terminal"), "files": [*entries, reverse("jsi18n")]})
    script = f"self.SHELL = {told};\n{_built(WORKER).read_text()}"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_GET
@never_cache
def manifest(request: HttpRequest) -> JsonResponse:
    """What makes the page an app on the phone's first screen."""
    said = {
        "id": reverse("terminal"),
        "name": _("Station Command terminal"),
        "short_name": _("Terminal"),
        "lang": "en" if get_language() == "en" else "zh-Hans",
        "start_url": reverse("terminal"),
        "scope": reverse("terminal"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#0b1220",
        "theme_color": "#0b1220",
        "icons": [
            {
                "src": static(f"icon-{side}.png"),
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for side in (192, 512)
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")
