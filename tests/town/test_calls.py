"""Who answers for whom in the town's day: its own people are played, whoever else is on a unit answers for themselves."""

import random
from typing import Any

from town.calls import Day
from town.graph import Graph
from town.people import Unit

HERE = (29.6, 106.5)
GRAPH = Graph(places={1: HERE, 2: (29.601, 106.5)}, onward={1: [2], 2: [1]})
KEYS = {"duty_token": "a", "token": "b", "people": ["王一", "李二"]}


class Station:
    """The other end of the town's requests: two units are sent, one of them with somebody from outside."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []

    async def api(self, token: str, method: str, path: str, said: Any = None, **headers: str) -> tuple[int, Any]:
        if method == "GET":
            return 200, {
                "results": [{"call_sign": "2101", "crew": ["王一"]}, {"call_sign": "2102", "crew": ["李二", "陈"]}]
            }
        self.said.append((path, said))
        return 200, None


async def test_the_town_answers_for_its_own_people_alone() -> None:
    units = {name: Unit(name, "foot", GRAPH, random.Random(1)) for name in ("2101", "2102")}
    station = Station()
    day = Day(station, KEYS, None, units, 1)  # type: ignore[arg-type] # nobody calls in, so no address is asked for
    sent = [{"unit": name, "status": status} for name, status in (("2101", "dispatched"), ("2102", "accepted"))]
    incident = {"number": "S1-1", "lat": 29.601, "lon": 106.5, "assignments": sent}
    await day._see_others()
    await day._look_at([incident])
    assert station.said == [("incidents/S1-1/assignments/2101/", {"status": "accepted"})]
    assert units["2102"].goal == (29.601, 106.5), "it goes where its crew has said yes to"
