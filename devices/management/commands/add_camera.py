"""`add_camera NAME --lat … --lon … [--height …] [--bearing …] [--tilt …] [--fov …] [--range …] [--kind …] [--json]`"""

import json
from typing import Any

from django.core.management.base import CommandParser

from command import people
from command.management.verb import VerbCommand
from devices import cameras
from devices.models import Camera

USUAL = {"height": 4.0, "bearing": 0.0, "fov": 70.0, "range": 60.0}
HELP = {
    "height": "metres above the ground", "bearing": "where it looks, degrees clockwise from north",
    "fov": "how wide it sees, degrees; 360 all around", "range": "how far a person can be made out, metres",
}  # fmt: skip
FIELDS = {"height": "height_m", "bearing": "bearing_deg", "fov": "fov_deg", "range": "range_m"}


class Command(VerbCommand):
    help = "Add a camera and print its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as people call it")
        parser.add_argument("--kind", default="visible", choices=Camera.KINDS)
        parser.add_argument("--lat", type=float, required=True, help="degrees, WGS-84")
        parser.add_argument("--lon", type=float, required=True, help="degrees, WGS-84")
        for name, usual in USUAL.items():
            parser.add_argument(f"--{name}", type=float, default=usual, help=f"{HELP[name]}; {usual:g} unless said")
        parser.add_argument("--tilt", type=float, help="degrees below the horizon; at the ground half its range away")
        parser.add_argument("--station", help="code; the root station unless said")
        parser.add_argument("--json", action="store_true", help='print {"id"}')

    def run(self, **options: Any) -> str:
        where = {field: options[name] for name, field in FIELDS.items()} | {
            "lat": options["lat"],
            "lon": options["lon"],
        }
        if options["tilt"] is not None:
            where["tilt_deg"] = options["tilt"]
        station = people.station_of(options["station"])
        camera = cameras.add_camera(None, station, options["name"], options["kind"], **where)
        return json.dumps({"id": camera.pk}) if options["json"] else f"camera {camera.pk}"
