"""`load_roster ROSTER.json --keys KEYS.json --accounts ACCOUNTS.json`: a demo town's station, people, units and phones."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from command.errors import Invalid
from command.management.verb import VerbCommand
from command.models import Station
from dispatch import roster


class Command(VerbCommand):
    help = (
        "Load a demo town's roster and write the keys and accounts it made (mode 0600). Does nothing the second time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("roster", type=Path)
        parser.add_argument("--keys", type=Path, required=True)
        parser.add_argument("--accounts", type=Path, required=True)

    def run(self, **options: Any) -> str:
        if not settings.IS_TOWN:
            raise Invalid("not_a_town", "This home is not a demo town: demo accounts exist in a town home only.")
        if Station.objects.exists() and options["keys"].exists():
            return "The town is loaded."
        loaded = roster.load(json.loads(options["roster"].read_text(encoding="utf-8")))
        _write(options["accounts"], loaded.accounts)
        _write(options["keys"], loaded.keys)
        return f"{len(loaded.keys['devices'])} devices, {len(loaded.accounts)} accounts"


def _write(path: Path, what: Any) -> None:
    """Written whole or not at all, readable by its owner alone."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(what, out, ensure_ascii=False, indent=1)
    part.rename(path)
