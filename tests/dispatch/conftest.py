"""What tests of roads and of ways share: an engine that runs, and one that does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dispatch import roads
from tests.dispatch.engine import Engine, crossroads


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    found = Engine(tmp_path_factory.mktemp("roads"))
    if not found.is_installed:
        pytest.fail("no routing engine is installed beside these packages: ./station test installs it")
    crossroads(found.extracts / "town.osm.pbf")
    found.start()
    found.wait("ready", within_s=180)  # on a machine that others use meanwhile
    yield found
    found.stop()


@pytest.fixture
def engine(running: Engine, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """With more patience than the station has: other tests use the machine meanwhile."""
    monkeypatch.setattr(roads, "PATIENCE_S", 20.0)
    settings.ROADS, settings.EXTRACTS = running.roads, running.extracts
    return running


@pytest.fixture
def away(settings: Any, tmp_path: Path) -> None:
    settings.ROADS, settings.EXTRACTS = tmp_path / "roads", tmp_path / "maps"
