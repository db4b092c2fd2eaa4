"""The verbs of ./station."""

import os
import sys
from collections.abc import Callable

from operation import say

WITHOUT_DATABASE = {"help", "--help", "--version", "check", "makemigrations", "topics_ts", "spectacular"}


def main(argv: list[str]) -> int:
    """Run one verb and return its exit status; a Trouble is printed, not traced."""
    verbs: dict[str, Callable[[list[str]], int]] = {
        "up": _up,
        "upgrade": _upgrade,
        "down": _down,
        "test": _test,
        "check": _check,
        "bench": _bench,
        "faults": _faults,
        "pictures": _pictures,
        "backup": _backup,
        "restore": _restore,
        "manage": _manage,
    }
    os.umask(0o077)
    try:
        return verbs[argv[0]](argv[1:])
    except say.Trouble as trouble:
        say.line(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        return 130


def _up(words: list[str]) -> int:
    from operation.up import up

    return up(words)


def _upgrade(words: list[str]) -> int:
    from operation.up import upgrade

    return upgrade(words)


def _down(words: list[str]) -> int:
    from operation.up import down

    return down(words)


def _test(words: list[str]) -> int:
    from operation.suite import test

    return test(words)


def _check(words: list[str]) -> int:
    from operation.suite import check

    return check(words)


def _bench(words: list[str]) -> int:
    return _with_packages("operation.bench", words)


def _faults(words: list[str]) -> int:
    return _with_packages("operation.faults", words)


def _pictures(words: list[str]) -> int:
    return _with_packages("operation.pictures", words)


def _backup(words: list[str]) -> int:
    from operation.backup import backup

    return backup(words)


def _restore(words: list[str]) -> int:
    from operation.restore import restore

    return restore(words)


def _with_packages(module: str, words: list[str]) -> int:
    """Measurements use the product's packages, so they run on the home's own Python."""
    from operation import services
    from operation.home import Home

    home = Home.from_environment()
    with home.alone():
        services.set_up(home, tests=True)
    environment = {**home.environment(), "STATION_PACKAGES": str(home.packages)}
    os.execve(home.python, [str(home.python), "-m", module, *words], environment)  # noqa: S606 - no shell wanted  # nosec B606


def _manage(words: list[str]) -> int:
    """Become Django's command line in the home's environment. Nothing of our own goes to stdout."""
    from operation.home import PROJECT, Home
    from operation.postgres import Cluster

    home = Home.from_environment()
    offline = not words or words[0] in WITHOUT_DATABASE
    if not home.python.exists() or not (offline or Cluster(home).ready()):
        raise say.Trouble(f"The services of {home.root} are not running: run ./station up first.")
    os.execve(home.python, [str(home.python), str(PROJECT / "manage.py"), *words], home.environment())  # noqa: S606  # nosec B606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
