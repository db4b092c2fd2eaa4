"""`allow_network CIDR`"""

from typing import Any

from django.core.management.base import CommandParser

from command.management.verb import VerbCommand
from devices import streams


class Command(VerbCommand):
    help = "Permit cameras on a network where none are otherwise: this machine itself (127.0.0.0/8), for trials."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("network", metavar="CIDR", help="for example 127.0.0.0/8")

    def run(self, **options: Any) -> str:
        return f"cameras may be on {streams.allow_network(options['network']).cidr}"
