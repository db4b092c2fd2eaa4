"""Officers on foot and in cars: they patrol, and go where they are sent."""

import math
import random

from town.graph import Graph, Place, metres

WALK_M_S, HURRY_M_S = 1.3, 2.2
DRIVE_M_S, SIREN_M_S = 8.0, 13.0
PAUSE_S = (5.0, 40.0)
NEARBY_TRIES = 6


class Unit:
    """A unit on the roads of its kind. `goal` is where it was sent, or None on patrol."""

    def __init__(self, call_sign: str, kind: str, graph: Graph, dice: random.Random) -> None:
        self.call_sign, self.kind, self.graph, self.dice = call_sign, kind, graph, dice
        self.node = dice.choice(list(graph.onward))
        self.place: Place = graph.places[self.node]
        self.way: list[int] = []
        self.goal: Place | None = None
        self.pause_s = dice.uniform(0, 10)
        self.speed = self.course = 0.0

    def send_to(self, place: Place) -> None:
        """Leave the patrol and go to a place by the shortest way."""
        self.goal, self.pause_s = place, 0.0
        self.way = self.graph.path(self.node, self.graph.nearest(place))[1:]

    def release(self) -> None:
        """Back to the patrol."""
        self.goal, self.way = None, []
        self.pause_s = self.dice.uniform(*PAUSE_S)

    @property
    def arrived(self) -> bool:
        return self.goal is not None and not self.way

    def pace(self) -> float:
        """Metres a second."""
        if self.kind == "car":
            return SIREN_M_S if self.goal else DRIVE_M_S
        return HURRY_M_S if self.goal else WALK_M_S

    def step(self, seconds: float) -> None:
        """Move on for some seconds."""
        self.speed = 0.0
        if self.pause_s > 0:
            self.pause_s -= seconds
            return
        if not self.way:
            if self.goal is None:
                self._choose()
            return
        self.speed = self.pace()
        self._along(self.speed * seconds)

    def _along(self, left: float) -> None:
        while self.way and left > 0:
            to = self.graph.places[self.way[0]]
            far = metres(self.place, to)
            if far > 0.1:
                self.course = _bearing(self.place, to)
            if far > left:
                part = left / far
                self.place = (
                    self.place[0] + (to[0] - self.place[0]) * part, self.place[1] + (to[1] - self.place[1]) * part,
                )  # fmt: skip
                return
            left -= far
            self.place, self.node = to, self.way.pop(0)
        if not self.way and self.goal is None and self.kind != "car":
            self.pause_s = self.dice.uniform(*PAUSE_S)

    def _choose(self) -> None:
        """Some place not too far: the nearest of a few."""
        chosen = self.dice.sample(list(self.graph.onward), NEARBY_TRIES)
        goal = min(chosen, key=lambda node: metres(self.place, self.graph.places[node]))
        self.way = self.graph.path(self.node, goal)[1:]


def _bearing(a: Place, b: Place) -> float:
    east = (b[1] - a[1]) * math.cos(math.radians(a[0]))
    return math.degrees(math.atan2(east, b[0] - a[0])) % 360
