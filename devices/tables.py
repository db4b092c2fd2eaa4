"""Devices as a table: many at once with their keys, and all that there are."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from command import imports
from command.models import Station
from devices import devices, pages
from devices.device_words import DATUM_WORDS, KIND_WORDS, PROFILE_WORDS
from devices.models import Device

KINDS = {kind: KIND_WORDS[kind] for kind in ("phone", "tracker", "gateway")}


class ImportDevices(imports.ImportPage):
    """Many devices at once; their keys come as one file, once."""

    title = _("Add many devices")
    capability = pages.DEVICES
    back, empty = "devices", "devices_template"
    once = (pgettext_lazy("thing", "Name"), _("Station"), _("Number"), _("What it speaks"), _("Key"))
    once_file = "device-keys.csv"
    once_words = _("Each device's key. Give each to its app; for a code to scan, renew the key on the device's page.")
    columns = (
        imports.Column(
            "name", pgettext_lazy("thing", "Name"), _("1 to 100 characters, not used yet at the station"), True
        ),
        imports.Column("kind", _("Kind"), _("phone, tracker or gateway; phone where nothing stands")),
        imports.Column(
            "profile", _("What it speaks"), _("owntracks, traccar9, traccar8, osmand, forward or fixes"), True
        ),
        imports.Column("datum", _("What its places are given in"), _("WGS-84 or GCJ-02; WGS-84 where nothing stands")),
        imports.Column("station", _("Station"), _("the station's code; your own where nothing stands")),
        imports.Column("gateway", _("Behind the gateway"), _("the gateway's name, for a tracker that it forwards")),
        imports.Column("unique_id", _("Its name at the gateway"), _("for a tracker that a gateway forwards")),
    )

    def take(self, cells: imports.Cells) -> list[object] | None:
        name = cells.text("name", devices.NAME_LIMIT, needed=True)
        kind = cells.one_of("kind", KINDS, "phone")
        profile = cells.one_of("profile", PROFILE_WORDS, "")
        datum = cells.one_of("datum", DATUM_WORDS, "wgs84")
        unique_id = cells.text("unique_id", devices.UNIQUE_ID_LIMIT) or None
        station = cells.station()
        gateway = self._gateway(cells, station)
        if "profile" not in cells.wrong and "gateway" not in cells.wrong:
            cells.wrong |= pages.unheard(kind, profile, gateway)
        if Device.objects.filter(station=station, name=name, revoked_at=None).exists():
            cells.refuse("name", str(_("a name that no device of the station has")))
        cells.done()
        device, key = devices.add_device(self.principal, name, kind, profile, station, datum, gateway, unique_id)
        return [device.name, station.code, device.pk, device.profile, key] if key else None

    def _gateway(self, cells: imports.Cells, station: Station) -> Device | None:
        name = cells.text("gateway", devices.NAME_LIMIT)
        if not name:
            return None
        found = Device.objects.filter(station=station, kind="gateway", name=name, revoked_at=None).first()
        if found is None:
            cells.refuse("gateway", str(_("the name of a gateway of the station")))
        return found


class DevicesTemplate(imports.TemplatePage):
    of, file = ImportDevices, "devices.csv"


class ExportDevices(imports.ExportPage):
    """The devices one looks after that are not revoked; never a key."""

    of, file = ImportDevices, "devices.csv"

    def rows(self) -> list[tuple[Station, list[object]]]:
        found: list[tuple[Station, list[object]]] = []
        for one in pages.managed_by(self.principal).filter(revoked_at=None):
            behind = one.gateway.name if one.gateway else ""
            cells: list[object] = [one.name, one.kind, one.profile, one.datum, one.station.code, behind, one.unique_id]
            found.append((one.station, cells))
        return found
