from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "dispatch"
    label = "dispatch"
    verbose_name = _("Dispatch")

    def ready(self) -> None:
        from command import alarms, erasures, first_run, health, lists, navigation, people
        from command import live as floor
        from command.permissions import Capability
        from devices import carriers, colleagues, kept
        from devices.pictures import watching
        from devices.voice import groups
        from dispatch import (  # noqa: F401 - admin registers, jobs name themselves
            admin,
            duty,
            errand_live,
            help,
            help_live,
            holds,
            incidents,
            live,
            order_jobs,
            order_ways,
            persons,
            photos,
            proposals,
            road_speeds,
            roads,
            safety,
            scene_pack,
            talk,
            terminals,
        )
        from dispatch.first_run import UNITS
        from dispatch.models import Kind, Skill, Unit

        navigation.pin(
            navigation.Entry("history", _("Incidents"), (Capability.SEARCH_PEOPLE,), "work"),
            navigation.Entry("terminal", _("Terminal"), (Capability.OWN_ORDERS,), "work"),
            navigation.Entry("duty", _("On duty"), (Capability.OWN_ORDERS,), "work"),
            navigation.Entry("errands", _("Tasks"), (Capability.OWN_ORDERS,), "work"),
            navigation.Entry("shift", _("Shift"), (Capability.DISPATCH,), "work"),
            navigation.Entry("place_notes", _("Places"), (Capability.DISPATCH,), "work"),
            navigation.Entry(
                "units", _("Units"), (Capability.MANAGE_DEVICES,),
                about=_("Crews with call sign, phone and vehicle; vehicles."),
                count=lists.counting(Unit.objects.filter(retired_at=None), Capability.MANAGE_DEVICES),
            ),
            navigation.Entry(
                "kinds", _("Kinds of incident"), (Capability.MANAGE_KINDS,),
                about=_("What calls are about: names, priority, colour, what to ask, checklists."),
                count=lambda _principal: Kind.objects.filter(is_active=True).count(),
            ),
            navigation.Entry(
                "skills", _("Skills"), (Capability.MANAGE_KINDS,),
                about=_("What calls may need of crews and vehicles, and who has it."),
                count=lambda _principal: Skill.objects.count(),
            ),
            navigation.Entry(
                "targets", _("Targets"), (Capability.MANAGE_TARGETS,),
                about=_("How soon calls are to be answered, sent to and reached."),
            ),
        )  # fmt: skip
        first_run.pin(UNITS)
        floor.pin(*live.TOPICS, help_live.TOPIC, errand_live.TOPIC)
        health.pin("roads", roads.health)
        alarms.pin_names("order", order_jobs.names)
        alarms.pin_names(help.SUBJECT, help_live.names)
        erasures.pin(persons.CALLER)
        erasures.pin(persons.KEY_HOLDER)
        erasures.pin(photos.ERASABLE)
        erasures.pin_elsewhere("officer", persons.clear_officer)
        people.pin_keys(terminals.let_go)
        colleagues.pin(duty.on_duty_with)
        watching.pin_incidents(incidents.is_reason)
        kept.pin_entered(scene_pack.pack_film)
        kept.pin_station(scene_pack.station_of_film)
        groups.pin(talk.KNOWN)
        carriers.pin(duty.carriers_of)
