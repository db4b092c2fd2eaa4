"""`python -m operation.roads`: the process that keeps the routing engine running upon the imported maps.

It knows no database: the importer leaves each map's extract in the home's folder `maps`, and whatever lies there is what one
finds one's way on. When that changes, tiles are built beside those in use, at the lowest priority; then the engine begins anew
with them. What it does and where the engine answers stands in `roads/state.json`, which is all that others read.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess  # nosec B404 # argument lists only, never a shell
import threading
import time
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

from operation import engine, say, stamps, tiles
from operation.home import Home, write_private

TURN_S = 0.5  # between two looks at the folder of maps
PATIENCE_S = 20.0  # the engine has begun within that, or is started again
LOOPBACK = "127.0.0.1"


class Roads:
    """The engine of one home. `turn` is called again and again; everything else follows from what it finds."""

    def __init__(self, home: Home, host: str = LOOPBACK) -> None:
        self.home = home
        self.host = host  # the name by which others reach it; loopback unless it is a container's
        self.folder = home.root / "roads"
        self.engine = engine.LOCK.read_text()
        self.child: subprocess.Popen[bytes] | None = None
        self.builder: threading.Thread | None = None
        self.build = ""  # what the engine runs on
        self.refused = ""  # what could not be built: not tried again until the maps change
        self.told: dict[str, Any] = {}

    def turn(self) -> None:
        """Look at the maps; build, serve or stop as they ask for."""
        if not engine.service(self.home).exists():
            return self.tell("missing")
        maps = tiles.extracts(self.home)
        if not maps:
            self.stop()
            return self.tell("empty")
        wanted = self._name_of(maps)
        if self.refused != wanted:
            self.refused = ""  # of other maps: were they to come back, they may have been whole
        if tiles.is_built(self.folder / wanted):
            self._serve(wanted)
        elif self.refused == wanted:
            self.tell("failed")
        else:
            self._build(wanted, maps)
        if self.child is not None and self.child.poll() is not None:
            self._begin(self.build)  # it ended by itself
        return None

    def _name_of(self, maps: list[Path]) -> str:
        """A name for what is built of these extracts by this engine, without reading them."""
        found = [(path.name, path.stat()) for path in maps]
        return stamps.digest(self.engine, *(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in found))[:16]

    def _build(self, wanted: str, maps: list[Path]) -> None:
        """Build in a thread of its own, unless one builds already: that one ends first."""
        if self.builder is not None and self.builder.is_alive():
            return
        self.tell("building")
        self.builder = threading.Thread(target=self._built, args=(wanted, maps), daemon=True)
        self.builder.start()

    def _built(self, wanted: str, maps: list[Path]) -> None:
        try:
            tiles.build(self.home, self.folder / wanted, maps)
        except (say.Trouble, OSError) as failed:
            say.line(f"roads: {failed}")
            shutil.rmtree(self.folder / wanted, ignore_errors=True)
            self.refused = wanted  # told by `turn`, if these are still the maps that are wanted

    def _serve(self, wanted: str) -> None:
        """Have the engine run on that build."""
        if self.build == wanted:
            return self.tell("ready")
        self.stop()
        self._begin(wanted)
        for other in self.folder.iterdir():
            if other.is_dir() and other.name != wanted:
                shutil.rmtree(other, ignore_errors=True)
        return None

    def _begin(self, build: str) -> None:
        """Start the engine on a free port and wait until it answers."""
        port = tiles.free_port()
        every = self.host != LOOPBACK
        conf = tiles.configure(self.home, self.folder / build, f"tcp://{'*' if every else LOOPBACK}:{port}")
        self.child = subprocess.Popen(  # nosec B603 # an argument list of our own, no shell
            [engine.service(self.home), conf, "2"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,  # a line for every question
            preexec_fn=tiles.dies_with_parent,
        )  # fmt: skip
        self.build = build
        if self._answers(port):
            self.tell("ready", build=build, port=port)
        else:
            self.tell("failed")

    def _answers(self, port: int) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while self.child is not None and self.child.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{LOOPBACK}:{port}/status", timeout=1).close()  # nosec B310 # http, our own
                return True
            time.sleep(0.05)
        self.stop()
        return False

    def stop(self) -> None:
        """End the engine, if it runs. It keeps nothing, so it is not asked first."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
        self.child, self.build = None, ""

    def tell(self, state: str, **more: Any) -> None:
        """Write down what is done, if that is news. While it builds anew, the engine answers where it did."""
        is_serving = self.child is not None
        where = (
            {name: self.told.get(name) for name in ("build", "port")} if is_serving else {"build": None, "port": None}
        )
        told = {**where, **more, "state": state, "host": self.host}
        if told != {name: self.told.get(name) for name in told}:
            self.told = {**told, "since": time.time()}
            self.folder.mkdir(exist_ok=True)
            write_private(self.folder / "state.json", json.dumps(self.told))


def main() -> None:
    """Turn until somebody says stop."""
    parser = argparse.ArgumentParser(prog="python -m operation.roads")
    parser.add_argument("--host", default=LOOPBACK, help="be open to other machines, which know this one by that name")
    roads = Roads(Home.from_environment(), parser.parse_args().host)

    def end(signum: int, frame: FrameType | None) -> None:
        raise SystemExit

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)
    os.umask(0o077)
    try:
        while True:
            roads.turn()
            time.sleep(TURN_S)
    finally:
        roads.stop()
        roads.tell("stopped")


if __name__ == "__main__":
    main()
