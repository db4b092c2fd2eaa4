"""Speaking with a home's supervisord: start it, ask it, stop it, and clear up after one that died."""

import http.client
import os
import signal
import socket
import time
import xmlrpc.client  # nosec B411 # our own supervisor, by a socket that is ours alone
from collections.abc import Collection
from pathlib import Path
from typing import Any

from operation import say
from operation.home import Home
from operation.postgres import Cluster

MARK = "STATION_SUPERVISED"  # in the environment of everything a supervisor of ours starts: names the home
ALREADY_STARTED, NOT_RUNNING = 60, 70  # supervisord's faults
ENDED = ("STOPPED", "FATAL", "UNKNOWN")  # of the states that it tells
GONE = (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        self._connection = host, _Connection(self.path)  # closed with the proxy
        return self._connection[1]


class Supervisor:
    """The supervisor of one home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.socket = home.sockets / "supervisor.sock"

    def ask(self, method: str, *arguments: Any) -> Any:
        """Call a method of supervisord's interface; raises one of GONE when there is no supervisor."""
        proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_Transport(str(self.socket)))
        with proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def running(self) -> bool:
        """Whether there is a supervisor that answers."""
        try:
            return bool(self.ask("getState")["statecode"] == 1)
        except GONE:
            return False

    def start(self, conf: Path) -> None:
        """Start supervisord and wait until it answers; raises Trouble with its log's tail when it does not."""
        env = {**self.home.environment(), MARK: str(self.home.root)}
        hint = "Its start-up file may be wrong."
        say.run([self.home.python, "-m", "supervisor.supervisord", "-c", conf], self.home.log / "start.log", hint, env)
        deadline = time.monotonic() + 15
        while not self.running():
            if time.monotonic() > deadline:
                log = self.home.log / "supervisor.log"
                raise say.Trouble(f"{say.tail(log)}\n\nThe supervisor did not start. The whole log: {log}")
            time.sleep(0.05)

    def start_processes(self, but: Collection[str] = ()) -> None:
        """Start what is not running yet, without waiting for it."""
        for process in self.states():
            if process["name"] not in but and process["statename"] not in ("RUNNING", "STARTING"):
                self._tell("startProcess", process["name"], ALREADY_STARTED)

    def _tell(self, method: str, name: str, already: int) -> None:
        """Start or stop a process, unless that has just come about by itself."""
        try:
            self.ask(method, name, False)
        except xmlrpc.client.Fault as refused:
            if refused.faultCode != already:
                raise

    def stop_processes(self, names: Collection[str], patience_s: float = 60) -> None:
        """Stop these, all at once, and wait until they have ended. Raises Trouble where one does not.

        What has just ended by itself is about to be started again: it is waited for and stopped as well.
        """
        deadline = time.monotonic() + patience_s
        while left := [one for one in self.states() if one["name"] in names and one["statename"] not in ENDED]:
            if time.monotonic() > deadline:
                said = ", ".join(f"{one['name']} {one['statename']}" for one in left)
                raise say.Trouble(f"These processes did not stop within {patience_s:.0f} s: {said}")
            for process in left:
                if process["statename"] in ("RUNNING", "STARTING", "BACKOFF"):
                    self._tell("stopProcess", process["name"], NOT_RUNNING)
            time.sleep(0.05)

    def read_anew(self) -> None:
        """Take the start-up file as it is now: what it says otherwise than before ends, and begins anew as it says."""
        added, changed, removed = self.ask("reloadConfig")[0]
        for name in [*changed, *removed]:
            self.ask("stopProcessGroup", name)
            self.ask("removeProcessGroup", name)
        for name in [*changed, *added]:
            self.ask("addProcessGroup", name)

    def restart(self, name: str) -> None:
        """End a process and start it again."""
        self.stop_processes([name])
        self._tell("startProcess", name, ALREADY_STARTED)

    def states(self) -> list[dict[str, Any]]:
        """One dictionary a process: name, statename, pid, start (seconds since 1970)."""
        return list(self.ask("getAllProcessInfo"))

    def stop(self) -> None:
        """Stop everything of this home, including what a killed supervisor left behind."""
        pid = self.pid()
        try:
            self.ask("shutdown")
        except (*GONE, xmlrpc.client.Fault):
            pid = None
        deadline = time.monotonic() + 90
        while pid is not None and alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.clear()

    def pid(self) -> int | None:
        """The supervisor's own process."""
        try:
            return int(self.ask("getPID"))
        except (*GONE, xmlrpc.client.Fault):
            return None

    def clear(self) -> None:
        """End processes of this home that have no supervisor any more. PostgreSQL is asked, never shot at first."""
        Cluster(self.home).stop()
        for name in ("nginx/nginx.pid", f"{self.home.sockets}/redis.pid"):
            end(noted(self.home.root / name, Path(name).stem))
        for pid in strays(self.home):
            end(pid)


def noted(note: Path, program: str) -> int | None:
    """The process whose number stands in a file, if it is still that program."""
    try:
        pid = int(note.read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if program.encode() in words else None


def strays(home: Home) -> list[int]:
    """Processes whose environment says that a supervisor of this home started them."""
    mark = f"{MARK}={home.root}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0") and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in ("Z", "X")


def end(pid: int | None, patience_s: float = 10) -> None:
    """Ask a process to end, wait, and kill it when it does not."""
    if pid is None or not alive(pid):
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if not alive(pid):
                return
            time.sleep(0.05)
