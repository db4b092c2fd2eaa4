"""`erase KIND ID --reason CODE`"""

from typing import Any

from django.core.management.base import CommandParser

from command import erasures
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = "Erase a person's data for good, in backups too: an officer's, a caller's, a photo, the sound of a turn of talk."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(erasures.KINDS))
        parser.add_argument("id", type=int, help="the id of the officer, incident, photo or turn")
        parser.add_argument("--reason", required=True, choices=erasures.REASONS)

    def run(self, **options: Any) -> str:
        erasures.erase(None, options["kind"], options["id"], options["reason"])
        return f"{options['kind']} {options['id']}: erased, and entered into the ledger."
