"""Steady offsets are learned, offline queues are not taken for them, and no mark stays frozen."""

import random

import pytest

from devices.gateway.clocks import SECOND, Clock

START = 1_795_000_000 * SECOND
NINE_YEARS = 9 * 365 * 86_400


def arrivals(
    clock: Clock, count: int, every_s: float, ahead_s: float, start: int = START, jitter_s: float = 0.5
) -> int:
    """Live fixes of a device whose clock is `ahead_s` ahead; when the last one arrived."""
    noise = random.Random(1)
    received = start
    for _ in range(count):
        received += round(every_s * SECOND)
        late = noise.random() * jitter_s
        clock.hear(received, received + round((ahead_s - late) * SECOND))
    return received


@pytest.mark.parametrize("ahead_s", [3600, NINE_YEARS, 90])
def test_a_clock_ahead_is_learned_within_seconds(ahead_s: int) -> None:
    clock = Clock()
    arrivals(clock, 6, 5, ahead_s)
    assert clock.offset == pytest.approx(-ahead_s * SECOND, abs=SECOND)


def test_a_clock_behind_is_learned_when_it_can_be_no_queue() -> None:
    clock = Clock()
    half = arrivals(clock, 12, 10, -3600)
    assert clock.offset == 0
    arrivals(clock, 12, 10, -3600, half)
    assert clock.offset == pytest.approx(3600 * SECOND, abs=SECOND)


@pytest.mark.parametrize("off_s", [20, -20, 0])
def test_small_offsets_are_left_alone(off_s: int) -> None:
    clock = Clock()
    arrivals(clock, 100, 10, off_s)
    assert clock.offset == 0


@pytest.mark.parametrize("rate", [1, 4, 20, 600])
def test_a_draining_queue_is_no_offset(rate: int) -> None:
    """Ten minutes offline, a fix a second, drained at some rate, oldest first, while new ones join."""
    clock = Clock()
    reported, received = START, START + 600 * SECOND
    while reported < received:
        clock.hear(received, reported)
        reported += SECOND
        received += SECOND // (rate + 1)
    assert clock.offset == 0


def test_a_queue_that_comes_at_once_is_no_offset() -> None:
    clock = Clock()
    for second in range(600):
        clock.hear(START + 3600 * SECOND + second, START + second * SECOND)
    assert clock.offset == 0


def test_a_clock_put_right_is_believed_again() -> None:
    clock = Clock()
    end = arrivals(clock, 6, 5, 3600)
    assert clock.offset < 0
    arrivals(clock, 6, 5, 0, end)
    assert clock.offset == 0


def test_a_clock_behind_put_right_is_believed_again() -> None:
    clock = Clock()
    end = arrivals(clock, 30, 10, -3600)
    assert clock.offset > 0
    arrivals(clock, 6, 5, 0, end)
    assert clock.offset == 0


def test_a_known_offset_holds_while_a_queue_drains() -> None:
    clock = Clock()
    end = arrivals(clock, 6, 5, 3600)
    known = clock.offset
    for second in range(0, 600, 5):
        clock.hear(end + 605 * SECOND + second * 1000, end + (3600 + second) * SECOND)
    assert clock.offset == known


def test_many_arrivals_in_one_second_count_once() -> None:
    clock = Clock()
    for step in range(100):
        received = START + step * SECOND // 10
        clock.hear(received, received + 3600 * SECOND)
    assert clock.offset == 0  # ten seconds are too short, however many arrive
