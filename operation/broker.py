"""A private Redis: Unix socket only, nothing kept on disk (PostgreSQL is the record)."""

import functools
import os
import subprocess  # nosec B404 # argument lists only, never a shell
import time
from pathlib import Path

from operation import say
from operation.home import Home

SETTINGS = """\
port 0
unixsocket {sockets}/redis.sock
unixsocketperm 700
daemonize no
pidfile {sockets}/redis.pid
dir {folder}
save ""
appendonly no
maxmemory 512mb
maxmemory-policy noeviction
client-output-buffer-limit pubsub 32mb 8mb 10
logfile ""
"""


class Broker:
    """The Redis of one home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.log = home.log / "redis.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Its socket."""
        return self.home.sockets / "redis.sock"

    def ensure(self) -> None:
        """Write its settings."""
        folder = self.home.root / "redis"
        folder.mkdir(exist_ok=True)
        text = SETTINGS.format(sockets=self.home.make_sockets(), folder=folder)
        (folder / "redis.conf").write_text(text)

    def command(self) -> list[str]:
        """The server in the foreground, for a supervisor."""
        return ["redis-server", str(self.home.root / "redis" / "redis.conf")]

    def start(self, cores: set[int] | None = None) -> None:
        """Start it as our own child and wait until it answers; tests and measurements use this."""
        self.socket.unlink(missing_ok=True)
        pin = None if cores is None else functools.partial(os.sched_setaffinity, 0, cores)
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(  # nosec B603 # an argument list of our own, no shell
                self.command(), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, preexec_fn=pin, process_group=0
            )
        self.wait()

    def wait(self, timeout_s: float = 20) -> None:
        """Wait for its answer; raises Trouble with its log's tail."""
        deadline = time.monotonic() + timeout_s
        while not self.ready():
            if time.monotonic() > deadline:
                raise say.Trouble(f"{say.tail(self.log)}\n\nRedis did not start. The whole log: {self.log}")
            time.sleep(0.02)

    def ready(self) -> bool:
        """Whether it answers."""
        argv = ["redis-cli", "-s", str(self.socket), "ping"]
        return self.socket.exists() and b"PONG" in subprocess.run(argv, capture_output=True).stdout  # nosec B603 # an argument list of our own, no shell

    def end_left_over(self) -> None:
        """End the server of a run that was killed."""
        if self.ready():
            subprocess.run(["redis-cli", "-s", str(self.socket), "shutdown", "nosave"], capture_output=True)  # nosec B603, B607 # found in PATH as on any Debian

    def stop(self) -> None:
        """Stop the child that `start` made."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
