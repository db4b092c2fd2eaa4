"""What goes on beside the calls: roads are closed and opened, an officer asks for help, an auxiliary is given tasks."""

import contextlib
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from operation.faults.clients import Clerk, Going, Line
from operation.faults.ledger import Ledger
from operation.faults.stage import Stage

PAUSE_S = 0.7
AUXILIARY = "fault-aux"
HERE = {"lat": 29.6, "lon": 106.5}


@dataclass
class Beside(Clerk):
    """Brings about one thing of each kind after the other and ends the one before, so that one of each stands."""

    standing: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)  # what → how it ends: path and word
    begun: int = 0

    async def run(self, going: Going) -> None:
        with contextlib.closing(self.line):
            for turn in itertools.cycle((self._road, self._help, self._errand)):
                await going.from_(time.time() + PAUSE_S)
                with contextlib.suppress(LookupError):  # the ledger has it
                    await turn()

    async def _road(self) -> None:
        drawn = {"type": "Point", "coordinates": [HERE["lon"] + self.begun % 90 / 1e3, HERE["lat"]]}
        await self._next("road-blocks", {"geometry": drawn, "words": "fault"}, "lift", {})

    async def _help(self) -> None:
        await self._end("help")  # while one's own stands, asking again means the same one
        await self._next("help", {"text": "fault", **HERE}, "end", {"word": "fault"})

    async def _errand(self) -> None:
        await self._next("errands", {"unit": AUXILIARY, "text": "fault"}, "recall", {})

    async def _next(self, what: str, said: dict[str, Any], end: str, word: dict[str, Any]) -> None:
        _, made = await self.taken("POST", f"{what}/", said)
        await self._end(what)
        self.begun += 1
        self.standing[what] = f"{what}/{made['id']}/{end}/", word

    async def _end(self, what: str) -> None:
        if end := self.standing.pop(what, None):
            await self.taken("POST", *end)


def beside(stage: Stage, token: str, ledger: Ledger) -> Beside:
    """Somebody who does all that, with an auxiliary on patrol to give tasks to: before walls look, since no event tells of it."""
    stage.sql(_AUXILIARY.format(unit=AUXILIARY))
    return Beside(Line(stage.home.port), ledger, token)


_AUXILIARY = """
INSERT INTO dispatch_unit (station_id, call_sign, kind, status, status_at)
SELECT min(id), '{unit}', 'auxiliary', 'patrol', now() FROM command_station ON CONFLICT DO NOTHING
"""
