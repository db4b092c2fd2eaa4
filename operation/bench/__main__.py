"""`bench NAME [--json]`: runs `main(as_json)` of the module of that name; it prints its result and returns a status."""

import argparse
import sys

from operation import bench, say
from operation.runner import module, names


def main(words: list[str]) -> int:
    """Run one measurement, or list them."""
    parser = argparse.ArgumentParser(prog="./station bench")
    parser.add_argument("name", nargs="?", help="what to measure")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    wanted = parser.parse_args(words)
    if wanted.name is None:
        print("\n".join(names(bench, "main")))
        return 0
    return int(module(bench, wanted.name, "main").main(wanted.json) or 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except say.Trouble as trouble:
        sys.exit(f"\n{trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
