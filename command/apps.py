from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommandConfig(AppConfig):
    name = "command"
    label = "command"
    verbose_name = _("Stations and people")

    def ready(self) -> None:
        from command import alarms, erasures, live, navigation, stations
        from command.permissions import Capability

        live.pin(stations.TOPIC, alarms.TOPIC)
        erasures.pin(erasures.OFFICER)
        navigation.pin(
            navigation.Entry("desk", _("The desk"), (Capability.DISPATCH,), "work"),
            navigation.Entry("wall", _("The wall"), (Capability.SEE_MAP,), "work"),
            navigation.Entry("audit", _("Audit"), (Capability.READ_AUDIT,), "audit"),
            navigation.Entry("people", _("People"), (Capability.MANAGE_PEOPLE,)),
            navigation.Entry(
                "recoveries", _("Accounts to begin anew"), (Capability.MANAGE_PEOPLE, Capability.APPROVE_LISTING)
            ),
            navigation.Entry("admin:index", _("Raw tables"), (Capability.MANAGE_STATIONS,), "raw"),
        )
