"""The cast, and a station that really runs.

Chen commands S1, Duan is on duty there, Ou and Ai go out; S2 is the neighbour whose people must see nothing of S1;
C is the centre above both.
"""

import contextlib
import datetime as dt
import functools
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher, make_password
from django.db import OperationalError, connection
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from command import audit, changes, clock, people
from command.models import Grant, Officer, Screen, Station, digest
from command.permissions import Role
from dispatch.models import ChecklistLine, Kind
from dispatch.words import CHECKLISTS, COLOURS, EXPECTS, KINDS, SAFETY_MIN
from operation.faults.stage import Stage
from operation.home import Home

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "a-Long-pass-0412"
SIGNING_IN = (Role.DUTY_OFFICER, Role.COMMANDER)
PATIENCE_S = 120  # a process that shares its cores with all tests takes long to come up
PLACE = {"lat": 29.6075, "lon": 106.5512}


@dataclass
class Cast:
    """Everybody, by role; `token` gives a bearer token of somebody."""

    centre: Station
    s1: Station
    s2: Station
    people: dict[str, Officer]

    def __getattr__(self, name: str) -> Officer:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def again(self, name: str) -> Officer:
        """The same person as a new request would read them."""
        return Officer.objects.select_related("station").get(username=name)

    def token(self, name: str) -> str:
        return people.add_token(None, self.people[name], 1)


def make_kinds() -> None:
    """The kinds of the first migrations, which a transactional test takes away with everything else."""
    if Kind.objects.exists():
        return
    for order, (slug, en, zh, priority) in enumerate(KINDS):
        said = {
            "colour": COLOURS.get(slug, "grey"),
            "expects": EXPECTS.get(slug, []),
            "safety_min": SAFETY_MIN.get(slug),
        }
        kind = Kind.objects.create(slug=slug, name_en=en, name_zh=zh, priority=priority, order=order, **said)
        lines = enumerate(CHECKLISTS.get(slug, []))
        ChecklistLine.objects.bulk_create(
            ChecklistLine(kind=kind, order=at, text_zh=one, text_en=other) for at, (one, other) in lines
        )


def make_cast() -> Cast:
    make_kinds()
    centre = Station.objects.create(code="C", name="分局", zone="Asia/Shanghai")
    s1 = Station.objects.create(parent=centre, code="S1", name="演示派出所", zone="Asia/Shanghai")
    s2 = Station.objects.create(parent=centre, code="S2", name="邻所", zone="Asia/Shanghai")
    who = [(role.value, role, s1) for role in Role if role != Role.SCREEN]
    who += [
        ("duty2", Role.DUTY_OFFICER, s1),
        ("foreign_duty", Role.DUTY_OFFICER, s2),
        ("foreign_commander", Role.COMMANDER, s2),
        ("centre_commander", Role.COMMANDER, centre),
    ]
    return Cast(centre, s1, s2, make_people(who))


def make_people(who: list[tuple[str, Role, Station]]) -> dict[str, Officer]:
    """What `people.add_officer` makes of each (name, role, station), in few statements: nearly every test begins with this."""
    made = {name: Officer(username=name, station=station, name=f"某{name}") for name, _, station in who}
    for one in made.values():
        one.set_password(None)
    for role in SIGNING_IN:
        made[role.value].password = hashed(PASSWORD, get_hasher().algorithm)
    with changes.change():
        Officer.objects.bulk_create(made.values())
        Grant.objects.bulk_create(Grant(officer=made[name], station=at, role=role) for name, role, at in who)
        for name, role, station in who:
            audit.record(None, "add_officer", "officer", made[name].pk, station.pk, role=role)
        TOTPDevice.objects.bulk_create(
            TOTPDevice(user=made[role.value], name="phone", confirmed=True) for role in SIGNING_IN
        )
    return made


@functools.cache
def hashed(password: str, _algorithm: str) -> str:
    """Hashing is slow on purpose; for who needs a password and not its hashing, once is enough."""
    return make_password(password)


def code_of(username: str) -> str:
    """The six digits that somebody's phone shows now, as if no code had been used before."""
    TOTPDevice.objects.filter(user__username=username).update(last_t=-1)
    device = TOTPDevice.objects.get(user__username=username)
    return f"{TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift).token():06d}"


def sign_in(client: Client, name: str, password: str = PASSWORD, onward: str = "") -> Any:
    """Password and, where it is asked for, the code; returns the last answer."""
    answer = client.post("/sign-in/", {"username": name, "password": password, "next": onward})
    if answer.headers.get("Location") == "/sign-in/code/":
        answer = client.post("/sign-in/code/", {"code": code_of(name)})
    return answer


def confirmed(cast: Cast, name: str) -> Client:
    """Somebody of the cast in a browser who has just given the second factor."""
    return confirmed_as(cast.people[name])


def confirmed_as(person: Officer) -> Client:
    """A browser of somebody who has just given the second factor."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor_at"] = time.time()
    session.save()
    return client


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the clock ahead of the test's beginning: `later(minutes=10)`."""
    began = clock.now()
    return lambda **ahead: monkeypatch.setattr(clock, "now", lambda: began + dt.timedelta(**ahead))


@pytest.fixture
def quick_hashes(settings: Any) -> None:
    """Hashing is slow on purpose; for tests in which that is not what is tried."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def make_screen(station: Station) -> str:
    """A paired screen, the same each time; returns the key of its cookie."""
    key = f"screen-key-of-{station.code}"
    Screen.objects.get_or_create(station=station, key_hash=digest(key), defaults={"name": "墙"})
    return key


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], url: str, **env: str) -> Iterator[None]:
    """A process of the station, up once its address answers anything, ended afterwards by its id."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=sys.stderr, stderr=sys.stderr)
    try:
        _wait_for(url, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer within {PATIENCE_S} s")


@dataclass
class Web:
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live/"


@pytest.fixture
def web(web_process: Web, transactional_db: None) -> Iterator[Web]:
    """The web process, on a database that other processes see; its last reading ends before the tables are emptied."""
    yield web_process
    until, quiet = time.monotonic() + 10, 0
    while quiet < 5 and time.monotonic() < until:  # between two of its readings there is a moment without one
        quiet = 0 if _others_read() else quiet + 1
        time.sleep(0.05)


def _others_read() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state IN ('active', 'idle in transaction')"
        )
        return bool(cursor.fetchone()[0])


def waits_for_a_lock(done: Future[Any]) -> None:
    """Until somebody waits for a lock of this database; or what was begun has ended without."""
    with connection.cursor() as cursor:
        while not done.done():
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction one would see the same each time
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)


RECORDS = {"STATION_RECORDS": "tests.records.TownRecords"}  # of a town that has connected them


@pytest.fixture(scope="session", autouse=True)
def recordings_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is recorded in a run of tests is nobody else's: sources' numbers begin anew each time."""
    settings.RECORDINGS = tmp_path_factory.mktemp("recordings")
    return settings.RECORDINGS


@pytest.fixture(scope="session")
def web_process(django_db_setup: None, django_db_blocker: Any, recordings_folder: Path) -> Iterator[Web]:
    """The web process (Daphne) on the test database, with static files served as nginx would; one for all tests."""
    port = free_port()
    with django_db_blocker.unblock():
        database = connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "tests.web:application"]
    own = {"PGDATABASE": database, "STATION_PORT": str(port), "STATION_RECORDINGS": str(recordings_folder)}
    with running(command, f"http://127.0.0.1:{port}/sign-in/", **own, **RECORDS):
        yield Web(port)


@pytest.fixture
def transactional_cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other processes see it."""
    return make_cast()


AUDIT_TABLES = ("command_auditentry", "command_audithead", "command_auditcheckpoint")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The audit refuses to be emptied, and transactional tests empty all tables: in the tests' database it gives way."""
    if not connection.settings_dict["NAME"].startswith("test_"):
        return  # none of the tests asked for needs a database, so none was made
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)  # none where no test of the run needs the database
        for table in set(AUDIT_TABLES).intersection(there):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_whole")
    connection.ops.execute_sql_flush = again_where_locked(connection.ops.execute_sql_flush)


def again_where_locked(empty: Callable[[list[str]], None]) -> Callable[[list[str]], None]:
    """Emptying all tables once more, where another process read in them just then and each waited for the other: PostgreSQL
    ended this one, and the other's reading is over a moment later."""

    def emptied(statements: list[str]) -> None:
        for rest in (2, 1, 0):
            try:
                return empty(statements)
            except OperationalError as locked:
                if not rest or not isinstance(locked.__cause__, psycopg.errors.DeadlockDetected):
                    raise
        return None

    return emptied


@pytest.fixture(scope="session", autouse=True)
def nobody_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End, last of all, what connections threads have left open, so that the test database can be dropped."""
    yield
    if not connection.settings_dict["NAME"].startswith("test_"):
        return  # no database was made
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def running_stage() -> Iterator[Stage]:
    """A whole station of its own to break, with all its processes. A fixture of the folders that need it: started once for
    each, since it costs even while nobody breaks it; each test leaves it whole."""
    home = Home(Path(os.environ["STATION_HOME"])).borrowing(Path(sys.prefix).parent)
    with Stage(home) as running:
        yield running
