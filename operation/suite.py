"""`check` and `test`: everything that shows the product is whole."""

import signal
import subprocess  # nosec B404 # argument lists only, never a shell
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from operation import front, say, services
from operation.broker import Broker
from operation.home import PROJECT, Home
from operation.postgres import Cluster

ROOMS = [name for name in ("command", "devices", "dispatch", "operation", "town") if (PROJECT / name).is_dir()]
BROWSER, FAULTS = "tests/browser", "tests/faults"


@dataclass(frozen=True)
class Look:
    """One tool's look at the sources."""

    name: str
    argv: Sequence[say.Word]
    cwd: Path = PROJECT
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One pytest: what it runs, and in how many lanes, each a process with a database, a Redis and a home of its own."""

    name: str
    words: Sequence[str]
    lanes: int = 0  # none: in pytest's own process
    nice: int = 0  # what waits for a moment of the clock goes before what waits for as long as it takes

    def argv(self, aside: Home) -> list[say.Word]:
        """The command."""
        base: list[say.Word] = [
            "nice",
            "-n",
            str(self.nice),
            aside.python,
            "-m",
            "pytest",
            "-p",
            "operation.lanes",
            "-o",
            f"cache_dir={aside.root / 'pytest_cache'}",
        ]
        lanes = ["-n", str(self.lanes), "--dist", "loadfile", "--no-loadscope-reorder"] if self.lanes else []
        return [*base, "--durations=12", *lanes, *self.words]


# The whole suite: rows side by side, the runs of a row one after the other. Browsers stand apart, since their loop would stay in
# a lane, and so do faults, whose goals are of time. In each run what takes longest begins first.
WHOLE: tuple[tuple[Run, ...], ...] = (
    (Run("faults", [FAULTS]),),
    (
        Run("station", [f"--ignore={BROWSER}", f"--ignore={FAULTS}", "tests/operation", "tests"], 2, nice=5),
        Run("browser", [f"{BROWSER}/test_every_page.py", BROWSER], 2, nice=10),
    ),
)


def looks(home: Home) -> list[Look]:
    """What `check` asks, the slowest first."""
    django: list[say.Word] = [home.python, PROJECT / "manage.py"]
    found = [
        Look("types", ["mypy", *ROOMS, "manage.py"]),
        Look("types of the scripts", front.tsc(home), cwd=home.front),
        Look("lint", ["ruff", "check", "--no-fix", "."]),
        Look("security", ["bandit", "--quiet", "--recursive", *ROOMS, "manage.py", "verify.py"]),
        Look("formatting", ["ruff", "format", "--check", "."]),
        Look("Django", [*django, "check", "--deploy", "--fail-level", "WARNING"]),
        Look("migrations", [*django, "makemigrations", "--check", "--dry-run"]),
        Look("templates", ["djlint", "templates", "--lint", "--quiet"]),
        Look("container image", ["hadolint", "Dockerfile"]),
        Look("containers", ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]),
    ]
    if (PROJECT / "tests" / "test_layers.py").exists():
        words = "-m pytest -q --noconftest -p no:cacheprovider tests/test_layers.py"
        found.append(Look("layers", [home.python, *words.split()]))
    return found


def check(words: list[str]) -> int:
    """Run every look, two at a time, and print what they found; 0 when nothing."""
    if words:
        raise say.Trouble("usage: ./station check")
    home = Home.from_environment()
    with home.alone():
        services.set_up(home, tests=True)
    return run_looks(home)


def run_looks(home: Home) -> int:
    """The number of looks that found something."""
    began = time.monotonic()
    environment = {
        **home.environment(),
        "MYPY_CACHE_DIR": str(home.root / "cache" / "mypy"),
        "RUFF_CACHE_DIR": str(home.root / "cache" / "ruff"),
    }
    with ThreadPoolExecutor(2) as pair:
        bad = sum(pair.map(lambda look: _run_look(look, environment), looks(home)))
    said = "nothing found" if not bad else f"{bad} found something"
    say.line(f"check: {said}, {time.monotonic() - began:.1f} s")
    return int(bad)


def _run_look(look: Look, environment: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(  # nosec B603 # an argument list of our own, no shell
        [str(word) for word in look.argv],
        cwd=look.cwd,
        env={**environment, **look.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seconds = time.monotonic() - began
    if done.returncode:
        say.line(f"{done.stdout.rstrip()}\n✗ {look.name} ({seconds:.1f} s)\n")
    else:
        say.line(f"✓ {look.name} ({seconds:.1f} s)")
    return bool(done.returncode)


def test(words: list[str]) -> int:
    """Set everything up, then `check` and pytest on a database and Redis of their own, stopped whatever happens."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    home = Home.from_environment()
    with home.alone():
        services.set_up(home, tests=True)
    aside = home.child("test")
    rows = [[Run("station", words)]] if words else WHOLE
    with aside.alone(), test_services(aside, [run for row in rows for run in row]) as environments:
        bad = 0 if words else run_looks(home)
        bad |= _side_by_side(rows, aside, environments)
    return int(bool(bad))


def _side_by_side(rows: Sequence[Sequence[Run]], aside: Home, environments: dict[str, dict[str, str]]) -> int:
    """Run the rows at once; 0 where all is well. The first run's words are shown as they come, those of others at their end."""
    begun: list[subprocess.Popen[str]] = []
    shown, stopped = rows[0][0], threading.Event()

    def follow(row: Sequence[Run]) -> int:
        bad = 0
        for run in row:
            if stopped.is_set():
                break
            aloud: dict[str, Any] = {} if run is shown else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(run.argv(aside), cwd=PROJECT, env=environments[run.name], text=True, **aloud)  # nosec B603 # an argument list of our own, no shell
            begun.append(process)
            said, _ = process.communicate()
            bad |= process.returncode != 0  # a signal's number is below 0
            say.line((said or "").rstrip())
        return bad

    with ThreadPoolExecutor(len(rows)) as side_by_side:
        try:
            return max(side_by_side.map(follow, rows))
        finally:
            stopped.set()
            for process in begun:
                _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    """Let pytest end what it began, if it listens."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:  # behind a shell's `&` it does not
            process.kill()


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def test_services(aside: Home, runs: Sequence[Run]) -> Iterator[dict[str, dict[str, str]]]:
    """A fast and forgetful cluster, and a Redis and a home for each lane; yields the environment of each run by its name."""
    aside.ensure_settings()
    cluster = Cluster(aside, durable=False)
    cluster.stop()  # of a run that was killed
    with ExitStack() as stack:
        cluster.ensure()
        stack.callback(cluster.stop)
        cluster.start()
        cluster.furnish()
        _lane(aside, stack)
        yield {run.name: {**_environment(aside, cluster), **_apart(aside, run, stack)} for run in runs}


def _apart(aside: Home, run: Run, stack: ExitStack) -> dict[str, str]:
    """What a run has of its own: the name from which pytest makes its databases', and its lanes."""
    lanes = {f"STATION_LANE_gw{at}": _lane(aside.child(f"{run.name}{at}"), stack) for at in range(run.lanes)}
    return {"PGDATABASE": run.name, **lanes}


def _lane(home: Home, stack: ExitStack) -> str:
    broker = Broker(home)
    broker.ensure()
    broker.end_left_over()
    broker.start()
    stack.callback(broker.stop)
    return f"{home.root}|{broker.socket}"


def _environment(aside: Home, cluster: Cluster) -> dict[str, str]:
    return {
        **aside.environment(),
        "PGHOST": str(cluster.sockets),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(aside.root / "hypothesis"),
        "MYPY_CACHE_DIR": str(aside.packages / "cache" / "mypy"),
        "RUFF_CACHE_DIR": str(aside.packages / "cache" / "ruff"),
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright's loop and the ORM in one test
        "STATION_FRONT": str(aside.front),
    }
