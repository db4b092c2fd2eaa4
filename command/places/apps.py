from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "command.places"
    label = "places"
