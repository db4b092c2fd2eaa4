"""What fault scripts reckon with: slopes and their bounds, a browser's words, what processes hold."""

import datetime as dt
import os
import random
import subprocess
import sys

import orjson
import pytest

from operation.codes import digits
from operation.faults import memory
from operation.faults.drawn import ZONE, complaints, is_as_of, is_live, is_red, is_stopped, tile_complaints
from operation.faults.left_on import Delivery
from operation.faults.slope import theil_sen

HOURS = [number / 360 for number in range(120)]  # 20 min, every 10 s


def test_a_straight_line_has_its_slope_whatever_a_few_readings_say() -> None:
    readings = [100 + 6 * hour for hour in HOURS]
    assert theil_sen(HOURS, readings).value == pytest.approx(6)
    spoilt = [reading + (50 if number % 7 == 0 else 0) for number, reading in enumerate(readings)]
    assert theil_sen(HOURS, spoilt).value == pytest.approx(6, abs=1.5)


def test_the_bounds_hold_the_true_slope_about_as_often_as_they_say() -> None:
    chance, held = random.Random(14), 0
    for _ in range(40):
        found = theil_sen(HOURS[::3], [3 * hour + chance.gauss(0, 0.2) for hour in HOURS[::3]])
        held += found.low <= 3 <= found.high
        assert found.low <= found.value <= found.high
    assert held >= 34


def test_what_stands_still_does_not_grow() -> None:
    found = theil_sen(HOURS, [17.0] * len(HOURS))
    assert (found.low, found.value, found.high) == (0, 0, 0)
    with pytest.raises(ValueError, match="three"):
        theil_sen([0.0, 1.0], [1.0, 2.0])


def test_a_frame_that_is_missing_is_counted() -> None:
    heard = Delivery()
    heard.numbers = [0]
    for number in (1, 2, 4):
        heard._heard(orjson.dumps({"seq": number, "through": {"S1": 10 + number}}))
    heard._heard(b'{"type":"beat"}')
    assert (heard.broken, heard.through) == (1, {"S1": 14})


def test_as_of_must_name_the_moment_of_the_cut() -> None:
    cut = dt.datetime(2026, 11, 21, 10, 41, 8, tzinfo=ZONE).timestamp()
    assert is_as_of("as of 10:41:07", cut)
    assert not is_as_of("as of 10:40:07", cut)
    assert not is_as_of("as of 10:41:12", cut)
    assert not is_as_of("", cut)
    midnight = dt.datetime(2026, 11, 21, 0, 0, 1, tzinfo=ZONE).timestamp()
    assert is_as_of("as of 23:59:59", midnight)


def test_a_panel_that_says_nothing_or_is_not_red_is_complained_of() -> None:
    cut = dt.datetime(2026, 11, 21, 10, 41, 8, tzinfo=ZONE).timestamp()
    good = ["as of 10:41:07", "rgb(255, 107, 109)"]
    seen = {"banner": "Cut off · as of 10:41:07", "ground": "rgb(179, 20, 28)", "panels": [["a", *good], ["b", *good]]}
    assert complaints(seen, cut) == []
    assert complaints({**seen, "panels": [["a", *good], ["b", "", "rgb(200, 200, 200)"]]}, cut) == [
        "b says ''",
        "b is rgb(200, 200, 200)",
    ]
    assert complaints({**seen, "panels": []}, cut) == ["no panel"]
    assert not is_red("rgba(0, 0, 0, 0)")


def test_a_picture_that_stands_must_say_so_and_one_that_goes_on_must_not() -> None:
    cut = dt.datetime(2026, 11, 21, 10, 41, 8, tzinfo=ZONE).timestamp()
    assert is_stopped("as of 10:41:07, 3 s ago", "rgb(229, 72, 77)")
    assert not is_stopped("as of 10:41:07, 3 s ago", "")
    assert not is_stopped("live", "rgb(229, 72, 77)")
    assert is_live("live", "")
    assert not is_live("live", "rgb(229, 72, 77)")
    stood, old = {"pixels": 1, "words": "as of 10:41:07, 3 s ago"}, {"pixels": 1, "words": "live"}
    assert tile_complaints(stood, stood, cut, stops=True) == []
    assert tile_complaints(old, {**old, "pixels": 2}, cut, stops=False) == []
    assert tile_complaints(old, old, cut, stops=False) == ["the picture stands and says nothing"]
    assert tile_complaints(old, {**old, "pixels": 2}, cut, stops=True) == [
        "the picture says 'live'",
        "the picture goes on",
    ]
    assert tile_complaints(stood, {**stood, "pixels": 2}, cut, stops=False) == [
        "the picture says 'as of 10:41:07, 3 s ago'"
    ]


def test_the_six_digits_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_111_111_109)  # RFC 6238, appendix B; its last six digits
    assert digits("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == "081804"


def test_processes_that_belong_together_are_found_with_what_they_hold() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    try:
        assert {os.getpid(), child.pid} <= set(memory.family(os.getpid()))
        before = memory.files([os.getpid()])
        with open(os.devnull):
            assert memory.files([os.getpid()]) == before + 1
        assert memory.megabytes([os.getpid()]) > 5
    finally:
        child.kill()
        child.wait()
    assert memory.files([child.pid]) == memory.megabytes([child.pid]) == 0
