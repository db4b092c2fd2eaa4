"""The servers of one bench run: a durable PostgreSQL and a Redis of their own, all on one core, and gone afterwards."""

import contextlib
import os
import shutil
import socket
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from operation import say
from operation.broker import Broker
from operation.home import PROJECT, Home
from operation.postgres import Cluster

SERVER_CORES, LOAD_CORES = {0}, {1}
START_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Stage:
    """Use with `with`; `env` is what the product's processes need to find the servers."""

    def __init__(self) -> None:
        self.home = Home.from_environment().child("bench")
        self.cluster, self.broker = Cluster(self.home), Broker(self.home)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.cores = os.sched_getaffinity(0)

    def __enter__(self) -> Self:
        self._clear()
        self.home = Home(self.home.root, self.home.packages)
        self.home.ensure_settings()
        self.env = {**self.home.environment(), "PGHOST": str(self.cluster.sockets)}
        pin(LOAD_CORES)
        try:
            self.cluster.ensure()
            self.cluster.start(SERVER_CORES)
            self.cluster.furnish()
            self.broker.ensure()
            self.broker.start(SERVER_CORES)
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._clear()
        pin(self.cores)  # what is begun afterwards would inherit the load's one core

    def _clear(self) -> None:
        for process in reversed(self.processes):
            end(process)
        self.processes = []
        self.broker.stop()
        self.cluster.stop()
        shutil.rmtree(self.home.sockets, ignore_errors=True)
        if self.cluster.elsewhere:
            shutil.rmtree(self.cluster.place, ignore_errors=True)
        for path in self.home.root.iterdir() if self.home.root.is_dir() else ():
            if path.is_symlink() or path.is_file():
                path.unlink()
            elif path.name != "log":
                shutil.rmtree(path)

    def socket(self, name: str) -> str:
        """Where a process of that name listens."""
        return str(self.home.sockets / f"{name}.sock")

    def manage(self, *words: str, stdin: str | None = None) -> str:
        """What one of the station's own commands prints; raises Trouble with what it complained of."""
        return self.python(str(PROJECT / "manage.py"), *words, stdin=stdin)

    def python(self, *words: str, stdin: str | None = None, **env: str) -> str:
        """What a Python program prints; raises Trouble with what it complained of."""
        said = [sys.executable, *words]
        done = subprocess.run(said, env={**self.env, **env}, cwd=PROJECT, input=stdin, capture_output=True, text=True)  # nosec B603 # an argument list of our own, no shell
        if done.returncode:
            raise say.Trouble(f"{words[:2]}: {done.stderr[-800:]}")
        return done.stdout

    @contextlib.contextmanager
    def process(self, words: list[str], path: str, **env: str) -> Iterator[None]:
        """A server on the servers' core that listens on `path`, for as long as the block lasts."""
        log = self.home.log / f"{Path(path).stem}.log"
        with log.open("wb") as sink:
            started = subprocess.Popen(  # nosec B603 # an argument list of our own, no shell
                words, env={**self.env, **env}, cwd=PROJECT, stdout=sink, stderr=sink,
                preexec_fn=lambda: pin(SERVER_CORES),
            )  # fmt: skip
        self.processes.append(started)
        try:
            self._wait_for(path, log)
            yield
        finally:
            end(started)
            self.processes.remove(started)
            Path(path).unlink(missing_ok=True)

    def _wait_for(self, path: str, log: Path) -> None:
        until = time.monotonic() + START_S
        while True:
            with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
                line.connect(path)
                return
            if time.monotonic() > until:
                raise say.Trouble(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.05)

    def cpu_s(self) -> float:
        """Processor seconds that the server processes, PostgreSQL and Redis have used so far."""
        mine = {process.pid for process in [*self.processes, self.cluster.process, self.broker.process] if process}
        parents, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid = int(stat.parent.name)
                fields = stat.read_text().rpartition(")")[2].split()
                parents[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15])) / _TICKS
        while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
            mine |= more
        return sum(used.get(pid, 0.0) for pid in mine)


def pin(cores: set[int]) -> None:
    """Keep this process to these cores, where the machine has them."""
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cores)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process, kindly first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
