"""Who should go: doubt grows with age, what is lacking is said, and nobody whose place is unknown stands first."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.recommend import Candidate, Correction, Needs, advise, doubt, penalty_s, radius_m, ranked

NEAR = Candidate("S1/15", "foot", "available", 400, 4)
PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
STATES = st.sampled_from(["available", "conditional", "delayed"])
CANDIDATES = st.lists(
    st.builds(
        Candidate, st.uuids().map(str), st.sampled_from(["foot", "car", "auxiliary"]), STATES,
        st.none() | st.floats(0, 1e5), st.none() | st.floats(0, 4000), st.none() | st.floats(0, 40),
        st.none() | st.floats(0, 500), st.none() | st.floats(0, 9000), st.integers(1, 4),
        st.frozensets(st.sampled_from(["drone", "first_aid"])), st.none() | st.floats(0, 1e5),
        st.none() | st.floats(0, 1e5), st.integers(0, 12), st.none() | st.floats(0, 1),
    ), max_size=9,
)  # fmt: skip
NEEDS = st.builds(Needs, st.integers(1, 3), st.integers(1, 3), st.frozensets(st.sampled_from(["drone", "first_aid"])))


def test_doubt_by_age() -> None:
    assert [doubt(age) for age in (0, 30, 31, 120, 121, 1800, 1801, None)] == [
        "fresh", "fresh", "ageing", "ageing", "stale", "stale", "unknown", "unknown",
    ]  # fmt: skip


def test_the_radius_grows_with_age_and_speed() -> None:
    assert radius_m(0, None, None) == 30
    assert radius_m(100, None, 5) == 5 + 150
    assert radius_m(100, 10, 5) == 5 + 1000


def test_near_and_fresh_before_near_but_old() -> None:
    old = replace(NEAR, key="S1/09", distance_m=300, age_s=600)
    best = ranked([old, NEAR])
    assert [one.candidate.key for one in best] == ["S1/15", "S1/09"]
    assert best[0].reasons == ("best",)
    assert best[1].reasons == ("nearest", "position_stale"), "its last place is nearer, and that is said"


def test_a_car_is_there_before_a_walker_at_the_same_place() -> None:
    best = ranked([Candidate("a", "foot", "available", 900, 1), Candidate("b", "car", "available", 900, 1)])
    assert best[0].candidate.key == "b"
    assert best[0].reasons == ("nearest",)


def test_the_way_by_road_counts_not_the_line() -> None:
    across_the_river = replace(NEAR, key="river", distance_m=100, road_s=900)
    best = ranked([across_the_river, replace(NEAR, road_s=240)])
    assert best[0].candidate.key == "S1/15"
    assert {one.source for one in best} == {"roads"}
    assert advise(NEAR).source == "estimate"


def test_taking_somebody_busy_costs() -> None:
    best = ranked([Candidate("busy", "foot", "conditional", 300, 1), Candidate("free", "foot", "available", 310, 1)])
    assert best[0].candidate.key == "free"


def test_who_lacks_what_the_kind_needs_is_told_and_stands_behind() -> None:
    needs = Needs(crew=2, skills=frozenset({"first_aid"}))
    alone = replace(NEAR, key="alone", distance_m=50)
    able = replace(NEAR, key="able", distance_m=700, crew=2, skills=frozenset({"first_aid"}))
    best = ranked([alone, able], needs)
    assert [one.candidate.key for one in best] == ["able", "alone"]
    assert best[1].shortfalls == ("crew", "skill:first_aid")
    assert best[0].shortfalls == ()


def test_rest_and_load_and_the_hole_are_reasons_and_cost() -> None:
    tired = replace(NEAR, key="tired", duty_s=13 * 3600, rest_s=5 * 3600, calls=6, hole=0.2)
    found = advise(tired)
    assert found.reasons == ("long_shift", "short_rest", "many_calls", "leaves_hole")
    assert penalty_s(found) == 60 + 60 + 60 + 60
    assert ranked([tired, NEAR])[0].candidate.key == "S1/15"


def test_what_was_learnt_changes_the_time_and_its_interval() -> None:
    slow = advise(NEAR, correct=lambda source, mode: Correction(factor=2.0, sigma=0.1))
    assert slow.eta_s == 2 * advise(NEAR).eta_s
    assert slow.plain_s == advise(NEAR).plain_s
    wide = advise(NEAR, correct=lambda source, mode: Correction(sigma=0.5))
    narrow = advise(NEAR, correct=lambda source, mode: Correction(sigma=0.1))
    assert wide.low_s < narrow.low_s < narrow.high_s < wide.high_s


@PATIENT
@given(CANDIDATES, NEEDS)
def test_nobody_is_lost_and_unknown_places_come_last(rows: list[Candidate], needs: Needs) -> None:
    found = ranked(rows, needs)
    assert {one.candidate.key for one in found} == {one.key for one in rows}
    known = [one.high_s is not None for one in found]
    assert known == sorted(known, reverse=True)
    for one in found:
        if one.high_s is not None:
            assert 0 <= one.low_s <= one.eta_s <= one.high_s
    assert sum("nearest" in one.reasons for one in found) == min(1, sum(known))


@PATIENT
@given(CANDIDATES, NEEDS)
def test_the_order_does_not_hang_on_the_order_in_which_they_came(rows: list[Candidate], needs: Needs) -> None:
    assert ranked(rows, needs) == ranked(rows[::-1], needs)


@PATIENT
@given(st.floats(0, 1700), st.floats(0, 60), st.floats(0, 2e4))
def test_an_older_position_is_never_more_certain(age: float, more: float, distance: float) -> None:
    young, old = (advise(replace(NEAR, age_s=one, distance_m=distance)) for one in (age, age + more))
    assert old.low_s <= young.low_s
    assert young.high_s <= old.high_s


@PATIENT
@given(CANDIDATES, NEEDS, st.integers(0, 8))
def test_being_worse_never_helps(rows: list[Candidate], needs: Needs, at: int) -> None:
    found = ranked(rows, needs)
    if at >= len(found) or found[at].high_s is None:
        return
    one = found[at].candidate
    worse = replace(one, calls=one.calls + 1, crew=max(1, one.crew - 1), skills=frozenset())
    again = ranked([worse if row.key == one.key else row for row in rows], needs)
    assert [row.candidate.key for row in again].index(one.key) >= at
