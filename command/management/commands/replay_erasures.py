"""`replay_erasures`"""

from typing import Any

from command import erasures
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = "Erase again all that the ledger beside the archive names. ./station restore does so by itself."

    def run(self, **options: Any) -> str:
        return f"{erasures.replay()} erased again."
