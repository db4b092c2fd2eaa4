"""The locks: hashes for everything, addresses for nothing, and what pyproject.toml asks for."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from operation.home import PROJECT
from operation.libraries import CORE, WITH_TESTS, requirement
from operation.say import Trouble


def locked(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def asked(*extras: str) -> set[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(each for name in extras for each in project["optional-dependencies"][name])]
    return {re.match(r"[A-Za-z0-9-]+", each).group().lower() for each in wanted}


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-test.lock", "roads.lock", "package-lock.json", "package.json"]
)
def test_no_registry_is_named(name: str) -> None:
    text = (PROJECT / name).read_text()
    assert '"resolved"' not in text
    lines = [line for line in text.splitlines() if "://" in line and '"url"' not in line]
    assert not lines, "only a package's own funding page may stand in a lock"


def test_everything_asked_for_is_locked_with_hashes() -> None:
    assert asked() <= set(locked(CORE))
    assert asked("test") <= set(locked(WITH_TESTS))
    for lock in (CORE, WITH_TESTS):
        for name in locked(lock):
            assert "--hash=sha256:" in requirement(name, lock.read_text()), name


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    assert locked(CORE).items() <= locked(WITH_TESTS).items()


def test_npm_packages_have_hashes() -> None:
    packages = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    assert [name for name, each in packages.items() if name and "integrity" not in each] == []


def test_a_package_that_is_not_locked_is_named() -> None:
    with pytest.raises(Trouble, match="nothing-of-that-name"):
        requirement("nothing-of-that-name", CORE.read_text())


def test_the_lock_is_what_pyproject_asks_for(tmp_path: Path) -> None:
    """Resolved again with the locked versions preferred: nothing may change. Needs the package index."""
    again = tmp_path / "requirements.lock"
    again.write_text(CORE.read_text())
    uv = Path(sys.executable).with_name("uv")
    words = "pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header"
    argv = [str(uv), *words.split(), "--no-annotate", "-o", str(again), "pyproject.toml"]
    done = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode and re.search(r"network|connect|dns|timed out|fetch", done.stderr, re.IGNORECASE):
        pytest.skip("the package index is out of reach")
    assert done.returncode == 0, done.stderr
    assert locked(again) == locked(CORE)
