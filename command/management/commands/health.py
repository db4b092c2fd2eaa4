"""`health`"""

import sys
from typing import Any

from command import health
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = "Print how each part of the station is, in words; exit status 1 when one does not serve."

    def run(self, **options: Any) -> str | None:
        said = health.report()
        lines = [f"{name:<12} {words}" for name, words in said["parts"].items()]
        if said["ok"]:
            return "\n".join(lines)
        self.stdout.write("\n".join(lines))
        sys.exit(1)
