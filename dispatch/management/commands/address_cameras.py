"""`address_cameras ROSTER.json --port PORT`: where the demo town's cameras are seen"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from command.errors import Invalid
from command.management.verb import VerbCommand
from dispatch import roster


class Command(VerbCommand):
    help = "Give a demo town's cameras the addresses at which the town's own server (town/rtsp_server.py) shows them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("roster", type=Path)
        parser.add_argument("--port", type=int, required=True)

    def run(self, **options: Any) -> str:
        if not settings.IS_TOWN:
            raise Invalid("not_a_town", "This home is not a demo town: only a town's cameras are drawn.")
        said = json.loads(options["roster"].read_text(encoding="utf-8"))
        return f"{roster.address(said, options['port'])} cameras"
