"""What this room tells those below of itself, which import nothing of it: its pages, what is live, who a person is to it, and who
is where.
"""

from django.utils.translation import gettext_lazy as _

from command import alarms, erasures, first_run, health, lists, navigation, people
from command import live as floor
from command.permissions import Capability
from devices import carriers, colleagues, kept
from devices.pictures import watching
from devices.voice import groups
from dispatch import (
    duty,
    errand_live,
    eyes,
    help,
    help_live,
    incidents,
    live,
    order_jobs,
    persons,
    photos,
    roads,
    scene_pack,
    talk,
    terminals,
)
from dispatch.first_run import UNITS
from dispatch.models import Kind, Skill, Unit


def pin_all() -> None:
    """Tell it; called once from AppConfig.ready()."""
    pin_pages_of_work()
    pin_pages_of_management()
    pin_live()
    pin_persons()
    pin_who_is_where()


def pin_pages_of_work() -> None:
    """The pages that are used every day."""
    navigation.pin(
        navigation.Entry("history", _("Incidents"), (Capability.SEARCH_PEOPLE,), "work"),
        navigation.Entry("terminal", _("Terminal"), (Capability.OWN_ORDERS,), "work"),
        navigation.Entry("duty", _("On duty"), (Capability.OWN_ORDERS,), "work"),
        navigation.Entry("errands", _("Tasks"), (Capability.OWN_ORDERS,), "work"),
        navigation.Entry("shift", _("Shift"), (Capability.DISPATCH,), "work"),
        navigation.Entry("place_notes", _("Places"), (Capability.DISPATCH,), "work"),
    )


def pin_pages_of_management() -> None:
    """The pages on which what there is, is set up; and the step of the first run."""
    navigation.pin(
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


def pin_live() -> None:
    """What is on the live picture, in alarms and in `/health`."""
    floor.pin(*live.TOPICS, help_live.TOPIC, errand_live.TOPIC)
    health.pin("roads", roads.health)
    alarms.pin_names("order", order_jobs.names)
    alarms.pin_names(help.SUBJECT, help_live.names)


def pin_persons() -> None:
    """What names a person here and can be erased; which keys go with whoever is shut out."""
    erasures.pin(persons.CALLER)
    erasures.pin(persons.KEY_HOLDER)
    erasures.pin(photos.ERASABLE)
    erasures.pin_elsewhere("officer", persons.clear_officer)
    people.pin_keys(terminals.let_go)


def pin_who_is_where() -> None:
    """What devices, pictures and talk ask: who is on duty with whom, on which incident, and what belongs to it."""
    colleagues.pin(duty.on_duty_with)
    carriers.pin(duty.carriers_of)
    watching.pin_incidents(incidents.is_reason)
    watching.pin_eyes(eyes.at_scene)
    kept.pin_entered(scene_pack.pack_film)
    kept.pin_station(scene_pack.station_of_film)
    groups.pin(talk.KNOWN)
