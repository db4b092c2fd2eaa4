from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DevicesConfig(AppConfig):
    name = "devices"
    label = "devices"
    verbose_name = _("Devices")

    def ready(self) -> None:
        from command import alarms, navigation
        from command import live as floor
        from command.permissions import Capability
        from devices import admin, devices, live  # noqa: F401 - admin registers with the floor's site

        floor.pin_stream(live.STREAM)
        navigation.pin(navigation.Entry("devices", _("Devices"), (Capability.MANAGE_DEVICES,)))
        alarms.pin_names("device", devices.names)
