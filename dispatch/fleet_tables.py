"""Units as a table: many at once, and all that there are."""

from django.utils.translation import gettext_lazy as _

from command import imports
from command.models import Station
from devices.models import Device
from dispatch import fleet, fleet_pages
from dispatch.fleet_words import UNIT_KIND_WORDS
from dispatch.models import Vehicle


class ImportUnits(imports.ImportPage):
    """Many units at once, with vehicles and devices by their names; a vehicle that is not there is added."""

    title = _("Add many units")
    capability = fleet.DEVICES
    back, empty = "units", "units_template"
    columns = (
        imports.Column("call_sign", _("Call sign"), _("1 to 20 characters without “/”, not used at the station"), True),
        imports.Column("kind", _("Kind"), _("foot, car or auxiliary; foot where nothing stands")),
        imports.Column("station", _("Home station"), _("the station's code; your own where nothing stands")),
        imports.Column("vehicle", _("Vehicle"), _("the plate; a vehicle that is not there is added")),
        imports.Column("devices", _("Devices it carries"), _("names of devices of the station, divided by semicolons")),
    )

    def take(self, cells: imports.Cells) -> None:
        call_sign = cells.text("call_sign", 20, needed=True)
        kind = cells.one_of("kind", UNIT_KIND_WORDS, "foot")
        station = cells.station()
        plate = cells.text("vehicle", fleet.PLATE_LIMIT)
        carried = self._devices(cells, station)
        cells.done()
        vehicle = self._vehicle(station, plate) if plate else None
        fleet.add_unit(self.principal, station, call_sign, kind, vehicle=vehicle, devices=carried)

    def _vehicle(self, station: Station, plate: str) -> Vehicle:
        found = Vehicle.objects.filter(station=station, plate=plate).first()
        return found or fleet.add_vehicle(
            self.principal, station, plate=plate, kind="car", seats=None, equipment=""
        )  # fmt: skip

    def _devices(self, cells: imports.Cells, station: Station) -> list[Device]:
        names = imports.parts(cells.cells.get("devices", ""))
        in_use = Device.objects.filter(station=station, revoked_at=None, name__in=names)
        found = {one.name: one for one in in_use}
        if set(names) - set(found):
            cells.refuse("devices", str(_("names of devices of the station")))
        return list(found.values())


class UnitsTemplate(imports.TemplatePage):
    of, file = ImportUnits, "units.csv"


class ExportUnits(imports.ExportPage):
    """The units in service."""

    of, file = ImportUnits, "units.csv"

    def rows(self) -> list[tuple[Station, list[object]]]:
        found: list[tuple[Station, list[object]]] = []
        for one in fleet_pages.units_of(self.principal).filter(retired_at=None):
            carried = "; ".join(device.name for device in one.devices.all())
            plate = one.vehicle.plate if one.vehicle else ""
            found.append((one.station, [one.call_sign, one.kind, one.station.code, plate, carried]))
        return found
