"""`api_token NAME [--days N] [--scope CAPABILITY …]`"""

from typing import Any

from django.core.management.base import CommandParser

from command import people
from command.errors import Invalid, NotThere
from command.management.verb import VerbCommand
from command.models import Officer
from command.permissions import Capability


class Command(VerbCommand):
    help = "Make a bearer token for a person's scripts and print it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name to sign in with")
        parser.add_argument("--days", type=int, default=30, help="how long it holds (1 to 366)")
        parser.add_argument("--scope", action="append", choices=[c.value for c in Capability], help="narrow it")

    def run(self, **options: Any) -> str:
        officer = Officer.objects.filter(username=options["name"]).first()
        if officer is None:
            raise NotThere("not_there", f"There is nobody who signs in as {options['name']!r}.")
        if not 1 <= options["days"] <= 366:
            raise Invalid("invalid", f"--days: expected 1 to 366, found {options['days']}.")
        return people.add_token(None, officer, options["days"], options["scope"])
