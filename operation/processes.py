"""Which processes make a station, and the start-up file that tells supervisord about them."""

import os
from dataclasses import dataclass
from pathlib import Path

from operation import nginx
from operation.broker import Broker
from operation.home import PROJECT, Home, write_private
from operation.postgres import Cluster

FIRST = ("postgres", "redis")  # everything else is started when these answer and the tables are there
LAST = ("beat", "town")  # these ask something of the others, so they begin when those are ready
APPLICATION = (
    "town",
    "eyes",
    "beat",
    "worker",
    "roads",
    "pictures",
    "ingest",
    "web",
)  # what runs our own code, and stops while tables are changed
WORKER = (
    "--concurrency=2 --loglevel=WARNING --without-gossip --without-mingle --without-heartbeat"  # it is the only one
)


@dataclass(frozen=True)
class Process:
    """One program under the supervisor."""

    name: str
    command: list[str]
    stop: str = "TERM"
    patience_s: int = 10  # between the polite signal and the last one
    group: bool = False  # signal its children too


def processes(home: Home, *, town: bool) -> list[Process]:
    """All processes of a home, in the order of their start."""
    socket = home.sockets
    celery = [str(home.python), "-m", "celery", "--quiet", "-A", "command"]
    found = [
        Process("postgres", Cluster(home).command(), "INT", 60),
        Process("redis", Broker(home).command()),
        Process("nginx", nginx.command(home), "QUIT", 5),
        Process("web", _clean(socket / "web.sock", web_command(home)), patience_s=5),
        Process("pictures", _clean(socket / "pictures.sock", pictures_command(home)), patience_s=5),
        Process("ingest", _clean(socket / "ingest.sock", ingest_command(home)), patience_s=5),
        Process("worker", [*celery, "worker", *WORKER.split()], patience_s=30, group=True),
        Process("beat", [*celery, "beat", "--loglevel=WARNING", f"--schedule={home.root}/beat", "--pidfile="]),
        Process("roads", roads_command(home), patience_s=5, group=True),
    ]
    if town:
        keys = str(home.root / "town" / "keys.json")
        found.append(Process("eyes", eyes_command(home), patience_s=5, group=True))
        found.append(Process("town", [str(home.python), "-m", "town", "run", "--base", home.address, "--keys", keys]))
    return found


def web_command(home: Home) -> list[str]:
    """Pages, API and the live socket. Quiet: its access log would hold query strings."""
    socket = str(home.sockets / "web.sock")
    return [str(home.python), "-m", "daphne", "-v", "0", "-u", socket, "command.asgi:application"]


def pictures_command(home: Home) -> list[str]:
    """The sockets of pictures and sound, apart from the pages: neither waits for the other."""
    socket = str(home.sockets / "pictures.sock")
    return [str(home.python), str(PROJECT / "manage.py"), "pictures", socket]


def ingest_command(home: Home) -> list[str]:
    """The bare application behind the devices' doors."""
    words = (
        "--http httptools --loop uvloop --ws none --no-access-log --log-level warning --timeout-graceful-shutdown 3 "
    )
    words += "--no-proxy-headers --no-server-header --no-date-header "  # each costs a µs or more a position
    words += "--timeout-keep-alive 75"  # longer than nginx keeps its connections, so that none ends under a request
    socket = str(home.sockets / "ingest.sock")
    return [str(home.python), "-m", "uvicorn", "--uds", socket, *words.split(), "devices.ingest:app"]


def roads_command(home: Home) -> list[str]:
    """Whatever keeps the routing engine running upon the home's maps."""
    return [str(home.python), "-m", "operation.roads"]


def eyes_command(home: Home) -> list[str]:
    """The town's cameras, by RTSP. GStreamer is the system Python's."""
    server, folder = str(PROJECT / "town" / "rtsp_server.py"), str(home.root / "town")
    return ["/usr/bin/python3", server, str(home.eyes_port), "--drawn", str(home.python), folder]


def _clean(socket: Path, command: list[str]) -> list[str]:
    """A killed server leaves its socket and its lock; the number in that lock may be another process by now."""
    return ["/bin/sh", "-c", 'rm -f "$0" "$0.lock"; exec "$@"', str(socket), *command]


def write_startup_file(home: Home, *, town: bool) -> Path:
    """Write the home's supervisord.conf and return its path. It holds no secret: those come by the environment."""
    socket = home.make_sockets() / "supervisor.sock"
    parts = [
        f"[unix_http_server]\nfile={socket}\nchmod=0700\n",
        f"[supervisord]\nnodaemon=false\nlogfile={home.log}/supervisor.log\nlogfile_maxbytes=5MB\nlogfile_backups=2\n"
        f"pidfile={home.sockets}/supervisor.pid\nchildlogdir={home.log}\ndirectory={PROJECT}\numask=077\n"
        f"minfds=4096\n{'user=root' if os.geteuid() == 0 else ''}\n",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
        f"[supervisorctl]\nserverurl=unix://{socket}\n",
        *(_section(home, process, rank) for rank, process in enumerate(processes(home, town=town))),
    ]
    path = home.root / "supervisord.conf"
    write_private(path, "\n".join(parts))
    return path


def _section(home: Home, process: Process, rank: int) -> str:
    """startsecs=0: a process that ends is started again every second, for ever, and never given up."""
    group = str(process.group).lower()
    lines = {
        "command": " ".join(_quoted(word) for word in process.command),
        "priority": str(rank * 10 + 10),
        "autostart": str(process.name in FIRST).lower(),
        "autorestart": "true",
        "startsecs": "0",
        "stopsignal": process.stop,
        "stopwaitsecs": str(process.patience_s),
        "stopasgroup": group,
        "killasgroup": group,
        "redirect_stderr": "true",
        "stdout_logfile": f"{home.log}/{process.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "3",
    }
    return f"[program:{process.name}]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())


def _quoted(word: str) -> str:
    escaped = word.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if any(letter in word for letter in ' ;$"') else escaped
