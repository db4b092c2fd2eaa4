"""The floor's jobs. Each calls one verb."""

from celery import shared_task

from command import health, upkeep


@shared_task
def pulse() -> None:
    """A sign of life, every 10 s."""
    health.pulse()


@shared_task
def forget() -> None:
    """Drop replies whose 24 hours are over."""
    upkeep.forget_replies()
