"""How much a device may send. Pure."""

import time


class Allowance:
    """A bucket that fills with `rate` fixes a second. An array is let in whole and then has to be worked off."""

    __slots__ = ("_at", "_left", "rate")

    def __init__(self, rate: float) -> None:
        self.rate, self._left, self._at = rate, rate, 0.0

    def take(self, count: int, now: float | None = None) -> bool:
        """Take `count` fixes at `now` (monotonic s); False when the sender must wait."""
        now = time.monotonic() if now is None else now
        self._left = min(self.rate, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= count
        return True
