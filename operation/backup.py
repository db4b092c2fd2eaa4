"""`backup FILE`: the running station as one file. What is written afterwards comes to the archive."""

import argparse
import datetime as dt
import io
import platform
import re
import subprocess  # nosec B404 # argument lists only, never a shell
import tarfile
import tempfile
from pathlib import Path
from typing import IO

from operation import chest, say
from operation.home import Home
from operation.postgres import Cluster

# What makes this home this station, besides the database: settings with their secrets, the signing key and the heads,
# the own certificate authority, the demonstration's people, the maps' extracts, the photos of notes, what was said. Tiles are
# not: they are made again from the maps.
KEPT = (
    "station.env", "postgres-admin.env", "demo.json", "audit", "lan", "maps", "photos", "turns", "town",
    "stamps/claimed", "stamps/town-build", "stamps/town-map", "stamps/town-roster",
)  # fmt: skip
LABEL = re.compile(rb"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)")
BASE, FILES = "base.tar.gz", "home.tar"


def backup(words: list[str]) -> int:
    """Write the running station into a file that only its owner can read."""
    parser = argparse.ArgumentParser(prog="./station backup")
    parser.add_argument("file", type=Path, help="the file to write; one of that name is replaced once the new is whole")
    path = parser.parse_args(words).file.absolute()
    home = Home.from_environment()
    with home.alone():
        made = write(home, path)
    print(
        f"{path}  {path.stat().st_size / 1e6:.1f} MB\n\nIt holds the station's secrets and all its data: keep it as you "
        f"keep a key, and on another machine.\nWhat is written from now on goes to {made}, at the latest after 5 min."
    )
    return 0


def write(home: Home, path: Path) -> Path:
    """Make the backup; returns the archive's folder. Raises Trouble."""
    cluster = Cluster(home)
    if not (cluster.data / "PG_VERSION").exists() or not cluster.ready():
        raise say.Trouble(f"The station in {home.root} does not run: ./station up first, then back it up.")
    if not path.parent.is_dir():
        raise say.Trouble(f"There is no folder {path.parent}.")
    try:
        with chest.Packing(path) as packing, say.step("Backup"):
            begun = dt.datetime.now(dt.UTC)
            with tempfile.TemporaryFile(dir=home.root) as files:
                _pack_files(home, files)
                packing.put(FILES, files)
            _put_base(cluster, packing)
            first = _first_segment(packing.draft)
            about = {
                "made_at": begun.isoformat(timespec="seconds"), "home": str(home.root),
                "archive": str(cluster.archive.folder), "identity": cluster.identity(), "wal_first": first,
                "postgres": (cluster.data / "PG_VERSION").read_text().strip(), "machine": platform.machine(),
                "town": home.settings().get("STATION_TOWN", "0"),
            }  # fmt: skip
            packing.close(about)
    except OSError as lost:
        raise say.Trouble(f"{path} could not be written: {lost.strerror or lost}. Nothing of it is left.") from None
    return _into_archive(cluster, path, about)


def _pack_files(home: Home, sink: IO[bytes]) -> None:
    """The home's own files. The heads come before the database, so that they name nothing that it does not hold."""
    with tarfile.open(fileobj=sink, mode="w") as tar:
        for name in KEPT:
            if (home.root / name).exists():
                tar.add(home.root / name, name)
    sink.seek(0)


def _put_base(cluster: Cluster, packing: chest.Packing) -> None:
    """The cluster as the server itself gives it out, checksums verified, with the log that makes it consistent."""
    argv = [
        str(cluster.bin / "pg_basebackup"),
        "-h",
        str(cluster.sockets),
        "-U",
        "keeper",
        "-w",
        "-D",
        "-",
        "-F",
        "tar",
    ]
    argv += ["-X", "fetch", "-Z", "1", "--checkpoint=fast", "--no-manifest"]
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(  # nosec B603 # an argument list of our own, no shell
            argv, env=cluster.admin_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as server:
            assert server.stdout is not None  # nosec B101 # it narrows a type
            packing.put(BASE, server.stdout)
        if server.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
            raise say.Trouble(
                f"{said}\n\nThe database gave no backup (status {server.returncode}). Nothing is left of it."
            )
    packing.file.flush()


def _first_segment(draft: Path) -> str:
    """The segment where the log needed by the base begins, as the base itself says."""
    with tarfile.open(draft, "r:") as outer:
        base = outer.extractfile(BASE)
        assert base is not None  # nosec B101 # it narrows a type
        with tarfile.open(fileobj=base, mode="r|gz") as inner:
            for member in inner:
                if member.name.removeprefix("./") == "backup_label":
                    said = LABEL.search((inner.extractfile(member) or io.BytesIO()).read())
                    assert said is not None  # nosec B101 # it narrows a type
                    return said.group(1).decode()
    raise say.Trouble("The database's backup has no label: this is a fault of the product.")


def _into_archive(cluster: Cluster, path: Path, about: dict[str, str]) -> Path:
    cluster.sql("SELECT pg_switch_wal()", "postgres")
    archive = cluster.archive
    try:
        gone = archive.note_base({"made_at": about["made_at"], "wal_first": about["wal_first"], "file": str(path)})
    except OSError as lost:
        say.line(f"The archive {archive.folder} can't be written ({lost.strerror}): a restore ends with this backup.")
    else:
        if gone:
            say.line(f"{gone} segments of the log that only older backups needed were taken from the archive.")
    return archive.folder
