from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "dispatch"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from command import live as floor
        from command import navigation
        from command.permissions import Capability
        from devices import carriers, colleagues
        from dispatch import duty, live

        navigation.pin(
            navigation.Entry("history", _("Incidents"), (Capability.SEARCH_PEOPLE,), "work"),
            navigation.Entry("shift", _("Shift"), (Capability.DISPATCH,), "work"),
            navigation.Entry("units", _("Units"), (Capability.MANAGE_DEVICES,)),
        )
        floor.pin(*live.TOPICS)
        colleagues.pin(duty.on_duty_with)
        carriers.pin(duty.carriers_of)
