"""`approve_device ID`"""

from typing import Any

from django.core.management.base import CommandParser

from command.management.verb import VerbCommand
from devices import devices


class Command(VerbCommand):
    help = "Let in a tracker that waits behind its gateway."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int)

    def run(self, **options: Any) -> str:
        return f"device {devices.approve_device(None, options['id']).pk} is approved"
