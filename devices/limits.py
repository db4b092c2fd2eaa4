"""How much a device may send. Pure."""

import time


class Allowance:
    """A bucket that fills with `rate` fixes a second, up to `burst`. An array is let in whole and then worked off."""

    __slots__ = ("_at", "_left", "burst", "rate")

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self.rate, self.burst, self._at = rate, rate if burst is None else burst, 0.0
        self._left = self.burst

    def take(self, count: int, now: float | None = None) -> bool:
        """Take `count` fixes at `now` (monotonic s); False when the sender must wait."""
        now = time.monotonic() if now is None else now
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= count
        return True

    def give_back(self, count: int) -> None:
        """What was taken for nothing: it could not be written, and comes again."""
        self._left = min(self.burst, self._left + count)
