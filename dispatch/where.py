"""Where a unit was last, by whichever of its devices was heard last."""

import datetime as dt

from command import clock
from devices.models import LastFix
from dispatch.models import Unit

KNOWN = dt.timedelta(minutes=30)  # a place that is older says nothing


def last_fix(unit: Unit) -> LastFix | None:
    """The newest fix of the unit's devices, None where none is newer than 30 min."""
    heard = LastFix.objects.filter(device__units=unit, corrected__gt=clock.now() - KNOWN)
    return heard.order_by("-corrected").first()
