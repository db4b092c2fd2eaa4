"""清水河: where its banks run, its island, and the bend that it gives to the streets. Pure."""

import math
import random
from dataclasses import dataclass, field

from town.plane import Point

WIDTH = 300.0  # of the river's band in street coordinates, from north to south bank
MEAN_NORTH = -560.0  # metres north of the middle: where the north bank would run if it were straight
WEST, EAST = -2900.0, 2900.0


@dataclass(frozen=True)
class River:
    """The shape of the land. Street coordinates are u (roughly east) and v (metres inland from the north bank)."""

    phases: tuple[float, ...] = field(default=())

    @classmethod
    def of(cls, chance: random.Random) -> "River":
        return cls(tuple(chance.uniform(0, 2 * math.pi) for _ in range(6)))

    def north_bank(self, x: float) -> float:
        a, b = self.phases[:2]
        return MEAN_NORTH + 170 * math.sin(x / 1150 + a / 8) + 60 * math.sin(x / 480 + b)

    def south_bank(self, x: float) -> float:
        swell = 90 * math.exp(-(((x - 350) / 420) ** 2))  # where the island lies the river is wider
        return self.north_bank(x) - 235 - 30 * math.sin(x / 610 + self.phases[2]) - swell

    def place(self, u: float, v: float) -> Point:
        """The point at street coordinates: rows follow the river near it and straighten farther inland."""
        a, b, c = self.phases[3:]
        x = u + 55 * math.sin(v / 640 + a) + 0.07 * v + 28 * math.sin(u / 390 + v / 520 + b)
        north, south = self.north_bank(x), self.south_bank(x)
        if -WIDTH <= v < 0:
            return x, north + (north - south) * v / WIDTH
        inland, bank, mean = (v, north, MEAN_NORTH) if v >= 0 else (v + WIDTH, south, MEAN_NORTH - 270)
        bend = (bank - mean) * math.exp(-abs(inland) / 1100)
        ripple = 30 * math.sin(u / 530 + c) * min(1.0, abs(inland) / 400)
        return x, mean + inland + bend + ripple

    def water(self) -> list[Point]:
        """The river's outline, open at the ends."""
        xs = [WEST + step * 50 for step in range(int((EAST - WEST) / 50) + 1)]
        return [(x, self.south_bank(x)) for x in xs] + [(x, self.north_bank(x)) for x in reversed(xs)]

    def island(self) -> list[Point]:
        """江心洲: long and narrow, along the current."""
        ring = []
        for step in range(28):
            angle = 2 * math.pi * step / 28
            x = 350 + 330 * math.cos(angle)
            middle = (self.north_bank(x) + self.south_bank(x)) / 2 - 8
            ring.append((x, middle + 52 * math.sin(angle) * (1 + 0.15 * math.cos(3 * angle))))
        return ring
