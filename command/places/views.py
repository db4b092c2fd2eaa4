"""The door to the tiles."""

import gzip

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from command.places import tiles

FOR_EVER = "private, max-age=31536000, immutable"


@require_safe
def tile(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """A vector tile. With `?v=` of the import it shows, browsers keep it for ever."""
    if not tiles.exists(z, x, y):
        raise Http404
    asked = _version(request)
    body = tiles.cached(name, asked, z, x, y) if asked else None
    version = asked
    if body is None:
        drawn = tiles.draw(name, z, x, y)
        if drawn is None:
            raise Http404
        version, body = drawn
    return _answer(request, body, FOR_EVER if version == asked else "private, no-cache")


def _version(request: HttpRequest) -> int | None:
    said = request.GET.get("v", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


def _answer(request: HttpRequest, body: bytes, caching: str) -> HttpResponse:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return HttpResponse(body, content_type="application/vnd.mapbox-vector-tile", headers=headers)
