"""The process that keeps the routing engine running: maps come, change and go; what dies is there again; nothing is left over."""

import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from operation import engine
from operation.home import Home
from operation.roads import Roads
from operation.supervisor import alive
from tests.dispatch.engine import Engine, crossroads


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Engine]:
    found = Engine(tmp_path / "home")
    if not found.is_installed:
        pytest.fail("no routing engine is installed beside these packages: ./station test installs it")
    found.start()
    yield found
    found.stop()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def eventually(what: Callable[[], object], within_s: float = 30) -> None:
    until = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def services(parent: int) -> list[int]:
    """The engine's processes that this one started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent and b"valhalla_service" in (folder / "cmdline").read_bytes():
            found.append(int(folder.name))
    return found


def test_maps_come_change_and_go(running: Engine) -> None:
    assert running.wait("empty")["port"] is None
    crossroads(running.extracts / "town.osm.pbf")
    first = running.wait("ready")
    assert answers(first["port"])
    crossroads(running.extracts / "other.osm.pbf")
    second = running.wait("ready", other_than=first["build"])
    assert answers(second["port"])
    assert not answers(first["port"]), "one engine over all extracts, and no other"
    eventually(lambda: [path.name for path in running.roads.iterdir() if path.is_dir()] == [second["build"]])
    (running.extracts / "third.osm.pbf").write_bytes(b"no map at all")
    assert running.wait("failed")["build"] == second["build"]
    assert answers(second["port"]), "what can't be built takes nothing away"
    for left in running.extracts.iterdir():
        left.unlink()
    assert running.wait("empty")["port"] is None
    assert not answers(second["port"])


def test_a_map_that_is_taken_away_while_it_is_built_in_fails_nothing(running: Engine) -> None:
    crossroads(running.extracts / "town.osm.pbf")
    first = running.wait("ready")["build"]
    said: list[str] = []
    crossroads(running.extracts / "gone.osm.pbf")
    running.wait("building")
    (running.extracts / "gone.osm.pbf").unlink()
    until = time.monotonic() + 4
    while time.monotonic() < until:
        said.append(running.state()["state"])
        time.sleep(0.01)
    assert "failed" not in said
    assert running.wait("ready")["build"] == first


def test_what_dies_is_there_again_and_nothing_is_left_over(running: Engine) -> None:
    crossroads(running.extracts / "town.osm.pbf")
    before = running.wait("ready")
    assert running.process is not None
    parent = running.process.pid
    (child,) = services(parent)
    os.kill(child, signal.SIGKILL)
    eventually(lambda: services(parent) not in ([], [child]) and answers(running.state()["port"] or 0))
    assert running.state()["build"] == before["build"], "nothing is built anew for that"
    (child,) = services(parent)
    os.kill(parent, signal.SIGKILL)
    eventually(lambda: not alive(child))
    running.process.wait()
    running.start()
    eventually(lambda: running.state()["port"] and answers(running.state()["port"]))


def test_a_machine_without_the_engine_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert not engine.service(home).exists()
    roads = Roads(home)
    roads.turn()
    assert roads.told["state"] == "missing"
