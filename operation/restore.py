"""`restore FILE`: this home becomes the station of a backup, brought by the archive to the newest moment.

Everything is read, checked and unpacked aside first; only then does the home change, and what it held is moved, never
deleted. What was erased after the backup is erased again before anybody is served.
"""

import argparse
import datetime as dt
import platform
import re
import shutil
import subprocess  # nosec B404 # argument lists only, never a shell
import tarfile
import time
from pathlib import Path
from typing import Any

from operation import chest, say, services, stamps
from operation.archive import LEDGER, Archive
from operation.backup import BASE, FILES, KEPT
from operation.home import DEFAULT_PORT, Home
from operation.postgres import Cluster
from operation.up import name_archive, stop, tell

OWN = (
    "station.env",
    "postgres-admin.env",
    "demo.json",
    "audit",
    "lan",
    "photos",
    "turns",
    "town",
    "tiles",
    "stamps",
)  # moved aside
MADE_ANEW = ("python", "venv", "uv", "npm", "bundle", "messages")  # stamps of what no backup holds
LOG = re.compile(r"[0-9A-F]{24}|[0-9A-F]{8}\.history")


def restore(words: list[str]) -> int:
    """Make this home the station of a backup and start it."""
    wanted = _parser().parse_args(words)
    home, path = Home.from_environment(), wanted.file.absolute()
    began = time.monotonic()
    with home.alone():
        with say.step("Checking the backup"):
            about = chest.checked(path)
        _see_that_it_fits(home, about, replace=wanted.replace)
        named = _named_archive(home, about)
        services.set_up(home)
        aside = put_back(home, path, about, named, wanted)
        name_archive(home)
        port = wanted.port or int(home.settings().get("STATION_PORT", DEFAULT_PORT))
        services.start(home, port, town=about["town"] == "1")
    tell(home, town=about["town"] == "1", seconds=time.monotonic() - began)
    if aside:
        print(f"  What this home held before lies in {aside}; delete it when nothing of it is missed.")
    print("  Make a new backup now: ./station backup FILE")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./station restore")
    parser.add_argument("file", type=Path, help="a file that ./station backup wrote")
    parser.add_argument("--replace", action="store_true", help="move aside what this home holds now")
    parser.add_argument("--archive", type=Path, help="the archive to read, where it is not the one the backup names")
    parser.add_argument("--until", type=_moment, help="not to the newest moment but to this, as 2026-11-21T10:00:00Z")
    parser.add_argument("--port", type=int, help="the front door's port, where it is to be another one")
    return parser


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _see_that_it_fits(home: Home, about: dict[str, Any], *, replace: bool) -> None:
    """Raises Trouble before anything was touched."""
    version = about["postgres"]
    if not Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
        raise say.Trouble(f"The backup needs PostgreSQL {version}: install postgresql-{version}-postgis-3.")
    if about["machine"] != platform.machine():
        raise say.Trouble(
            f"The backup is of a {about['machine']} machine, this is a {platform.machine()}: the files do not fit."
        )
    if (Cluster(home).data / "PG_VERSION").exists() and not replace:
        raise say.Trouble(
            f"{home.root} holds a station already; nothing was changed. Take an empty folder as STATION_HOME, or\n"
            "  ./station restore FILE --replace\n"
            "which moves what is there aside."
        )


def _named_archive(home: Home, about: dict[str, Any]) -> Path | None:
    """The archive that the restored station goes on to use. Another home beside the first must not write into its."""
    if str(home.root) != about["home"]:
        return None
    usual = home.root / "archive"
    return None if Path(about["archive"]) == usual else Path(about["archive"])


def put_back(home: Home, path: Path, about: dict[str, Any], named: Path | None, wanted: Any) -> Path | None:
    """Unpack aside, move what is here aside, move in, and recover; returns where the old things lie, if there were any."""
    cluster = Cluster(home)
    cluster.make_places()
    draft, files = cluster.place / "restored", home.root / "restored-files"
    for folder in (draft, files):
        shutil.rmtree(folder, ignore_errors=True)
    with say.step("Unpacking"):
        _unpack_files(path, files)
        _unpack_base(path, draft, cluster)
    old_log = _move_aside(home, cluster)
    cluster = Cluster(home)  # what it knew was of the old data
    draft.rename(cluster.data)
    _move_in(home, files)
    changes = {"PGHOST": str(cluster.sockets), "STATION_PORT": home.settings().get("STATION_PORT", str(DEFAULT_PORT))}
    _settle_settings(home, named, changes)
    (home.root / services.RESTORED).touch()
    source = _source(cluster, about, wanted.archive)
    _bring_newer(home, source.folder)
    with say.step("Recovery"):
        _recover(cluster, source, old_log, wanted.until)
    return old_log.parents[1] if old_log else None


def _settle_settings(home: Home, named: Path | None, changes: dict[str, str]) -> None:
    kept = {key: value for key, value in home.settings().items() if key != "STATION_ARCHIVE"}
    if named:
        kept["STATION_ARCHIVE"] = str(named)
    home.env_file.unlink()
    home.write_settings(**kept, **{key: value for key, value in changes.items() if key not in kept})
    home.ensure_settings()
    home.write_settings(PGHOST=changes["PGHOST"])


def _unpack_files(path: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    with chest.part(path, FILES) as source, tarfile.open(fileobj=source, mode="r|") as tar:
        for member in tar:
            words = Path(member.name).parts
            known = any(Path(name).parts == words[: len(Path(name).parts)] for name in KEPT)
            if not known or ".." in words or not (member.isfile() or member.isdir()):
                raise say.Trouble(f"{path} holds {member.name}, which no backup does. Nothing was changed.")
            tar.extract(member, target)


def _unpack_base(path: Path, target: Path, cluster: Cluster) -> None:
    target.mkdir(mode=0o700)
    argv = ["tar", "-xzf", "-", "--no-same-owner", "-C", str(target)]
    with chest.part(path, BASE) as source, subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as tar:  # nosec B603 # an argument list of our own, no shell
        assert tar.stdin is not None and tar.stderr is not None  # nosec B101 # it narrows a type
        try:
            for piece in chest.watched(BASE, source):
                tar.stdin.write(piece)
            tar.stdin.close()
        except BrokenPipeError:
            pass
        said = tar.stderr.read().decode(errors="replace").strip()
    if tar.returncode:
        shutil.rmtree(target, ignore_errors=True)
        raise say.Trouble(
            f"{said}\n\nThe database could not be unpacked; nothing was changed. Is there room on the disk?"
        )
    if cluster.owner:
        subprocess.run(["chown", "-R", f"{cluster.owner}:{cluster.owner}", str(target)], check=True)  # nosec B603, B607 # found in PATH as on any Debian


def _move_aside(home: Home, cluster: Cluster) -> Path | None:
    """Stop what runs and move what makes this home a station aside; returns the old database's log, if there was one."""
    stop(home)
    cluster.make_places()
    if not (cluster.data / "PG_VERSION").exists():
        return None
    aside = home.root / f"replaced-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for name in OWN:
        if (home.root / name).exists():
            (home.root / name).rename(aside / name)
    shutil.move(cluster.data, aside / "data")
    (home.root / "stamps").mkdir()
    for name in MADE_ANEW:
        if (aside / "stamps" / name).exists():
            shutil.copy(aside / "stamps" / name, home.root / "stamps" / name)
    return aside / "data" / "pg_wal"


def _move_in(home: Home, files: Path) -> None:
    for name in KEPT:
        if (files / name).exists():
            target = home.root / name
            target.parent.mkdir(exist_ok=True)
            if target.is_dir():
                shutil.rmtree(target)
            (files / name).rename(target)
    shutil.rmtree(files)
    stamps.forget(home, "running", "migrate", "furnish")


def _bring_newer(home: Home, archive: Path) -> None:
    """Photos and turns newer than the backup: the log that is about to be read names them, the archive has them."""
    there = [*(archive / "photos").glob("*/*.jpg"), *(archive / "turns").glob("*/*.ogg")]
    newer = [path for path in there if not (home.root / path.relative_to(archive)).exists()]
    for path in newer:
        target = home.root / path.relative_to(archive)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(path, target)
    if newer:
        say.line(f"{len(newer)} files of photos and talk newer than the backup came from the archive.")


def _source(cluster: Cluster, about: dict[str, Any], wanted: Path | None) -> Archive:
    """The archive to read: the one asked for, or this home's, or the one that the backup names. Its ledger comes along."""
    own = cluster.archive
    places = [wanted.absolute()] if wanted else [own.folder, Path(about["archive"])]
    found = next((place for place in places if Archive(place, about["identity"]).segments()), None)
    source = Archive(found or places[0], about["identity"])
    count = len([name for name in source.segments() if name[8:] >= about["wal_first"][8:]])
    say.line(f"Archive {source.folder}: {count} segments of the log since the backup.")
    if not found:
        say.line("So the station will be as at the backup. If its archive lies elsewhere, say so by --archive FOLDER.")
    own.ensure(cluster.owner)
    own.take_over_ledger(source.folder)
    if not (own.folder / LEDGER).exists():
        say.line("No ledger of erasures there: if anything was erased after the backup, it must be erased again.")
    return source


def _recover(cluster: Cluster, source: Archive, old_log: Path | None, until: dt.datetime | None) -> None:
    """Run the server alone until it has read all of the log; raises Trouble with its words."""
    if old_log and _same_cluster(cluster, old_log):
        _add_unarchived(cluster, old_log)
    more = source.reading() + (f"recovery_target_time = '{until.isoformat()}'\n" if until else "")
    more += "recovery_target_action = promote\n" if until else ""
    cluster.configure(more)
    signal = cluster.data / "recovery.signal"
    signal.touch(mode=0o600)
    if cluster.owner:
        shutil.chown(signal, cluster.owner, cluster.owner)
    cluster.start(patience_s=None)
    try:
        _wait_until_read(cluster)
        newest = cluster.sql("SELECT pg_last_xact_replay_timestamp()", "postgres").strip()
        say.line(f"The newest change read is of {newest or 'the backup itself'}.")
    finally:
        cluster.stop()
    cluster.configure()


def _same_cluster(cluster: Cluster, old_log: Path) -> bool:
    argv = [str(cluster.bin / "pg_controldata"), "-D", str(old_log.parent)]
    said = subprocess.run(argv, env={"LC_ALL": "C"}, capture_output=True, text=True).stdout  # nosec B603 # an argument list of our own, no shell
    return cluster.identity() in said


def _add_unarchived(cluster: Cluster, old_log: Path) -> None:
    """What the stopped server had not archived yet is newer than the archive: nothing at all is lost then."""
    target = cluster.data / "pg_wal"
    for path in old_log.iterdir():
        if LOG.fullmatch(path.name) and not (target / path.name).exists():
            shutil.copy(path, target / path.name)
            if cluster.owner:
                shutil.chown(target / path.name, cluster.owner, cluster.owner)


def _wait_until_read(cluster: Cluster) -> None:
    began = told = time.monotonic()
    while cluster.alive():
        if cluster.ready() and cluster.sql("SELECT pg_is_in_recovery()", "postgres").strip() == "f":
            return
        if time.monotonic() - told > say.PATIENCE_S:
            told = time.monotonic()
            say.line(f"  … {told - began:.0f} s  {say.tail(cluster.log, 1)[:90]}")
        time.sleep(0.2)
    raise say.Trouble(f"{say.tail(cluster.log)}\n\nThe database did not recover. The whole log: {cluster.log}")
