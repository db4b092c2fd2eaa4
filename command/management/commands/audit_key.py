"""`audit_key`"""

from typing import Any

from django.conf import settings

from command import signing
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = "Print the fingerprint of the key that signs the audit's heads: write it down, away from this machine."

    def run(self, **options: Any) -> str:
        return f"key: {signing.fingerprint()}\nheads: {settings.AUDIT_HEADS}"
