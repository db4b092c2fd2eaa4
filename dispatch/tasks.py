"""The jobs of dispatch. Each calls one verb."""

from celery import shared_task

from dispatch import alarms


@shared_task
def watch() -> None:
    """Raise and clear what time alone brings about."""
    alarms.watch()
