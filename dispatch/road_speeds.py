"""How fast roads are just now, learnt from the station's own cars, for the routing engine.

Only cars under way count, and only while they move: who stands at a kerb says nothing of the road. What is remembered are pieces
of road and speeds, never who drove there.
"""

import datetime as dt
import itertools
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q

from command import clock, jobs
from command.geo import distance_m
from devices import tracks
from dispatch import road_blocks, road_traffic, roads
from dispatch.models import RoadSpeed, Unit
from dispatch.road_lines import Passed, Point
from dispatch.states import Step, UnitStatus

EVERY = dt.timedelta(seconds=15)
LOOK_BACK = dt.timedelta(minutes=3)  # what came later than that says little of now
LEAD = dt.timedelta(seconds=40)  # of a track before what is new, to know where it comes from
KEPT = dt.timedelta(minutes=15)  # then the road is as the map says again
HALF_S = 240.0  # after so many seconds a passage counts for half
MOST_WEIGHT = 4.0  # of all that was before, against one passage: a jam shows after the first few cars
WHOLE_PASSAGE_M = 60.0  # a shorter piece of road weighs less
DRIVES_M_S = 5.0  # who is never so fast walks
FASTER = 1.1  # than the map says is not believed: blue light is no measure for the road
VAGUE_M = 40.0  # of accuracy: such a fix may lie on another road
ONE_AT_A_TIME = 0x726F6164  # key of the advisory lock

Track = list[tuple[Point, float]]


@transaction.atomic
def measure() -> int:
    """Take what cars drove since the last time into account and tell the engine; returns how many roads it was told of."""
    state = roads.state() or {}
    build, now = state.get("build"), clock.now()
    if not build or not _mine():
        return 0
    known = RoadSpeed.objects.filter(build=build)
    since = max(now - LOOK_BACK, known.aggregate(last=Max("at"))["last"] or now - LOOK_BACK)
    seen: list[Passed] = []
    for track in _tracks(since - LEAD, now):
        seen += roads.match(track, since.timestamp())
    changed = {edge: _learn(build, edge, some, now) for edge, some in _by_edge(seen).items()}
    old = RoadSpeed.objects.filter(Q(at__lt=now - KEPT) | ~Q(build=build))
    over = dict.fromkeys(old.filter(build=build).values_list("edge", flat=True), road_traffic.UNKNOWN)
    told = road_traffic.write(Path(settings.ROADS) / build / "traffic.tar", {**over, **changed})
    old.delete()
    return told


def _mine() -> bool:
    """Whether no other worker measures, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def _tracks(since: dt.datetime, until: dt.datetime) -> Iterable[Track]:
    """Where each device of a car under way has been, if it drove at all."""
    sent = Unit.objects.filter(assignments__ended_at=None, assignments__isnull=False)
    driving = sent.filter(assignments__status__in=[Step.EN_ROUTE, Step.TRANSPORTING], assignments__ended_at=None)
    patrolling = Q(status=UnitStatus.PATROL) & ~Q(pk__in=sent.values("pk"))
    cars = Unit.objects.filter(Q(pk__in=driving.values("pk")) | patrolling, kind="car", devices__isnull=False)
    for device in cars.values_list("devices", flat=True).distinct():
        rows = [row for row in tracks.track(device, since, until) if (row["accuracy"] or 0.0) <= VAGUE_M]
        track = [((row["lon"], row["lat"]), dt.datetime.fromisoformat(row["time"]).timestamp()) for row in rows]
        if _drives(track):
            yield track


def _drives(track: Track) -> bool:
    """Whether it is a car that moves, and not its crew on foot."""
    steps = (
        (distance_m(one[1], one[0], other[1], other[0]), later - at)
        for (one, at), (other, later) in itertools.pairwise(track)
    )
    return any(seconds > 0 and metres / seconds >= DRIVES_M_S for metres, seconds in steps)


def _by_edge(seen: Iterable[Passed]) -> dict[int, list[Passed]]:
    found: dict[int, list[Passed]] = {}
    for one in seen:
        if one.metres > 0 and one.seconds > 0:
            found.setdefault(one.edge, []).append(one)
    return found


def _learn(build: str, edge: int, some: list[Passed], now: dt.datetime) -> int:
    """Blend what was seen now into what was known of a piece of road; returns it for the engine."""
    known = RoadSpeed.objects.filter(build=build, edge=edge).first()
    before = (known.speed, known.weight, (now - known.at).total_seconds()) if known else None
    speed, weight = blended(before, some)
    RoadSpeed.objects.update_or_create(
        build=build, edge=edge, defaults={"speed": speed, "weight": weight, "at": now}
    )  # fmt: skip
    return road_traffic.packed(speed, some[0].free_m_s)


def blended(before: tuple[float, float, float] | None, some: list[Passed]) -> tuple[float, float]:
    """Speed in m/s and weight, from (speed, weight, age in s) and passages.

    Slownesses are averaged, not speeds, since times along a road add up.
    """
    slow = weight = 0.0
    if before:
        speed, weight, age_s = before
        weight = min(MOST_WEIGHT, weight) * 0.5 ** (age_s / HALF_S)
        slow = weight / speed
    for one in some:
        counts = min(1.0, one.metres / WHOLE_PASSAGE_M)
        slow += counts / min(one.metres / one.seconds, one.free_m_s * FASTER)
        weight += counts
    return weight / slow, weight


JOBS = jobs.pin({"road_speeds": measure, "road_blocks": road_blocks.end_due}, EVERY)
