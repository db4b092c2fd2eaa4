"""Devices in Django's read-only admin; never the hash of a key."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from command.admin import ReadOnlyAdmin, column, site
from devices.models import Camera, Device


@admin.register(Device, site=site)
class DeviceAdmin(ReadOnlyAdmin):
    names = (_("device"), _("Devices"))
    list_select_related = ("station", "gateway")
    list_display = (
        column(_("Number"), "pk"), column(pgettext_lazy("thing", "Name"), "name"), column(_("Kind"), "kind"),
        column(_("What it speaks"), "profile"), column(_("Datum"), "datum"), column(_("Station"), "station.code"),
        column(_("Behind the gateway"), "gateway.name"), column(_("Its clock, s"), "clock_offset_s"),
        column(_("Added"), "created_at"), column(_("Revoked"), "revoked_at"),
    )  # fmt: skip
    search_fields = ("name", "unique_id")


@admin.register(Camera, site=site)
class CameraAdmin(ReadOnlyAdmin):
    names = (_("camera"), _("Cameras"))
    list_select_related = ("station",)
    list_display = (
        column(_("Number"), "pk"), column(pgettext_lazy("thing", "Name"), "name"), column(_("Kind"), "kind"),
        column(_("Station"), "station.code"), column(_("Bearing, °"), "bearing_deg"),
        column(_("Field of view, °"), "fov_deg"), column(_("Range, m"), "range_m"), column(_("Retired"), "retired_at"),
    )  # fmt: skip
    search_fields = ("name",)
