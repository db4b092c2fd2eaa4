"""Jobs that the clock starts: when each last ran and how it went."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping

from django.db import Error, connection

from command import clock
from command.models import JobRun

log = logging.getLogger(__name__)
HOURLY = dt.timedelta(hours=1)
PATIENCE = 3  # so many times its period after its last success a job is late
PERIODS: dict[str, dt.timedelta] = {}  # of the jobs that must run

Verb = Callable[[], int | None]


def pin(verbs: Mapping[str, Verb], every: dt.timedelta = HOURLY) -> Mapping[str, Verb]:
    """Name jobs that must succeed every so often; called where a room's jobs are defined."""
    PERIODS.update(dict.fromkeys(verbs, every))
    return verbs


def run(verbs: Mapping[str, Verb]) -> None:
    """Run jobs one after the other; one that fails is noted and does not keep the next from running."""
    for name, verb in verbs.items():
        _run(name, verb)


def _run(name: str, verb: Verb) -> None:
    began = clock.now()
    try:
        done = verb()
    except Exception as failure:
        log.exception("job %s failed", name)
        _note(name, began, is_ok=False, said=type(failure).__name__)
    else:
        _note(name, began, is_ok=True, said="" if done is None else str(done))


def _note(name: str, began: dt.datetime, *, is_ok: bool, said: str) -> None:
    ended = clock.now()
    facts: dict[str, object] = {"began_at": began, "ended_at": ended, "is_ok": is_ok, "said": said[:200]}
    if is_ok:
        facts["succeeded_at"] = ended
    try:
        JobRun.objects.update_or_create(name=name, defaults=facts)
    except Error:
        connection.close()
        log.exception("job %s: its run could not be noted", name)


def late() -> dict[str, str]:
    """Jobs that have run but not succeeded for three of their periods, with words that say since when."""
    now, found = clock.now(), {}
    for one in JobRun.objects.filter(name__in=PERIODS):
        since = one.succeeded_at
        if since is None or now - since > PATIENCE * PERIODS[one.name]:
            when = f"last success {int((now - since).total_seconds())} s ago" if since else "never succeeded"
            found[one.name] = when if one.is_ok else f"{when}; {one.said}"
    return found
