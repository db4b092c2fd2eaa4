"""Jobs that must happen, once: rows in the database, asked for inside a verb, worked off by whichever worker is alive.

The clock wakes the workers every second; nothing is lost with a message, since a message says only "look". Whoever takes a
job up holds a lease on it. A worker that died leaves a lease that runs out; one that is merely slow may be overtaken, and
then two are at it: the job's row says which of them was done first, in the same transaction as the effect, and the other's
effect is rolled back.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db.models import Q, QuerySet

from command import changes, clock
from command.models import Job

log = logging.getLogger(__name__)
LEASE = dt.timedelta(seconds=10)
PAUSE_LIMIT_S = 300  # between two attempts at a job that fails
KEPT = dt.timedelta(days=2)  # how long a done job's row keeps the same effect from being asked for again

Verb = Callable[[str], None]
VERBS: dict[str, Verb] = {}


class DoneElsewhere(Exception):
    """Another worker finished this job first."""


def pin(kind: str, verb: Verb) -> None:
    """Say how jobs of a kind are done: `verb(key)`, in a transaction of its own; called from a room's AppConfig.ready().

    All that it does must be part of that transaction: then it happens once, however often it is begun.
    """
    VERBS[kind] = verb


def ask(kind: str, key: object, due_at: dt.datetime) -> None:
    """Ask, inside the verb under way, for a job at or after a moment; asking for the same effect again changes nothing."""
    if kind not in VERBS:
        raise KeyError(f"expected one of the kinds {sorted(VERBS)}, found {kind!r}")
    changes.current()
    Job.objects.bulk_create([Job(kind=kind, key=str(key), due_at=due_at)], ignore_conflicts=True)


def withdraw(key: object, *kinds: str) -> None:
    """What these jobs were asked for is not wanted any more; one that is in somebody's hands is left to them."""
    Job.objects.filter(kind__in=kinds, key=str(key), leased_until=None, done_at=None).delete()


def work() -> int:
    """Do what is due and in nobody's hands, the longest due first; returns how many jobs this worker finished."""
    done = 0
    while job := _take():
        done += _do(job)
    return done


def oldest_s() -> float | None:
    """For how many seconds the longest due job has been in nobody's hands; None where there is none."""
    now = clock.now()
    job = _free(now).order_by("due_at").first()
    return (now - max(job.due_at, job.leased_until or job.due_at)).total_seconds() if job else None


def forget() -> int:
    """Delete the rows of jobs that were done long ago; returns how many."""
    return Job.objects.filter(done_at__lt=clock.now() - KEPT).delete()[0]


def _free(now: dt.datetime) -> QuerySet[Job]:
    is_free = Q(leased_until=None) | Q(leased_until__lte=now)
    return Job.objects.filter(is_free, done_at=None, due_at__lte=now, kind__in=VERBS)


def _take() -> Job | None:
    """The next job with a lease on it, which the others see from now on."""
    with changes.change():
        now = clock.now()
        job = _free(now).select_for_update(skip_locked=True).order_by("due_at", "pk").first()
        if job:
            job.leased_until, job.attempts = now + LEASE, job.attempts + 1
            job.save(update_fields=["leased_until", "attempts"])
        return job


def _do(job: Job) -> int:
    try:
        with changes.change():
            VERBS[job.kind](job.key)
            _finish(job)
    except DoneElsewhere:
        log.info("job %s %s was done by another worker meanwhile", job.kind, job.key)
        return 0
    except Exception as failure:
        log.exception("job %s %s failed at attempt %s", job.kind, job.key, job.attempts)
        _put_off(job, type(failure).__name__)
        return 0
    return 1


def _finish(job: Job) -> None:
    """The last word of the transaction: the row waits for whoever else is finishing it. Raises DoneElsewhere."""
    if not Job.objects.filter(pk=job.pk, done_at=None).update(done_at=clock.now(), said=""):
        raise DoneElsewhere


def _put_off(job: Job, said: str) -> None:
    """The next attempt comes later, and later each time."""
    pause = dt.timedelta(seconds=min(2 ** min(job.attempts, 10), PAUSE_LIMIT_S))
    mine = Job.objects.filter(pk=job.pk, done_at=None, attempts=job.attempts)
    mine.update(leased_until=clock.now() + pause, said=said[:200])
