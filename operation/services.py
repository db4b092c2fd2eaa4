"""Starting a home's services: database and Redis first, then tables and files, then the rest."""

import json
import socket
import subprocess  # nosec B404 # argument lists only, never a shell
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from operation import engine, front, lan, libraries, nginx, say, stamps
from operation.broker import Broker
from operation.home import PROJECT, Home
from operation.postgres import Cluster
from operation.processes import APPLICATION, LAST, write_startup_file
from operation.supervisor import GONE, Supervisor

CODE = (
    "command", "devices", "dispatch", "town", "operation", "templates", "locale", "requirements.lock", "roads.lock",
    "static",
)  # fmt: skip
HEALTHY_WITHIN_S = 120
RESTORED = "restored"  # a file of the home: its database comes from a backup and has not been told of erasures yet


def set_up(home: Home, *, tests: bool = False) -> None:
    """All that needs no running service: packages, front end, messages, settings."""
    settings = home.ensure_settings()
    if not home.borrows:
        libraries.ensure(home, tests=tests)
        engine.ensure(home)
        front.ensure(home)
        front.compile_messages(home)
    if "PGHOST" not in settings:
        home.write_settings(PGHOST=str(Cluster(home).sockets))


def start(home: Home, port: int, *, town: bool, hosts: Sequence[str] = ()) -> None:
    """Start everything of a home on which `set_up` was done and wait for /health; raises Trouble.

    `hosts` are the names and addresses by which it is open to the LAN; without any it is on loopback alone.
    """
    supervisor = Supervisor(home)
    supervisor.clear()
    see_that_free(port, "0.0.0.0" if hosts else "127.0.0.1")  # noqa: S104 - only when asked for  # nosec B104
    home.write_settings(STATION_PORT=str(port), STATION_LAN=str(int(bool(hosts))), STATION_HOSTS=",".join(hosts))
    if town:
        choose_eyes_port(home)
    _configure(home)
    if hosts:
        certify(home)
    supervisor.start(write_startup_file(home, town=town))
    _furnish(home)
    collect_static(home)
    load(home, town=town)
    _serve(home)


def renew(home: Home, *, town: bool) -> float:
    """Bring a running station to the code as it is now; returns how many seconds it did not serve. Raises Trouble.

    Database, Redis and the front door go on where nothing about them has changed. Who knocks meanwhile is told 503, "try again":
    phones keep their queue and bring it afterwards.
    """
    supervisor = Supervisor(home)
    collect_static(home)
    if home.hosts:
        certify(home)
    began = time.monotonic()
    with say.step("Stopping what serves; phones keep their queues"):
        supervisor.stop_processes([name for name in APPLICATION if name != "ingest"])
        supervisor.stop_processes(["ingest"])  # it takes positions until the last moment
    before = _configurations(home)
    if town:
        choose_eyes_port(home)
    _configure(home)
    write_startup_file(home, town=town)
    supervisor.read_anew()
    for name, text in _configurations(home).items():
        if text != before[name]:
            supervisor.restart(name)
    _furnish(home)
    load(home, town=town)
    _serve(home)
    return time.monotonic() - began


def _configure(home: Home) -> None:
    """Write the settings of the database, Redis and the front door."""
    cluster = Cluster(home)
    cluster.ensure()
    Broker(home).ensure()
    home.write_settings(PGHOST=str(cluster.sockets))
    if cluster.elsewhere:
        home.write_settings(STATION_ARCHIVE=str(cluster.archive.folder))
    nginx.ensure(home, home.port, on_lan=bool(home.hosts))


def _configurations(home: Home) -> dict[str, str]:
    """What the programs read that go on through a renewal, by their names."""
    files = {
        "postgres": Cluster(home).data / "station.conf",
        "redis": home.root / "redis" / "redis.conf",
        "nginx": home.root / "nginx" / "nginx.conf",
    }
    return {name: path.read_text() if path.exists() else "" for name, path in files.items()}


def _furnish(home: Home) -> None:
    """With the database there: its tables as this code wants them."""
    cluster = Cluster(home)
    cluster.wait()
    cluster.furnish()
    migrate(home)
    forget_again(home)


def _serve(home: Home) -> None:
    """Start what serves and wait for it."""
    fingerprint = code()
    home.write_settings(STATION_VERSION=fingerprint[:12])
    stamps.write(home, "running", fingerprint)
    Broker(home).wait()
    supervisor = Supervisor(home)
    with say.step("Services"):
        supervisor.start_processes(but=LAST)
        wait_until_healthy(home)
        supervisor.start_processes()


def certify(home: Home) -> str:
    """See to the LAN's certificates; returns the fingerprint of their authority. Raises Trouble."""
    return asked(home, "lan_certificate", *home.hosts)


def code() -> str:
    """The digest of the code that a station runs."""
    return stamps.digest(PROJECT / name for name in CODE)


def see_that_free(port: int, address: str = "127.0.0.1") -> None:
    """Raise Trouble when somebody else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError:
            raise say.Trouble(f"Port {port} may only be used by root: choose one above 1023 with --port N.") from None
        except OSError:
            raise say.Trouble(
                f"Port {port} on {address} is taken by another program. Choose another one: ./station up --port N"
            ) from None


def choose_eyes_port(home: Home) -> None:
    """Keep the port of the town's cameras, or take another where somebody else has it by now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", home.eyes_port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        home.write_settings(STATION_EYES_PORT=str(probe.getsockname()[1]))


def manage(home: Home, *words: str, log: str = "manage.log") -> None:
    """Run a management command as a step of the start; raises Trouble with its last lines."""
    argv = [str(home.python), str(PROJECT / "manage.py"), *words]
    say.run(argv, home.log / log, "This is a fault of the product or of the home's data.", home.environment())


def asked(home: Home, *words: str) -> str:
    """Run a management command and return what it prints; raises Trouble with what it complained of."""
    argv = [str(home.python), str(PROJECT / "manage.py"), *words]
    done = subprocess.run(argv, env=home.environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL)  # nosec B603 # an argument list of our own, no shell
    if done.returncode:
        raise say.Trouble(f"{done.stderr.strip()}\n\nmanage {words[0]} failed (status {done.returncode}).")
    return done.stdout.strip()


def migrate(home: Home) -> None:
    """Bring the tables up to date where migrations or packages have changed."""
    mark = stamps.digest(sorted(PROJECT.glob("*/**/migrations/*.py")), libraries.CORE)
    with stamps.once(home, "migrate", mark) as due:
        if due:
            with say.step("Tables"):
                manage(home, "migrate", "--no-input", log="migrate.log")


def forget_again(home: Home) -> None:
    """After a restore, before anybody is served: what was erased since the backup is erased again."""
    due = home.root / RESTORED
    if due.exists():
        with say.step("Erasing again what was erased since the backup"):
            manage(home, "replay_erasures", log="erasures.log")
        due.unlink()


def collect_static(home: Home) -> None:
    """Put the files that nginx serves into one folder."""
    mark = stamps.digest(home.front / "dist", PROJECT / "static" / "public", libraries.CORE)
    with stamps.once(home, "static", mark) as due:
        if due:
            with say.step("Static files"):
                manage(home, "collectstatic", "--no-input", "--clear", "--verbosity=0", log="static.log")


def load(home: Home, *, town: bool) -> None:
    """Fill an empty home, once: with the town, or with one empty station. From here on its kind is fixed."""
    home.write_settings(STATION_TOWN="1" if town else "0")
    if town:
        _load_town(home)


def _load_town(home: Home) -> None:
    folder = home.root / "town"
    build = [str(home.python), "-m", "town", "build", str(folder)]
    once: Sequence[tuple[str, str, list[str]]] = (
        (
            "town-roster",
            "The town's people",
            ["load_roster", f"{folder}/roster.json", "--keys", f"{folder}/keys.json", "--accounts"],
        ),
        ("town-map", "The town's map", ["import_map", f"{folder}/town.osm.pbf", "--name", "town"]),
    )
    if not (home.root / "maps").exists():
        stamps.forget(home, "town-map")  # an older station's, whose roads nobody kept
    with stamps.once(home, "town-build", "1") as due:
        if due:
            folder.mkdir(exist_ok=True)
            with say.step("The town"):
                say.run(build, home.log / "town-build.log", "This is a fault of the product.", home.environment())
    for stamp, name, words in once:
        with stamps.once(home, stamp, "1") as due:
            if due:
                accounts = [str(home.root / "demo.json")] if words[-1] == "--accounts" else []
                with say.step(name):
                    manage(home, *words, *accounts, log=f"{stamp}.log")
    port = str(home.eyes_port)
    with stamps.once(home, "town-eyes", port) as due:
        if due:
            with say.step("The town's cameras"):
                manage(home, "address_cameras", f"{folder}/roster.json", "--port", port, log="town-eyes.log")


def health(home: Home, path: str = "/health") -> tuple[int, str]:
    """The status and body of a page of this station; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(home.address + path, timeout=5, context=lan.trust(home)) as answer:  # noqa: S310 - our own  # nosec B310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")
    except OSError as lost:
        return 0, str(lost)


def wait_until_healthy(home: Home, timeout_s: float = HEALTHY_WITHIN_S) -> None:
    """Wait for 200 from /health and for the devices' doors; raises Trouble that names what is late."""
    deadline = time.monotonic() + timeout_s
    while True:
        status, body = health(home)
        door, _ = health(home, "/fixes/") if status == 200 else (0, "")
        if status == 200 and door not in (0, 502, 503):
            return
        if time.monotonic() > deadline:
            raise say.Trouble(_what_is_late(home, status, body))
        time.sleep(0.2)


def _what_is_late(home: Home, status: int, body: str) -> str:
    try:
        late = f"late: {', '.join(json.loads(body)['late'])}"
    except (ValueError, KeyError, TypeError, AttributeError):
        late = f"/health answered {status}"
    if status == 200:
        late = "ingest: the devices' doors do not answer"
    logs = "\n\n".join(f"-- {path}\n{say.tail(path, 8)}" for path in _logs(home))
    return f"{logs}\n\nThe station did not become ready in {HEALTHY_WITHIN_S} s. {late}. ./station down stops it."


def _logs(home: Home) -> list[Path]:
    """Logs of processes that were started again within the last half minute, or all of them."""
    try:
        states = Supervisor(home).states()
    except GONE:
        return [home.log / "supervisor.log"]
    young = [state["name"] for state in states if state["now"] - state["start"] < 30]
    return [home.log / f"{name}.log" for name in young or ["web", "ingest", "worker"]]
