"""Clocks that are wrong by a steady amount, told apart from phones that were offline. Pure.

The lag of an arrival is the time of receipt minus the time the device says. A clock that is wrong shifts every lag by
the same amount; a queue that drains shows lags that shrink, or many in one moment. A lag far below zero can't be a
queue at all: nothing arrives before it happened.
"""

from dataclasses import dataclass

SECOND = 1_000_000  # times are µs

IGNORED = 30 * SECOND  # a smaller offset is delay or jitter
SAME_MOMENT = SECOND  # arrivals this close are one burst, whose newest fix counts
AHEAD_SPREAD, AHEAD_ARRIVALS, AHEAD_DURATION = 5 * SECOND, 4, 15 * SECOND
BEHIND_SPREAD, BEHIND_ARRIVALS, BEHIND_DURATION = 3 * SECOND, 20, 120 * SECOND
KEPT_WITHIN = 5 * SECOND  # a known offset is left alone while the lags stay this close to it


@dataclass(slots=True)
class Clock:
    """A device's clock. `offset` µs is what to add to the times it reports."""

    offset: int = 0
    began: int = 0  # receipt of the first arrival of the present steady run
    arrived: int = 0  # receipt of the newest
    low: int = 0
    high: int = 0
    arrivals: int = 0

    def hear(self, received: int, reported: int) -> bool:
        """Take an arrival (both in µs); True when it changed the offset."""
        lag = received - reported
        if received - self.arrived < SAME_MOMENT and self.arrivals:
            if lag >= self.low:
                return False  # an older fix of the same burst
            if self.arrivals == 1:
                self.low = self.high = lag
                return False
        self._extend(received, lag)
        return self._learn()

    def _extend(self, received: int, lag: int) -> None:
        low, high = min(self.low, lag), max(self.high, lag)
        if self.arrivals and high - low <= AHEAD_SPREAD:
            if received - self.arrived >= SAME_MOMENT:
                self.arrivals += 1
            self.low, self.high = low, high
        else:
            self.began, self.arrivals, self.low, self.high = received, 1, lag, lag
        self.arrived = received

    def _learn(self) -> bool:
        target = 0 if abs(self.low) < IGNORED else self.low
        if target == self.offset or (target and abs(target - self.offset) <= KEPT_WITHIN):
            return False
        if not self._is_steady(certain=target <= 0):
            return False
        self.offset = target
        return True

    def _is_steady(self, certain: bool) -> bool:
        """A clock that is right or ahead shows at once; one behind looks like a queue for long."""
        lasted, spread = self.arrived - self.began, self.high - self.low
        if certain:
            return self.arrivals >= AHEAD_ARRIVALS and lasted >= AHEAD_DURATION
        return self.arrivals >= BEHIND_ARRIVALS and lasted >= BEHIND_DURATION and spread <= BEHIND_SPREAD
