"""Who has the floor of a talk group: one at a time, for a minute at most, and not in silence. Pure; times are monotonic s."""

from dataclasses import dataclass

TURN_S = 60.0  # so long a turn may be: who forgets the button does not close the group to all others
SILENCE_S = 2.0  # who has the floor and sends nothing for so long has let it go
ANYBODY, ROOM, DISTRESS = range(3)  # ranks: the higher takes the floor from the lower


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """Somebody who has the floor, since when, and by what rank."""

    who: object
    rank: int
    since: float


class Held(Exception):
    """Somebody else has the floor and keeps it."""

    def __init__(self, holder: Holder) -> None:
        super().__init__("the floor is held")
        self.holder = holder


class Floor:
    """The floor of one group."""

    def __init__(self) -> None:
        self.holder: Holder | None = None
        self._heard_at = 0.0

    def ask(self, who: object, rank: int, now: float) -> Holder | None:
        """Give the floor to `who`; returns from whom it was taken. Raises Held."""
        before = self.holder
        if before is not None and not self.is_over(now) and (before.who is who or rank <= before.rank):
            raise Held(before)
        self.holder, self._heard_at = Holder(who, rank, now), now
        return before

    def hear(self, who: object, now: float) -> bool:
        """A sound of `who` has come; False where they don't have the floor, or no longer."""
        if self.holder is None or self.holder.who is not who or self.is_over(now):
            return False
        self._heard_at = now
        return True

    def release(self, who: object) -> bool:
        """`who` lets it go; False where they did not have it."""
        if self.holder is None or self.holder.who is not who:
            return False
        self.holder = None
        return True

    def is_over(self, now: float) -> str:
        """Why the turn under way is over: "limit", "silence", or "" where it is not."""
        if self.holder is None:
            return ""
        if now - self.holder.since >= TURN_S:
            return "limit"
        return "silence" if now - self._heard_at >= SILENCE_S else ""
