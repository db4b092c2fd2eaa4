"""What pictures show of the ground: there and back again, doubts that grow, skies, panoramas, and planes from pairs of points."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from command import geo
from devices import homography, sight
from devices.sight import NoGround, Pose

FOOT = 29.6075, 106.5512
STREET = Pose(*FOOT, height_m=6, bearing_deg=45, tilt_deg=12, fov_deg=70)
share = some.floats(0, 1)
poses = some.builds(
    Pose, some.floats(-60, 60), some.floats(-179.9, 179.9), some.floats(2, 60), some.floats(0, 359.9), some.floats(-5, 80),
    some.one_of(some.floats(5, 120), some.just(360.0)), some.sampled_from([4 / 3, 16 / 9, 4.0]),
)  # fmt: skip


@given(poses, share, share)
def test_from_the_picture_to_the_ground_and_back(pose: Pose, x: float, y: float) -> None:
    try:
        found = sight.ground(pose, x, y)
    except NoGround as none:
        assert none.code in ("sky", "too_far", "below")
        return
    back = sight.point(pose, found.lat, found.lon)
    if geo.distance_m(pose.lat, pose.lon, found.lat, found.lon) < 0.01:
        return  # right below: there is no direction
    assert back is not None
    assert abs((back[0] - x + 0.5) % (1 if pose.fov_deg == 360 else 9) - 0.5) < 1e-4
    assert back[1] == pytest.approx(y, abs=1e-4)


def test_the_middle_of_the_picture_lies_where_the_camera_looks() -> None:
    found = sight.ground(STREET, 0.5, 0.5)
    assert geo.distance_m(*FOOT, found.lat, found.lon) == pytest.approx(6 / math.tan(math.radians(12)), rel=1e-6)
    assert geo.bearing_deg(*FOOT, found.lat, found.lon) == pytest.approx(45, abs=1e-4)
    assert sight.way_to(STREET, found.lat, found.lon) == pytest.approx((45, 12), abs=1e-4)


def test_right_and_down_in_the_picture_are_right_and_nearer_on_the_ground() -> None:
    right, near = sight.ground(STREET, 0.9, 0.5), sight.ground(STREET, 0.5, 0.9)
    assert 45 < geo.bearing_deg(*FOOT, right.lat, right.lon) < 90
    assert geo.distance_m(*FOOT, near.lat, near.lon) < 28


def test_doubt_grows_with_distance() -> None:
    doubts = [sight.ground(STREET, 0.5, y).error_m for y in (0.95, 0.7, 0.5, 0.35, 0.28)]
    assert doubts == sorted(doubts)
    assert doubts[0] < 1 < 5 < doubts[-1]


@pytest.mark.parametrize(
    ("pose", "y", "code"),
    [
        (STREET, 0.0, "sky"),
        (Pose(*FOOT, height_m=0.2, bearing_deg=0, tilt_deg=30, fov_deg=70), 0.9, "too_low"),
        (Pose(*FOOT, height_m=50, bearing_deg=0, tilt_deg=0.1, fov_deg=20), 0.5, "too_far"),
    ],
)
def test_where_no_ground_is_to_be_seen(pose: Pose, y: float, code: str) -> None:
    with pytest.raises(NoGround) as none:
        sight.ground(pose, 0.5, y)
    assert none.value.code == code


def test_a_roof_stands_above_its_foot_in_the_picture_and_what_is_behind_is_not_in_it() -> None:
    place = geo.place_at(*FOOT, 45, 40)
    foot, roof = sight.point(STREET, *place), sight.point(STREET, *place, above_m=8)
    assert foot
    assert roof
    assert roof[0] == pytest.approx(foot[0])
    assert roof[1] < foot[1]
    assert sight.point(STREET, *geo.place_at(*FOOT, 225, 40)) is None


# ---- which see a place


@pytest.mark.parametrize(
    ("bearing", "away", "where"),
    [
        (45, 28, "middle"),
        (69, 40, "inside"),
        (77, 40, "edge"),
        (82, 40, None),
        (45, 5, None),
        (45, 151, None),
        (225, 30, None),
    ],
)
def test_how_a_place_is_in_view(bearing: float, away: float, where: str | None) -> None:
    found = sight.look(STREET, 150, *geo.place_at(*FOOT, bearing, away))
    assert (found and found.where) == where


def test_the_more_of_the_picture_a_person_fills_the_better() -> None:
    place = geo.place_at(*FOOT, 45, 50)
    near = sight.look(STREET, 150, *place)
    all_around = sight.look(Pose(*FOOT, height_m=6, bearing_deg=0, tilt_deg=0, fov_deg=360), 150, *place)
    assert near
    assert all_around
    assert near.worth > 1.5 * all_around.worth
    assert near.angle_deg < 6


# ---- planes from pairs


def pairs_of(pose: Pose, count: int, off_m: float = 0.0, seed: int = 7) -> list[homography.Pair]:
    dice, made = random.Random(seed), []
    while len(made) < count:
        x, y = dice.random(), dice.uniform(0.4, 1.0)
        east, north = sight.across_plane(pose.plane, x, y) if pose.plane else sight._metres(pose, x, y)
        made.append((x, y, east + dice.gauss(0, off_m), north + dice.gauss(0, off_m)))
    return made


@pytest.mark.parametrize("count", [4, 5, 12])
def test_pairs_without_fault_give_the_plane(count: int) -> None:
    found = homography.fit(pairs_of(STREET, count))
    assert max(found.off_m) < 1e-6
    assert (found.residual_m is None) == (count == 4), "four pairs always fit, and tell nothing"
    calibrated = Pose(*FOOT, 6, 0, 0, 70, plane=found.plane, residual_m=found.residual_m)
    for x, y in ((0.1, 0.9), (0.5, 0.5), (0.8, 0.45)):
        one, other = sight.ground(STREET, x, y), sight.ground(calibrated, x, y)
        assert geo.distance_m(one.lat, one.lon, other.lat, other.lon) < 0.01
        assert sight.point(calibrated, one.lat, one.lon) == pytest.approx((x, y), abs=1e-4)
    with pytest.raises(NoGround):
        sight.ground(calibrated, 0.5, 0.0)


def test_the_residual_is_how_far_off_the_points_were_set() -> None:
    told = [homography.fit(pairs_of(STREET, 12, 0.4, seed)).residual_m or 0 for seed in range(30)]
    assert sum(told) / len(told) == pytest.approx(0.4 * math.sqrt(2), rel=0.15)


def test_least_squares_are_those_of_metres() -> None:
    pairs = pairs_of(STREET, 9, 0.5)
    found = homography.fit(pairs)
    least = sum(one**2 for one in found.off_m)
    for at in range(9):
        for by in (0.999, 1.001):
            other = [number * (by if at == here else 1) for here, number in enumerate(found.plane)]
            off = [math.dist(sight.across_plane(tuple(other), x, y), (east, north)) for x, y, east, north in pairs]
            assert sum(one**2 for one in off) >= least - 1e-9


def crossed(pairs: list[homography.Pair]) -> list[homography.Pair]:
    return [(1 - x, y, east, north) for x, y, east, north in pairs]


def one_far_off(pairs: list[homography.Pair]) -> list[homography.Pair]:
    x, y, east, north = pairs[0]
    return [(x, y, east + 9, north - 9), *pairs[1:]]


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        (pairs_of(STREET, 3), "pairs_few"),
        (pairs_of(STREET, 41), "pairs_many"),
        ([(0.1 * at, 0.5 + 0.05 * at, 3.0 * at, 4.0 * at) for at in range(6)], "pairs_in_line"),
        ([*[(0.1 * at, 0.5, 3.0 * at, 20.0) for at in range(3)], (0.5, 0.9, 5.0, 8.0)], "pairs_in_line"),
        (crossed(pairs_of(STREET, 6)), "pairs_crossed"),
        (one_far_off(pairs_of(STREET, 12)), "pairs_apart"),
    ],
)
def test_pairs_of_which_no_plane_can_be_made(pairs: list[homography.Pair], code: str) -> None:
    with pytest.raises(homography.Unfit) as unfit:
        homography.fit(pairs)
    assert unfit.value.code == code
