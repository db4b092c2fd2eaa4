"""Cameras as a table: many at once, and all that there are."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from command import imports
from command.models import Station
from devices import camera_pages, cameras
from devices.device_words import CAMERA_WORDS


class ImportCameras(imports.ImportPage):
    """Many cameras at once."""

    title = _("Add many cameras")
    capability = cameras.CAMERAS
    back, empty = "cameras", "cameras_template"
    columns = (
        imports.Column(
            "name", pgettext_lazy("thing", "Name"), _("1 to 100 characters, not used yet at the station"), True
        ),
        imports.Column("kind", _("Kind"), _("visible, thermal, panorama or plate; visible where nothing stands")),
        imports.Column("lat", _("Latitude, ° (WGS-84)"), _("degrees, WGS-84, for example 29.60750"), True),
        imports.Column("lon", _("Longitude, ° (WGS-84)"), _("degrees, WGS-84, for example 106.55120"), True),
        imports.Column("height_m", _("Height above the ground, m"), _("0 to 1000; 4 where nothing stands")),
        imports.Column("bearing_deg", _("Bearing, °"), _("0 to 360, clockwise from north; 0 where nothing stands")),
        imports.Column("tilt_deg", _("Tilt, °"), _("-90 to 90, below the horizon; its usual one where nothing stands")),
        imports.Column("fov_deg", _("Field of view, °"), _("1 to 360; 70 where nothing stands")),
        imports.Column("aspect", _("Width of its picture by its height"), _("0.2 to 20; 1.7778 where nothing stands")),
        imports.Column("range_m", _("Range, m"), _("1 to 10000; 60 where nothing stands")),
        imports.Column("station", _("Station"), _("the station's code; your own where nothing stands")),
    )

    def take(self, cells: imports.Cells) -> list[object] | None:
        name = cells.text("name", cameras.NAME_LIMIT, needed=True)
        kind = cells.one_of("kind", CAMERA_WORDS, "visible")
        where = {
            field: cells.decimal(field, least, most, FIRST.get(field, 0))
            for field, (least, most, _unit) in cameras.LIMITS.items()
            if field not in USUAL or cells.cells.get(field)
        }
        station = cells.station()
        cells.done()
        cameras.add_camera(self.principal, station, name, kind, **where)
        return None


FIRST = {"height_m": 4.0, "bearing_deg": 0.0, "fov_deg": 70.0, "range_m": 60.0}  # where a cell is empty
USUAL = ("tilt_deg", "aspect")  # what a camera has without anybody's saying


class CamerasTemplate(imports.TemplatePage):
    of, file = ImportCameras, "cameras.csv"


class ExportCameras(imports.ExportPage):
    """The cameras one looks after that are in use."""

    of, file = ImportCameras, "cameras.csv"

    def rows(self) -> list[tuple[Station, list[object]]]:
        return [
            (one.station, [one.name, one.kind, f"{one.place.y:.7f}", f"{one.place.x:.7f}", f"{one.height_m:.10g}",
                           f"{one.bearing_deg:.10g}", f"{one.tilt_deg:.10g}", f"{one.fov_deg:.10g}", f"{one.aspect:.10g}",
                           f"{one.range_m:.10g}", one.station.code])
            for one in camera_pages.managed_by(self.principal).filter(retired_at=None)
        ]  # fmt: skip
