#!/usr/bin/env python
"""Django's command line; `./station manage …` calls it with the station's environment."""

import os
import sys


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command.settings")
    if sys.argv[1:2] == ["pictures"]:
        from devices.pictures import loop

        loop.install()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
