"""What trips teach: little of few, the truth of many, and intervals that hold four of five."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.recommend import UNLEARNED, Candidate, advise
from dispatch.recommend_learning import Trip, learn, quantile


def drive(dice: random.Random, hour: int, factor: float) -> Trip:
    plain = dice.uniform(60, 600)
    return Trip("roads", "car", hour, plain, 10.0, plain * factor * dice.lognormvariate(0, 0.25))


def test_nothing_is_learnt_of_nothing() -> None:
    assert learn([]).at("roads", "car", 8) == UNLEARNED["roads"]
    assert learn([]).at("estimate", "foot", 8) == UNLEARNED["estimate"]


def test_one_odd_trip_changes_little() -> None:
    found = learn([Trip("roads", "car", 8, 100, 0, 5000)])
    assert 1 < found.at("roads", "car", 8).factor < 1.3
    assert found.trips == 1


def test_the_rush_hour_is_learnt_and_other_hours_are_not_taken_for_it() -> None:
    dice = random.Random(4)
    trips = [drive(dice, 8, 1.8) for _ in range(150)] + [drive(dice, 14, 1.0) for _ in range(150)]
    found = learn(trips)
    assert 1.6 < found.at("roads", "car", 8).factor < 1.9
    assert 0.95 < found.at("roads", "car", 14).factor < 1.15
    assert 1.1 < found.at("roads", "car", 3).factor < 1.6, "an hour never driven: the mean of all"
    assert found.at("roads", "foot", 8) == UNLEARNED["roads"], "walkers are not slowed by it"


def test_four_of_five_trips_that_were_not_learnt_from_fall_into_the_interval() -> None:
    dice = random.Random(9)
    correct = learn(drive(dice, 8, 1.4) for _ in range(400)).at_hour(8)
    inside = 0
    for _ in range(1000):
        trip = drive(dice, 8, 1.4)
        found = advise(Candidate("S1/1", "car", "available", 500, 0, None, 8, road_s=trip.plain_s), correct=correct)
        inside += found.low_s <= trip.took_s <= found.high_s
    assert 750 <= inside <= 850


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e4), st.floats(0.1, 1e6), st.integers(0, 23)), max_size=30))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_driven_the_correction_stays_within_reason(rows: list[tuple[float, float, float, int]]) -> None:
    found = learn(Trip("estimate", "foot", hour, plain, disc, took) for plain, disc, took, hour in rows)
    for hour in range(24):
        one = found.at("estimate", "foot", hour)
        assert 0.2 <= one.factor <= 5
        assert one.sigma > 0
        assert one.low <= 0 <= one.high


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_lies_among_the_values(values: list[float], part: float) -> None:
    assert min(values) <= quantile(values, part) <= max(values)
