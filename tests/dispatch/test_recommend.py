"""Who should go: doubt grows with age, and nobody whose place is unknown stands first."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch.recommend import Candidate, doubt, radius_m, ranked


def test_doubt_by_age() -> None:
    assert [doubt(age) for age in (0, 30, 31, 120, 121, 1800, 1801, None)] == [
        "fresh", "fresh", "ageing", "ageing", "stale", "stale", "unknown", "unknown",
    ]  # fmt: skip


def test_the_radius_grows_with_age_and_speed() -> None:
    assert radius_m(0, None, None) == 30
    assert radius_m(100, None, 5) == 5 + 150
    assert radius_m(100, 10, 5) == 5 + 1000


def test_near_and_fresh_before_near_but_old() -> None:
    old = Candidate("S1/09", "foot", "available", 300, 600)
    fresh = Candidate("S1/15", "foot", "available", 400, 4)
    assert [one.candidate.key for one in ranked([old, fresh])] == ["S1/15", "S1/09"]
    assert ranked([old, fresh])[1].reasons == ("position_stale",)


def test_a_car_is_there_before_a_walker_at_the_same_place() -> None:
    best = ranked([Candidate("a", "foot", "available", 900, 1), Candidate("b", "car", "available", 900, 1)])
    assert best[0].candidate.key == "b"


def test_taking_somebody_busy_costs() -> None:
    best = ranked([Candidate("busy", "foot", "conditional", 300, 1), Candidate("free", "foot", "available", 310, 1)])
    assert best[0].candidate.key == "free"


@given(
    st.lists(
        st.tuples(st.floats(0, 1e5), st.floats(0, 4000), st.sampled_from(["available", "conditional"])), max_size=9
    )
)
def test_unknown_places_come_last_and_nobody_is_lost(rows: list[tuple[float, float, str]]) -> None:
    found = ranked([Candidate(str(i), "foot", status, far, age) for i, (far, age, status) in enumerate(rows)])
    assert len(found) == len(rows)
    known = [one.doubt != "unknown" for one in found]
    assert known == sorted(known, reverse=True)
    for one in found:
        if one.high_s is not None:
            assert one.low_s <= one.eta_s <= one.high_s
