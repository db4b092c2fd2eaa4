"""`incident_export NUMBER --out FOLDER`"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from command.errors import NotThere
from command.management.verb import VerbCommand
from dispatch import incident_exports
from dispatch.models import Incident


class Command(VerbCommand):
    help = "Write an incident into a folder that verify.py can verify."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="STATION-yymmdd-nnnn")
        parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="a new or empty folder")

    def run(self, **options: Any) -> str:
        incident = Incident.objects.select_related("station", "kind").filter(number=options["number"]).first()
        if incident is None:
            raise NotThere("not_there", f"There is no incident {options['number'][:40]}.")
        done = incident_exports.export(None, incident, options["out"])
        return (
            f"{incident.number}: {len(done['files'])} files in {options['out']}\nkey: {incident_exports.fingerprint()}"
        )
