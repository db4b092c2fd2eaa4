"""Real extracts, where they are at hand."""

import os
import time
from pathlib import Path

import pytest

from command.places import search, tiles
from command.places.importer import import_map
from command.places.models import Area
from tests.places.test_tiles import layers, tile_of

MAPS = Path(os.environ.get("STATION_SAMPLES", "/nonexistent")) / "maps"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not MAPS.is_dir(), reason="not run: STATION_SAMPLES names no folder with maps"),
]


def test_haidian() -> None:
    done = import_map(MAPS / "beijing-haidian-tsinghua.osm.pbf", "haidian")
    assert done.counts["road"] > 600
    assert done.counts["building"] > 500
    for said, best in (
        ("成府路", "成府路"),
        ("cfl", "成府路"),
        ("城府路", "成府路"),
        ("清华路 近春路", "清华路 × 近春路"),
    ):
        assert search.find(said)[0].name == best
    began = time.monotonic()
    search.find("成付路89号")
    assert time.monotonic() - began < 0.5  # 50 ms on an idle machine; tests share theirs


def test_monaco() -> None:
    import gzip

    done = import_map(MAPS / "monaco.osm.pbf", "monaco")
    assert done.counts["road"] > 800
    assert Area.objects.filter(osm_id__lt=0, kind="water").exists()  # the sea, closed from its coastline
    assert search.find("Boulevrd des Moulins")[0].name == "Boulevard des Moulins"
    assert search.find("moulins boulevard")[0].name == "Boulevard des Moulins"
    drawn = tiles.draw("monaco", *tile_of(15, 43.7384, 7.4246))
    assert drawn
    assert layers(gzip.decompress(drawn[1]))["building"] > 50
