from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "devices"
    label = "devices"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from command import live as floor
        from command import navigation
        from command.permissions import Capability
        from devices import live

        floor.pin_stream(live.STREAM)
        navigation.pin(navigation.Entry("devices", _("Devices"), (Capability.MANAGE_DEVICES,)))
