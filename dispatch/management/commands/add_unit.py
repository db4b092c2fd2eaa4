"""`add_unit CALLSIGN --device ID [--kind foot|car|auxiliary] [--station CODE] [--json]`"""

import json
from typing import Any

from django.core.management.base import CommandParser

from command import people
from command.errors import NotThere
from command.management.verb import VerbCommand
from devices.models import Device
from dispatch import units
from dispatch.models import Unit


class Command(VerbCommand):
    help = "Make a unit on patrol that carries the devices."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("call_sign")
        parser.add_argument("--device", action="append", type=int, default=[], help="a device's id; may be repeated")
        parser.add_argument("--kind", choices=[kind for kind, _ in Unit.KINDS], default="foot")
        parser.add_argument("--plate", default="")
        parser.add_argument("--station", help="code; the root station unless said")
        parser.add_argument("--json", action="store_true")

    def run(self, **options: Any) -> str:
        station = people.station_of(options["station"])
        devices = list(Device.objects.filter(pk__in=options["device"], station=station))
        missing = sorted(set(options["device"]) - {device.pk for device in devices})
        if missing:
            raise NotThere("not_there", f"There is no device {', '.join(map(str, missing))} at {station.code}.")
        unit = units.add_unit(
            None, station, options["call_sign"], kind=options["kind"], devices=devices, plate=options["plate"]
        )
        said = {"id": unit.key, "call_sign": unit.call_sign, "station": station.code, "devices": options["device"]}
        return json.dumps(said, ensure_ascii=False) if options["json"] else f"{unit.call_sign} is on patrol"
