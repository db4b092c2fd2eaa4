"""The worker's and the scheduler's wiring; tasks are found by name."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")
app = Celery("station")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def first_pulse(**_: Any) -> None:
    """A worker that is ready shows it at once, not only when the scheduler rings for the first time."""
    app.send_task("command.tasks.pulse")
