"""A camera's own pan and tilt and the directions on the map, there and back."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from command import geo
from devices import sight, turning
from devices.turning import CantTurn, Reach
from tests.conftest import PLACE

REACHES = st.builds(
    Reach, st.floats(0, 359.9), st.floats(1, 180), highest_deg=st.floats(-90, 10), lowest_deg=st.floats(20, 90)
)
UNIT = st.floats(-1, 1)


@given(REACHES, UNIT, UNIT)
def test_what_was_told_is_where_it_looks_and_back(reach: Reach, pan: float, tilt: float) -> None:
    assume(abs(pan * reach.pan_range_deg) < 179.9)  # half way round is both ways
    assume(abs(pan) < 0.9999 and abs(tilt) < 0.9999)  # at the very end a rounding may be beyond it
    bearing, tilt_deg = reach.looks(pan, tilt)
    assert 0 <= bearing <= 360
    assert reach.told(bearing, tilt_deg) == pytest.approx((pan, tilt), abs=1e-6)


def test_a_usual_camera_is_told_in_the_generic_space() -> None:
    reach = Reach(90, 180, 0, 90)
    assert reach.told(90, 0) == (0, 1)  # ahead, at the horizon
    assert reach.told(180, 45) == (0.5, 0)  # a quarter to the right
    assert reach.told(0, 90) == (-0.5, -1)  # a quarter to the left, straight down


@pytest.mark.parametrize(("bearing", "tilt_deg"), [(101, 30), (259, 30), (180, 9), (180, 61)])
def test_it_does_not_turn_farther_than_it_can(bearing: float, tilt_deg: float) -> None:
    reach = Reach(180, 78, 10, 60)
    assert reach.told(102.5, 30)
    with pytest.raises(CantTurn) as cant:
        reach.told(bearing, tilt_deg)
    assert cant.value.code == "out_of_reach"


@given(st.floats(0, 360), st.floats(1, 200), st.floats(2, 30))
def test_turned_to_a_place_it_has_it_in_the_middle(bearing: float, metres: float, height_m: float) -> None:
    lat, lon = geo.place_at(PLACE["lat"], PLACE["lon"], bearing, metres)
    pose = sight.Pose(**PLACE, height_m=height_m, bearing_deg=0, tilt_deg=10, fov_deg=60, plane=(1.0,) * 9)
    reach = Reach(0, 180, 0, 90)
    aim = turning.turned(pose, *reach.looks(*reach.told(*sight.way_to(pose, lat, lon))))
    assert aim.plane is None, "a calibration holds for where it was made"
    where = sight.point(aim, lat, lon)
    assert where is not None
    assert math.dist(where, (0.5, 0.5)) < 0.01
    look = turning.look(reach, pose, 250, lat, lon)
    assert look is not None
    assert look.aside < 0.02
    assert turning.look(reach, pose, metres * 0.99, lat, lon) is None
