"""`audit_export --station CODE [--since WHEN] --out FOLDER`"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from command import exports, people, signing
from command.errors import Invalid
from command.management.verb import VerbCommand


class Command(VerbCommand):
    help = "Write a station's audit into a folder that verify.py can verify."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--station", help="code; the root station unless said")
        parser.add_argument(
            "--since", help="YYYY-MM-DD or an ISO 8601 time (UTC unless it says otherwise); all unless said"
        )
        parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="a new or empty folder")

    def run(self, **options: Any) -> str:
        station = people.station_of(options["station"])
        done = exports.export(None, station, moment(options["since"]), options["out"])
        return (
            f"{station.code}: entries {done['first']} to {done['last']} in {options['out']}\n"
            f"key: {signing.fingerprint()}"
        )


def moment(text: str | None) -> dt.datetime | None:
    """The moment that somebody typed. Raises Invalid."""
    if not text:
        return None
    try:
        found, day = parse_datetime(text), parse_date(text) if len(text) == 10 else None
    except ValueError:
        found, day = None, None
    if day:
        found = dt.datetime.combine(day, dt.time())
    if found is None:
        raise Invalid("invalid", f"--since: expected YYYY-MM-DD or an ISO 8601 time, found {text!r}.")
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
