"""The addresses of the base map and whom each is for."""

from django.urls import path

from command.places import api, views
from command.routes import signed_in

urlpatterns = [
    path("tiles/<slug:name>/<int:z>/<int:x>/<int:y>", signed_in(views.tile), name="tile"),
    path("api/v1/places/", signed_in(api.Places.as_view())),
    path("api/v1/maps/", signed_in(api.Maps.as_view())),
]
