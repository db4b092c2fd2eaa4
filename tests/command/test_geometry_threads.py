"""Requests come in threads of their own; what they did with geometry must go with them."""

import gc
import threading

from django.contrib.gis.geos import GEOSGeometry, Point
from django.contrib.gis.geos.prototypes.threadsafe import GEOSContextHandle
from django.http import HttpRequest, HttpResponse

from command.middleware import GeometryMiddleware

ROUNDS = 20


def view(request: HttpRequest) -> HttpResponse:
    raw = bytes(Point(106.5, 29.6, srid=4326).ewkb)
    return HttpResponse(str(GEOSGeometry(memoryview(raw)).y))


def contexts() -> int:
    gc.collect()
    return sum(type(one) is GEOSContextHandle for one in gc.get_objects())


def left_by(answer) -> int:
    """How many GEOS contexts more there are once so many threads have answered and gone."""
    before = contexts()
    for _ in range(ROUNDS):
        thread = threading.Thread(target=answer, args=(HttpRequest(),))
        thread.start()
        thread.join()
    return contexts() - before


def test_no_thread_leaves_a_geometry_context() -> None:
    assert left_by(GeometryMiddleware(view)) == 0
