"""Kinds of incident, units and vehicles in Django's read-only admin; never an incident."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from command.admin import ReadOnlyAdmin, column, site
from dispatch.models import Kind, Unit, Vehicle


@admin.register(Kind, site=site)
class KindAdmin(ReadOnlyAdmin):
    station_path = ""
    names = (_("kind of incident"), _("Kinds of incident"))
    list_display = (
        column(_("Code"), "slug"), column(_("Chinese"), "name_zh"), column(_("English"), "name_en"),
        column(_("Priority"), "priority"), column(_("Active"), "is_active", is_flag=True),
    )  # fmt: skip
    search_fields = ("slug", "name_zh", "name_en")


@admin.register(Unit, site=site)
class UnitAdmin(ReadOnlyAdmin):
    names = (_("unit"), _("Units"))
    list_select_related = ("station", "vehicle")
    list_display = (
        column(_("Number"), "pk"), column(_("Call sign"), "call_sign"), column(_("Kind"), "kind"),
        column(_("Station"), "station.code"), column(_("Vehicle"), "vehicle.plate"), column(_("Retired"), "retired_at"),
    )  # fmt: skip
    search_fields = ("call_sign",)


@admin.register(Vehicle, site=site)
class VehicleAdmin(ReadOnlyAdmin):
    names = (_("vehicle"), _("Vehicles"))
    list_select_related = ("station",)
    list_display = (
        column(_("Number"), "pk"), column(_("Plate"), "plate"), column(_("Kind"), "kind"), column(_("Seats"), "seats"),
        column(_("Station"), "station.code"), column(_("Equipment"), "equipment"),
    )  # fmt: skip
    search_fields = ("plate",)
