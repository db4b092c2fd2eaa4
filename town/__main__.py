"""`python -m town build FOLDER [--seed N]` and `python -m town run --base URL --keys FILE [--seed N] [--speed X]`."""

import argparse
from pathlib import Path

from town.build import build
from town.run import run


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="town", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = verbs.add_parser("build", help="write town.osm.pbf and roster.json")
    made.add_argument("folder", type=Path)
    made.add_argument("--seed", type=int, default=1)
    lived = verbs.add_parser("run", help="let the town live against a station")
    lived.add_argument("--base", required=True, help="the station's address, as http://127.0.0.1:8000")
    lived.add_argument("--keys", type=Path, required=True, help="what load_roster wrote")
    lived.add_argument("--map", type=Path, help="town.osm.pbf; beside the keys unless said")
    lived.add_argument("--seed", type=int, default=1)
    lived.add_argument("--speed", type=float, default=1.0, help="how much faster than life people move and calls come")
    said = parser.parse_args()
    if said.verb == "build":
        print(", ".join(f"{count:,} {what}" for what, count in build(said.folder, said.seed).items()))
    else:
        run(said.base, said.keys, said.map or said.keys.with_name("town.osm.pbf"), said.seed, said.speed)


if __name__ == "__main__":
    main()
