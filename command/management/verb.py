"""A management command that is a door to a verb: a refusal is one clear line and exit status 1, never a traceback."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import translation

from command.errors import Problem


class VerbCommand(BaseCommand):
    """Subclasses write `run(**options)`, which returns what is to be printed."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        for name, value in options.items():
            _is_text(name, value)
        try:
            with translation.override("en"):  # as all that a terminal says
                return self.run(**options)
        except Problem as problem:
            raise CommandError(problem.message) from problem
        except OperationalError as lost:
            raise CommandError("The database does not answer. Is the station up? ./station up starts it.") from lost

    def run(self, **options: Any) -> str | None:
        raise NotImplementedError


def _is_text(name: str, value: Any) -> None:
    """What a terminal sends need not be text. Raises CommandError."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise CommandError(f"{name}: expected text in UTF-8.") from None
