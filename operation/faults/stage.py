"""A whole station to break: empty, durable, under its supervisor, in a home of its own beside the one it borrows from."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess  # nosec B404 # argument lists only, never a shell
import time
from types import TracebackType
from typing import Self

from operation import services
from operation.home import PROJECT, Home
from operation.postgres import Cluster
from operation.supervisor import Supervisor


class Stage:
    """Use with `with`. Started by the same start-up file as `./station up --no-town`, on a free port."""

    def __init__(self, parent: Home) -> None:
        self.home = parent.child("faults")
        self.cluster = Cluster(self.home)
        self.supervisor = Supervisor(self.home)
        self.number = 0

    def __enter__(self) -> Self:
        self._forget()
        self.home = Home(self.home.root).borrowing(self.home.packages)
        services.set_up(self.home)
        try:
            services.start(self.home, free_port(), town=False)
            self.manage("init_station")
        except BaseException:
            self._forget()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._forget()

    def _forget(self) -> None:
        self.supervisor.stop()
        shutil.rmtree(self.home.sockets, ignore_errors=True)
        if self.cluster.elsewhere:
            shutil.rmtree(self.cluster.place, ignore_errors=True)
        for path in self.home.root.iterdir() if self.home.root.is_dir() else ():
            if path.is_symlink() or path.is_file():
                path.unlink()
            elif path.name != "log":
                shutil.rmtree(path)

    # -- what scripts use

    @property
    def address(self) -> str:
        """The front door, as `http://127.0.0.1:PORT`."""
        return self.home.address

    @property
    def env(self) -> dict[str, str]:
        """The environment by which the product's own code finds this station's services."""
        return self.home.environment()

    def manage(self, *words: str, stdin: str | None = None) -> str:
        """What a management command prints; raises RuntimeError with what it complained of."""
        argv = [str(self.home.python), str(PROJECT / "manage.py"), *words]
        done = subprocess.run(argv, env=self.env, input=stdin, capture_output=True, text=True)  # nosec B603 # an argument list of our own, no shell
        if done.returncode:
            raise RuntimeError(f"manage {words[0]}: {done.stderr[-800:]}")
        return done.stdout

    def sql(self, query: str) -> str:
        """Rows as text, columns parted by `|`. Raises Trouble."""
        return self.cluster.sql(query).strip()

    def pid(self, name: str) -> int:
        """The process of a program under the supervisor; 0 while it is down."""
        if name == "postgres":
            return self.cluster.pid() or 0
        return int(self.supervisor.ask("getProcessInfo", name)["pid"])

    def kill(self, name: str) -> float:
        """`kill -9` a program; returns the moment (monotonic seconds)."""
        pid = self.pid(name)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return time.monotonic()

    def stop(self, name: str) -> None:
        """Keep a program down until `start`."""
        self.supervisor.ask("stopProcess", name, True)

    def start(self, name: str) -> None:
        """Start a program that `stop` stopped."""
        self.supervisor.ask("startProcess", name, False)

    def seconds_until_healthy(self, since: float, timeout_s: float = 60) -> float:
        """Wait for /health and the devices' doors; the seconds since a moment that `kill` returned. Raises Trouble."""
        services.wait_until_healthy(self.home, timeout_s)
        return round(time.monotonic() - since, 1)

    def mend(self) -> None:
        """Between two faults: everything runs again."""
        self.supervisor.start_processes()
        services.wait_until_healthy(self.home)


def free_port() -> int:
    """A TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
