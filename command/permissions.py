"""Who may do what where: capabilities, the table of roles, and the two questions asked of them, `require` and `visible_to`."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self

from django.db import models
from django.db.models import Q

from command.errors import Forbidden, NotThere


class Capability(enum.StrEnum):
    SEE_MAP = "see_map"
    SEE_CALLERS = "see_callers"
    OPEN_INCIDENT = "open_incident"
    NOTE = "note"
    DISPATCH = "dispatch"
    FOLLOW_DISPATCH = "follow_dispatch"
    CLOSE_INCIDENT = "close_incident"
    ACKNOWLEDGE_ALARM = "acknowledge_alarm"
    OWN_ORDERS = "own_orders"
    WATCH_CAMERAS = "watch_cameras"
    STEER_CAMERAS = "steer_cameras"
    PLAY_RECORDINGS = "play_recordings"
    HOLD = "hold"
    EXPORT_EVIDENCE = "export_evidence"
    TALK = "talk"
    READ_TRACKS = "read_tracks"
    SEARCH_PEOPLE = "search_people"
    LIST_PERSON = "list_person"
    APPROVE_LISTING = "approve_listing"
    REVIEW_CANDIDATE = "review_candidate"
    AUTHORISE_USE = "authorise_use"
    STOP_MATCHING = "stop_matching"
    READ_AUDIT = "read_audit"
    SEE_FIGURES = "see_figures"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_STATIONS = "manage_stations"
    MANAGE_SCREENS = "manage_screens"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_CAMERAS = "manage_cameras"
    MANAGE_REPAIRS = "manage_repairs"
    MANAGE_KINDS = "manage_kinds"
    MANAGE_MAP = "manage_map"
    MANAGE_TARGETS = "manage_targets"


class Level(enum.IntEnum):
    """How far a capability reaches: ◐ only what concerns the incident or task one is on, or ● all of the station."""

    OWN = 1
    FULL = 2


class Role(enum.StrEnum):
    COMMANDER = "commander"
    DUTY_OFFICER = "duty_officer"
    OFFICER = "officer"
    AUXILIARY = "auxiliary"
    WATCHLIST_ADMIN = "watchlist_admin"
    REVIEWER = "reviewer"
    INSPECTOR = "inspector"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"
    SCREEN = "screen"


_C = Capability
_MANAGE_PLACE = (_C.MANAGE_KINDS, _C.MANAGE_MAP, _C.MANAGE_TARGETS)
_EVIDENCE = (_C.PLAY_RECORDINGS, _C.HOLD, _C.EXPORT_EVIDENCE)
_CAMERAS = (_C.WATCH_CAMERAS, _C.STEER_CAMERAS)
_DEVICES = (_C.MANAGE_DEVICES, _C.MANAGE_CAMERAS, _C.MANAGE_REPAIRS)
_DISPATCH = (
    _C.OPEN_INCIDENT, _C.NOTE, _C.DISPATCH, _C.FOLLOW_DISPATCH, _C.CLOSE_INCIDENT, _C.ACKNOWLEDGE_ALARM,
)  # fmt: skip


def _row(*full: Capability, own: Iterable[Capability] = ()) -> dict[Capability, Level]:
    return {**dict.fromkeys(own, Level.OWN), **dict.fromkeys(full, Level.FULL)}


ROLES: dict[Role, dict[Capability, Level]] = {
    Role.COMMANDER: _row(
        _C.SEE_MAP, _C.SEE_CALLERS, *_DISPATCH, _C.OWN_ORDERS, *_CAMERAS, *_EVIDENCE, _C.TALK, _C.READ_TRACKS,
        _C.SEARCH_PEOPLE, _C.APPROVE_LISTING, _C.REVIEW_CANDIDATE, _C.AUTHORISE_USE, _C.STOP_MATCHING, _C.SEE_FIGURES,
        *_MANAGE_PLACE,
    ),
    Role.DUTY_OFFICER: _row(
        _C.SEE_MAP, _C.SEE_CALLERS, *_DISPATCH, _C.OWN_ORDERS, *_CAMERAS, *_EVIDENCE, _C.TALK, _C.STOP_MATCHING,
        _C.SEE_FIGURES, own=(_C.READ_TRACKS, _C.SEARCH_PEOPLE),
    ),
    Role.OFFICER: _row(
        _C.SEE_MAP, _C.OPEN_INCIDENT, _C.NOTE, _C.OWN_ORDERS, _C.TALK, own=(_C.SEE_CALLERS, *_CAMERAS)
    ),
    Role.AUXILIARY: _row(_C.OWN_ORDERS, _C.TALK, own=(_C.SEE_MAP, _C.OPEN_INCIDENT, _C.NOTE)),
    Role.WATCHLIST_ADMIN: _row(_C.LIST_PERSON),
    Role.REVIEWER: _row(_C.REVIEW_CANDIDATE, _C.STOP_MATCHING),
    Role.INSPECTOR: _row(
        _C.SEE_MAP, *_CAMERAS, *_EVIDENCE, _C.READ_TRACKS, _C.SEARCH_PEOPLE, _C.STOP_MATCHING, _C.READ_AUDIT,
        _C.SEE_FIGURES,
    ),
    Role.TECHNICIAN: _row(*_DEVICES, own=_CAMERAS),
    Role.ADMINISTRATOR: _row(
        _C.MANAGE_PEOPLE, _C.MANAGE_STATIONS, _C.MANAGE_SCREENS, _C.MANAGE_TOKENS, *_DEVICES, *_MANAGE_PLACE
    ),
    Role.SCREEN: _row(_C.SEE_MAP, _C.FOLLOW_DISPATCH, _C.WATCH_CAMERAS),
}  # fmt: skip


SHARED_TOPICS = ("map", "incidents", "facts", "units", "alarms")


@dataclass(frozen=True)
class Shared:
    """What a station shows an enterprise's room on the live picture: some topics, everywhere or within the room's area."""

    station: int
    topics: frozenset[str]
    area: str | None  # WKT in degrees; None: wherever it is


# What somebody who has taken over a screen may do there, as far as they may do it themselves
WALL_SEES = frozenset({Capability.SEE_MAP, Capability.FOLLOW_DISPATCH})
WALL_LOOKS = frozenset({Capability.WATCH_CAMERAS, Capability.STEER_CAMERAS})
WALL_ACTS = WALL_SEES | WALL_LOOKS | {Capability.DISPATCH, Capability.ACKNOWLEDGE_ALARM, Capability.TALK}
WALL_TAKES = frozenset({Capability.DISPATCH, Capability.ACKNOWLEDGE_ALARM})  # of which who takes it over has one there


class Rights:
    """Capabilities by station, read at one moment. Equal rights compare equal, so a change can be seen.

    `shared` is no capability: it adds to the live picture and opens no other door.
    """

    def __init__(self, table: dict[Capability, dict[int, Level]], shared: frozenset[Shared] = frozenset()) -> None:
        self._table = table
        self.shared = shared

    @classmethod
    def none(cls) -> Self:
        return cls({})

    @classmethod
    def of_grants(cls, grants: Iterable[tuple[str, Iterable[int]]]) -> Self:
        """Rights of pairs of a role and the ids of the stations it reaches."""
        table: dict[Capability, dict[int, Level]] = {}
        for role, reach in grants:
            for capability, level in ROLES[Role(role)].items():
                at = table.setdefault(capability, {})
                for pk in reach:
                    at[pk] = max(level, at.get(pk, Level.OWN))
        return cls(table)

    def only(self, scopes: Iterable[str]) -> "Rights":
        """These rights narrowed to `scopes`, as a token may be."""
        wanted = set(scopes)
        shared = self.shared if Capability.SEE_MAP in wanted else frozenset()
        return Rights({c: at for c, at in self._table.items() if c.value in wanted}, shared)

    def within(self, stations: Iterable[int]) -> "Rights":
        """These rights as far as they hold at `stations`."""
        kept = set(stations)
        return Rights({c: {pk: level for pk, level in at.items() if pk in kept} for c, at in self._table.items()})

    def with_shared(self, shared: Iterable[Shared]) -> "Rights":
        """These rights and, on the live picture, what is shared by stations that are not seen whole anyway."""
        whole = self.stations(Capability.SEE_MAP)
        return Rights(self._table, frozenset(one for one in shared if one.station not in whole))

    def stations(self, capability: Capability, level: Level = Level.FULL) -> frozenset[int]:
        """Ids of the stations where `capability` holds at `level` or more."""
        return frozenset(pk for pk, held in self._table.get(capability, {}).items() if held >= level)

    def own_stations(self, capability: Capability) -> frozenset[int]:
        """Ids of the stations where `capability` holds only for what one is on."""
        return self.stations(capability, Level.OWN) - self.stations(capability)

    def may(self, capability: Capability, station_id: int, level: Level = Level.FULL) -> bool:
        return self._table.get(capability, {}).get(station_id, 0) >= level

    def anywhere(self, capability: Capability) -> bool:
        return bool(self._table.get(capability))

    def all_stations(self) -> frozenset[int]:
        """Ids of every station where anything at all may be done."""
        return frozenset(pk for at in self._table.values() for pk in at)

    def capabilities(self) -> list[str]:
        return sorted(c.value for c in self._table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rights) and self._table == other._table and self.shared == other.shared

    __hash__ = None  # type: ignore[assignment]


class Principal(Protocol):
    """Who asks: an officer, a screen or a device."""

    @property
    def kind(self) -> str: ...
    @property
    def pk(self) -> Any: ...
    @property
    def label(self) -> str: ...
    def rights(self) -> Rights: ...


def require(principal: Principal, capability: Capability, station_id: int, level: Level = Level.FULL) -> None:
    """Refuse unless `principal` has `capability` at the station. A station where they have no right at all is "not there".

    Raises Forbidden or NotThere.
    """
    rights = principal.rights()
    if rights.may(capability, station_id, level):
        return
    if station_id not in rights.all_stations():
        raise NotThere("not_there", "There is nothing here under that name.")
    raise Forbidden("forbidden", f"This needs the right “{capability.value}” at this station.")


class VisibleQuerySet(models.QuerySet[Any]):
    """A queryset that can be narrowed to what a principal may see. `station_path` leads to the station."""

    station_path = "station"
    capability = Capability.SEE_MAP

    def visible_to(self, principal: Principal) -> Self:
        """Rows the principal may see: all at stations with the full right, and those of their own task elsewhere."""
        rights = principal.rights()
        key = f"{self.station_path}_id__in" if self.station_path else "pk__in"
        whole = Q(**{key: rights.stations(self.capability)})
        own = rights.own_stations(self.capability)
        if not own:
            return self.filter(whole)
        return self.filter(whole | (Q(**{key: own}) & self.own(principal)))

    def own(self, principal: Principal) -> Q:
        """What concerns the principal's own task. Rooms above say what that is; the floor knows of nothing."""
        return Q(pk__in=[])
