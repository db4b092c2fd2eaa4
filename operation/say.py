"""What the person at the console reads: steps with their time, and troubles that say what to do."""

import os
import subprocess  # nosec B404 # argument lists only, never a shell
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Word = str | Path  # of a command line
PATIENCE_S = 10.0  # a step that takes longer says every so often how far it is


class Trouble(Exception):
    """Something a person must see to; its text says what happened and what to do."""

    code = "trouble"


def line(text: str) -> None:
    """Print one line of progress to stderr, so that stdout stays free for results."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step, and when it is done its time in seconds."""
    line(f"{name} …")
    began = time.monotonic()
    yield
    line(f"{name}: done in {time.monotonic() - began:.1f} s")


def run(
    argv: Sequence[Word], log: Path, hint: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> None:
    """Run a command with its output in `log`; show its last line every 10 s; raise Trouble with the tail and the hint."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink, _beat(log):
        done = subprocess.run(  # nosec B603 # an argument list of our own, no shell
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
        )
    if done.returncode:
        name = Path(argv[0]).name
        raise Trouble(f"{tail(log)}\n\n{name} failed (status {done.returncode}). {hint}\nThe whole log: {log}")


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, or an empty text."""
    try:
        with log.open("rb") as source:
            source.seek(max(0, os.fstat(source.fileno()).st_size - 8192))
            return "\n".join(source.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


@contextmanager
def _beat(log: Path) -> Iterator[None]:
    over = threading.Event()
    began = time.monotonic()

    def beat() -> None:
        while not over.wait(PATIENCE_S):
            line(f"  … {time.monotonic() - began:.0f} s  {tail(log, 1)[:90]}")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
