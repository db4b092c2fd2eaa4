"""`bench NAME [--json] [--map FILE]`: runs `main(as_json)` of the module of that name; it prints its result and returns a status.

A module with `TAKES_MAP` is given the map too, or None.
"""

import argparse
import sys
from pathlib import Path

from operation import bench, say
from operation.runner import module, names


def main(words: list[str]) -> int:
    """Run one measurement, or list them."""
    parser = argparse.ArgumentParser(prog="./station bench")
    parser.add_argument("name", nargs="?", help="what to measure")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    parser.add_argument("--map", type=Path, help="an .osm.pbf to measure on, where that is asked for")
    wanted = parser.parse_args(words)
    if wanted.name is None:
        print("\n".join(names(bench, "main")))
        return 0
    found = module(bench, wanted.name, "main")
    if getattr(found, "TAKES_MAP", False):
        return int(found.main(wanted.json, wanted.map) or 0)
    if wanted.map:
        raise say.Trouble(f"bench {wanted.name} takes no map.")
    return int(found.main(wanted.json) or 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except say.Trouble as trouble:
        sys.exit(f"\n{trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
