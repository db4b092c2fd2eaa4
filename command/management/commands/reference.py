"""`reference`"""

from pathlib import Path
from typing import Any

from django.conf import settings

from command import reference
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = "Write docs/reference.md: every setting, capability, topic and route."

    def run(self, **options: Any) -> str:
        target = Path(settings.BASE_DIR) / "docs/reference.md"
        target.write_text(reference.page(), encoding="utf-8")
        return f"wrote {target.name}"
