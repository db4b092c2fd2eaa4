"""A home: the one folder that holds everything a station writes, and its short folder for sockets."""

import fcntl
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operation import say

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8000
UNFIT = " \t\n'\"{};$\\#"
READ_ANEW = ("STATION_VERSION",)  # changes while the supervisor runs: its children read it from the file


class Home:
    """A station's folder. Homes do not share anything; a child home borrows its parent's packages and front end."""

    def __init__(self, root: Path, packages: Path | None = None) -> None:
        self.root = root.resolve()
        self.packages = (packages or root).resolve()  # whose venv and node_modules are used
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        self.log = self.root / "log"
        self.log.mkdir(exist_ok=True)

    @classmethod
    def from_environment(cls) -> "Home":
        """The home that STATION_HOME names; `.run` in the project by default.

        STATION_PACKAGES names another home whose packages and front end are used: measurements start stations so.
        """
        root = Path(os.environ.get("STATION_HOME") or PROJECT / ".run").resolve()
        if any(letter in f"{root}{tempfile.gettempdir()}" for letter in UNFIT):
            raise say.Trouble(
                f"{root}: expected a folder without blanks, quotes or brackets in its name, which neither nginx nor Redis "
                "takes; name another in STATION_HOME."
            )
        packages = os.environ.get("STATION_PACKAGES")
        return cls(root).borrowing(Path(packages)) if packages else cls(root)

    def child(self, name: str) -> "Home":
        """A home inside this one for tests and measurements, with its own data and this one's packages."""
        return Home(self.root / name).borrowing(self.packages)

    def borrowing(self, packages: Path) -> "Home":
        """This home, with the packages, front end and messages of another one."""
        if packages.resolve() == self.root:
            return self
        for shared in ("front", "locale"):
            link = self.root / shared
            if not (link.exists() or link.is_symlink()):
                link.symlink_to(packages.resolve() / shared)
        return Home(self.root, packages)

    @property
    def borrows(self) -> bool:
        """Whether another home's packages are used."""
        return self.packages != self.root

    @property
    def venv(self) -> Path:
        """The folder of the Python packages."""
        return self.packages / "venv"

    @property
    def python(self) -> Path:
        """The interpreter that has the packages."""
        return self.venv / "bin" / "python"

    @property
    def front(self) -> Path:
        """The folder of the front end's packages and of its built files."""
        return self.packages / "front"

    @property
    def engine(self) -> Path:
        """The folder of the routing engine's programs."""
        return self.packages / "engine"

    @property
    def short_name(self) -> str:
        """A short name that no other home has."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:10]

    @property
    def sockets(self) -> Path:
        """The folder of the Unix sockets: short, since a socket's path is limited to 107 bytes."""
        return Path(tempfile.gettempdir()) / f"st-{self.short_name}"

    def make_sockets(self) -> Path:
        """Make the socket folder (0700), or see that the one there is ours; raises Trouble when it is not."""
        folder = self.sockets
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise say.Trouble(f"{folder} was made by somebody else. Have it removed, then run the command again.")
        folder.chmod(0o700)
        return folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold this home for one set-up at a time; says so when it must wait for another."""
        with (self.root / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                say.line(
                    f"Another ./station (process {lock.read().strip()}) is setting up {self.root}; waiting for it …"
                )
                fcntl.flock(lock, fcntl.LOCK_EX)
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    # -- what differs between homes: station.env, read by Django's settings

    @property
    def env_file(self) -> Path:
        """Where the settings and generated secrets of this home stand (mode 0600)."""
        return self.root / "station.env"

    def settings(self) -> dict[str, str]:
        """The KEY=value lines of station.env; empty before the first start."""
        if not self.env_file.exists():
            return {}
        lines = self.env_file.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def write_settings(self, **changes: str) -> dict[str, str]:
        """Change some settings, keep the others, and return them all."""
        settings = {**self.settings(), **changes}
        text = "# Written by ./station. Secrets: keep it to yourself.\n"
        text += "".join(f"{key}={value}\n" for key, value in settings.items())
        write_private(self.env_file, text)
        return settings

    def ensure_settings(self) -> dict[str, str]:
        """Settings with their secrets made on the first call; socket paths are always this machine's."""
        known = self.settings()
        fresh = {"STATION_SECRET_KEY": secrets.token_urlsafe(48), "PGPASSWORD": secrets.token_urlsafe(24)}
        kept = {key: known.get(key, value) for key, value in fresh.items()}
        return self.write_settings(
            **kept,
            PGUSER="station",
            PGDATABASE="station",
            REDIS_SOCKET=str(self.sockets / "redis.sock"),
            PICTURES_SOCKET=str(self.sockets / "pictures.sock"),
            INGEST_SOCKET=str(self.sockets / "ingest.sock"),
        )

    def environment(self) -> dict[str, str]:
        """The environment for this home's own processes: the caller's, with the home's settings over it."""
        inherited = {name: value for name, value in os.environ.items() if name != "STATION_ARCHIVE"}
        settings = {name: value for name, value in self.settings().items() if name not in READ_ANEW}
        return {
            **inherited,
            **settings,
            "STATION_HOME": str(self.root),
            "DJANGO_SETTINGS_MODULE": "command.settings",
            "PYTHONPATH": str(PROJECT),
            "PYTHONPYCACHEPREFIX": str(self.packages / "pycache"),
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{self.venv / 'bin'}:{os.environ.get('PATH', os.defpath)}:/usr/sbin",
        }

    @property
    def archive(self) -> Path | None:
        """The folder that STATION_ARCHIVE named at some `up`; None: the usual one."""
        named = self.settings().get("STATION_ARCHIVE")
        return Path(named) if named else None

    @property
    def port(self) -> int:
        """The front door's port, remembered from the last start."""
        return int(self.settings().get("STATION_PORT", DEFAULT_PORT))

    @property
    def eyes_port(self) -> int:
        """The port of this machine at which a town's cameras are; 0 before its first start."""
        return int(self.settings().get("STATION_EYES_PORT", 0))

    @property
    def hosts(self) -> list[str]:
        """Names and addresses that the LAN knows this station by; none while it is on loopback alone."""
        settings = self.settings()
        return [
            one for one in settings.get("STATION_HOSTS", "").split(",") if one and settings.get("STATION_LAN") == "1"
        ]

    @property
    def address(self) -> str:
        """The front door's address on this machine."""
        return f"{'https' if self.hosts else 'http'}://127.0.0.1:{self.port}"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, at once or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as sink:
        sink.write(text)
    fresh.replace(path)
