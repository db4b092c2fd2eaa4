"""How much one asker may have under way at a time, of what costs this machine much. Whoever asks one after the other never
notices; whoever asks a hundred at once is told to wait, and leaves room for the others. Counted in this process's memory."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from command.errors import Problem
from command.permissions import Principal


class Pace:
    """At most `at_once` questions of one asker."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._lock = threading.Lock()
        self._asking: Counter[str] = Counter()

    @contextlib.contextmanager
    def taking(self, principal: Principal) -> Iterator[None]:
        """While one question is answered. Raises Problem (429) where so many of theirs are under way already."""
        who = f"{principal.kind}:{principal.pk}"
        with self._lock:
            if self._asking[who] >= self.at_once:
                raise Problem("too_many", _("Too much is asked at once: wait for the answers."), status=429)
            self._asking[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking[who] -= 1
                if not self._asking[who]:
                    del self._asking[who]
