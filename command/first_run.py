"""From a claimed empty station to a working wall: the steps in their order, each read from the database.

Rooms pin their steps in `AppConfig.ready()`, as they pin topics.
"""

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from command import principals
from command.models import Grant, Officer, Screen, Station
from command.permissions import ROLES, Capability

ROOT = "/manage/"
FINISHED = "set_up"  # in the session: this person's station is, so that it is asked about no more
LED = "led"  # in the session: there was something left to do


@dataclass(frozen=True)
class State:
    """Whether a step is done at a station or one below it, and what there is, in words."""

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
    state: Callable[[set[int]], State]  # of the ids of a station and those below it


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
    reach = station.reach()
    return [
        Shown(step, step.state(reach), step.route(station) if rights.anywhere(step.needs) else "") for step in _steps
    ]


def leads(principal: Officer) -> bool:
    """Whether the first run is what this person's own station needs next."""
    return _concerns(principal) and not all(one.state.is_done for one in shown(principal))


def _concerns(principal: Officer) -> bool:
    """Whether somebody sets a station up. A demo town is set up from the start; an enterprise's room sends nobody."""
    station = principal.station
    sets_up = principal.rights().may(Capability.MANAGE_STATIONS, station.pk)
    return sets_up and not settings.IS_TOWN and station.kind != "room"


@dataclass(frozen=True)
class Led:
    """What stands above every page of administration while a station is being set up.

    `here` is the step whose page this is, `next` the first that is left; `next` is None when all are done.
    """

    steps: list[Shown]
    here: Shown | None
    next: Shown | None

    @property
    def left(self) -> int:
        """How many steps are not done yet."""
        return sum(not one.state.is_done for one in self.steps)

    @property
    def number(self) -> int:
        """Of the step that is here, from 1; 0 on other pages."""
        return self.steps.index(self.here) + 1 if self.here else 0


def context(request: HttpRequest) -> dict[str, Any]:
    """For templates: `first_run`, which asks the database only where a page shows it."""
    return {"first_run": functools.partial(led, request)}


def led(request: HttpRequest) -> Led | None:
    """How the first run stands, for a page of administration; None once that is nobody's question any more."""
    principal, session = principals.of(request), request.session
    if not (isinstance(principal, Officer) and request.user.is_authenticated and request.path.startswith(ROOT)):
        return None
    if session.get(FINISHED):
        return None
    steps = shown(principal) if _concerns(principal) else []
    left = [one for one in steps if not one.state.is_done]
    if not left:
        return _finished(request, steps)
    if LED not in session:
        session[LED] = True
    here = next((one for one in steps if one.url and _section(one.url) == _section(request.path)), None)
    return Led(steps, here, left[0])


def _finished(request: HttpRequest, steps: list[Shown]) -> Led | None:
    """The end is told, to whom was led there, until the index has shown it."""
    was_led = bool(steps and request.session.get(LED))
    if not was_led or request.path == ROOT:
        request.session[FINISHED] = True
    return Led(steps, None, None) if was_led else None


def _section(path: str) -> list[str]:
    return path.split("/")[:3]


def _boundary(reach: set[int]) -> State:
    drawn = Station.objects.filter(pk__in=reach).exclude(boundary=None).exists()
    return State(drawn, _("drawn") if drawn else _("none yet: the wall shows the whole map"))


def who_dispatch(stations: Collection[int]) -> QuerySet[Any]:
    """Who takes calls and sends units at these stations."""
    roles = [role.value for role, held in ROLES.items() if Capability.DISPATCH in held]
    held = Grant.objects.filter(station__in=stations, role__in=roles, officer__is_active=True)
    return held.values("officer").distinct()


def _people(reach: set[int]) -> State:
    active = Officer.objects.filter(station__in=reach, is_active=True).count()
    count = who_dispatch(reach).count()
    said = ngettext("%(count)s account", "%(count)s accounts", active) % {"count": active}
    who = _("%(count)s of them may dispatch") % {"count": count} if count else _("nobody may dispatch yet")
    return State(count > 0, f"{said} · {who}")


def _screen(reach: set[int]) -> State:
    count = Screen.objects.filter(station__in=reach, revoked_at=None).count()
    said = ngettext("%(count)s screen", "%(count)s screens", count) % {"count": count}
    return State(count > 0, said if count else _("none yet"))


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
SCREEN = Step(
    60, gettext_lazy("The screen"),
    gettext_lazy("Open the address of a screen on the computer at the wall and type its code here: it shows the wall."),
    gettext_lazy("Pair a screen"), lambda station: reverse("screens"), Capability.MANAGE_SCREENS, _screen,
)  # fmt: skip
