"""`lan_certificate HOST…`"""

from typing import Any

from django.core.management.base import CommandParser

from command import certificates
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = (
        "Make the station's certificate authority and the server's certificate for these hosts; print its fingerprint."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("host", nargs="+", help="a name or address by which the station is reached")

    def run(self, **options: Any) -> str:
        certificates.ensure(options["host"])
        return certificates.fingerprint()
