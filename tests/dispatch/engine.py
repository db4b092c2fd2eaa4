"""A routing engine that really runs, on the small extract of `crossroads`, for as many tests as ask for it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import osmium

from operation import engine
from operation.home import PROJECT, Home

# Two ways from west to east, the southern one shorter by a little, joined at both ends; all roads go both ways.
#   1 ── 2 ──────── 3 ── 4      north: 文化路, from 2 over 5 and 6 to 3
#          └ 7 ─ 8 ┘            south: 银杏街 (Ginkgo Street), from 2 over 7 and 8 to 3
LAT, LON, STEP = 29.60, 106.55, 0.002
PLACES = {1: (0, 0), 2: (2, 0), 3: (8, 0), 4: (10, 0), 5: (2, 2), 6: (8, 2), 7: (2, -1), 8: (8, -1)}
WAYS = {
    1: ("迎宾路", "", [1, 2]), 2: ("文化路", "", [2, 5, 6, 3]), 3: ("银杏街", "Ginkgo Street", [2, 7, 8, 3]),
    4: ("站前路", "", [3, 4]),
}  # fmt: skip


def at(x: float, y: float) -> tuple[float, float]:
    """A place of the grid: longitude, latitude."""
    return round(LON + x * STEP, 6), round(LAT + y * STEP, 6)


WEST, EAST, NORTH, SOUTH = at(0.2, 0), at(9.8, 0), at(5, 2), at(5, -1)


def crossroads(path: Path) -> Path:
    """Write the extract; returns its path."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in PLACES.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, version=1, location=at(*place)))
        for number, (name, english, nodes) in WAYS.items():
            tags = {"highway": "secondary", "name": name, "maxspeed": "50", **({"name:en": english} if english else {})}
            writer.add_way(osmium.osm.mutable.Way(id=number, version=1, nodes=nodes, tags=tags))
    return path


class Engine:
    """The process `roads` of a home in a folder, as ./station starts it."""

    def __init__(self, folder: Path) -> None:
        packages = Path(sys.prefix).parent
        self.home = Home(folder).borrowing(packages)
        self.is_installed = engine.service(self.home).exists()
        self.extracts, self.roads = folder / "maps", folder / "roads"
        self.process: subprocess.Popen[bytes] | None = None
        self.extracts.mkdir(exist_ok=True)

    def start(self) -> None:
        env = {**os.environ, "STATION_HOME": str(self.home.root), "STATION_PACKAGES": str(self.home.packages)}
        self.process = subprocess.Popen([sys.executable, "-m", "operation.roads"], cwd=PROJECT, env=env)

    def state(self) -> dict:
        try:
            return json.loads((self.roads / "state.json").read_text())
        except (OSError, ValueError):
            return {"state": "none"}

    def wait(self, wanted: str, within_s: float = 60, other_than: str | None = None) -> dict:
        """Wait until it says so (on another build than one); returns what it says."""
        until = time.monotonic() + within_s
        while (found := self.state())["state"] != wanted or (other_than and found["build"] == other_than):
            assert time.monotonic() < until, f"expected {wanted} within {within_s} s, found {found}"
            time.sleep(0.05)
        return found

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(10)
