"""`manage import_map FILE.osm.pbf [--name N]`: the base map from an OpenStreetMap extract."""

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from command.errors import Problem
from command.places.importer import import_map
from command.places.models import Map

SAID = {
    "objects": "read {:,} objects with tags",
    "shapes": "read {:,} roads and other shapes",
    "stored": "stored {:,} roads and other shapes; gathering places",
}


class Command(BaseCommand):
    help = "Import an OpenStreetMap extract (.osm.pbf); it replaces the map of that name."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--name", default="main", help="letters, digits, - and _ (default: main)")

    def handle(self, *args: Any, file: Path, name: str, **options: Any) -> None:
        try:
            Map._meta.get_field("name").run_validators(name)
        except ValidationError as error:
            raise CommandError(f"--name {name!r}: expected at most 40 letters, digits, - and _") from error
        began = time.monotonic()
        try:
            done = import_map(file, name, progress=self._say)
        except Problem as problem:
            raise CommandError(f"{problem} [{problem.code}]. The map {name!r} is as it was.") from problem
        counts = ", ".join(f"{number:,} {kind}" for kind, number in done.counts.items())
        self.stderr.write(f"map {done.name} version {done.version}: {counts}, in {time.monotonic() - began:.1f} s")

    def _say(self, stage: str, count: int) -> None:
        self.stderr.write(SAID[stage].format(count))
