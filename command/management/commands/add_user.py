"""`add_user NAME --role ROLE [--station CODE] --password-stdin`"""

import sys
from typing import Any

from django.core.management.base import CommandParser

from command import people
from command.errors import Invalid
from command.management.verb import VerbCommand
from command.permissions import Role


class Command(VerbCommand):
    help = "Add a person who signs in, with one role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name to sign in with")
        parser.add_argument("--role", required=True, choices=[r.value for r in Role if r != Role.SCREEN])
        parser.add_argument("--station", help="code; the root station unless said")
        parser.add_argument("--full-name", default="", help="as it is shown")
        parser.add_argument("--badge", default="")
        parser.add_argument("--rank", default="")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def run(self, **options: Any) -> str:
        if not options["password_stdin"]:
            raise Invalid("no_password", "Say --password-stdin and give the password on standard input.")
        password = sys.stdin.readline().rstrip("\n")
        officer = people.add_officer(
            None, options["name"], options["role"], people.station_of(options["station"]), password,
            name=options["full_name"] or options["name"], badge=options["badge"], rank=options["rank"],
        )  # fmt: skip
        return f"{officer.username}: {options['role']} at {officer.station.code}"
