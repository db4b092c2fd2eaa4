"""The slope of what is measured over time, as a leak is told from noise: Theil and Sen's median of all slopes."""

import math
from dataclasses import dataclass

Z95 = 1.96


@dataclass(frozen=True)
class Slope:
    """Per hour, with the bounds between which it lies with 95 % (Sen 1968; readings taken as independent)."""

    value: float
    low: float
    high: float

    def rounded(self) -> list[float]:
        """`[value, low, high]` for a line of JSON."""
        return [round(one, 2) for one in (self.value, self.low, self.high)]


def theil_sen(hours: list[float], readings: list[float]) -> Slope:
    """The slope of readings taken at these hours. Raises ValueError for fewer than three."""
    count = len(hours)
    if count < 3 or count != len(readings):
        raise ValueError(f"expected three readings or more, one an hour's mark; found {len(readings)} and {count}")
    slopes = sorted(
        (readings[late] - readings[early]) / (hours[late] - hours[early])
        for late in range(count)
        for early in range(late)
        if hours[late] != hours[early]
    )
    half = Z95 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18) / 2
    middle = len(slopes) / 2
    low, high = max(0, math.floor(middle - half)), min(len(slopes) - 1, math.ceil(middle + half))
    return Slope(_median(slopes), slopes[low], slopes[high])


def _median(ordered: list[float]) -> float:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
