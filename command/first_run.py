"""From a claimed empty station to a working wall: the steps in their order, each read from the database.

Rooms pin their steps in `AppConfig.ready()`, as they pin topics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from command.models import Grant, Officer, Screen, Station
from command.permissions import ROLES, Capability


@dataclass(frozen=True)
class State:
    """Whether a step is done at a station, and what there is, in words."""

    is_done: bool
    said: str


@dataclass(frozen=True)
class Step:
    """One step: its title, what to do, the button's word, the page that does it, who may, and how it stands."""

    order: int
    title: Any
    what: Any
    verb: Any
    route: Callable[[Station], str]
    needs: Capability
    state: Callable[[Station], State]


@dataclass(frozen=True)
class Shown:
    """A step as somebody sees it; `url` is empty where they may not do it."""

    step: Step
    state: State
    url: str


_steps: list[Step] = []


def pin(*steps: Step) -> None:
    """Add steps; their order is their own."""
    _steps.extend(step for step in steps if step not in _steps)
    _steps.sort(key=lambda step: step.order)


def shown(principal: Officer) -> list[Shown]:
    """All steps of somebody's own station, as it is now."""
    rights, station = principal.rights(), principal.station
    return [
        Shown(step, step.state(station), step.route(station) if rights.anywhere(step.needs) else "") for step in _steps
    ]


def leads(principal: Officer) -> bool:
    """Whether the first run is what this person's own station needs next. A demo town is set up from the start."""
    if settings.IS_TOWN or not principal.rights().may(Capability.MANAGE_STATIONS, principal.station_id):
        return False
    return not all(step.state(principal.station).is_done for step in _steps)


def _boundary(station: Station) -> State:
    drawn = station.boundary is not None
    return State(drawn, _("drawn") if drawn else _("none yet: the wall shows the whole map"))


def _people(station: Station) -> State:
    roles = [role.value for role, held in ROLES.items() if Capability.DISPATCH in held]
    active = Officer.objects.filter(station=station, is_active=True).count()
    able = Grant.objects.filter(station=station, role__in=roles, officer__is_active=True).values("officer").distinct()
    count = able.count()
    said = ngettext("%(count)s account", "%(count)s accounts", active) % {"count": active}
    who = _("%(count)s of them may dispatch") % {"count": count} if count else _("nobody may dispatch yet")
    return State(count > 0, f"{said}, {who}")


def _screen(station: Station) -> State:
    count = Screen.objects.filter(station=station, revoked_at=None).count()
    return State(count > 0, ngettext("%(count)s screen", "%(count)s screens", count) % {"count": count})


BOUNDARY = Step(
    20, gettext_lazy("The boundary"), gettext_lazy("Draw on the map what the station looks after: walls begin with it."),
    gettext_lazy("Draw the boundary"), lambda station: reverse("boundary", args=[station.pk]),
    Capability.MANAGE_STATIONS, _boundary,
)  # fmt: skip
PEOPLE = Step(
    30, gettext_lazy("People"),
    gettext_lazy("Give an account to each: at least one duty officer or commander, who takes calls and sends units."),
    gettext_lazy("Add a person"), lambda station: reverse("add_person"), Capability.MANAGE_PEOPLE, _people,
)  # fmt: skip
