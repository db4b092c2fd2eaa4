from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommandConfig(AppConfig):
    name = "command"
    label = "command"
    verbose_name = _("Stations and people")

    def ready(self) -> None:
        from command import (  # noqa: F401 - jobs name themselves, so that any process knows when one is late
            alarms,
            erasures,
            first_run,
            lists,
            live,
            logs,
            navigation,
            stations,
            upkeep,
        )
        from command.models import Officer, Recovery, Screen, Share, Station
        from command.permissions import Capability

        if logs.PROCESS != "manage":  # at a console people read tracebacks
            logs.catch_what_ends_the_process()
        live.pin(stations.TOPIC, alarms.TOPIC)
        erasures.pin(erasures.OFFICER)
        navigation.pin(
            navigation.Entry("desk", _("The desk"), (Capability.DISPATCH,), "work"),
            navigation.Entry("wall", _("The wall"), (Capability.SEE_MAP,), "work"),
            navigation.Entry("audit", _("Audit"), (Capability.READ_AUDIT,), "audit"),
            navigation.Entry(
                "lookups", _("Look-ups"), (Capability.READ_AUDIT, Capability.APPROVE_LISTING), "audit"
            ),
            navigation.Entry(
                "stations", _("Stations"), (Capability.MANAGE_STATIONS,),
                about=_("Names, time zones and boundaries, drawn on the map."),
                count=lists.counting(Station.objects.all(), Capability.MANAGE_STATIONS, "pk"),
            ),
            navigation.Entry(
                "people", _("People"), (Capability.MANAGE_PEOPLE,),
                about=_("Accounts and what each may do; add many from a table."),
                count=lists.counting(Officer.objects.filter(is_active=True), Capability.MANAGE_PEOPLE),
            ),
            navigation.Entry(
                "recoveries", _("Accounts to begin anew"), (Capability.MANAGE_PEOPLE, Capability.APPROVE_LISTING),
                about=_("Lost passwords and phones, which two people let begin anew."),
                count=lists.counting(
                    Recovery.objects.filter(ended_at=None), Capability.MANAGE_PEOPLE, "officer__station"
                ),
            ),
            navigation.Entry(
                "screens", _("Screens"), (Capability.MANAGE_SCREENS,),
                about=_("Walls: paired by a code, revoked here."),
                count=lists.counting(Screen.objects.filter(revoked_at=None), Capability.MANAGE_SCREENS),
            ),
            navigation.Entry(
                "shares", _("Shared with rooms"), (Capability.MANAGE_STATIONS,),
                about=_("What enterprises' security rooms see of a station."),
                count=lists.counting(Share.objects.all(), Capability.MANAGE_STATIONS),
            ),
            navigation.Entry("admin:index", _("Raw tables"), (Capability.MANAGE_STATIONS,), "raw"),
        )  # fmt: skip
        first_run.pin(first_run.BOUNDARY, first_run.PEOPLE, first_run.SCREEN)
