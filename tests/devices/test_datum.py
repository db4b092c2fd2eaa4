"""GCJ-02 to WGS-84 and back."""

import random

import pytest

from command.geo import distance_m, gcj02_to_wgs84, wgs84_to_gcj02

# Published pairs of the well-known transformation, to 1e-5°
PAIRS = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((39.915, 116.404), (39.91640428, 116.41024449)),
]


@pytest.mark.parametrize(("wgs84", "gcj02"), PAIRS)
def test_known_pairs(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, abs=1e-5)
    assert gcj02_to_wgs84(*gcj02) == pytest.approx(wgs84, abs=1e-5)


def test_there_and_back_all_over_china() -> None:
    draw = random.Random(7)
    for _ in range(2000):
        place = draw.uniform(20, 50), draw.uniform(75, 134)
        there = wgs84_to_gcj02(*place)
        assert 1 < distance_m(*place, *there) < 1500
        assert distance_m(*place, *gcj02_to_wgs84(*there)) < 0.1


@pytest.mark.parametrize("place", [(48.85, 2.29), (0.0, 100.0), (35.0, 140.0), (-33.8, 151.2)])
def test_unchanged_outside(place: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*place) == place == gcj02_to_wgs84(*place)
