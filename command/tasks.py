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


@shared_task
def sign_heads() -> None:
    """Sign the heads of the audit and write them outside."""
    upkeep.sign_heads()


@shared_task
def end_audit_terms() -> None:
    """Let entries of the audit go whose years are over."""
    upkeep.end_audit_terms()
