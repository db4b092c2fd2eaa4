"""The worker's part: five lines that call a verb."""

from celery import shared_task

from command import clock, jobs
from devices import kept, partitions, recordings, retention, watch
from devices.voice import turns


@shared_task
def keep_partitions() -> None:
    """Make the days' partitions a week ahead."""
    partitions.ensure(clock.now().date())


@shared_task
def look_at_quarantine() -> None:
    """Raise alarms for devices that keep sending what can't be taken, and for trackers that wait."""
    watch.look()


@shared_task
def end_terms() -> None:
    """Let go of fixes, refusals and what was recorded or said, when it has reached its term, unless something holds it."""
    jobs.run({**retention.TERMS, **recordings.TERMS, **kept.TERMS, **turns.TERMS})
