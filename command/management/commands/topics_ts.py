"""`topics_ts`: the scripts' types, from the payloads' declarations."""

from pathlib import Path
from typing import Any

from django.conf import settings

from command import typescript
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = "Write static/src/topics.ts from the payloads that Python declares."

    def run(self, **options: Any) -> str:
        target = Path(settings.BASE_DIR) / "static/src/topics.ts"
        target.write_text(typescript.topics(), encoding="utf-8")
        return f"wrote {target.name}"
