from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "dispatch"
    verbose_name = _("Dispatch")

    def ready(self) -> None:
        from command import erasures, navigation
        from command import live as floor
        from command.permissions import Capability
        from devices import carriers, colleagues
        from dispatch import admin, duty, live, persons  # noqa: F401 - admin registers with the floor's site

        navigation.pin(
            navigation.Entry("history", _("Incidents"), (Capability.SEARCH_PEOPLE,), "work"),
            navigation.Entry("shift", _("Shift"), (Capability.DISPATCH,), "work"),
            navigation.Entry("units", _("Units"), (Capability.MANAGE_DEVICES,)),
        )
        floor.pin(*live.TOPICS)
        erasures.pin(persons.CALLER)
        erasures.pin_elsewhere("officer", persons.clear_officer)
        colleagues.pin(duty.on_duty_with)
        carriers.pin(duty.carriers_of)
