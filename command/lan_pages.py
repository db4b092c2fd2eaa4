"""The page by which phones and computers of the LAN come to trust the station. It is the only one served without TLS."""

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from command import certificates, qr
from command.errors import NotThere

DOORS = (
    ("/owntracks/", "OwnTracks"), ("/osmand/", "Traccar Client · OsmAnd"), ("/traccar/", "Traccar"),
    ("/fixes/", "JSON"),
)  # fmt: skip


@require_GET
def lan(request: HttpRequest) -> HttpResponse:
    """How to trust the station, by what to recognise it, and where phones report to.

    The language is chosen in the address: without TLS there is no cookie for it.
    """
    chosen = request.GET.get("language")
    if chosen in dict(settings.LANGUAGES):
        translation.activate(chosen)  # the middleware ends what this begins
    context: dict[str, Any] = {"is_open": settings.LAN and bool(certificates.fingerprint())}
    if context["is_open"]:
        host = _host(request)
        fetched = f"http://{host}{reverse('lan_authority')}"
        context |= {
            "picture": qr.picture(fetched), "fetched": fetched, "fingerprint": certificates.fingerprint(),
            "address": f"https://{host}/", "doors": [(words, f"https://{host}{path}") for path, words in DOORS],
        }  # fmt: skip
    answer = render(request, "command/lan.html", context)
    answer.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"  # without TLS browsers ignore it, and complain
    return answer


@require_GET
def authority(request: HttpRequest) -> HttpResponse:
    """The authority's certificate, as phones install it. Raises NotThere without a LAN."""
    made = certificates.authority() if settings.LAN else None
    if made is None:
        raise NotThere("not_there", _("There is nothing here under that name."))
    answer = HttpResponse(made, content_type="application/x-x509-ca-cert")
    answer.headers["Content-Disposition"] = 'attachment; filename="station-ca.crt"'
    return answer


def _host(request: HttpRequest) -> str:
    """The host and port by which the LAN reaches the station: as it was asked for, unless that was this machine's own."""
    asked = request.get_host()
    name = asked.rsplit(":", 1)[0] if not asked.endswith("]") else asked
    if name not in ("127.0.0.1", "localhost", "[::1]"):
        return asked
    first = next((host for host in settings.LAN_HOSTS if _is_of_lan(host)), name)
    host = f"[{first}]" if ":" in first and not first.startswith("[") else first
    return host if settings.PORT == 443 else f"{host}:{settings.PORT}"


def _is_of_lan(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
