"""Guessing is slow: five attempts in a row, then ten minutes of none. Each is counted before it is looked at.

Counting is a transaction of its own: neither a refusal nor a rolled back request gives an attempt back.
"""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from command import clock
from command.errors import Problem
from command.models import Attempts

LIMIT = 5
LOCKED = dt.timedelta(minutes=10)


def begin(what: str, who: int) -> dt.datetime:
    """Count an attempt of `what` (a kind of secret) at or by `who`; returns when the one before it was, for `take_back`.

    Raises Problem (429) where there were too many.
    """
    now = clock.now()
    with transaction.atomic():
        Attempts.objects.bulk_create([Attempts(what=what, who=who, last_at=now)], ignore_conflicts=True)
        row = Attempts.objects.select_for_update().get(what=what, who=who)
        before = row.last_at
        since = now - before
        if row.count >= LIMIT and since < LOCKED:
            raise _too_many(LOCKED - since)
        row.count, row.last_at = (row.count + 1 if since < LOCKED else 1), now
        row.save(update_fields=["count", "last_at"])
    return before


def take_back(what: str, who: int, before: dt.datetime) -> None:
    """The attempt that `begin` answered with `before` was right; the wrong ones before it may have been somebody else's."""
    Attempts.objects.filter(what=what, who=who, count__gt=0).update(count=F("count") - 1, last_at=before)


def passed(what: str, who: int) -> None:
    """The secret was right: the count begins anew."""
    Attempts.objects.filter(what=what, who=who).delete()


def _too_many(rest: dt.timedelta) -> Problem:
    minutes = max(1, -int(-rest.total_seconds() // 60))
    said = _("Wrong too often. The next attempt is taken in %(minutes)s minutes.") % {"minutes": minutes}
    return Problem("too_many", said, status=429)
