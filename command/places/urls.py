"""The addresses of the base map and whom each is for."""

from django.urls import path

from command.permissions import Capability
from command.places import api, pages, views
from command.routes import View, of_all_stations, signed_in

MAP = Capability.MANAGE_MAP
ALL = "manage/maps/"
ONE = f"{ALL}uploads/<int:upload>/"


def _used(view: View) -> View:
    return of_all_stations(view, GET=MAP, POST=MAP)


urlpatterns = [
    path("tiles/<slug:name>/<int:z>/<int:x>/<int:y>", signed_in(views.tile), name="tile"),
    path("api/v1/places/", signed_in(api.Places.as_view())),
    path("api/v1/maps/", signed_in(api.Maps.as_view())),
    path(ALL, of_all_stations(pages.Maps.as_view(), GET=MAP), name="maps"),
    path(f"{ALL}uploads/", of_all_stations(pages.Announce.as_view(), POST=MAP), name="announce_map"),
    path(ONE, _used(pages.Piece.as_view()), name="map_upload"),
    path(f"{ONE}discard/", _used(pages.Discard.as_view()), name="discard_map"),
    path(f"{ALL}<slug:name>/replace/", of_all_stations(pages.Replace.as_view(), GET=MAP), name="replace_map"),
    path(f"{ALL}<slug:name>/remove/", _used(pages.Remove.as_view()), name="remove_map"),
]
