"""The transition tables, and incidents driven through them at random."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.states import ASSIGNMENT, ENDED, INCIDENT, UNIT, IncidentState, Step, UnitStatus, furthest, may_step


def test_every_state_stands_in_its_table() -> None:
    assert set(INCIDENT) == set(IncidentState)
    assert set(ASSIGNMENT) == set(Step)
    assert set(UNIT) == set(UnitStatus)


def test_steps_go_forward_and_may_be_skipped() -> None:
    order = [step for step in Step if step != Step.CANCELLED]
    for i, now in enumerate(order):
        for j, then in enumerate(order):
            assert may_step(now, then) == (i < j), (now, then)


@pytest.mark.parametrize("ended", ENDED)
def test_what_has_ended_stays_so(ended: Step) -> None:
    assert ASSIGNMENT[ended] == ()


@given(st.lists(st.sampled_from(list(Step))))
def test_an_incident_is_as_far_as_its_furthest_unit(steps: list[Step]) -> None:
    active = [step for step in steps if step not in ENDED]
    assert furthest([str(step) for step in steps]) == (max(active, key=list(Step).index) if active else "pending")
