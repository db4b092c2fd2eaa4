from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "dispatch"
    verbose_name = _("Dispatch")

    def ready(self) -> None:
        from command import erasures, first_run, lists, navigation
        from command import live as floor
        from command.permissions import Capability
        from devices import carriers, colleagues
        from dispatch import admin, duty, live, persons  # noqa: F401 - admin registers with the floor's site
        from dispatch.first_run import UNITS
        from dispatch.models import Unit

        navigation.pin(
            navigation.Entry("history", _("Incidents"), (Capability.SEARCH_PEOPLE,), "work"),
            navigation.Entry("shift", _("Shift"), (Capability.DISPATCH,), "work"),
            navigation.Entry(
                "units", _("Units"), (Capability.MANAGE_DEVICES,),
                about=_("Crews with call sign, phone and vehicle; vehicles."),
                count=lists.counting(Unit.objects.filter(retired_at=None), Capability.MANAGE_DEVICES),
            ),
        )  # fmt: skip
        first_run.pin(UNITS)
        floor.pin(*live.TOPICS)
        erasures.pin(persons.CALLER)
        erasures.pin_elsewhere("officer", persons.clear_officer)
        colleagues.pin(duty.on_duty_with)
        carriers.pin(duty.carriers_of)
