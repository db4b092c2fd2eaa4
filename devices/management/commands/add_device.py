"""`add_device NAME --kind … --profile … [--datum …] [--station CODE] [--gateway ID --unique-id NAME] [--json]`"""

import json
from typing import Any

from django.core.management.base import CommandParser

from command import people
from command.errors import NotThere
from command.management.verb import VerbCommand
from devices import devices
from devices.models import DATUMS, KINDS, PROFILES, Device


class Command(VerbCommand):
    help = "Add a device and print its id and its key, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as people call it")
        parser.add_argument("--kind", required=True, choices=KINDS)
        parser.add_argument("--profile", required=True, choices=PROFILES, help="the words it speaks")
        parser.add_argument("--datum", default="wgs84", choices=DATUMS, help="what its places are given in")
        parser.add_argument("--station", help="code; the root station unless said")
        parser.add_argument("--gateway", type=int, help="id of the gateway through which a tracker speaks")
        parser.add_argument("--unique-id", help="the tracker's name at its gateway")
        parser.add_argument("--json", action="store_true", help='print {"id", "key"}')

    def run(self, **options: Any) -> str:
        device, key = devices.add_device(
            None, options["name"], options["kind"], options["profile"], people.station_of(options["station"]),
            options["datum"], _gateway(options["gateway"]), options["unique_id"],
        )  # fmt: skip
        if options["json"]:
            return json.dumps({"id": device.pk, "key": key})
        return f"device {device.pk}; its key, shown this once: {key}"


def _gateway(pk: int | None) -> Device | None:
    if pk is None:
        return None
    gateway = Device.objects.filter(pk=pk, kind="gateway").first()
    if gateway is None:
        raise NotThere("not_there", f"There is no gateway {pk}.")
    return gateway
