"""`demo_code NAME`"""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django_otp.oath import TOTP

from command import second_factor
from command.errors import Forbidden, NotThere
from command.management.verb import VerbCommand
from command.models import Officer


class Command(VerbCommand):
    help = "Print the six digits that a demo account's app would show now. Only in a demo home."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name to sign in with")

    def run(self, **options: Any) -> str:
        if not settings.IS_TOWN:
            raise Forbidden("not_a_demo", "This is no demo home: second factors are with their people.")
        officer = Officer.objects.filter(username=options["name"]).first()
        device = second_factor.of(officer) if officer else None
        if device is None:
            raise NotThere("not_there", f"{options['name']!r} has no second factor here.")
        return f"{TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift).token():06d}"
