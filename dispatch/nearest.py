"""Who should go to a place: the units that may be sent, their ways by road, what they leave behind, judged by `recommend`."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Count, Prefetch, Q

from command import clock
from command.geo import distance_m
from command.models import Duty, Station
from command.permissions import Capability, Principal
from devices.models import Device, LastFix
from dispatch import recommend_hole, recommend_trips, roads, run_cards
from dispatch.models import Assignment, Crew, Skill, Unit
from dispatch.recommend import Advice, Candidate, Correct, doubt, mode, ranked
from dispatch.recommend_hole import Grid
from dispatch.recommend_reach import REACHES, Place, Stand, district
from dispatch.states import ASSIGNABLE, CLASSES

LIMIT = 8
SHORTLIST = 30  # by the straight line; only their ways are asked for
LOAD = dt.timedelta(hours=8)
RESTED = dt.timedelta(hours=24)  # a duty that ended earlier says nothing about today's rest


@dataclass(frozen=True)
class Recommendation:
    """A ranked list, and for each unit the squares of the district that only it reaches in five minutes."""

    rows: list[Advice]
    grid: Grid | None = None
    alone: dict[str, int] = field(default_factory=dict)


def nearest(
    principal: Principal, lat: float, lon: float, station_id: int | None = None, limit: int = LIMIT
) -> list[Advice]:
    """Units that are on duty and not sent anywhere, best first; places in degrees, WGS-84."""
    return recommended(principal, lat, lon, station_id=station_id, limit=limit).rows


def recommended(
    principal: Principal, lat: float, lon: float, *, kind: str = "", station_id: int | None = None, limit: int = LIMIT
) -> Recommendation:
    """Who of the units whose dispatch the principal follows should go to a place, for a kind of incident (its code, or none)."""
    units = _free(principal, station_id)
    if not units:
        return Recommendation([])
    station = Station.objects.get(pk=station_id) if station_id else principal.station  # type: ignore[attr-defined]
    correct = recommend_trips.learned(station).at_hour(station.local(clock.now()).hour)
    needs = run_cards.needs_of(kind)
    places = {unit.key: place for unit in units if (place := _place(unit))}
    shortlist = [one.candidate for one in ranked(_candidates(units, lat, lon), needs, correct)[:SHORTLIST]]
    timed = _by_road(shortlist, places, (lon, lat))
    grid = district(station, (lon, lat))
    alone = _alone(grid, units, places, correct) if grid else {}
    whole = grid.squares if grid else 0
    found = [replace(one, hole=_share(one, alone, whole)) for one in timed]
    return Recommendation(ranked(found, needs, correct)[:limit], grid, alone)


def _free(principal: Principal, station_id: int | None) -> list[Unit]:
    """Units on duty that nobody has sent, with what is asked of them."""
    may = principal.rights().stations(Capability.FOLLOW_DISPATCH)
    stations = may if station_id is None else may & {station_id}
    sent = Assignment.objects.filter(ended_at=None).values("unit")
    units = Unit.objects.filter(station_id__in=stations, status__in=ASSIGNABLE, retired_at=None).exclude(pk__in=sent)
    on = Prefetch("crew", Crew.objects.filter(left_at=None), to_attr="on")
    carried = Prefetch("devices", Device.objects.select_related("last_fix"), to_attr="carried")
    return list(units.select_related("station").prefetch_related(carried, on))


def _fix(unit: Unit) -> LastFix | None:
    carried: list[Device] = unit.carried  # type: ignore[attr-defined]
    fixes: list[LastFix] = [one.last_fix for one in carried if hasattr(one, "last_fix")]
    return max(fixes, key=lambda fix: fix.corrected, default=None)


def _age_s(fix: LastFix) -> float:
    return max(0.0, (clock.now() - fix.corrected).total_seconds())


def _place(unit: Unit) -> Place | None:
    """Where it was heard of, unless that is too long ago to mean anything."""
    fix = _fix(unit)
    return (fix.place.x, fix.place.y) if fix and doubt(_age_s(fix)) != "unknown" else None


def _candidates(units: Sequence[Unit], lat: float, lon: float) -> list[Candidate]:
    people, load = _People.of(units), _load(units)
    return [_candidate(unit, lat, lon, people, load.get(unit.pk, 0)) for unit in units]


def _candidate(unit: Unit, lat: float, lon: float, people: "_People", calls: int) -> Candidate:
    fix, crew = _fix(unit), [one.officer_id for one in unit.on]  # type: ignore[attr-defined]
    there = distance_m(lat, lon, fix.place.y, fix.place.x) if fix else None
    return Candidate(
        unit.key, unit.kind, CLASSES[unit.status], there, _age_s(fix) if fix else None,
        fix.speed if fix else None, fix.accuracy if fix else None,
        crew=max(1, len(crew)),  # whoever booked a unit on is on it, named or not
        skills=people.skills_of(unit, crew), calls=calls,
        duty_s=max((people.duty_s[one] for one in crew if one in people.duty_s), default=None),
        rest_s=min((people.rest_s[one] for one in crew if one in people.rest_s), default=None),
    )  # fmt: skip


@dataclass(frozen=True)
class _People:
    """By officer: skills, seconds on duty, seconds of rest before; skills by vehicle."""

    skills: dict[int, set[str]]
    vehicles: dict[int, set[str]]
    duty_s: dict[int, float]
    rest_s: dict[int, float]

    @classmethod
    def of(cls, units: Sequence[Unit]) -> "_People":
        """What is known of the crews and vehicles of these units, in three queries."""
        crew = {one.officer_id for unit in units for one in unit.on}  # type: ignore[attr-defined]
        held = Skill.objects.filter(officers__in=crew).values_list("code", "officers")
        brought = Skill.objects.filter(vehicles__in={unit.vehicle_id for unit in units if unit.vehicle_id})
        now = clock.now()
        recent = Q(ended_at=None) | Q(ended_at__gt=now - RESTED)
        duty_s: dict[int, float] = {}
        ended: dict[int, dt.datetime] = {}
        for officer, began, end in Duty.objects.filter(recent, officer__in=crew).values_list(
            "officer", "began_at", "ended_at"
        ):
            if end is None:
                duty_s[officer] = (now - began).total_seconds()
            else:
                ended[officer] = max(end, ended.get(officer, end))
        rest_s = {one: (now - ended[one]).total_seconds() - on for one, on in duty_s.items() if one in ended}
        return cls(_by_holder(held), _by_holder(brought.values_list("code", "vehicles")), duty_s, rest_s)

    def skills_of(self, unit: Unit, crew: Iterable[int]) -> frozenset[str]:
        """What the crew can do and the vehicle brings."""
        found = set(self.vehicles.get(unit.vehicle_id or 0, ()))
        return frozenset(found.union(*(self.skills.get(one, set()) for one in crew)))


def _by_holder(rows: Iterable[tuple[str, int]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for code, holder in rows:
        found[holder].add(code)
    return found


def _load(units: Sequence[Unit]) -> dict[int, int]:
    """How many incidents each was sent to lately."""
    lately = Assignment.objects.filter(unit__in=units, dispatched_at__gt=clock.now() - LOAD)
    return dict(lately.values_list("unit").annotate(Count("pk")))


def _by_road(candidates: Sequence[Candidate], places: dict[str, Place], to: Place) -> list[Candidate]:
    """With the engine's time of each that has a place, asked once for each mode."""
    found: dict[str, float] = {}
    modes: tuple[roads.Mode, ...] = ("car", "foot")
    for by in modes:
        some = [one.key for one in candidates if mode(one.kind) == by and one.key in places]
        for key, way in zip(some, roads.times([places[key] for key in some], to, by) if some else (), strict=True):
            if way is not None:
                found[key] = way.seconds
    return [replace(one, road_s=found.get(one.key)) for one in candidates]


def _alone(grid: Grid, units: Sequence[Unit], places: dict[str, Place], correct: Correct) -> dict[str, int]:
    """What each free unit reaches in time and no other does."""
    stands = [
        Stand(unit.key, unit.kind, places[unit.key], correct("roads", mode(unit.kind)).factor)
        for unit in units if unit.key in places and CLASSES[unit.status] == "available"
    ]  # fmt: skip
    return recommend_hole.only(REACHES.of(grid, stands))


def _share(one: Candidate, alone: dict[str, int], whole: int) -> float | None:
    """The part of the district that is left open; nothing is where the unit covers none now."""
    return alone.get(one.key, 0).bit_count() / whole if whole else None
