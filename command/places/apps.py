from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    name = "command.places"
    label = "places"

    def ready(self) -> None:
        from command import first_run, navigation
        from command.permissions import Capability
        from command.places.first_run import MAP
        from command.places.models import Map

        navigation.pin(
            navigation.Entry(
                "maps", _("Maps"), (Capability.MANAGE_MAP,),
                about=_("OpenStreetMap extracts: streets, addresses and landmarks of all stations."),
                count=lambda principal: Map.objects.count(),
            ),
        )  # fmt: skip
        first_run.pin(MAP)
