"""What tracks say of leaving, arriving and being gone: tracks as phones send them, with their jitter, gaps and outliers."""

import math
import random
from collections.abc import Iterator

import pytest

from dispatch.geometry import Seen, Times, times

SCENE = (29.6075, 106.5512)
LAT_M = 1 / 111_320
LON_M = 1 / (111_320 * math.cos(math.radians(SCENE[0])))
SENT = 1_000.0


def at(north_m: float, east_m: float) -> tuple[float, float]:
    return SCENE[0] + north_m * LAT_M, SCENE[1] + east_m * LON_M


def stand(since: float, until: float, north: float, east: float, seed: int = 1, noise_m: float = 6) -> Iterator[Seen]:
    """Somebody who stands still, with a phone's jitter, a fix every 5 s."""
    dice, now = random.Random(seed), since
    while now < until:
        lat, lon = at(north + dice.gauss(0, noise_m), east + dice.gauss(0, noise_m))
        yield Seen(now, lat, lon, dice.uniform(4, 15))
        now += 5


def drive(
    since: float, frm: tuple[float, float], to: tuple[float, float], speed: float, every: float = 5
) -> list[Seen]:
    """Straight from metres north, east of the scene to others; returns a fix every so many seconds."""
    far = math.dist(frm, to)
    count = int(far / speed / every)
    shares = [min(1.0, step * every * speed / far) for step in range(count + 1)]
    places = [at(frm[0] + (to[0] - frm[0]) * one, frm[1] + (to[1] - frm[1]) * one) for one in shares]
    return [Seen(since + step * every, lat, lon, 8) for step, (lat, lon) in enumerate(places)]


def a_whole_way() -> list[Seen]:
    """Stands 900 m away, leaves at 1,060, is there from about 1,160 to 1,700, goes off again."""
    waiting = list(stand(700, 1_060, 900, 0))
    going = drive(1_060, (900, 0), (0, 0), 9)
    there = list(stand(1_160, 1_700, 5, 5, seed=2))
    return [*waiting, *going, *there, *drive(1_700, (0, 0), (0, -1_200), 9)]


def test_a_whole_way_is_read_to_within_some_seconds() -> None:
    found = times(a_whole_way(), SCENE, SENT)
    assert found.left == pytest.approx(1_070, abs=15)
    assert found.there == pytest.approx(1_155, abs=15)
    assert found.gone == pytest.approx(1_720, abs=15)


def test_who_stands_still_does_not_leave() -> None:
    for seed in range(50):
        track = list(stand(900, 4_000, 700, 0, seed, noise_m=15))
        assert times(track, SCENE, SENT) == Times(None, None, None), seed


def test_who_walks_about_at_the_scene_stays_there() -> None:
    """Searching the houses around: up to 120 m away, then back; never gone."""
    track = [*stand(900, 1_000, 20, 0), *drive(1_000, (20, 0), (120, 0), 1.4), *drive(1_080, (120, 0), (-90, 60), 1.4)]
    found = times(track, SCENE, 950)
    assert found.there is not None
    assert found.gone is None


def test_a_single_wrong_fix_moves_nothing() -> None:
    track = list(stand(900, 1_600, 3, 3))
    track[60] = Seen(track[60].at, *at(2_000, 0), 10)
    track[100] = Seen(track[100].at, *at(0, 900), 10)
    assert times(track, SCENE, 950).gone is None
    away = list(stand(900, 1_600, 800, 0))
    away[70] = Seen(away[70].at, *at(0, 0), 10)
    assert times(away, SCENE, 950) == Times(None, None, None)


def test_who_drives_past_was_not_there() -> None:
    track = [*stand(900, SENT, 800, 30), *drive(SENT, (800, 30), (-800, 30), 9, every=2)]
    found = times(track, SCENE, SENT)
    assert found.left is not None
    assert found.there is None


def test_fixes_that_know_their_place_badly_say_nothing() -> None:
    track = [Seen(one.at, one.lat, one.lon, 400) for one in a_whole_way()]
    assert times(track, SCENE, SENT) == Times(None, None, None)


def test_who_drives_away_from_the_place_has_not_left_for_it() -> None:
    track = [*stand(900, SENT, 800, 0), *drive(SENT, (800, 0), (3_000, 0), 9)]
    assert times(track, SCENE, SENT).left is None


def test_a_way_around_is_timed_from_its_beginning() -> None:
    """One-way streets lead 300 m away first."""
    around = [*drive(1_050, (800, 0), (1_100, 0), 9), *drive(1_085, (1_100, 0), (1_100, 400), 9)]
    track = [*stand(900, 1_050, 800, 0), *around, *drive(1_130, (1_100, 400), (0, 0), 9)]
    assert times(track, SCENE, SENT).left == pytest.approx(1_060, abs=10)


def test_who_was_there_already_arrives_without_leaving() -> None:
    found = times(stand(900, 1_400, 10, 10), SCENE, SENT)
    assert (found.left, found.gone) == (None, None)
    assert found.there == pytest.approx(SENT + 5, abs=10)


def test_who_comes_back_is_not_gone() -> None:
    back = [*drive(1_900, (0, -1_200), (0, 0), 9), *stand(2_040, 2_200, 0, 0, seed=9)]
    assert times([*a_whole_way(), *back], SCENE, SENT).gone is None


def test_a_gap_while_offline_is_filled_by_what_comes_later() -> None:
    """The same track without its middle says as much as it can; with it, all."""
    whole = a_whole_way()
    gap = [one for one in whole if not 1_060 < one.at < 1_300]
    assert times(gap, SCENE, SENT).there == pytest.approx(1_300, abs=10)
    late = sorted([*gap, *(one for one in whole if 1_060 < one.at < 1_300)], key=lambda one: one.at)
    assert times(late, SCENE, SENT) == times(whole, SCENE, SENT)


def test_two_hundred_seeds_of_jitter_never_flutter() -> None:
    """At the scene with 20 m of jitter for 20 min: once there, never gone."""
    for seed in range(200):
        found = times(stand(1_000, 2_200, 0, 0, seed, noise_m=20), SCENE, 990)
        assert found.there is not None and found.gone is None, seed
