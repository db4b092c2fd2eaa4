"""`python -m operation.container PART`: one process of the station in a container of its own, as docker-compose.yml asks.

The containers share two folders: the home (STATION_HOME) and that of the sockets (TMPDIR). PostgreSQL and Redis are images of
their own; supervisord is not needed, since Docker starts again what ends.
"""

import os
import subprocess  # nosec B404 # argument lists only, never a shell
import sys

from operation import nginx, say, services
from operation.home import PROJECT, Home
from operation.processes import WORKER, ingest_command, pictures_command, roads_command, web_command

PORT = 8000  # inside of the container; what it is outside, docker-compose.yml says
PARTS = ("web", "pictures", "ingest", "worker", "beat", "roads", "nginx")


def prepare(home: Home) -> None:
    """What the web container does before it serves: tables, static files, the first station with its claim link."""
    for words in (["migrate", "--no-input"], ["collectstatic", "--no-input", "--verbosity=0"], ["init_station"]):
        argv = [str(home.python), str(PROJECT / "manage.py"), *words]
        subprocess.run(argv, env=home.environment(), check=True)  # nosec B603 # an argument list of our own, no shell


def command(home: Home, part: str) -> list[str]:
    """The command of a part; raises Trouble for one that is not known."""
    celery = [str(home.python), "-m", "celery", "--quiet", "-A", "command"]
    match part:
        case "web":
            return web_command(home)
        case "pictures":
            return pictures_command(home)
        case "ingest":
            return ingest_command(home)
        case "worker":
            return [*celery, "worker", *WORKER.split()]
        case "beat":
            return [*celery, "beat", "--loglevel=WARNING", f"--schedule={home.root}/beat", "--pidfile="]
        case "roads":
            return [*roads_command(home), "--host", "roads"]  # the others know its container by that name
        case "nginx":
            path = nginx.ensure(home, PORT)
            path.write_text(path.read_text().replace(f"listen 127.0.0.1:{PORT}", f"listen {PORT}"))
            return nginx.command(home)
    raise say.Trouble(f"expected one of {', '.join(PARTS)}; found {part!r}")


def main(words: list[str]) -> None:
    """Become the part that was asked for."""
    home = Home.from_environment()
    home.make_sockets()
    argv = command(home, words[0] if words else "")
    os.environ["PICTURES_SOCKET"] = str(home.sockets / "pictures.sock")
    os.environ["INGEST_SOCKET"] = str(home.sockets / "ingest.sock")
    os.environ["SUPERVISOR_PROCESS_NAME"] = words[0]  # as its logs call it
    os.environ["STATION_VERSION"] = services.code()[:12]
    for left in (home.sockets / f"{words[0]}.sock", home.sockets / f"{words[0]}.sock.lock"):
        left.unlink(missing_ok=True)
    if words[0] == "web":
        prepare(home)
    os.chdir(PROJECT)
    os.execvpe(argv[0], argv, home.environment())  # noqa: S606 - our own words  # nosec B606


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except say.Trouble as trouble:
        sys.exit(f"\n{trouble}")
