"""Addresses of this room. The doors of the devices themselves are `devices.ingest`'s."""

from django.urls import path

from command.permissions import Capability
from command.routes import of_station
from devices import api

urlpatterns = [
    path("api/v1/devices/<int:pk>/track/", of_station(api.Track.as_view(), GET=Capability.READ_TRACKS)),
]
