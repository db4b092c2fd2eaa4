"""A private PostgreSQL + PostGIS cluster: Unix socket only, SCRAM, and not run by root."""

import functools
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess  # nosec B404 # argument lists only, never a shell
import time
from pathlib import Path

from operation import say, stamps
from operation.archive import Archive
from operation.home import Home, write_private

SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 120
shared_buffers = 256MB
max_wal_size = 2GB
jit = off                           # plans here are short: compiling them costs more than it gives
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_error_verbosity = terse         # details carry the values of rows: people's names and telephones
log_min_error_statement = panic     # and so do statements
log_parameter_max_length_on_error = 0
"""
DURABLE = "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"
FLEETING = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"  # tests only: data outlives no crash
ROOT = os.geteuid() == 0


class Cluster:
    """One cluster of a home. `durable=False` is for tests only."""

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self.log = home.log / "postgres.log"

    @functools.cached_property
    def prefix(self) -> list[str]:
        """What stands before each server command so that it does not run as root (PostgreSQL refuses to)."""
        if not ROOT:
            return []
        mapped = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
        if subprocess.run([*mapped, "true"], capture_output=True).returncode == 0:  # nosec B603 # an argument list of our own, no shell
            return mapped
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]

    @property
    def elsewhere(self) -> bool:
        """Whether the data can't lie in the home, since the user `postgres` could not reach it."""
        return bool(self.prefix) and self.prefix[0] == "setpriv"

    @property
    def place(self) -> Path:
        """The folder of the data folder."""
        if self.elsewhere:
            return Path("/var/lib/station-command") / self.home.short_name
        return self.home.root / "postgres"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.place / "data"

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket: what PGHOST is set to."""
        return self.place / "socket" if self.elsewhere else self.home.sockets

    @functools.cached_property
    def bin(self) -> Path:
        """The server programs: of the version that made the data, or else the newest that has PostGIS."""
        version = self.data / "PG_VERSION"
        wanted = version.read_text().strip() if version.exists() else None
        found = {path.parents[1].name for path in Path("/usr/share/postgresql").glob("*/extension/postgis.control")}
        if wanted and wanted not in found:
            raise say.Trouble(
                f"The data in {self.data} was made by PostgreSQL {wanted}, which is not installed (found: "
                f"{', '.join(sorted(found)) or 'none'}). Install postgresql-{wanted}-postgis-3."
            )
        if not found:
            raise say.Trouble("PostgreSQL with PostGIS is not installed: run ./station up.")
        return Path("/usr/lib/postgresql") / (wanted or max(found, key=float)) / "bin"

    @property
    def admin_file(self) -> Path:
        """Where the superuser's password stands (mode 0600)."""
        return self.home.root / "postgres-admin.env"

    # -- making it

    def ensure(self) -> None:
        """Make the cluster where there is none yet, and write its settings."""
        self.make_places()
        if not (self.data / "PG_VERSION").exists():
            with say.step("Database cluster"):
                self._init()
        self.configure()

    def configure(self, more: str = "") -> None:
        """Write the settings, and `more` of them. What is durable is archived too."""
        text = SETTINGS.format(sockets=self.sockets) + (DURABLE if self.durable else FLEETING)
        if self.durable:
            self.archive.ensure(self.owner)
            text += self.archive.settings()
        (self.data / "station.conf").write_text(text + more)
        (self.data / "station.conf").chmod(0o644)

    @property
    def archive(self) -> Archive:
        """Where this cluster's finished log goes."""
        usual = (self.place if self.elsewhere else self.home.root) / "archive"
        return Archive(self.home.archive or usual, self.identity())

    @property
    def owner(self) -> str | None:
        """The user who must own the data, when it is not the one who runs this."""
        return "postgres" if self.elsewhere else None

    def identity(self) -> str:
        """The number by which a cluster and all its backups are known."""
        argv = [str(self.bin / "pg_controldata"), "-D", str(self.data)]
        said = subprocess.run(argv, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True).stdout  # nosec B603 # an argument list of our own, no shell
        found = re.search(r"system identifier:\s+(\d+)", said)
        if not found:
            raise say.Trouble(f"{self.data} is not a database cluster, or a damaged one.")
        return found.group(1)

    def make_places(self) -> None:
        self.home.make_sockets()
        self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.elsewhere:
            say.line(f"User namespaces are refused here: PostgreSQL runs as user postgres, data in {self.place}.")
            self.sockets.mkdir(mode=0o700, exist_ok=True)
            self.place.parent.chmod(0o755)
            owner = pwd.getpwnam("postgres")
            for folder in (self.place, self.sockets):
                os.chown(folder, owner.pw_uid, owner.pw_gid)

    def _init(self) -> None:
        """Build aside and move into place, so that an interrupted start leaves no half cluster."""
        fresh = self.place / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        stamps.forget(self.home, "migrate", "load")
        password = secrets.token_urlsafe(24)
        write_private(self.admin_file, f"PGPASSWORD={password}\n")
        key = self.place / "key"
        write_private(key, password)
        if self.elsewhere:
            shutil.chown(key, "postgres")
        argv: list[say.Word] = [*self.prefix, self.bin / "initdb", "-D", fresh, "-U", "keeper", "--pwfile", key]
        argv += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"]
        argv += [] if self.durable else ["--no-sync"]
        try:
            say.run(argv, self.log, "Is there room on the disk?", cwd=Path("/"))
        finally:
            key.unlink()
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.write("include 'station.conf'\n")
        fresh.rename(self.data)

    def furnish(self) -> None:
        """On the running server: the station's role, its database, PostGIS and trigrams in every new database."""
        mark = stamps.digest(self.home.settings()["PGPASSWORD"], str(self.data), "1")
        with stamps.once(self.home, "furnish", mark) as due:
            if not due:
                return
            self.sql(
                r"""
                \getenv station_password STATION_PASSWORD
                SELECT 'CREATE ROLE station LOGIN CREATEDB' WHERE NOT EXISTS
                    (SELECT FROM pg_roles WHERE rolname = 'station') \gexec
                ALTER ROLE station PASSWORD :'station_password';
                """,
                "postgres",
            )
            extensions = "CREATE EXTENSION IF NOT EXISTS postgis; CREATE EXTENSION IF NOT EXISTS pg_trgm;"
            self.sql(extensions, "template1")
            self.sql(
                r"SELECT 'CREATE DATABASE station OWNER station' WHERE NOT EXISTS"
                r" (SELECT FROM pg_database WHERE datname = 'station') \gexec",
                "postgres",
            )

    def admin_environment(self) -> dict[str, str]:
        """The environment in which the server's own programs are let in as the superuser."""
        return {**os.environ, "PGPASSWORD": self.admin_file.read_text().strip().split("=", 1)[1]}

    def sql(self, text: str, database: str = "station") -> str:
        """Run SQL as the superuser and return what it prints; raises Trouble with the server's words."""
        env = {
            **self.admin_environment(),
            "PGOPTIONS": "-c client_min_messages=warning",
            "STATION_PASSWORD": self.home.settings()["PGPASSWORD"],
        }
        argv = [str(self.bin / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets), "-U", "keeper"]
        done = subprocess.run([*argv, "-d", database], input=text, env=env, capture_output=True, text=True)  # nosec B603 # an argument list of our own, no shell
        if done.returncode:
            raise say.Trouble(f"The database refused: {done.stderr.strip()}\nIts log: {self.log}")
        return done.stdout

    # -- running it

    def command(self) -> list[str]:
        """The server in the foreground, for a supervisor. Stop it with SIGINT (fast)."""
        return [*self.prefix, str(self.bin / "postgres"), "-D", str(self.data)]

    def start(self, cores: set[int] | None = None, patience_s: float | None = 60) -> None:
        """Start it as our own child and wait until it answers (None: not at all); tests and recoveries use this."""
        sink = self.log.open("ab")
        pin = None if cores is None else functools.partial(os.sched_setaffinity, 0, cores)
        self.process = subprocess.Popen(  # nosec B603 # an argument list of our own, no shell
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd="/",
            preexec_fn=pin,
            process_group=0,  # a Ctrl-C at the console must reach us first
        )
        sink.close()
        if patience_s is not None:
            self.wait(patience_s)

    def alive(self) -> bool:
        """Whether the child that `start` made still runs."""
        child = getattr(self, "process", None)
        return child is not None and child.poll() is None

    def ready(self) -> bool:
        """Whether the server takes connections."""
        argv = [str(self.bin / "pg_isready"), "-q", "-h", str(self.sockets)]
        return subprocess.run(argv, capture_output=True).returncode == 0  # nosec B603 # an argument list of our own, no shell

    def wait(self, timeout_s: float = 60) -> None:
        """Wait until the server takes connections; raises Trouble with its log's tail when it does not."""
        deadline = time.monotonic() + timeout_s
        while not self.ready():
            if time.monotonic() > deadline:
                raise say.Trouble(f"{say.tail(self.log)}\n\nPostgreSQL did not start. The whole log: {self.log}")
            time.sleep(0.05)

    def pid(self) -> int | None:
        """The server's process, if its own note of it is right."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if re.search(rb"postgres", words) and str(self.data).encode() in words else None

    def stop(self) -> None:
        """Stop the server, whoever started it, and wait for its end."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        child = getattr(self, "process", None)
        for _ in range(600):
            if (child is not None and child.poll() is not None) or self.pid() != pid:
                return
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
