"""`faults [NAME…] [--json]`: each module's `run(stage)` gives `{"fault", "lost", "duplicated", "recover_s", "goal", "ok"}`."""

import argparse
import signal
import sys
import traceback
from typing import Any

from operation import faults, say
from operation.faults.stage import Stage
from operation.home import Home
from operation.runner import module, names, print_json, quiet_stdout


def main(words: list[str]) -> int:
    """Run the named faults, or all, one after the other on one stage; 0 when each kept its goal."""
    parser = argparse.ArgumentParser(prog="./station faults")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names(faults, 'run'))}")
    parser.add_argument("--json", action="store_true", help="one JSON list on stdout and nothing else")
    wanted = parser.parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    modules = [module(faults, name, "run") for name in wanted.names or names(faults, "run")]
    with quiet_stdout():
        found = _run(modules)
    if wanted.json:
        print_json(found)
    return 0 if all(each["ok"] for each in found) else 1


def _run(modules: list[Any]) -> list[dict[str, Any]]:
    if not modules:
        return []
    found = []
    with Stage(Home.from_environment()) as stage:
        for each in modules:
            name = each.__name__.rpartition(".")[2]
            say.line(f"{name} …")
            found.append(_one(each, name, stage))
            say.line("  " + ", ".join(f"{key} {value}" for key, value in found[-1].items()))
    return found


def _one(each: Any, name: str, stage: Stage) -> dict[str, Any]:
    """A fault that breaks its own script has not kept its goal, and the others still run."""
    try:
        return dict(each.run(stage))
    except Exception as broken:
        traceback.print_exc()
        unknown = {"lost": None, "duplicated": None, "recover_s": None, "goal": "the script runs"}
        return {"fault": name, **unknown, "ok": False, "error": f"{type(broken).__name__}: {broken}"}
    finally:
        stage.mend()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except say.Trouble as trouble:
        sys.exit(f"\n{trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
