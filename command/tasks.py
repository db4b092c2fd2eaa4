"""The floor's jobs. Each calls one verb."""

from celery import shared_task

from command import health, jobs, leases, upkeep


@shared_task
def pulse() -> None:
    """A sign of life, every 10 s."""
    health.pulse()


@shared_task
def work() -> None:
    """Do the jobs that are due."""
    leases.work()


@shared_task
def end_terms() -> None:
    """Let go of what has reached its term."""
    jobs.run(upkeep.TERMS)


@shared_task
def sign_heads() -> None:
    """Sign the heads of the audit and write them outside."""
    jobs.run(upkeep.HEADS)


@shared_task
def look_at_disk() -> None:
    """Raise and clear the alarms of disks that fill."""
    jobs.run(upkeep.DISK)


@shared_task
def renew_certificate() -> None:
    """Make the LAN's certificate anew before it ends."""
    jobs.run(upkeep.CERTIFICATE)
