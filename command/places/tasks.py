"""The base map's job."""

from celery import shared_task

from command.places import uploads


@shared_task
def import_uploads() -> None:
    """Import the extracts that wait."""
    uploads.work()
