"""The addresses of the pages of stations."""

from django.urls import path

from command import station_pages
from command.permissions import Capability
from command.routes import View, of_station

STATIONS = Capability.MANAGE_STATIONS


def _used(view: View) -> View:
    return of_station(view, GET=STATIONS, POST=STATIONS)


urlpatterns = [
    path("", of_station(station_pages.Stations.as_view(), GET=STATIONS), name="stations"),
    path("add/", _used(station_pages.AddStation.as_view()), name="add_station"),
    path("<int:station>/", _used(station_pages.ChangeStation.as_view()), name="change_station"),
    path("<int:station>/boundary/", _used(station_pages.Boundary.as_view()), name="boundary"),
    path("<int:station>/boundary/remove/", _used(station_pages.RemoveBoundary.as_view()), name="remove_boundary"),
]
