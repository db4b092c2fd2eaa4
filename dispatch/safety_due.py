"""By when a unit is to say that it is well. Pure, as far as rows are.

It is never stored: it is the unit's arrival, its last change of status or its last word, whichever was last, and the minutes
of the kind. So the server's alarm and the clocks of desk and terminal all go by the same moment.
"""

import datetime as dt

from dispatch.models import Assignment
from dispatch.states import Step

WARNING = dt.timedelta(seconds=60)  # before the time is up
WATCHED = (Step.ON_SCENE, Step.TRANSPORTING)  # where something may happen to them


def due_at(one: Assignment, minutes: int | None) -> dt.datetime | None:
    """By when the unit is to say that it is well; None where the kind doesn't ask, or it isn't there yet."""
    if minutes is None or one.status not in WATCHED:
        return None
    since = max(one.status_at, one.checked_at or one.status_at)
    return since + dt.timedelta(minutes=minutes)
