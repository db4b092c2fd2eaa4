"""The floor of a talk group: one at a time, never beyond its minute, and who may take it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.voice.floor import ANYBODY, DISTRESS, ROOM, SILENCE_S, TURN_S, Floor, Held

PEOPLE = ("ai", "bo", "chen")
ACTS = st.tuples(
    st.sampled_from(("ask", "hear", "release", "wait")),
    st.sampled_from(PEOPLE),
    st.sampled_from((ANYBODY, ROOM, DISTRESS)),
    st.floats(0, 3),
)


@given(st.lists(ACTS, max_size=200))
@settings(max_examples=200, deadline=None)
def test_nobody_speaks_into_anothers_turn_and_no_turn_is_longer_than_its_limit(acts: list) -> None:
    floor, now, turn = Floor(), 0.0, None  # turn: who was given the floor last, by what rank, and when
    for what, who, rank, later in acts:
        now += later
        if what == "ask":
            try:
                lost = floor.ask(who, rank, now)
            except Held as held:
                assert turn is not None and held.holder.who == turn[0]
                assert now - turn[2] < TURN_S, "whose minute is over holds nothing"
                assert who == turn[0] or rank <= turn[1]
            else:
                assert lost is None or (turn is not None and lost.who == turn[0])
                turn = (who, rank, now)
        elif what == "hear" and floor.hear(who, now):
            assert turn is not None and turn[0] == who
            assert now - turn[2] < TURN_S
        elif what == "release" and floor.release(who):
            assert turn is not None and turn[0] == who
            turn = None


@pytest.mark.parametrize(
    ("holds", "asks", "gets"),
    [
        (ANYBODY, ANYBODY, False), (ANYBODY, ROOM, True), (ROOM, ANYBODY, False), (ROOM, ROOM, False),
        (ROOM, DISTRESS, True), (DISTRESS, ROOM, False), (DISTRESS, DISTRESS, False),
    ],
)  # fmt: skip
def test_the_room_and_who_is_in_distress_take_it_from_others(holds: int, asks: int, gets: bool) -> None:
    floor = Floor()
    assert floor.ask("ai", holds, 0) is None
    if gets:
        assert floor.ask("bo", asks, 1).who == "ai"  # type: ignore[union-attr]
        assert not floor.hear("ai", 1.1)
        assert floor.hear("bo", 1.1)
        return
    with pytest.raises(Held) as held:
        floor.ask("bo", asks, 1)
    assert held.value.holder.who == "ai"
    assert floor.hear("ai", 1.1)


def test_silence_and_the_limit_end_a_turn() -> None:
    floor = Floor()
    floor.ask("ai", ANYBODY, 0)
    assert floor.is_over(SILENCE_S - 0.1) == ""
    assert floor.is_over(SILENCE_S) == "silence"
    assert floor.ask("bo", ANYBODY, SILENCE_S).who == "ai"  # type: ignore[union-attr]
    for tenth in range(int(TURN_S * 10) - 1):
        assert floor.hear("bo", SILENCE_S + tenth / 10)
    assert floor.is_over(SILENCE_S + TURN_S) == "limit"
    assert not floor.hear("bo", SILENCE_S + TURN_S)
    assert floor.release("bo")
    assert floor.is_over(SILENCE_S + TURN_S) == ""
