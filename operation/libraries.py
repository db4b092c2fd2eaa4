"""Python packages: a venv in the home, filled from a lock with hashes and without addresses."""

import os
import re
import shutil
import sys
from pathlib import Path

from operation import say, stamps
from operation.home import PROJECT, Home

CORE = PROJECT / "requirements.lock"
WITH_TESTS = PROJECT / "requirements-test.lock"  # the same versions and the tools of the tests
HINT = "Check that this machine reaches its Python package index, then run the same command again."


def ensure(home: Home, *, tests: bool) -> None:
    """Make the venv and put into it exactly what the lock names; what `test` once installed serves `up` too."""
    marks = {lock: stamps.digest(lock, sys.version, str(home.venv)) for lock in (CORE, WITH_TESTS)}
    enough = [WITH_TESTS] if tests else [CORE, WITH_TESTS]
    if home.python.exists() and any(stamps.current(home, "python", marks[lock]) for lock in enough):
        return
    lock = enough[0]
    with say.step("Python packages"):
        _make_venv(home)
        _fill(home, lock)
    stamps.write(home, "python", marks[lock])


def _make_venv(home: Home) -> None:
    if home.python.exists() and stamps.current(home, "venv", sys.version):
        return
    shutil.rmtree(home.venv, ignore_errors=True)
    say.run([sys.executable, "-m", "venv", home.venv], home.log / "python.log", "Is python3-venv installed?")
    stamps.write(home, "venv", sys.version)


def _fill(home: Home, lock: Path) -> None:
    log = home.log / "python.log"
    try:
        program = uv(home)
        env = {**os.environ, "UV_CACHE_DIR": str(home.root / "cache" / "uv"), "VIRTUAL_ENV": str(home.venv)}
        say.run([program, "pip", "sync", "--require-hashes", "--no-config", lock], log, HINT, env)
    except say.Trouble as refused:
        say.line(f"{refused}\n\nuv could not do it; trying pip, which takes longer …")
        pip: list[say.Word] = [home.python, "-m", "pip", "install", "--no-deps", "--require-hashes", "-r", lock]
        say.run(pip, log, HINT, {**os.environ, "PIP_CACHE_DIR": str(home.root / "cache" / "pip")})


def uv(home: Home) -> Path:
    """uv itself, by the hash in the lock, in a folder of its own so that it never takes itself away."""
    block = requirement("uv", WITH_TESTS.read_text())
    folder = home.root / "uv"
    program = folder / "bin" / "uv"
    with stamps.once(home, "uv", stamps.digest(block, sys.version)) as due:
        if due or not program.exists():
            shutil.rmtree(folder, ignore_errors=True)
            wanted = home.root / "uv.txt"
            wanted.write_text(block)
            pip: list[say.Word] = [home.python, "-m", "pip", "install", "--no-deps", "--require-hashes"]
            env = {**os.environ, "PIP_CACHE_DIR": str(home.root / "cache" / "pip")}
            say.run([*pip, "--target", folder, "-r", wanted], home.log / "uv.log", HINT, env)
    return program


def requirement(name: str, lock: str) -> str:
    """The lines of one package in a lock's text: its version and its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    if not found:
        raise say.Trouble(
            f"{name} is not in the lock: make the locks again (docs/decisions/locks-without-addresses.md)."
        )
    return found.group()
