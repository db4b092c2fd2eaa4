"""`begin_recordings`"""

from typing import Any

from command.management.verb import VerbCommand
from devices import recordings_folder


class Command(VerbCommand):
    help = "Record into the folder that STATION_RECORDINGS names, though what was recorded before is not there: its disk is lost."

    def run(self, **options: Any) -> str:
        return f"recordings lie there from now on (mark {recordings_folder.begin()})"
