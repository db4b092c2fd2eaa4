"""The worker's and the scheduler's wiring; tasks are found by name."""

import os
from typing import Any

from celery import Celery, bootsteps, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")
app = Celery("station")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class FirstPulse(bootsteps.StartStopStep):
    """A worker that takes jobs, at its start or once Redis is back, shows it at once and waits for no scheduler."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        app.send_task("command.tasks.pulse")


app.steps["consumer"].add(FirstPulse)


@signals.setup_logging.connect
def leave_logging_alone(**_: Any) -> None:
    """Whoever hears this sets up logging, so Celery does not: settings.LOGGING has."""
