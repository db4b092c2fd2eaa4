"""The worker's part: five lines that call a verb."""

from celery import shared_task

from command import clock
from devices import partitions, watch


@shared_task
def keep_partitions() -> None:
    """Make the days' partitions a week ahead."""
    partitions.ensure(clock.now().date())


@shared_task
def look_at_quarantine() -> None:
    """Raise alarms for devices that keep sending what can't be taken, and for trackers that wait."""
    watch.look()
