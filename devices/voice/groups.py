"""Talk groups: which there are for somebody, in which of them they may speak, and how strongly. Nothing is stored.

A station's people, all people of a tree of stations, an incident's people, one officer in private, and aloud: the phone of
somebody who shows the scene, which plays it to those who stand around. Who is at an incident rooms above know; they pin it here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from command.errors import Forbidden, NotThere
from command.models import Officer, Screen, Station
from command.permissions import Capability, Principal
from devices.models import PictureSource
from devices.voice.floor import ANYBODY, DISTRESS, ROOM


@dataclass(frozen=True, slots=True)
class Scene:
    """An open incident whose people somebody belongs to; `is_own`: as one of its crews."""

    number: str
    station: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class Crewed:
    """Somebody on a unit, by the unit's call sign and their own name."""

    officer: int
    station: int
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """What rooms above know: the incidents of a principal, the crews of stations, who has called SOS, a call sign or ""."""

    scenes: Callable[[Principal], Sequence[Scene]]
    crews: Callable[[Collection[int]], Sequence[Crewed]]
    is_in_distress: Callable[[int], bool]
    call_sign: Callable[[int], str]


_known: list[Known] = []


def pin(known: Known) -> None:
    """Say who is where; called from a room's AppConfig.ready()."""
    _known[:] = [known]


@dataclass(frozen=True, slots=True)
class Group:
    """A talk group as somebody has it: whether they may speak there, and hear it without having asked for it. `label` is ""
    for what is one's own."""

    kind: str
    ident: str
    station: int
    label: str
    may_speak: bool
    is_heard: bool

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.ident}"

    @property
    def is_private(self) -> bool:
        """Whether opening it is an act of its own, which is entered."""
        return self.kind in ("officer", "aloud")


def of(principal: Principal) -> dict[str, Group]:
    """Every group that a principal may hear or speak in, by its key."""
    if isinstance(principal, Screen):
        found = _of_stations({principal.station_id}, None, principal.station_id)
        found += [_scene(one, may_speak=False, is_heard=True) for one in _scenes(principal)]
        return {one.key: one for one in found}
    if not isinstance(principal, Officer):
        return {}
    talks = principal.rights().stations(Capability.TALK)
    found = _of_stations(talks, leads(principal), principal.station_id)
    found += [
        _scene(one, may_speak=True, is_heard=one.is_own or one.station == principal.station_id)
        for one in _scenes(principal)
    ]
    found += _of_people(principal) if talks else []
    return {one.key: one for one in found}


def leads(principal: Principal) -> frozenset[int]:
    """Ids of the stations where they lead others and talk: a commander's, a duty officer's."""
    rights = principal.rights()
    return rights.stations(Capability.TALK) & rights.stations(Capability.DISPATCH)


def speaking(principal: Principal, key: str) -> tuple[Group, int]:
    """The group, and the rank by which this principal asks for its floor. Raises NotThere, Forbidden."""
    found = of(principal).get(key)
    if found is None:
        raise NotThere("not_there", _("There is no such talk group for you."))
    if not found.may_speak:
        raise Forbidden("forbidden", _("You hear this talk group; speaking there is for others."))
    if any(known.is_in_distress(principal.pk) for known in _known):
        return found, DISTRESS
    led = leads(principal)
    return found, ROOM if found.station in led or (found.kind == "all" and led) else ANYBODY


def name_of(officer: Officer) -> str:
    """As who somebody is heard: the call sign of their unit, and their name."""
    signs = [known.call_sign(officer.pk) for known in _known]
    return " ".join(filter(None, [*signs, officer.label]))


def _scenes(principal: Principal) -> list[Scene]:
    return [scene for known in _known for scene in known.scenes(principal)]


def _scene(one: Scene, *, may_speak: bool, is_heard: bool) -> Group:
    return Group("incident", one.number, one.station, one.number, may_speak, is_heard)


def _of_stations(talks: Collection[int], led: frozenset[int] | None, home: int) -> list[Group]:
    """The groups of stations, and of all of a tree of more than one, where whoever leads somewhere speaks. A screen only
    hears: `led` None."""
    stations = {one.pk: one for one in Station.objects.only("code", "name", "kind", "parent_id")}
    found, tops = [], set()
    for pk in sorted(talks):
        one = stations[pk]
        found.append(Group("station", one.code, pk, one.name, led is not None, pk == home))
        if one.kind != "room":  # an enterprise's hears what is said to it, and not the police
            tops.add(_top(stations, one))
    parents = {one.parent_id for one in stations.values()}
    for pk in sorted(tops & parents):
        leads_there = any(_top(stations, stations[one]) == pk for one in led or ())
        found.append(Group("all", stations[pk].code, pk, stations[pk].name, leads_there, True))
    return found


def _top(stations: dict[int, Station], one: Station) -> int:
    while one.parent_id is not None:
        one = stations[one.parent_id]
    return one.pk


def _of_people(officer: Officer) -> list[Group]:
    """Oneself in private and aloud; for who leads, each officer of the crews, and each phone that shows the scene."""
    own, at_wall = str(officer.pk), officer.wall is not None
    found = [
        Group("officer", own, officer.station_id, "", True, True),
        Group("aloud", own, officer.station_id, "", False, True),
    ]
    led = leads(officer)
    crews = {one.officer: one for known in _known for one in known.crews(led)} if led else {}
    found += [
        Group("officer", str(one.officer), one.station, one.name, True, False)
        for one in crews.values()
        if one.officer != officer.pk
    ]
    sending = PictureSource.objects.filter(station__in=led, officer__isnull=False, sending_since__isnull=False)
    for source in sending.exclude(officer=officer).select_related("officer"):
        known = crews.get(source.officer_id or 0)
        name = known.name if known else source.label
        found.append(Group("aloud", str(source.officer_id), source.station_id, name, True, False))
    return [one for one in found if not at_wall or (one.kind == "aloud" and one.ident != own)]
