"""A station of its own to break, with all its processes, for the short forms of the fault scripts."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from operation.faults.stage import Stage
from operation.home import Home


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Started once; each test leaves it whole."""
    home = Home(Path(os.environ["STATION_HOME"])).borrowing(Path(sys.prefix).parent)
    with Stage(home) as running:
        yield running
