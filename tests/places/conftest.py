from pathlib import Path

import pytest

from command.places.importer import Imported, import_map
from tests.places.district import district


@pytest.fixture(autouse=True)
def tiles_beside(settings, tmp_path: Path) -> None:
    settings.TILE_CACHE, settings.EXTRACTS = tmp_path / "tiles", tmp_path / "maps"


@pytest.fixture
def town_map(db: None, tmp_path: Path) -> Imported:
    return import_map(district().write(tmp_path / "d.osm.pbf"), "main")
