"""Short forms of the faults that a station bears without anything of it being killed.

Wrong clocks take minutes to be learned: their short form sets the time of receipt (tests/devices/test_positions.py).
"""

from operation.faults import audit_unwritable, broken_pictures, cut_off, disorder, phone_offline, race, slow_wall
from operation.faults.stage import Stage


def test_one_of_two_dispatchers_wins_with_one_order_and_the_other_is_told_who(stage: Stage) -> None:
    found = race.run(stage, rounds=60)
    assert found["lost"] == found["duplicated"] == found["unnamed"] == 0, str(found)
    assert found["sent"] == found["orders"] == found["rounds"] == 60, str(found)
    assert not found["strange"], str(found)


def test_disorder_leaves_the_track_of_an_ordered_run(stage: Stage) -> None:
    found = disorder.run(stage, journeys=2)
    assert found["ok"], str(found)


def test_walls_that_stop_reading_take_little_and_are_closed(stage: Stage) -> None:
    found = slow_wall.run(stage, phases=1, phase_s=1.5)
    assert found["lost"] == found["duplicated"] == found["left_open"] == found["stale"] == found["wrong"] == 0, str(
        found
    )
    assert found["alarms"], str(found)
    assert found["mb_each"] <= slow_wall.MEMORY_MB, found  # how the others fare can't be told on a busy machine


def test_nothing_is_looked_up_that_the_audit_can_not_take(stage: Stage) -> None:
    found = audit_unwritable.run(stage, shut_s=2.0, ways=(audit_unwritable.refused, audit_unwritable.read_only))
    assert found["ok"], str(found)
    assert found["refused"], str(found)


def test_a_wall_whose_cable_is_out_and_a_picture_that_stands_say_since_when(stage: Stage) -> None:
    found = cut_off.run(stage, rounds=1, tried=("cable", "pictures"), with_desk=False)
    assert found["wrong"] == [], str(found)
    assert found["red_s"]["cable"] < 2 * cut_off.RED_S, found  # other tests use the machine meanwhile
    assert found["back_s"]["cable"] < 2 * cut_off.BACK_S, str(found)
    for name in ("cable", "pictures"):
        assert found["stopped_s"][name] < 2 * cut_off.PICTURE_S, str(found)
        assert found["seen_s"][name] < 2 * cut_off.BACK_S, str(found)


def test_a_phone_without_a_network_loses_nothing_and_doubles_nothing(stage: Stage) -> None:
    found = phone_offline.run(stage, fixes=24, every_s=0.7)
    assert found["lost"] == found["duplicated"] == found["backwards"] == 0, str(found)
    assert found["fixes"] >= 12, found  # how soon, and how many the browser gives, can't be told on a busy machine
    assert found["recover_s"] <= phone_offline.BACKLOG_S, str(found)


def test_broken_pictures_harm_nobody_and_good_ones_between_them_come(stage: Stage) -> None:
    found = broken_pictures.run(stage, count=1000, lasts_s=8, photos=15, stills=4)
    assert found["lost"] == found["duplicated"] == found["dead"] == found["wrong"] == 0, str(found)
    assert found["pictures"] >= 1000, str(found)
    assert found["mb"] <= broken_pictures.MEMORY_MB, found  # how soon can't be told on a busy machine
