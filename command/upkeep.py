"""What must be tidied away in time."""

import datetime as dt

from command import clock
from command.models import IdempotentReply

REPLIES_KEPT = dt.timedelta(hours=24)


def forget_replies() -> int:
    """Delete the replies to POSTs with an Idempotency-Key after their 24 hours; returns how many."""
    return IdempotentReply.objects.filter(created_at__lt=clock.now() - REPLIES_KEPT).delete()[0]
