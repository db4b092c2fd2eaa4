"""What the station's own trips teach about travel times. Pure.

Each trip says how its real time stood to the plain one. Their logarithms are averaged for each source and mode, and again for
each hour of the day; where there are few, the average is drawn towards the wider one, and that towards “as computed”. What
is left over says how far trips scatter and where their lowest and highest tenth begin.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.recommend import UNLEARNED, Correct, Correction, spread_s

FEW, FEW_AN_HOUR, FEW_FOR_TENTHS = 10, 15, 30  # trips that weigh as much as what was assumed before
FARTHEST = math.log(5)  # a trip five times as long as computed was interrupted: it counts as just that far off
LEAST_SIGMA = 0.05


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip that was made: how its time was computed, at which hour (local, 0 to 23), and what it took, in seconds."""

    source: str
    mode: str
    hour: int
    plain_s: float
    disc_s: float
    took_s: float

    @property
    def log_ratio(self) -> float:
        return max(-FARTHEST, min(FARTHEST, math.log(max(1.0, self.took_s) / max(1.0, self.plain_s))))


@dataclass(frozen=True, slots=True)
class Learned:
    """Corrections by source, mode and hour; hour -1 stands for all hours."""

    corrections: Mapping[tuple[str, str, int], Correction]
    trips: int = 0

    def at(self, source: str, mode: str, hour: int) -> Correction:
        """The correction for an hour of the day; where nothing was learnt, what is assumed."""
        whole = self.corrections.get((source, mode, -1), UNLEARNED[source])
        return self.corrections.get((source, mode, hour), whole)

    def at_hour(self, hour: int) -> Correct:
        """The corrections for an hour of the day."""
        return lambda source, mode: self.at(source, mode, hour)


def learn(trips: Iterable[Trip]) -> Learned:
    """What these trips teach; nothing of none."""
    groups: dict[tuple[str, str], list[Trip]] = defaultdict(list)
    for trip in trips:
        groups[trip.source, trip.mode].append(trip)
    found: dict[tuple[str, str, int], Correction] = {}
    for (source, mode), some in groups.items():
        for hour, correction in _group(some, UNLEARNED[source]).items():
            found[source, mode, hour] = correction
    return Learned(found, sum(map(len, groups.values())))


def _group(trips: Sequence[Trip], assumed: Correction) -> dict[int, Correction]:
    """The corrections of one source and mode, by hour."""
    whole = _drawn([one.log_ratio for one in trips], math.log(assumed.factor), FEW)
    by_hour: dict[int, list[float]] = defaultdict(list)
    for one in trips:
        by_hour[one.hour].append(one.log_ratio)
    middles = {hour: _drawn(logs, whole, FEW_AN_HOUR) for hour, logs in by_hour.items()}
    sigma = _scatter([one.log_ratio - middles[one.hour] for one in trips], assumed.sigma)
    low, high = _tenths([_off(one, math.exp(middles[one.hour]), sigma) for one in trips], assumed)
    shape = {"sigma": sigma, "low": low, "high": high}
    return {hour: Correction(math.exp(middle), **shape) for hour, middle in {**middles, -1: whole}.items()}


def _drawn(values: Sequence[float], towards: float, few: int) -> float:
    """The mean, drawn towards another as if `few` more values had said that."""
    return (sum(values) + few * towards) / (len(values) + few)


def _scatter(rest: Sequence[float], assumed: float) -> float:
    return max(LEAST_SIGMA, math.sqrt(_drawn([one * one for one in rest], assumed * assumed, FEW)))


def _off(trip: Trip, factor: float, sigma: float) -> float:
    """How many spreads a trip lay off its middle."""
    eta = trip.plain_s * factor
    return (trip.took_s - eta) / spread_s(eta, sigma, trip.disc_s)


def _tenths(off: Sequence[float], assumed: Correction) -> tuple[float, float]:
    """Where the lowest tenth ends and the highest begins."""
    weight = len(off) / (len(off) + FEW_FOR_TENTHS)
    found = (quantile(off, 0.1), quantile(off, 0.9))
    low, high = (
        weight * one + (1 - weight) * before for one, before in zip(found, (assumed.low, assumed.high), strict=True)
    )
    return min(0.0, low), max(0.0, high)


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which that part of them lies, between two of them in proportion. `values`: at least one."""
    some, at = sorted(values), part * (len(values) - 1)
    below = some[math.floor(at)]
    return below + (some[math.ceil(at)] - below) * (at - math.floor(at))
