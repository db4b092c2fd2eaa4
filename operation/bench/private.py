"""Servers for one bench run: a PostgreSQL with durability on and a Redis of their own, all on one core, gone after."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER_CORE, LOAD_CORE = "0", {1}
START_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Stage:
    """Start with `with`; `env` is what our processes need to find the servers."""

    def __enter__(self) -> "Stage":
        self.folder = Path(tempfile.mkdtemp(prefix="st-bench-"))
        self.processes: list[subprocess.Popen[bytes]] = []
        self.env = {
            **os.environ,
            "PGHOST": str(self.folder), "PGUSER": "station", "PGPASSWORD": secrets.token_hex(16),
            "PGDATABASE": "station", "REDIS_SOCKET": str(self.folder / "redis.sock"), "STATION_HOME": str(self.folder / "home"),
            "STATION_SECRET_KEY": secrets.token_hex(32), "PYTHONPATH": str(ROOT), "STATION_TOWN": "0",
        }  # fmt: skip
        self.env.pop("DJANGO_SETTINGS_MODULE", None)
        (self.folder / "home").mkdir()
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, LOAD_CORE)
        try:
            self._postgres()
            self._redis()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        for process in reversed(self.processes):
            stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _postgres(self) -> None:
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
        password = self.folder / "password"
        password.write_text(self.env["PGPASSWORD"])
        data = str(self.folder / "pg")
        made = [str(programs / "initdb"), "-D", data, "-U", "station", "-A", "scram-sha-256", f"--pwfile={password}"]
        subprocess.run([*_as_user(), *made, "-E", "UTF8", "--locale=C.UTF-8"], check=True, capture_output=True)
        options = ["-c", "listen_addresses=", "-c", "shared_buffers=256MB", "-c", "max_wal_size=2GB"]
        self.start("postgres", [*_as_user(), str(programs / "postgres"), "-D", data, "-k", str(self.folder), *options])
        self._await(lambda: self.psql("postgres", "select 1"))
        for database in ("station", "tutorial"):
            self.psql("postgres", f"create database {database}")
        self.psql("station", "create extension postgis")

    def _redis(self) -> None:
        path = self.env["REDIS_SOCKET"]
        said = ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no"]
        self.start("redis", [*said, "--dir", str(self.folder)])
        self.await_socket(path)

    def psql(self, database: str, query: str) -> str:
        """Run a statement; its rows as text. Raises CalledProcessError."""
        said = ["psql", "-d", database, "-v", "ON_ERROR_STOP=1", "-tAqc", query]
        return subprocess.run(said, env=self.env, check=True, capture_output=True, text=True).stdout.strip()

    def manage(self, *words: str, stdin: str | None = None) -> str:
        """One of the station's own commands."""
        said = [sys.executable, str(ROOT / "manage.py"), *words]
        done = subprocess.run(said, env=self.env, cwd=ROOT, input=stdin, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"manage {words[0]}: {done.stderr[-600:]}")
        return done.stdout

    def run_python(self, code: str, **env: str) -> None:
        """A few lines of Python. Raises CalledProcessError."""
        subprocess.run([sys.executable, "-c", code], env={**self.env, **env}, cwd=ROOT, check=True, capture_output=True)

    def start(self, name: str, said: list[str], **env: str) -> subprocess.Popen[bytes]:
        """Start a server process on the servers' core; what it says is kept in the folder until the end."""
        log = (self.folder / f"{name}.log").open("wb")
        process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *said], env={**self.env, **env}, cwd=ROOT, stdout=log, stderr=log
        )
        self.processes.append(process)
        return process

    def await_socket(self, path: str) -> None:
        """Wait until somebody listens there. Raises TimeoutError."""

        def answers() -> None:
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(path)

        self._await(answers)

    def _await(self, attempt: object) -> None:
        end = time.monotonic() + START_S
        while True:
            try:
                attempt()  # type: ignore[operator]
            except (OSError, subprocess.CalledProcessError) as failure:
                if time.monotonic() > end:
                    logs = {log.name: log.read_text(errors="replace")[-800:] for log in self.folder.glob("*.log")}
                    raise TimeoutError(f"a server did not start: {logs}") from failure
                time.sleep(0.1)
            else:
                return

    def cpu_s(self) -> float:
        """Processor seconds that all server processes and their children have used so far."""
        mine = {process.pid for process in self.processes}
        parents, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid = int(stat.parent.name)
                fields = stat.read_text().rpartition(")")[2].split()
                parents[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15])) / _TICKS
        family = set(mine)
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return sum(used.get(pid, 0.0) for pid in family)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, kindly first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _as_user() -> list[str]:
    """PostgreSQL refuses to run as root; a user namespace is enough for it."""
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


@contextlib.contextmanager
def process(stage: Stage, name: str, said: list[str], path: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that listens on a socket, for as long as the block lasts."""
    started = stage.start(name, said, **env)
    try:
        stage.await_socket(path)
        yield started
    finally:
        stop(started)
        stage.processes.remove(started)
        Path(path).unlink(missing_ok=True)
