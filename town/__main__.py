"""The town by itself: `python -m town build|run|fire|body …`, each with --help."""

import argparse
import sys
from pathlib import Path
from typing import Any

from town.build import build
from town.run import run

MAP = "town.osm.pbf"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="town", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for add in (_build, _run, _fire, _body):
        add(verbs)
    said = parser.parse_args()
    said.does(said)


Verbs = Any  # what argparse gives, which has no name of its own


def _build(verbs: Verbs) -> None:
    made = verbs.add_parser("build", help="write town.osm.pbf and roster.json")
    made.add_argument("folder", type=Path)
    made.add_argument("--seed", type=int, default=1)

    def does(said: argparse.Namespace) -> None:
        print(", ".join(f"{count:,} {what}" for what, count in build(said.folder, said.seed).items()))

    made.set_defaults(does=does)


def _run(verbs: Verbs) -> None:
    lived = verbs.add_parser("run", help="let the town live against a station")
    lived.add_argument("--base", required=True, help="the station's address, as http://127.0.0.1:8000")
    lived.add_argument("--keys", type=Path, required=True, help="what load_roster wrote")
    lived.add_argument("--map", type=Path, help="town.osm.pbf; beside the keys unless said")
    lived.add_argument("--seed", type=int, default=1)
    lived.add_argument("--speed", type=float, default=1.0, help="how much faster than life people move and calls come")
    lived.set_defaults(
        does=lambda said: run(said.base, said.keys, said.map or said.keys.with_name(MAP), said.seed, said.speed)
    )


def _fire(verbs: Verbs) -> None:
    burns = verbs.add_parser("fire", help="let a place of the town burn, as its cameras see it, or put all fires out")
    burns.add_argument("folder", type=Path, help="the town's, in a home: .run/town")
    burns.add_argument("--at", nargs=2, type=float, metavar=("LAT", "LON"), help="degrees; without it all fires go out")
    burns.add_argument("--size", type=float, default=2.0, help="how many metres wide the flames are")

    def does(said: argparse.Namespace) -> None:
        from town.eyes import fire  # what draws is large: the town's own process does without it

        try:
            fire.light_up(said.folder, said.at[0], said.at[1], said.size) if said.at else fire.put_out(said.folder)
        except fire.Wrong as wrong:
            sys.exit(str(wrong))

    burns.set_defaults(does=does)


def _body(verbs: Verbs) -> None:
    worn = verbs.add_parser(
        "body", help="let people of the demonstration show and tell with body cameras, until Ctrl-C"
    )
    worn.add_argument("folder", type=Path, help="the town's, in a home: .run/town")
    worn.add_argument("--base", required=True, help="the station's address, as http://127.0.0.1:8000")
    worn.add_argument("--accounts", type=Path, help="demo.json; beside the folder unless said")
    worn.add_argument("--who", action="append", help="an account; officer and auxiliary unless said")
    worn.add_argument("--browser", default="/usr/bin/chromium-headless-shell", help="Chromium")

    def does(said: argparse.Namespace) -> None:
        from town.eyes import bodies

        accounts = said.accounts or said.folder.parent / "demo.json"
        try:
            bodies.run(said.base, said.folder, accounts, said.who or ["officer", "auxiliary"], said.browser)
        except bodies.Missing as missing:
            sys.exit(str(missing))

    worn.set_defaults(does=does)


if __name__ == "__main__":
    main()
