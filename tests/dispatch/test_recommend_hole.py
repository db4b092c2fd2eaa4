"""The hole a unit leaves: squares of the district that only it reaches."""

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.recommend_hole import METRES_A_DEGREE, Grid, boxes, disc, fill, grid_of, only, shares, within

LAT = 29.6


def metres(x: float, y: float) -> tuple[float, float]:
    """A place by metres east and north of the district's corner, as [lon, lat]."""
    return 106.5 + x / METRES_A_DEGREE / math.cos(math.radians(LAT)), LAT + y / METRES_A_DEGREE


def ring(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [metres(*one) for one in (*points, points[0])]


TOWN = [ring((0, 0), (4000, 0), (4000, 3000), (0, 3000))]
GRID = grid_of(TOWN)
NUMBERS = st.integers(0, (1 << (GRID.columns * GRID.rows)) - 1)


def test_the_squares_measure_the_district() -> None:
    assert 2500 < GRID.squares < 3600
    courtyard = ring((1000, 1000), (3000, 1000), (3000, 2000), (1000, 2000))
    assert abs(grid_of([*TOWN, courtyard]).squares / GRID.squares - 10 / 12) < 0.02


def test_a_disc_and_its_polygon_cover_the_same() -> None:
    middle = (2000, 1500)
    circle = [metres(middle[0] + 700 * math.cos(a / 32), middle[1] + 700 * math.sin(a / 32)) for a in range(202)]
    drawn = within(GRID, [{"type": "Polygon", "coordinates": [circle]}])
    round_ = disc(GRID, *metres(*middle), 700)
    assert abs(round_.bit_count() / GRID.squares - math.pi * 0.7**2 / 12) < 0.005
    assert (drawn ^ round_).bit_count() < 0.05 * round_.bit_count()


def test_what_two_reach_is_no_hole_and_what_one_reaches_is() -> None:
    west, east = disc(GRID, *metres(1000, 1500), 900), disc(GRID, *metres(3000, 1500), 900)
    found = shares(GRID, {"a": west, "b": west, "c": east})
    assert found["a"] == found["b"] == 0
    assert abs(found["c"] - math.pi * 0.81 / 12) < 0.01


def test_a_strip_thinner_than_a_square_has_one() -> None:
    thin = grid_of([ring((0, 0), (10, 0), (10, 10), (0, 10))])
    assert (thin.columns, thin.rows) == (1, 1)


@given(st.dictionaries(st.integers(0, 9).map(str), NUMBERS, max_size=6))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_holes_are_apart_and_within_what_was_reached(reached: dict[str, int]) -> None:
    found = only(reached)
    for key, squares in found.items():
        assert squares & ~reached[key] == 0
        for other, theirs in reached.items():
            assert other == key or squares & theirs == 0


@given(NUMBERS)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_boxes_draw_just_those_squares(squares: int) -> None:
    drawn = boxes(GRID, squares)
    rings = [[(w, s), (e, s), (e, n), (w, n)] for w, s, e, n in drawn]
    bare = Grid(GRID.west, GRID.south, GRID.wide, GRID.high, GRID.columns, GRID.rows)
    assert fill(bare, rings) == squares
