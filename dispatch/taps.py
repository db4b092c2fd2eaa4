"""When something was done on a phone that had no network then. Pure.

The phone says when by its own clock, and what that clock shows as it sends: the difference is how long ago it was, whatever the
clock's offset is (devices' fixes are corrected in the same way, by what their clocks show when they arrive).
"""

import datetime as dt
from dataclasses import dataclass

LIVELY = dt.timedelta(seconds=3)  # on its way by network, not kept


@dataclass(frozen=True, slots=True)
class Tap:
    """What a phone says of a touch: when it was, and what its clock shows as it sends. Without either: now."""

    said: dt.datetime | None = None
    sending: dt.datetime | None = None

    def moment(self, received: dt.datetime, not_before: dt.datetime) -> dt.datetime:
        """The moment of the touch by the station's clock, from `not_before` to `received`; that where it can't be known."""
        if self.said is None or self.sending is None or self.sending - self.said <= LIVELY:
            return received
        return min(max(received - (self.sending - self.said), not_before), received)


NOW = Tap()


def clock_of(header: str | None) -> dt.datetime | None:
    """What a phone's clock shows (ISO 8601 with an offset), None where it doesn't say so."""
    try:
        shown = dt.datetime.fromisoformat(header or "")
    except ValueError:
        return None
    return shown if shown.tzinfo else None
