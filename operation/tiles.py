"""Building what the routing engine runs on: tiles of all extracts together, room for live speeds, and its settings."""

import ctypes
import json
import shutil
import signal
import socket
import subprocess  # nosec B404 # argument lists only, never a shell
from pathlib import Path
from typing import Any

from operation import engine, say
from operation.home import Home

HINT = "The engine could not build its tiles from the home's maps."
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
CLOSURES = {"max_exclude_polygons_length": 1_000_000, "max_exclude_polygons_vertices": 20_000}  # m round all, corners
MATRIX = 10_000  # pairs of places in one question: 200 units to 50 places
ANSWERS = ("route", "sources_to_targets", "isochrone", "trace_attributes", "status")


def extracts(home: Home) -> list[Path]:
    """The imported maps, as the importer keeps them."""
    return sorted((home.root / "maps").glob("*.osm.pbf"))


def is_built(folder: Path) -> bool:
    """Whether a folder holds a whole build."""
    return (folder / "whole").exists()


def build(home: Home, folder: Path, maps: list[Path]) -> None:
    """Build tiles of all these extracts together. Raises Trouble with the engine's last words."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tiles").mkdir(parents=True)
    conf = configure(home, folder, "tcp://127.0.0.1:1")
    log = home.log / "roads-build.log"
    gently = ["nice", "-n", "15"]
    say.run([*gently, engine.program(home, "valhalla_build_tiles"), "-c", conf, *maps], log, HINT)
    pack = engine.script(home, "valhalla_build_extract.py")
    say.run([*gently, home.python, pack, "-c", conf, "-t", "-O"], log, HINT)  # -t: a file for live speeds, all unknown
    shutil.rmtree(folder / "tiles")
    (folder / "whole").touch()


def configure(home: Home, folder: Path, listen: str) -> Path:
    """Write the engine's settings beside its tiles: as its own script gives them out, since they differ by version."""
    argv = [str(home.python), str(engine.script(home, "valhalla_build_config.py"))]
    named = {"tile-dir": "tiles", "tile-extract": "tiles.tar", "traffic-extract": "traffic.tar"}
    for name, file in named.items():
        argv += [f"--mjolnir-{name}", str(folder / file)]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout  # nosec B603 # an argument list of our own, no shell
    conf = folder / "valhalla.json"
    conf.write_text(json.dumps(adapted(json.loads(said), home.make_sockets(), listen)))
    return conf


def adapted(settings: dict[str, Any], sockets: Path, listen: str) -> dict[str, Any]:
    """The engine's settings with ours: where it listens, how much may be asked at once, how much memory it takes."""
    line = settings["httpd"]["service"]
    line.update(listen=listen, loopback=f"ipc://{sockets}/roads-loop", interrupt=f"ipc://{sockets}/roads-stop")
    for part in ("loki", "thor", "odin"):
        settings[part]["service"]["proxy"] = f"ipc://{sockets}/roads-{part}"
    settings["loki"]["actions"] = list(ANSWERS)
    settings["service_limits"].update(CLOSURES)
    for mode in ("auto", "pedestrian"):
        settings["service_limits"][mode]["max_matrix_location_pairs"] = MATRIX
    # Made for a continent, it would set aside room for millions of places each time it is asked for 200
    settings["thor"]["max_reserved_labels_count_bidir_dijkstras"] = 20_000
    settings["thor"]["costmatrix"]["max_reserved_locations"] = 400
    for absent in ("admin", "timezone", "landmarks", "transit_dir", "transit_feeds_dir"):
        settings["mjolnir"].pop(absent, None)
    settings["mjolnir"]["concurrency"] = 1  # the other core is for the station
    return settings


def free_port() -> int:
    """A port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dies_with_parent() -> None:
    """Called in a child before it becomes another program: it is killed when its parent is."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
