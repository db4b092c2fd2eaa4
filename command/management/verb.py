"""A management command that is a door to a verb: a refusal is one clear line and exit status 1, never a traceback."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from command.errors import Problem


class VerbCommand(BaseCommand):
    """Subclasses write `run(**options)`, which returns what is to be printed."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        try:
            return self.run(**options)
        except Problem as problem:
            raise CommandError(problem.message) from problem

    def run(self, **options: Any) -> str | None:
        raise NotImplementedError
