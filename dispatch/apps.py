from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "dispatch"
    verbose_name = _("Dispatch")

    def ready(self) -> None:
        from dispatch import admin, holds, order_ways, pins, proposals, road_speeds, safety  # noqa: F401 - admin registers, jobs name themselves

        pins.pin_all()
