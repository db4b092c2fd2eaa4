"""The routing engine, Valhalla: its programs come in a Python package, hash-locked like the others, in a folder of its own.

The package is made for a newer Python than ours may be; its programs do not care, since none of it is ever imported.
"""

import os
import platform
import shutil
from pathlib import Path

from operation import libraries, say, stamps
from operation.home import PROJECT, Home

LOCK = PROJECT / "roads.lock"
PYTHON = "3.12"  # what the package is made for
SYSTEM = "manylinux_2_28"
HINT = "The station runs without it: times by road are estimates, and nobody is shown a way."


def ensure(home: Home) -> None:
    """Put the engine into the home where it is not there yet; a machine that can't have it does without."""
    mark = stamps.digest(LOCK, platform.machine())
    if service(home).exists() and stamps.current(home, "engine", mark):
        return
    try:
        with say.step("Routing engine"):
            _install(home)
    except say.Trouble as refused:
        say.line(f"{refused}")
        return
    stamps.write(home, "engine", mark)


def program(home: Home, name: str) -> Path:
    """One of the engine's programs."""
    return home.engine / "valhalla" / "bin" / name


def script(home: Home, name: str) -> Path:
    """One of its scripts, which any Python runs."""
    return home.engine / "valhalla" / name


def service(home: Home) -> Path:
    """The program that answers."""
    return program(home, "valhalla_service")


def _install(home: Home) -> None:
    shutil.rmtree(home.engine, ignore_errors=True)
    log = home.log / "engine.log"
    system = f"{SYSTEM}_{platform.machine()}"
    try:
        uv: list[say.Word] = [libraries.uv(home), "pip", "install", "--no-config", "--python", home.python]
        env = {**os.environ, "UV_CACHE_DIR": str(home.root / "cache" / "uv")}
        say.run([*uv, *_wanted(home), "--python-platform", f"{platform.machine()}-{SYSTEM}"], log, HINT, env)
    except say.Trouble as refused:
        say.line(f"{refused}\n\nuv could not do it; trying pip …")
        pip: list[say.Word] = [home.python, "-m", "pip", "install", *_wanted(home), "--platform", system]
        say.run(pip, log, HINT, {**os.environ, "PIP_CACHE_DIR": str(home.root / "cache" / "pip")})


def _wanted(home: Home) -> list[say.Word]:
    """The words that uv and pip have in common."""
    words = f"--no-deps --require-hashes --only-binary :all: --python-version {PYTHON}".split()
    return ["--target", home.engine, *words, "-r", LOCK]
