"""The jobs of dispatch. Each calls one verb."""

from celery import shared_task

from command import jobs
from dispatch import alarms, holds, order_ways, place_notes, proposals, road_speeds, safety, scene_pack


@shared_task
def watch() -> None:
    """Raise and clear what time alone brings about."""
    alarms.watch()


@shared_task
def hold_tracks() -> None:
    """Hold the tracks of units that incidents were given, and what was recorded around them."""
    jobs.run({**holds.JOBS, **scene_pack.JOBS})


@shared_task
def look_after() -> None:
    """Ask after units whose time is up; read what their tracks say of their way; look for the way again that they go."""
    jobs.run({**safety.JOBS, **proposals.JOBS, **order_ways.JOBS})


@shared_task
def measure_roads() -> None:
    """Learn from our own cars how fast roads are; open those that were closed until now."""
    jobs.run(road_speeds.JOBS)


@shared_task
def end_terms() -> None:
    """Let go of what has reached its term."""
    jobs.run(place_notes.TERMS)
