"""`add_camera NAME --lat … --lon … [--url rtsp://…] [--height …] [--bearing …] [--tilt …] [--fov …] [--json]`"""

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from command import changes, people
from command.management.verb import VerbCommand
from devices import cameras, streams
from devices.device_words import CAMERA_WORDS


class Command(VerbCommand):
    help = "Add a camera: where it stands, what it sees, and where its pictures come from."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as people call it")
        parser.add_argument("--url", default="", help="rtsp(s):// or http(s)://…; - reads it from standard input")
        parser.add_argument("--kind", default="visible", choices=list(CAMERA_WORDS))
        parser.add_argument("--lat", type=float, required=True, help="degrees, WGS-84")
        parser.add_argument("--lon", type=float, required=True, help="degrees, WGS-84")
        parser.add_argument("--height", type=float, default=4.0, help="metres above the ground")
        parser.add_argument("--bearing", type=float, default=0.0, help="degrees clockwise from north")
        parser.add_argument("--tilt", type=float, help="degrees below the horizon; at the ground half its range away")
        parser.add_argument("--fov", type=float, default=70.0, help="degrees; 360 all around")
        parser.add_argument("--range", type=float, default=60.0, help="metres")
        parser.add_argument("--not-recorded", action="store_true", help="only watched")
        parser.add_argument("--kept-days", type=int, default=30, help="how long recordings are kept")
        parser.add_argument("--station", help="code; the root station unless said")
        parser.add_argument("--json", action="store_true", help='print {"id", "source"}')

    def run(self, **options: Any) -> str:
        url = sys.stdin.readline().strip() if options["url"] == "-" else options["url"]
        said = {field: options.get(field.partition("_")[0]) for field in cameras.LIMITS}
        where = {field: value for field, value in said.items() if value is not None}
        with changes.change():
            station = people.station_of(options["station"])
            camera = cameras.add_camera(None, station, options["name"], options["kind"], **where)
            kept = {"is_recorded": not options["not_recorded"], "kept_days": options["kept_days"]}
            source = streams.set_stream(None, camera.pk, url, **kept)
        if options["json"]:
            return json.dumps({"id": camera.pk, "source": source.pk})
        return f"camera {camera.pk}; its pictures are those of source {source.pk}"
